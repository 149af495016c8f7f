"""Write down that ledger and calendar disagree, with both versions whole, and hold both times."""

from __future__ import annotations

from datetime import datetime

from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.events import RemoteEvent, interval_of
from syncd.core.ids import ConflictId
from syncd.core.journal import Cause
from syncd.core.operations import ChangeLink, NewConflict
from syncd.core.scene import Picture
from syncd.core.time import Interval
from syncd.ledger import Transaction


def open_conflict(
    tx: Transaction, picture: Picture, step: ChangeLink, new: NewConflict, *, cause: Cause
) -> None:
    """Open a conflict, or bring one that is open about the same thing up to date. Until a person
    resolves it, the calendar's time blocks beside the ledger's, for all who take part."""
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
    who = dict.fromkeys((scene.practitioner.id, *step.appointment.practitioners))
    tx.open_conflict(record, cause, blocks=(list(who), blocks) if blocks is not None else None)
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
