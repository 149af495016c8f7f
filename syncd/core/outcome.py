"""The outcome of comparing one appointment with its event, and the values it is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.appointment import Appointment, Link, LinkState, Party
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.events import RemoteEvent
from syncd.core.lifecycle import Action, Command, act
from syncd.core.merge import LedgerSide, Policy
from syncd.core.operations import NewConflict, Op
from syncd.core.scene import Pair, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one comparison, before it is written down as a step."""

    op: Op
    why: str
    appointment: Appointment
    state: LinkState = LinkState.IN_SYNC
    opens: NewConflict | None = None


def cancelled(scene: Scene, appointment: Appointment, why: str) -> Appointment:
    command = Command(action=Action.CANCEL, party=Party.PRACTITIONER, reason=why, upstream=True)
    return act(appointment, command, now=scene.now)


def conflict_about(
    field: ConflictField, pair: Pair, event: RemoteEvent | None, why: str
) -> Outcome:
    """A conflict; silent where just this one is open already, about the same event at the same
    place."""
    digest, ref = (event.digest, event.ref) if event is not None else ("", None)
    known = pair.link.digest == digest and any(
        each.field is field and (ref is None or each.ref in (None, ref)) for each in pair.conflicts
    )
    return Outcome(
        op=Op.NOTE if known else Op.CONFLICT,
        why=why,
        appointment=pair.appointment,
        state=LinkState.CONFLICT,
        opens=None if known else NewConflict(field=field, event=event),
    )


def has_open(pair: Pair, field: ConflictField) -> bool:
    """Whether a person has yet to decide about this field: until then no rule does."""
    return any(each.field is field for each in pair.conflicts)


def ended_conflicts(
    pair: Pair, outcome: Outcome
) -> tuple[tuple[ConflictRecord, ...], Resolution | None]:
    """Which of the pair's open conflicts end with this outcome, and how: all of them when nobody
    need decide any more; else those about another field, since an event has one open conflict."""
    if outcome.state is not LinkState.CONFLICT:
        how = Resolution.LEDGER if pair.appointment.is_over else Resolution.AGREED
        return pair.conflicts, how if pair.conflicts else None
    now_about = outcome.opens.field if outcome.opens is not None else None
    others = tuple(each for each in pair.conflicts if now_about not in (None, each.field))
    return others, Resolution.SUPERSEDED if others else None


def ledger_side(scene: Scene, link: Link, appointment: Appointment) -> LedgerSide:
    return LedgerSide(
        start=appointment.start,
        end=appointment.end,
        title=scene.title(link, appointment),
        status=appointment.status,
        awaits_word=link.wanted_status(appointment) is not appointment.status,
    )


def policy_of(scene: Scene) -> Policy:
    calendar = scene.calendar
    return Policy(
        mode=calendar.mode,
        on_remote_delete=calendar.deletion_policy,
        confirms=scene.hears_yes,
        marks_absence=scene.hears_absence,
    )
