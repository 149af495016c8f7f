"""Do to the ledger what a plan says: appointments, links, busy time, conflicts, journal.

In transactions of about two hundred steps, each behind the fence; the next cursor goes with the
last, so that it never moves past a change that is not applied. Writing to the calendar is `push`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from syncd.core.appointment import (
    Agreed,
    Appointment,
    Flag,
    Link,
    LinkState,
    Origin,
    Status,
)
from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.events import RemoteEvent, interval_of
from syncd.core.ids import AppointmentId, CalendarId, ConflictId, EventRef, Number
from syncd.core.journal import Cause
from syncd.core.operations import (
    AdoptEvent,
    ChangeLink,
    ChangeObject,
    NewConflict,
    Op,
    PullStep,
)
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Picture, Scene
from syncd.core.time import Interval
from syncd.flows.booking import links_for
from syncd.ledger import Ledger, Transaction

BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """In whose name a round writes: the run, and the fence that proves the lease."""

    run_id: str
    fence: int

    def cause(self, calendar_id: CalendarId, why: str = "") -> Cause:
        return Cause(actor=f"calendar:{calendar_id}", via={"run": self.run_id}, why=why)


def apply_pull(
    ledger: Ledger,
    picture: Picture,
    steps: Sequence[PullStep],
    mandate: Mandate,
    *,
    finish: Callable[[Transaction], None] | None = None,
) -> None:
    """Apply all steps; `finish` joins the last transaction. Idempotent as a whole: what was applied
    before a crash is recognised by its version when it is seen again. Raises VersionConflict when
    an appointment changed since the plan was made, LeaseLost when another node took over; the batch
    at hand is then undone."""
    batches = [steps[at : at + BATCH] for at in range(0, len(steps), BATCH)] or [()]

    def work(tx: Transaction, *, batch: Sequence[PullStep], last: bool) -> None:
        apply_steps(tx, picture=picture, steps=batch, mandate=mandate)
        if last and finish is not None:
            finish(tx)

    for position, batch in enumerate(batches, start=1):
        ledger.write(partial(work, batch=batch, last=position == len(batches)))


def apply_steps(
    tx: Transaction, *, picture: Picture, steps: Sequence[PullStep], mandate: Mandate
) -> None:
    """Apply one batch inside a transaction. Links that end come before the events that take their
    place, in whatever order the steps name them."""
    tx.require_fence(picture.scene.calendar.id, mandate.fence)
    for step in steps:
        if isinstance(step, ChangeLink):
            apply_link(tx, picture, step, mandate)
    _apply_objects(tx, picture, [step for step in steps if isinstance(step, ChangeObject)])
    _adopt(tx, picture, [step for step in steps if isinstance(step, AdoptEvent)], mandate)


def apply_link(tx: Transaction, picture: Picture, step: ChangeLink, mandate: Mandate) -> None:
    """Apply one change of a linked event."""
    scene = picture.scene
    calendar_id = scene.calendar.id
    cause = mandate.cause(calendar_id, step.why)
    if step.appointment != step.before:
        tx.save_appointment(
            step.before,
            replace(step.appointment, flags=step.appointment.flags - {Flag.OVERLAP}),
            cause,
            action=step.op.value,
            flag_overlap=True,
            quiet_for=calendar_id,
        )
    tx.put_links([step.link])
    _remember(tx, scene, step)
    for conflict in step.closes:
        if step.resolution is not None:
            tx.close_conflict(conflict.id, step.resolution, cause)
        if conflict.field is ConflictField.KIND and conflict.ref is not None:
            tx.set_busy(calendar_id, scene.practitioner.id, {conflict.ref: ()})
    if step.opens is not None:
        _open_conflict(tx, picture, step, step.opens, cause=cause)


def record_of(
    event: RemoteEvent, calendar_id: CalendarId, appointment: Appointment
) -> RemoteRecord:
    """What to remember of an appointment's event."""
    return RemoteRecord(
        calendar_id=calendar_id,
        ref=event.ref,
        version=event.version,
        kind=RemoteKind.LINKED,
        uid=event.uid,
        digest=event.digest,
        appointment_id=appointment.id,
        recurring=event.recurring,
        ends_at=appointment.end,
        body=event.body,
    )


def _remember(tx: Transaction, scene: Scene, step: ChangeLink) -> None:
    calendar_id = scene.calendar.id
    left = step.link_before.ref
    if left is not None and left != step.link.ref and step.op is not Op.UNLINK:
        tx.drop_remote_events(calendar_id, [left])
    if step.op is Op.UNLINK and step.event is None and left is not None:
        tx.drop_remote_events(calendar_id, [left])
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
            )
            tx.put_remote_events([quarantined])


