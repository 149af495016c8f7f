"""What a change in a calendar means for the ledger. Pure: one seen or vanished object, one answer.

Who wins is `merge`'s to say, what a foreign event means `adoption`'s; here both become steps with
the values as they shall be afterwards. Writing back is `push`'s.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.adoption import Meaning, read_foreign
from syncd.core.events import RemoteEvent, Unreadable, interval_of
from syncd.core.ids import EventRef
from syncd.core.operations import AdoptEvent, ChangeObject, Op, PullStep
from syncd.core.pull_linked import is_ghost, pull_linked, pull_suspended, relinked
from syncd.core.pull_vanished import pull_vanished
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Pair, Picture, Scene
from syncd.core.time import Interval


def plan_pull(picture: Picture) -> list[PullStep]:
    """The ledger's steps for everything that was seen, in a stable order. Total."""
    steps: list[PullStep] = []
    relinked_refs: set[EventRef] = set()
    for item in sorted(picture.seen, key=lambda each: each.ref):
        pair = picture.pairs.get(item.ref)
        if isinstance(item, Unreadable):
            steps.append(_quarantine(picture, item, pair))
        elif pair is not None:
            steps += _pull_pair(picture, pair, item)
        elif (lost := _lost_pair(picture, item)) is not None:
            if lost.link.ref is not None:
                relinked_refs.add(lost.link.ref)
            steps += _pull_pair(picture, relinked(lost, item), item)
        else:
            steps.append(_pull_foreign(picture, item))
    for ref in sorted(picture.gone - relinked_refs):
        step = _pull_gone(picture, ref)
        if step is not None:
            steps.append(step)
    steps += [pull_vanished(picture.scene, pair) for pair in picture.reconsidered]
    return steps


def _pull_pair(picture: Picture, pair: Pair, event: RemoteEvent) -> list[PullStep]:
    """A linked event; where its link ends although it lives on, what it is from now on."""
    change = pull_linked(picture.scene, pair, event)
    if change.op is Op.UNLINK:
        return [change, _pull_foreign(picture, event)]
    return [change]


def _lost_pair(picture: Picture, event: RemoteEvent) -> Pair | None:
    """The link that has no event (any more) and whose event this is: the answer to its creation was
    lost, or it moved to another address. A copy of an event that lives is not it."""
    pair = picture.pairs_by_uid.get(event.uid)
    if pair is None or (pair.link.ref is not None and pair.link.ref not in picture.gone):
        return None
    if pair.appointment.is_over and not is_ghost(pair, event):
        return None
    return pair


def _pull_foreign(picture: Picture, event: RemoteEvent) -> PullStep:
    scene = picture.scene
    interval = interval_of(event.when, scene.zone)
    mirrored = picture.mirrored.get(event.uid)
    reading = read_foreign(
        event,
        calendar=scene.calendar,
        interval=interval,
        is_mirror=mirrored is not None and mirrored == interval and not event.recurring,
        now=scene.now,
    )
    if reading.meaning is Meaning.ADOPT and interval is not None:
        return AdoptEvent(
            why=reading.why,
            event=event,
            interval=interval,
            zone=scene.event_zone(event),
            outside_hours=scene.is_outside_hours(interval),
        )
    if reading.meaning is Meaning.BUSY and interval is not None:
        return _block(picture, event, interval, reading.why)
    kind = RemoteKind.MIRROR if reading.meaning is Meaning.MIRROR else RemoteKind.IGNORED
    return _stop_blocking(picture, _record(scene, event, kind), reading.why)


def _block(picture: Picture, event: RemoteEvent, interval: Interval, why: str) -> ChangeObject:
    scene = picture.scene
    intervals = picture.expanded.get(event.ref, ()) if event.recurring else (interval,)
    record = replace(
        _record(scene, event, RemoteKind.BUSY),
        ends_at=None if event.recurring else interval.end,
        body=event.body if event.recurring else None,
    )
    known = picture.records.get(event.ref)
    unchanged = known is not None and known.kind is RemoteKind.BUSY and known.digest == event.digest
    past = not event.recurring and interval.end <= scene.now
    op = Op.NOTE if unchanged or past else Op.BLOCK
    return ChangeObject(op=op, why=why, record=record, intervals=intervals)


def _stop_blocking(picture: Picture, record: RemoteRecord, why: str) -> ChangeObject:
    """An object that takes no time, and perhaps did until now."""
    known = picture.records.get(record.ref)
    took_time = known is not None and _still_matters(picture.scene, known)
    return ChangeObject(op=Op.UNBLOCK if took_time else Op.NOTE, why=why, record=record)


def _pull_gone(picture: Picture, ref: EventRef) -> PullStep | None:
    scene, record, pair = picture.scene, picture.records.get(ref), picture.pairs.get(ref)
    if pair is not None:
        return pull_vanished(scene, pair)
    if record is None:
        return None
    matters = _still_matters(scene, record)
    return ChangeObject(
        op=Op.UNBLOCK if matters else Op.NOTE,
        why="it was removed in the calendar",
        record=record,
        forget=True,
        removed_while_live=matters,
    )


def _quarantine(picture: Picture, item: Unreadable, pair: Pair | None) -> PullStep:
    if pair is not None:
        return pull_suspended(pair, item)
    known = picture.records.get(item.ref)
    again = known is not None and known.kind is RemoteKind.QUARANTINED
    record = RemoteRecord(
        calendar_id=picture.scene.calendar.id,
        ref=item.ref,
        version=item.version,
        kind=RemoteKind.QUARANTINED,
        reason=item.reason,
    )
    return ChangeObject(op=Op.NOTE if again else Op.QUARANTINE, why=item.reason, record=record)


def _still_matters(scene: Scene, record: RemoteRecord) -> bool:
    return record.kind is RemoteKind.BUSY and (record.ends_at is None or record.ends_at > scene.now)


def _record(scene: Scene, event: RemoteEvent, kind: RemoteKind) -> RemoteRecord:
    return RemoteRecord(
        calendar_id=scene.calendar.id,
        ref=event.ref,
        version=event.version,
        kind=kind,
        uid=event.uid,
        digest=event.digest,
        recurring=event.recurring,
    )
