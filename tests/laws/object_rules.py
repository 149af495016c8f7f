"""What is true of everything that is no appointment's event: one law, one function, as in
`plan_rules`."""

from laws.plan_steps import Case, shown_times

from syncd.core.appointment import LinkState
from syncd.core.events import Attendance, EventStatus, RemoteEvent, Timed
from syncd.core.operations import Op
from syncd.core.practice import Adopt, Mode
from syncd.core.remote import RemoteKind


def a_foreign_event_is_adopted_just_when_it_may_be(case: Case) -> None:
    picture, calendar = case.picture, case.picture.scene.calendar
    adopted = {each.event.ref for each in case.adopted}
    for item in picture.seen:
        if not isinstance(item, RemoteEvent) or item.ref in case.linked_refs:
            continue
        may_be = (
            case.mode in (Mode.TWO_WAY, Mode.IMPORT)
            and (calendar.adopt is Adopt.ALL or (calendar.adopt is Adopt.MARKED and item.is_marked))
            and isinstance(item.when, Timed)
            and item.when.start < item.when.end
            and item.when.end > case.now
            and not item.recurring
            and not item.transparent
            and item.status is not EventStatus.CANCELLED
            and item.attendance is Attendance.OWN
            and item.uid not in picture.mirrored
        )
        assert (item.ref in adopted) is may_be


def what_only_takes_time_takes_it(case: Case) -> None:
    for each in case.objects:
        if each.forget or each.keeps_time:
            assert each.intervals == ()
            continue
        event = case.events.get(each.ref)
        busy = each.record.kind is RemoteKind.BUSY
        assert busy is bool(each.intervals)
        if event is not None and not event.takes_time:
            assert not busy
        if busy:
            assert case.mode is not Mode.PUBLISH
            assert event is not None
            if event.recurring:
                assert each.intervals == case.picture.expanded[event.ref]
            elif isinstance(event.when, Timed):
                (interval,) = each.intervals
                assert (interval.start, interval.end) == shown_times(event)


def what_cannot_be_read_frees_and_writes_nothing(case: Case) -> None:
    for item in case.picture.seen:
        if isinstance(item, RemoteEvent):
            continue
        pair = case.picture.pairs.get(item.ref)
        step = case.links.get(pair.appointment.id) if pair is not None else None
        has_moved_on = step is not None and step.event is not None
        if pair is not None and not has_moved_on:
            assert step is None or step.appointment == pair.appointment
            assert step is None or step.link.state is LinkState.SUSPENDED
            assert pair.appointment.id not in case.writes
        for each in case.objects:
            if each.ref == item.ref:
                known = case.picture.records.get(item.ref)
                took_time = known is not None and known.kind is RemoteKind.BUSY
                assert each.keeps_time >= took_time
                assert each.record.kind is RemoteKind.QUARANTINED


def what_was_seen_is_what_the_record_remembers(case: Case) -> None:
    calendar_id = case.picture.scene.calendar.id
    for each in case.objects:
        assert each.record.calendar_id == calendar_id
        event = case.events.get(each.ref)
        if event is None or each.forget:
            continue
        record = each.record
        assert (record.ref, record.version, record.uid) == (event.ref, event.version, event.uid)
        assert (record.digest, record.recurring) == (event.digest, event.recurring)
        assert (record.appointment_id, record.reason) == (None, None)
        busy = record.kind is RemoteKind.BUSY
        assert record.body == (event.body if busy and event.recurring else None)
        if record.kind is RemoteKind.MIRROR:
            shown = case.picture.mirrored[event.uid]
            assert shown is not None
            assert (record.starts_at, record.ends_at) == (shown.start, shown.end)
        elif busy and not event.recurring:
            assert record.ends_at == max(interval.end for interval in each.intervals)
        else:
            assert record.ends_at is None


def taken_time_is_news_just_when_it_changes_what_is_to_come(case: Case) -> None:
    for each in case.objects:
        known = case.picture.records.get(each.ref)
        mattered = (
            known is not None
            and known.kind is RemoteKind.BUSY
            and (known.ends_at is None or known.ends_at > case.now)
        )
        if each.forget:
            left = any(
                step.link_before.ref == each.ref != step.link.ref and step.event is not None
                for step in case.links.values()
            )
            assert (each.op is Op.UNBLOCK) is (mattered and not left)
        elif each.record.kind is RemoteKind.BUSY:
            same = (
                known is not None
                and known.kind is RemoteKind.BUSY
                and known.digest == each.record.digest
            )
            over = each.record.ends_at is not None and each.record.ends_at <= case.now
            assert (each.op is Op.NOTE) is (same or (over and not mattered))
        elif each.record.kind is not RemoteKind.QUARANTINED:
            assert (each.op is Op.UNBLOCK) is mattered


def a_place_that_an_event_left_is_forgotten_as_such(case: Case) -> None:
    for each in case.objects:
        if each.forget:
            moved = any(
                step.link_before.ref == each.ref
                and step.link.ref not in (None, each.ref)
                and step.event is not None
                for step in case.links.values()
            )
            assert each.why == "it moved to another address" or not moved


def a_place_that_was_left_and_is_in_no_news_stays_known(case: Case) -> None:
    """An answer from before would be a new event, if nobody knew it any more."""
    records = case.picture.records
    found = {each.ref: each for each in case.objects if each.ref in case.left_unseen}
    assert found.keys() == case.left_unseen & records.keys()
    for ref, each in found.items():
        assert (each.record.kind, each.record.version) == (RemoteKind.IGNORED, records[ref].version)
        assert (each.forget, each.intervals) == (False, ())


def what_is_adopted_is_adopted_as_it_is(case: Case) -> None:
    scene = case.picture.scene
    for each in case.adopted:
        when = each.event.when
        assert (each.interval.start, each.interval.end) == shown_times(each.event)
        assert each.zone == (when.zone or scene.practitioner.timezone)
        hours = scene.practitioner.hours
        inside = not hours.weekly or hours.is_open(each.interval, scene.zone)
        assert each.outside_hours is not inside
        assert each.asks is (scene.confirms and each.event.status is EventStatus.TENTATIVE)
        assert each.why


OBJECT_LAWS = (
    a_foreign_event_is_adopted_just_when_it_may_be,
    what_only_takes_time_takes_it,
    what_cannot_be_read_frees_and_writes_nothing,
    what_was_seen_is_what_the_record_remembers,
    taken_time_is_news_just_when_it_changes_what_is_to_come,
    a_place_that_an_event_left_is_forgotten_as_such,
    a_place_that_was_left_and_is_in_no_news_stays_known,
    what_is_adopted_is_adopted_as_it_is,
)
