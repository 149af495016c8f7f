"""What a change of an appointment's own event means: the verdicts of `merge` become new values.

Pure. Every appointment changes through `lifecycle.act`, as from any other surface.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import (
    Agreed,
    Appointment,
    Flag,
    Link,
    LinkState,
    Origin,
    Party,
    Status,
)
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.events import EventStatus, RemoteEvent, Timed, Unreadable
from syncd.core.lifecycle import Action, Command, act
from syncd.core.merge import Cancellation, Merged, RemoteSide, Removal, Verdict, merge
from syncd.core.operations import ChangeLink, NewConflict, Op
from syncd.core.outcome import (
    Outcome,
    cancelled,
    conflict_about,
    ended_conflicts,
    has_open,
    ledger_side,
    policy_of,
)
from syncd.core.practice import Mode
from syncd.core.push import is_unsettled
from syncd.core.scene import Pair, Scene
from syncd.core.time import Interval


def pull_linked(scene: Scene, pair: Pair, event: RemoteEvent) -> ChangeLink:
    """The step for a linked event that is there. An UNLINK means that the event lives on as a
    foreign one. `link_before` of the step has the base that a lost answer proved meanwhile."""
    if scene.calendar.mode is Mode.BUSY:
        return _unlink(pair, event, "this calendar only takes time")
    if not event.is_plain and pair.appointment.is_over:
        return _unlink(pair, event, "its event became another kind of event")
    if not event.is_plain:
        return _close(scene, pair, event, _kind_conflict(pair, event))
    base = _proven_base(scene, pair.link, event)
    if base is not pair.link.base:
        pair = replace(pair, link=replace(pair.link, base=base))
    merged = merge(
        pair.link.base,
        ledger_side(scene, pair.link, pair.appointment),
        _remote_side(event),
        policy=policy_of(scene),
        now=scene.now,
    )
    if merged.cancellation is Cancellation.REVIVED:
        return _unlink(pair, event, "a cancelled event lives again; its appointment does not")
    return _close(scene, pair, event, _settle(scene, pair, event, merged))


def pull_suspended(pair: Pair, item: Unreadable) -> ChangeLink:
    """The step for a linked event that cannot be read: nothing is written to it until it can."""
    again = pair.link.state is LinkState.SUSPENDED
    link = replace(pair.link, state=LinkState.SUSPENDED, problem=item.reason, version=item.version)
    return ChangeLink(
        op=Op.NOTE if again else Op.QUARANTINE,
        why=item.reason,
        link_before=pair.link,
        link=link,
        before=pair.appointment,
        appointment=pair.appointment,
        event=None,
        awaits=item.awaits,
    )


def relinked(pair: Pair, event: RemoteEvent) -> Pair:
    """The pair, its link now pointing at where its event is."""
    state = LinkState.PENDING_WRITE if pair.link.state is LinkState.GONE else pair.link.state
    return replace(pair, link=replace(pair.link, ref=event.ref, uid=event.uid, state=state))


def _proven_base(scene: Scene, link: Link, event: RemoteEvent) -> Agreed | None:
    """The base, or what was about to be written when the event shows just that: then the write had
    its effect, though its answer was lost. What was made to wait for a yes, and was never seen to
    wait, got none."""
    assert isinstance(event.when, Timed)
    shown = (event.when.start, event.when.end, event.title.strip(), _is_cancelled(event))
    had_effect = (
        wish
        for wish in link.wishes
        if shown == (wish.start, wish.end, wish.title.strip(), wish.cancelled)
        and not (scene.hears_absence and wish.absent is not event.absent)
    )
    base = next(had_effect, link.base)
    if link.base is None and base is not None and scene.hears_yes:
        return replace(base, tentative=base.tentative and _is_tentative(event))
    return base


def _settle(scene: Scene, pair: Pair, event: RemoteEvent, merged: Merged) -> Outcome:
    appointment, why = pair.appointment, f"cancelled in {scene.calendar.id}"
    undecided = has_open(pair, ConflictField.STATUS)
    match merged.cancellation:
        case Cancellation.CANCEL_LEDGER if not undecided:
            return Outcome(op=Op.CANCEL, why=why, appointment=cancelled(scene, appointment, why))
        case Cancellation.CANCEL_LEDGER | Cancellation.CONFLICT:
            return conflict_about(ConflictField.STATUS, pair, event, why)
        case _:
            return _settle_fields(scene, pair, event, merged)


def _settle_fields(scene: Scene, pair: Pair, event: RemoteEvent, merged: Merged) -> Outcome:
    calendar = scene.calendar.id
    if merged.time is Verdict.CONFLICT:
        return conflict_about(
            ConflictField.TIME, pair, event, f"moved in the ledger and in {calendar}"
        )
    op, why, appointment = Op.NOTE, "as agreed", pair.appointment
    if merged.title is Verdict.TAKE and event.title != appointment.title:
        op, why = Op.RETITLE, f"renamed in {calendar}"
        appointment = replace(appointment, title=event.title)
    asks = merged.confirmation is Verdict.TAKE and _is_tentative(event)
    is_confirmed = merged.confirmation is Verdict.TAKE and not asks
    if is_confirmed:
        op, why = Op.CONFIRM, f"confirmed in {calendar}"
        appointment = _confirmed(scene, appointment)
    if merged.time is Verdict.TAKE:
        op, why = Op.MOVE, f"moved {'and confirmed ' * is_confirmed}in {calendar}"
        why += "; it has to be confirmed again" * asks
        appointment = _moved(scene, pair, appointment, event, asks=asks)
    if merged.absence is Verdict.TAKE:
        if op is Op.MOVE:
            why += "; nobody came"
        else:
            op, why = Op.NO_SHOW, f"marked as absent in {calendar}"
        command = Command(action=Action.NO_SHOW, party=Party.PRACTITIONER, upstream=True)
        appointment = act(appointment, command, now=scene.now)
    if op is Op.NOTE and pair.conflicts:
        op, why = Op.AGREE, "ledger and calendar agree again"
        if appointment.is_over:
            why = f"the appointment is {appointment.status}"
    if appointment != pair.appointment:
        appointment = replace(appointment, version=pair.appointment.version + 1)
    return Outcome(op=op, why=why, appointment=appointment, opens=_kept(merged.overruled, event))


def _close(scene: Scene, pair: Pair, event: RemoteEvent, settled: Outcome) -> ChangeLink:
    """Write the outcome down: the base becomes what was seen, the link clean or dirty."""
    conflict = settled.state is LinkState.CONFLICT
    base = pair.link.base if conflict else _observed(scene, pair, event, settled.appointment)
    link = replace(
        pair.link,
        ref=event.ref,
        uid=pair.link.uid or event.uid,
        version=event.version,
        digest=event.digest,
        base=base,
        intended=None,
        problem=None,
        meeting_link=event.meeting_link,
        state=settled.state,
        pushed_version=settled.appointment.version,
    )
    if not conflict and is_unsettled(scene, link, settled.appointment):
        link = replace(link, state=LinkState.PENDING_WRITE, pushed_version=0)
    closes, resolution = ended_conflicts(pair, settled)
    return ChangeLink(
        op=settled.op,
        why=settled.why,
        link_before=pair.link,
        link=link,
        before=pair.appointment,
        appointment=settled.appointment,
        event=event,
        opens=settled.opens,
        closes=closes,
        resolution=resolution,
        removed_while_live=settled.op is Op.CANCEL and pair.appointment.end > scene.now,
    )


def _unlink(pair: Pair, event: RemoteEvent, why: str) -> ChangeLink:
    link = replace(
        pair.link,
        ref=None,
        state=LinkState.GONE,
        intended=None,
        pushed_version=pair.appointment.version,
    )
    return ChangeLink(
        op=Op.UNLINK,
        why=why,
        link_before=pair.link,
        link=link,
        before=pair.appointment,
        appointment=pair.appointment,
        event=event,
        closes=pair.conflicts,
        resolution=Resolution.LEDGER if pair.conflicts else None,
    )


def _confirmed(scene: Scene, appointment: Appointment) -> Appointment:
    command = Command(action=Action.CONFIRM, party=Party.PRACTITIONER, upstream=True)
    return act(appointment, command, now=scene.now)


def _moved(
    scene: Scene, pair: Pair, appointment: Appointment, event: RemoteEvent, *, asks: bool
) -> Appointment:
    """The appointment at its event's time; an adopted one keeps its event's zone. One that `asks`
    waits for a yes again."""
    assert isinstance(event.when, Timed)
    interval = Interval(event.when.start, event.when.end)
    command = Command(
        action=Action.RESCHEDULE,
        party=Party.PRACTITIONER,
        interval=interval,
        upstream=True,
        needs_confirmation=asks,
    )
    moved = act(appointment, command, now=scene.now)
    flags = moved.flags - {Flag.OUTSIDE_HOURS, Flag.OVERBOOKED}
    if scene.is_outside_hours(interval, appointment.practitioners):
        flags |= {Flag.OUTSIDE_HOURS}
    adopted = pair.link.origin is Origin.ADOPTED
    timezone = scene.event_zone(event) if adopted else moved.timezone
    return replace(moved, flags=flags, timezone=timezone)


def _kind_conflict(pair: Pair, event: RemoteEvent) -> Outcome:
    why = "its event became recurring, all-day or floating"
    return conflict_about(ConflictField.KIND, pair, event, why)


def _kept(field: ConflictField | None, event: RemoteEvent) -> NewConflict | None:
    """A version that a rule overruled, to be kept in a closed conflict."""
    if field is None:
        return None
    return NewConflict(field=field, event=event, resolution=Resolution.LEDGER)


def _remote_side(event: RemoteEvent) -> RemoteSide:
    assert isinstance(event.when, Timed)
    return RemoteSide(
        start=event.when.start,
        end=event.when.end,
        title=event.title,
        removal=Removal.CANCELLED if _is_cancelled(event) else Removal.NONE,
        tentative=_is_tentative(event),
        absent=event.absent,
    )


def _observed(scene: Scene, pair: Pair, event: RemoteEvent, after: Appointment) -> Agreed:
    """The event's fields as the new base. What the ledger last asked for is not forgotten; at a
    first meeting it asked for whatever the event happens to show."""
    assert isinstance(event.when, Timed)
    base = pair.link.base
    wanted = scene.title(pair.link, pair.appointment)
    shows_it = wanted is not None and wanted.strip() == event.title.strip()
    is_tentative = _is_tentative(event)
    wanted_status = pair.link.wanted_status(pair.appointment)
    as_wanted = is_tentative == (wanted_status is Status.PENDING)
    is_told = scene.hears_yes or (as_wanted and pair.link.origin is Origin.OURS)
    is_agreed = event.absent is (after.status is Status.NOSHOW)
    absent = event.absent if is_agreed else base is not None and base.absent
    return Agreed(
        start=event.when.start,
        end=event.when.end,
        title=event.title,
        drafted_title=wanted if shows_it else base.drafted_title if base else None,
        tentative=is_tentative if base is None or is_told else base.tentative,
        cancelled=_is_cancelled(event),
        absent=scene.hears_absence and absent,
    )


def _is_tentative(event: RemoteEvent) -> bool:
    return event.status is EventStatus.TENTATIVE


def _is_cancelled(event: RemoteEvent) -> bool:
    return event.status is EventStatus.CANCELLED