def _open_conflict(
    tx: Transaction, picture: Picture, step: ChangeLink, new: NewConflict, *, cause: Cause
) -> None:
    """Open a conflict, or bring one that is open about the same thing up to date. Until a person
    resolves it, the calendar's time blocks beside the ledger's."""
    scene, event = picture.scene, new.event
    open_now = tx.conflicts_of([step.appointment.id]).get(step.appointment.id, [])
    same = [
        each
        for each in open_now
        if each.field is new.field
        and each.calendar_id == scene.calendar.id
        and new.resolution is None
    ]
    interval = interval_of(event.when, scene.zone) if event is not None else None
    base = step.link_before.base
    record = ConflictRecord(
        id=same[0].id if same else ConflictId(""),
        appointment_id=step.appointment.id,
        calendar_id=scene.calendar.id,
        field=new.field,
        base=_sides(base.start, base.end) if base else None,
        ledger=_sides(step.before.start, step.before.end) | {"status": step.before.status.value},
        remote=_remote_side(event, interval),
        since=same[0].since if same else tx.now,
        ref=event.ref if event is not None else step.link_before.ref,
        remote_body=event.body if event is not None else "",
        ledger_version=step.before.version,
        resolved_at=tx.now if new.resolution else None,
        resolution=new.resolution,
        resolved_by="rule" if new.resolution else None,
    )
    blocks = interval if new.field is ConflictField.TIME and new.resolution is None else None
    tx.open_conflict(
        record, cause, blocks=(scene.practitioner.id, blocks) if blocks is not None else None
    )
    if new.field is ConflictField.KIND and event is not None:
        times = picture.expanded.get(event.ref) or ((interval,) if interval else ())
        times = times if event.takes_time else ()
        tx.set_busy(scene.calendar.id, scene.practitioner.id, {event.ref: times})


def _sides(start: datetime, end: datetime) -> dict[str, object]:
    return {"start": start.isoformat(), "end": end.isoformat()}


def _remote_side(event: RemoteEvent | None, interval: Interval | None) -> dict[str, object] | None:
    if event is None:
        return None
    times = _sides(interval.start, interval.end) if interval is not None else {}
    return times | {"status": event.status.value.lower(), "recurring": event.recurring}


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


def _adopt(
    tx: Transaction, picture: Picture, steps: Sequence[AdoptEvent], mandate: Mandate
) -> None:
    """Foreign events become appointments with numbers of their own. They happened upstream, so an
    overlap is flagged and shown, never refused."""
    if not steps:
        return
    scene = picture.scene
    calendar_id = scene.calendar.id
    cause = mandate.cause(calendar_id, "a new event in the calendar")
    added = tx.add_appointments(
        [_drafted(tx, scene, step) for step in steps], cause, action="adopt", flag_overlaps=True
    )
    tx.put_links(
        [_adopted_link(calendar_id, each, step.event) for each, step in _zip(added, steps)]
    )
    tx.put_remote_events(
        [record_of(step.event, calendar_id, each) for each, step in _zip(added, steps)]
    )
    known = {step.event.ref: () for step in steps if step.event.ref in picture.records}
    if known:
        tx.set_busy(calendar_id, scene.practitioner.id, known)
    elsewhere = links_for(tx, added, but_for=calendar_id)
    if elsewhere:
        tx.put_links(elsewhere)
        tx.nudge(sorted({link.calendar_id for link in elsewhere}))


def _zip(
    added: Sequence[Appointment], steps: Sequence[AdoptEvent]
) -> list[tuple[Appointment, AdoptEvent]]:
    return list(zip(added, steps, strict=True))


def _drafted(tx: Transaction, scene: Scene, step: AdoptEvent) -> Appointment:
    flags = {Flag.ADOPTED} | ({Flag.OUTSIDE_HOURS} if step.outside_hours else set())
    return Appointment(
        id=AppointmentId(""),
        practice_id=tx.practice_id,
        number=Number(""),
        practitioner_id=scene.practitioner.id,
        activity_id=scene.calendar.activity_id,
        start=step.interval.start,
        end=step.interval.end,
        timezone=step.zone,
        title=step.event.title,
        created_at=tx.now,
        status=Status.BOOKED,
        flags=frozenset(flags),
    )


def _adopted_link(calendar_id: CalendarId, appointment: Appointment, event: RemoteEvent) -> Link:
    return Link(
        appointment_id=appointment.id,
        calendar_id=calendar_id,
        uid=event.uid,
        origin=Origin.ADOPTED,
        ref=event.ref,
        version=event.version,
        digest=event.digest,
        base=Agreed(start=appointment.start, end=appointment.end, title=event.title),
        state=LinkState.IN_SYNC,
        pushed_version=appointment.version,
    )
