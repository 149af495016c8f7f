"""What a change in a calendar means for the ledger. Pure: one seen or vanished object, one answer.

Who wins is `merge`'s to say, what a foreign event means `adoption`'s; here both become steps with
the values as they shall be afterwards. Writing back is `push`'s.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.adoption import Meaning, read_foreign
from syncd.core.appointment import LinkState
from syncd.core.events import EventStatus, RemoteEvent, Unreadable, interval_of
from syncd.core.ids import EventRef, Uid
from syncd.core.matching import match
from syncd.core.operations import AdoptEvent, ChangeObject, Op, PullStep
from syncd.core.pull_linked import pull_linked, pull_suspended, relinked
from syncd.core.pull_vanished import pull_vanished
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Pair, Picture, Scene
from syncd.core.time import Interval


def plan_pull(picture: Picture) -> list[PullStep]:
    """The ledger's steps for everything that was seen, in a stable order: a link gives up its place
    before another event takes it. Total."""
    matching = match(picture)
    held = {**matching.waiting, **picture.held}
    steps: list[PullStep] = [pull_vanished(picture.scene, pair) for pair in matching.vanished]
    for item in sorted(picture.seen, key=lambda each: each.ref):
        if isinstance(item, Unreadable):
            is_left = item.ref in matching.left  # its link is another event's from now on
            steps += _quarantine(picture, item, None if is_left else picture.pairs.get(item.ref))
        elif (owner := matching.owners.get(item.ref)) is not None:
            steps += _pull_pair(picture, owner, item)
        elif (place := held.get(item.ref)) is not None:
            steps += _hold(picture, item, place)
        else:
            steps.append(_pull_foreign(picture, item))
    steps += _forget(picture, still_there={item.ref for item in picture.seen}, left=matching.left)
    steps += [
        pull_vanished(picture.scene, pair)
        for pair in picture.reconsidered
        if pair.appointment.id not in matching.settled
    ]
    return steps


def _pull_pair(picture: Picture, stored: Pair, event: RemoteEvent) -> list[PullStep]:
    """A linked event; where its link ends although it lives on, what it is from now on."""
    pair = stored if stored.link.ref == event.ref else relinked(stored, event)
    change = pull_linked(picture.scene, pair, event)
    if pair is not stored:
        change = replace(change, link_before=replace(stored.link, base=change.link_before.base))
    if change.op is Op.UNLINK:
        return [change, _pull_foreign(picture, event)]
    return [change]


def _hold(picture: Picture, event: RemoteEvent, place: EventRef) -> list[PullStep]:
    """An event that may be a known one at a new address, or before: until that is certain it only
    takes its time."""
    scene, known = picture.scene, picture.records.get(event.ref)
    if known is not None and (known.version, known.awaits) == (event.version, place):
        return []
    reason = "it may be an event whose own place the server does not answer for"
    interval = interval_of(event.when, scene.zone)
    record = replace(
        _record(scene, event, RemoteKind.QUARANTINED), digest="", reason=reason, awaits=place
    )
    intervals: tuple[Interval, ...] = ()
    if event.takes_time and scene.calendar.mode.blocks and interval is not None:
        if event.recurring:
            intervals = picture.expanded.get(event.ref, ())
            record = replace(record, body=event.body)
        else:
            intervals = (interval,)
            record = replace(record, ends_at=interval.end)
    return [ChangeObject(op=Op.QUARANTINE, why=reason, record=record, intervals=intervals)]


def _pull_foreign(picture: Picture, event: RemoteEvent) -> PullStep:
    scene = picture.scene
    interval = interval_of(event.when, scene.zone)
    mirrored = picture.mirrored.get(event.uid)
    reading = read_foreign(
        event,
        calendar=scene.calendar,
        interval=interval,
        is_mirror=mirrored is not None and mirrored == interval and not event.recurring,
        is_copy=event.uid in picture.mirrored,
        now=scene.now,
    )
    if reading.meaning is Meaning.ADOPT and interval is not None:
        return AdoptEvent(
            why=reading.why,
            event=event,
            interval=interval,
            zone=scene.event_zone(event),
            outside_hours=scene.is_outside_hours(interval),
            asks=scene.hears_yes and event.status is EventStatus.TENTATIVE,
        )
    if reading.meaning is Meaning.BUSY and interval is not None:
        return _block(picture, event, interval, reading.why)
    record = _record(scene, event, RemoteKind.IGNORED)
    if reading.meaning is Meaning.MIRROR and interval is not None:
        start, end = interval.start, interval.end
        record = replace(record, kind=RemoteKind.MIRROR, starts_at=start, ends_at=end)
    return _stop_blocking(picture, record, reading.why)


def _block(picture: Picture, event: RemoteEvent, interval: Interval, why: str) -> ChangeObject:
    scene = picture.scene
    intervals = picture.expanded.get(event.ref, ()) if event.recurring else (interval,)
    record = replace(
        _record(scene, event, RemoteKind.BUSY),
        ends_at=None if event.recurring else interval.end,
        body=event.body if event.recurring else None,
    )
    known = picture.records.get(event.ref)
    again = known is not None and known.kind is RemoteKind.BUSY
    unchanged = known is not None and again and known.digest == event.digest != ""
    took_time = known is not None and _still_matters(scene, known)
    past = not event.recurring and interval.end <= scene.now and not took_time
    op = Op.NOTE if unchanged or past else Op.BLOCK
    return ChangeObject(op=op, why=why, record=record, intervals=intervals)


def _stop_blocking(picture: Picture, record: RemoteRecord, why: str) -> ChangeObject:
    """An object that takes no time, and perhaps did until now."""
    known = picture.records.get(record.ref)
    took_time = known is not None and _still_matters(picture.scene, known)
    return ChangeObject(op=Op.UNBLOCK if took_time else Op.NOTE, why=why, record=record)


def _forget(
    picture: Picture, *, still_there: set[EventRef], left: frozenset[EventRef]
) -> list[ChangeObject]:
    """What is not an appointment's event and is gone, and the places that such events left. One
    that was left and shows itself no more is known for as long as it is named: an old answer would
    make it a new event."""
    steps: list[ChangeObject] = []
    for ref in sorted((picture.gone | left) - still_there):
        record = picture.records.get(ref)
        if record is None or (ref in picture.pairs and ref not in left):
            continue
        if ref not in picture.gone:
            over = RemoteRecord(
                calendar_id=record.calendar_id,
                ref=ref,
                version=record.version,
                kind=RemoteKind.IGNORED,
                uid=record.uid,
                digest=record.digest,
            )
            steps.append(ChangeObject(op=Op.NOTE, why="it goes on as another event", record=over))
            continue
        matters = ref not in left and _still_matters(picture.scene, record)
        step = ChangeObject(
            op=Op.UNBLOCK if matters else Op.NOTE,
            why="it moved to another address" if ref in left else "it was removed in the calendar",
            record=record,
            forget=True,
            removed_while_live=matters,
        )
        steps.append(step)
    return steps


def _quarantine(picture: Picture, item: Unreadable, pair: Pair | None) -> list[PullStep]:
    """An object that cannot be understood, with the link whose event it is. What time it took
    before stays taken. That it still cannot be understood is no news."""
    known = picture.records.get(item.ref)
    is_suspended = pair is None or pair.link.state is LinkState.SUSPENDED
    again = known is not None and known.kind is RemoteKind.QUARANTINED and is_suspended
    if again and known is not None and _waits_alike(known, item):
        return []
    return [pull_suspended(pair, item) if pair is not None else _quarantine_foreign(picture, item)]


def _waits_alike(known: RemoteRecord, item: Unreadable) -> bool:
    return (known.version, known.awaits) == (item.version, item.awaits)


def _quarantine_foreign(picture: Picture, item: Unreadable) -> PullStep:
    known = picture.records.get(item.ref)
    keeps = known is not None and known.kind in (RemoteKind.BUSY, RemoteKind.QUARANTINED)
    blank = RemoteRecord(
        calendar_id=picture.scene.calendar.id,
        ref=item.ref,
        version=item.version,
        kind=RemoteKind.QUARANTINED,
        uid=known.uid if known is not None else Uid(""),
    )
    record = replace(
        known if known is not None and keeps else blank,
        version=item.version,
        digest="",
        kind=RemoteKind.QUARANTINED,
        reason=item.reason,
        awaits=item.awaits,
    )
    again = known is not None and known.kind is RemoteKind.QUARANTINED
    op = Op.NOTE if again else Op.QUARANTINE
    return ChangeObject(op=op, why=item.reason, record=record, keeps_time=keeps)


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
