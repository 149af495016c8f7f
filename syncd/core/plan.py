"""Everything one round would do to one calendar and to the ledger, before any of it is done.

Pure and total. A plan can be printed, refused by a guard, and recognised again by its fingerprint:
`apply` does what was printed or nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from syncd.core.appointment import LinkState
from syncd.core.brake import BrakeLimits, why_braked
from syncd.core.forgotten import forgotten_events, highest_shown, revived, why_forgotten
from syncd.core.ids import CalendarId, PlanId
from syncd.core.operations import (
    SILENT,
    AdoptEvent,
    ChangeLink,
    ChangeObject,
    Op,
    PullStep,
    Step,
    WriteEvent,
)
from syncd.core.pull import plan_pull
from syncd.core.push import plan_push
from syncd.core.scene import Pair, Picture
from syncd.core.unshown import perhaps_created


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarPlan:
    """The steps of one round: first the ledger's, then the calendar's. `refused` says why a guard
    holds the whole calendar back; then there are no steps. `shown` has the highest number of each
    booking day that events of forgotten appointments show: none up to it may be issued (again)."""

    calendar_id: CalendarId
    pull: tuple[PullStep, ...] = ()
    push: tuple[WriteEvent, ...] = ()
    refused: str | None = None
    shown: Mapping[date, int] = field(default_factory=dict)

    @property
    def steps(self) -> tuple[Step, ...]:
        """What anybody could notice, in the order of doing."""
        return tuple(step for step in (*self.pull, *self.push) if step.op not in SILENT)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done, not even book-keeping."""
        return not (self.pull or self.push or self.refused)


def make_plan(picture: Picture, *, limits: BrakeLimits, released: bool = False) -> CalendarPlan:
    """The plan for what `picture` shows. `released`: a person let pass, once, what guards hold."""
    calendar_id = picture.scene.calendar.id
    forgotten = forgotten_events(picture)
    pull = revived(plan_pull(picture), forgotten)
    shown = highest_shown(forgotten)
    refused = None if released else _why_refused(pull, picture, limits)
    if refused is not None:
        return CalendarPlan(calendar_id=calendar_id, refused=refused, shown=shown)
    push = tuple(_plan_pushes(picture, pull))
    return CalendarPlan(calendar_id=calendar_id, pull=tuple(pull), push=push, shown=shown)


def fingerprint(plans: Iterable[CalendarPlan]) -> PlanId:
    """A short name for exactly these plans: other versions of anything give another name."""
    facts = [
        [plan.calendar_id, plan.refused, [_facts(step) for step in plan.steps]] for plan in plans
    ]
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    return PlanId(hashlib.sha256(text.encode()).hexdigest()[:12])


def _why_refused(pull: list[PullStep], picture: Picture, limits: BrakeLimits) -> str | None:
    """All that speaks against it, since one release lets all of it pass."""
    forgotten = len(forgotten_events(picture))
    reasons = (
        why_forgotten(forgotten) if forgotten else None,
        _why_braked(pull, picture, limits),
    )
    return "; ".join(filter(None, reasons)) or None


def _why_braked(pull: list[PullStep], picture: Picture, limits: BrakeLimits) -> str | None:
    removals = sum(
        1
        for step in pull
        if isinstance(step, ChangeLink | ChangeObject) and step.removed_while_live
    )
    live = max(picture.live, removals) if picture.live else None
    return why_braked(removals=removals, live=live, limits=limits) if removals else None


def _plan_pushes(picture: Picture, pull: list[PullStep]) -> list[WriteEvent]:
    """The writes for links that the ledger dirtied, and for those that the pull leaves
    unsettled."""
    changed = {
        step.link.appointment_id: Pair(link=step.link, appointment=step.appointment)
        for step in pull
        if isinstance(step, ChangeLink)
    }
    waiting = {pair.appointment.id: pair for pair in picture.dirty}
    waiting |= {
        key: pair
        for key, pair in changed.items()
        if key in waiting or pair.link.state is LinkState.PENDING_WRITE
    }
    steps = (
        plan_push(picture.scene, pair.link, pair.appointment)
        for pair in sorted(waiting.values(), key=lambda each: each.appointment.number)
        if pair.link.pushed_version != pair.appointment.version
    )
    return [step for step in steps if step is not None and not _may_be_there(picture, step)]


def _may_be_there(picture: Picture, step: WriteEvent) -> bool:
    """Whether what would be created may be there already: made another time there would be two."""
    pair = Pair(link=step.link, appointment=step.appointment)
    return step.op is Op.CREATE and perhaps_created(picture, pair) is not None


def _facts(step: Step) -> list[object]:
    """What must be the same for a step to be the same."""
    match step:
        case AdoptEvent(event=event):
            return [step.op, event.ref, event.version, event.digest]
        case ChangeLink(event=event):
            seen = [event.version, event.digest] if event else []
            return [step.op, step.ref, step.appointment.id, step.before.version, *seen]
        case ChangeObject(record=record):
            return [step.op, record.ref, record.version, record.digest]
        case WriteEvent(link=link, draft=draft):
            wish = [draft.start.isoformat(), draft.end.isoformat(), draft.title] if draft else []
            status = [draft.status, draft.transparent] if draft else []
            wanted = [step.appointment.id, step.appointment.version]
            return [step.op, link.ref, link.version, *wanted, *wish, *status]
        case _:
            assert_never(step)
