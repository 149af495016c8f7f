"""Do to the ledger what a plan says: appointments, links, busy time, conflicts, journal.

In transactions of about two hundred steps, each behind the fence; the next cursor goes with the
last, so that it never moves past a change that is not applied. Writing to the calendar is `push`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from syncd.core.appointment import (
    Flag,
    LinkState,
)
from syncd.core.conflict import ConflictField
from syncd.core.errors import VersionConflict
from syncd.core.ids import EventRef
from syncd.core.operations import (
    AdoptEvent,
    ChangeLink,
    ChangeObject,
    Op,
    PullStep,
)
from syncd.core.remote import RemoteKind
from syncd.core.scene import Picture, Scene
from syncd.core.time import Interval
from syncd.flows.adopting import adopt, record_of
from syncd.flows.awaiting import heed
from syncd.flows.dispute import open_conflict
from syncd.flows.linking import links_again
from syncd.flows.mandate import Mandate
from syncd.flows.rooms import at_its_time
from syncd.ledger import Ledger, Transaction


def apply_pull(
    ledger: Ledger,
    picture: Picture,
    steps: Sequence[PullStep],
    mandate: Mandate,
    *,
    size: int,
    begin: Callable[[Transaction], None] | None = None,
    finish: Callable[[Transaction], None] | None = None,
) -> None:
    """Apply all steps, about `size` in a transaction; `begin` opens every one, `finish` joins the
    last. Idempotent as a whole: what was applied before a crash is recognised by its version when
    it is seen again. Raises VersionConflict when an appointment or a link changed since the plan
    was made, LeaseLost when another node took over; the batch at hand is then undone."""
    batches = _batches(steps, size)

    def work(tx: Transaction, *, batch: Sequence[PullStep], last: bool) -> None:
        if begin is not None:
            begin(tx)
        apply_steps(tx, picture=picture, steps=batch, mandate=mandate)
        if last and finish is not None:
            finish(tx)

    for position, batch in enumerate(batches, start=1):
        ledger.write(partial(work, batch=batch, last=position == len(batches)))


def apply_steps(
    tx: Transaction, *, picture: Picture, steps: Sequence[PullStep], mandate: Mandate
) -> None:
    """Apply one batch inside a transaction. Links leave their places before others take them, in
    whatever order the steps name them."""
    tx.require_fence(picture.scene.calendar.id, mandate.fence)
    changes = [step for step in steps if isinstance(step, ChangeLink)]
    _require_unmoved(tx, changes)
    _leave_places(tx, picture.scene, changes)
    simple = [step for step in changes if _is_simple(step)]
    _apply_simple(tx, picture.scene, simple, mandate)
    for step in changes:
        if not _is_simple(step):
            _apply_link(tx, picture, step, mandate)
    here = picture.scene.calendar.id
    heed(tx, [[step.link_before] for step in changes], mandate.cause(here), by=here)
    _apply_objects(tx, picture, [step for step in steps if isinstance(step, ChangeObject)])
    adopt(tx, picture, [step for step in steps if isinstance(step, AdoptEvent)], mandate)


def _is_simple(step: ChangeLink) -> bool:
    """An event that stays where it is, and at most changed its title: most of what happens."""
    same_place = step.event is not None and step.link_before.ref == step.link.ref is not None
    quiet = step.opens is None and not step.closes
    return same_place and quiet and step.op in (Op.NOTE, Op.RETITLE)


def _apply_simple(
    tx: Transaction, scene: Scene, steps: Sequence[ChangeLink], mandate: Mandate
) -> None:
    """The simple changes, all together."""
    calendar_id = scene.calendar.id
    retitled = [(step.before, step.appointment) for step in steps if step.op is Op.RETITLE]
    if retitled:
        cause = mandate.cause(calendar_id, f"renamed in {calendar_id}")
        tx.retitle_appointments(retitled, cause, quiet_for=calendar_id)
    tx.put_links([step.link for step in steps])
    tx.put_remote_events(
        [record_of(step.event, calendar_id, step.appointment) for step in steps if step.event]
    )


def apply_link(tx: Transaction, picture: Picture, step: ChangeLink, mandate: Mandate) -> None:
    """Apply one change of a linked event."""
    _leave_places(tx, picture.scene, [step])
    _apply_link(tx, picture, step, mandate)


def _batches(steps: Sequence[PullStep], size: int) -> list[Sequence[PullStep]]:
    """The steps in batches. Links that leave their places come first, together with whatever takes
    one of them, be they ever so many; new appointments come last, by their start, so that a batch
    has to do with one stretch of time only."""
    changes = [step for step in steps if isinstance(step, ChangeLink)]
    left = {step.link_before.ref for step in changes if _leaves(step)}
    moves = [step for step in changes if _leaves(step) or step.link.ref in left]
    moving = {step.link.appointment_id for step in moves}
    rest = [
        step
        for step in steps
        if not (isinstance(step, ChangeLink) and step.link.appointment_id in moving)
    ]
    rest.sort(key=lambda step: (_place(step) not in left, _begins(step)))
    taking = sum(_place(step) in left for step in rest)
    first = max(size, len(moves) + taking)
    ordered = [*moves, *rest]
    return [ordered[:first], *(ordered[at : at + size] for at in range(first, len(ordered), size))]


def _place(step: PullStep) -> EventRef | None:
    """The address of a foreign event, or of one that becomes an appointment."""
    if isinstance(step, ChangeObject):
        return step.record.ref
    return step.event.ref if isinstance(step, AdoptEvent) else None


def _begins(step: PullStep) -> float:
    """When a new appointment begins; everything else counts as earlier, in the order it came."""
    return step.interval.start.timestamp() if isinstance(step, AdoptEvent) else float("-inf")


def _leaves(step: ChangeLink) -> bool:
    return step.link_before.ref not in (None, step.link.ref)


def _require_unmoved(tx: Transaction, changes: Sequence[ChangeLink]) -> None:
    """Somebody may have resolved a conflict since the plan was made: then its links are old. The
    base is not compared: what a lost answer proved is no change. A link ends only for the very
    appointment that was looked at: one that was moved ahead since is to be written again."""
    ending = [step for step in changes if step.link.state is LinkState.GONE]
    current = tx.appointments_by_id([step.before.id for step in ending])
    if any(current[step.before.id].version != step.before.version for step in ending):
        raise VersionConflict("an appointment whose event is gone changed meanwhile; look again")
    stored = tx.links_of([step.link.appointment_id for step in changes])
    for step in changes:
        before = step.link_before
        known = [
            each for each in stored[before.appointment_id] if each.calendar_id == before.calendar_id
        ]
        if [replace(each, base=None) for each in known] != [replace(before, base=None)]:
            raise VersionConflict(
                f"the link of {step.appointment.number} changed meanwhile; look again"
            )


def _leave_places(tx: Transaction, scene: Scene, changes: Sequence[ChangeLink]) -> None:
    """Forget what stood where links were, unless it lives on there as a foreign event; no two links
    have one place, not even for the length of a statement."""
    leaving = [step for step in changes if _leaves(step)]
    taken = {step.link.ref for step in changes} & {step.link_before.ref for step in leaving}
    if taken:
        tx.put_links([replace(step.link_before, ref=None) for step in leaving])
    left = [
        step.link_before.ref
        for step in leaving
        if step.link_before.ref is not None
        and not (step.op is Op.UNLINK and step.event is not None)
    ]
    if left:
        tx.drop_remote_events(scene.calendar.id, left)


def _apply_link(tx: Transaction, picture: Picture, step: ChangeLink, mandate: Mandate) -> None:
    scene = picture.scene
    calendar_id = scene.calendar.id
    cause = mandate.cause(calendar_id, step.why)
    if step.appointment != step.before:
        activity = scene.activity_of(step.before)
        after = at_its_time(step.before, step.appointment, activity)
        saved = tx.save_appointment(
            step.before,
            replace(after, flags=after.flags - {Flag.OVERLAP}),
            cause,
            action=step.op.value,
            flag_overlap=True,
            quiet_for=calendar_id,
        )
        tx.put_links(links_again(tx, [saved]))
    tx.put_links([step.link])
    _remember(tx, scene, step)
    for conflict in step.closes:
        if step.resolution is not None:
            tx.close_conflict(conflict.id, step.resolution, cause)
        if conflict.field is ConflictField.KIND and conflict.ref is not None:
            tx.set_busy(calendar_id, scene.practitioner.id, {conflict.ref: ()})
    if step.opens is not None:
        open_conflict(tx, picture, step, step.opens, cause=cause)


def _remember(tx: Transaction, scene: Scene, step: ChangeLink) -> None:
    calendar_id = scene.calendar.id
    left = step.link_before.ref
    if step.event is not None and step.link.ref is not None:
        tx.put_remote_events([record_of(step.event, calendar_id, step.appointment)])
        if step.event.ref not in (left, None):
            tx.set_busy(calendar_id, scene.practitioner.id, {step.event.ref: ()})
    elif step.link.state is LinkState.SUSPENDED and step.link.ref is not None:
        known = tx.known(calendar_id, [step.link.ref]).get(step.link.ref)
        if known is not None:
            quarantined = replace(
                known,
                kind=RemoteKind.QUARANTINED,
                version=step.link.version,
                reason=step.link.problem,
                awaits=step.awaits,
            )
            tx.put_remote_events([quarantined])


def _apply_objects(tx: Transaction, picture: Picture, steps: Sequence[ChangeObject]) -> None:
    scene = picture.scene
    calendar_id, practitioner_id = scene.calendar.id, scene.practitioner.id
    forgotten = [step.record.ref for step in steps if step.forget]
    if forgotten:
        tx.drop_remote_events(calendar_id, forgotten)
    kept = [step for step in steps if not step.forget]
    if kept:
        tx.put_remote_events([step.record for step in kept])
    busy: dict[EventRef, tuple[Interval, ...]] = {
        step.record.ref: step.intervals
        for step in kept
        if not step.keeps_time
        and (step.intervals or step.op is Op.UNBLOCK or step.record.ref in picture.records)
    }
    if busy:
        tx.set_busy(calendar_id, practitioner_id, busy)
