"""The calendar in memory: its quirks, its history, its faults. What all providers share is in laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, Transient, Unknown
from syncd.core.events import EventStatus, RemoteEvent, Timed, agrees
from syncd.core.ids import CalendarId, Cursor, EventRef, Uid
from syncd.core.time import Interval
from syncd.ports import (
    Access,
    Adopted,
    CalendarProvider,
    ChangeSet,
    Clock,
    Conflict,
    Gone,
    KeyBurnt,
    ProviderKind,
    Randomness,
    Rescan,
    Written,
)
from syncd.testing import (
    CALCOM,
    CALDAV,
    GOOGLE,
    Cursors,
    Etag,
    FaultScript,
    ForeignEvent,
    FrozenClock,
    Hand,
    MemoryCalendar,
    MemoryKind,
    MemoryProvider,
    Moment,
    Quirks,
    Repeat,
    SeededRandomness,
    answer_lost,
)
from syncd.testing.builders import HALF_HOUR, NINE, a_draft, cancelled, utc
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_body import MemoryEvent, from_text, patch, to_text

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def a_meeting(**changes: object) -> ForeignEvent:
    meeting = ForeignEvent(start=NINE, end=NINE + HALF_HOUR, title="Team meeting")
    return replace(meeting, **changes)


def created(provider: MemoryProvider, **changes: object) -> RemoteEvent:
    result = provider.create(a_draft(**changes))
    assert isinstance(result, Written)
    event = provider.get_many([result.ref])[result.ref]
    assert isinstance(event, RemoteEvent)
    return event


def test_the_testing_values_fit_the_ports() -> None:
    calendar = MemoryCalendar()
    _provider: CalendarProvider = MemoryProvider(calendar)
    _kind: ProviderKind = MemoryKind({CalendarId("main"): calendar})
    _clock: Clock = FrozenClock()
    _randomness: Randomness = SeededRandomness()


# A colleague's hand


def test_the_history_tells_whose_hand_did_what() -> None:
    calendar = MemoryCalendar()
    ours = created(MemoryProvider(calendar))
    theirs = calendar.colleague_adds(a_meeting())
    calendar.colleague_deletes(ours.ref)

    assert [each.ref for each in calendar.writes(Hand.SYNCD)] == [ours.ref]
    assert [each.ref for each in calendar.writes(Hand.COLLEAGUE)] == [theirs, ours.ref]
    assert calendar.history[-1].body is None


def test_a_restored_event_is_back_at_its_address() -> None:
    calendar = MemoryCalendar(GOOGLE)
    ref = calendar.colleague_adds(a_meeting(note="keep"))
    calendar.colleague_deletes(ref)

    calendar.colleague_restores(ref)

    assert calendar.content(ref).note == "keep"
    assert not calendar.is_burnt(ref)


def test_a_copy_may_bear_our_uid_and_mark() -> None:
    calendar = MemoryCalendar()

    ref = calendar.colleague_adds(a_meeting(), uid=Uid("u"), mark="appointment-1")

    event = calendar.event(ref)
    assert isinstance(event, RemoteEvent)
    assert (event.uid, event.mark) == ("u", "appointment-1")


def test_equal_deeds_give_equal_calendars() -> None:
    def story() -> MemoryCalendar:
        calendar = MemoryCalendar(CALCOM)
        provider = MemoryProvider(calendar)
        event = created(provider)
        provider.update(event, a_draft(start=NINE + HOUR))
        calendar.colleague_deletes(calendar.colleague_adds(a_meeting()))
        return calendar

    assert story().history == story().history


# The Google shape


def test_a_deleted_google_event_burns_its_id() -> None:
    calendar = MemoryCalendar(GOOGLE)
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.colleague_deletes(event.ref)

    assert isinstance(provider.create(a_draft()), KeyBurnt)
    assert calendar.refs == ()


def test_cancelling_a_google_event_deletes_it() -> None:
    calendar = MemoryCalendar(GOOGLE)
    provider = MemoryProvider(calendar)
    event = created(provider)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    provider.update(event, cancelled(a_draft()))

    answer = provider.changes(cursor)
    assert isinstance(answer, ChangeSet)
    assert answer.gone == (event.ref,)


def test_an_expired_cursor_is_a_rescan() -> None:
    calendar = MemoryCalendar(replace(GOOGLE, cursor_lives_for=2))
    provider = MemoryProvider(calendar)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    for _ in range(3):
        calendar.colleague_adds(a_meeting())

    assert isinstance(provider.changes(cursor), Rescan)


@pytest.mark.parametrize("quirks", [CALDAV, GOOGLE], ids=["caldav", "google"])
def test_all_cursors_can_be_made_to_expire(quirks: Quirks) -> None:
    calendar = MemoryCalendar(quirks)
    provider = MemoryProvider(calendar)
    calendar.colleague_adds(a_meeting())
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    calendar.expire_cursors()

    assert isinstance(provider.changes(cursor), Rescan)
    renewed = provider.listing(bodies=False).cursor
    assert renewed is not None
    calendar.colleague_adds(a_meeting())
    answer = provider.changes(renewed)
    assert isinstance(answer, ChangeSet)
    assert len(answer.changed) == 1


# The Cal.com shape


def test_a_reschedule_continues_under_a_new_identity() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)

    result = provider.update(event, a_draft(start=NINE + HOUR))

    assert isinstance(result, Written)
    moved, old = calendar.event(result.ref), calendar.event(event.ref)
    assert isinstance(moved, RemoteEvent)
    assert isinstance(old, RemoteEvent)
    assert (moved.continues, moved.mark) == (event.ref, event.mark)
    assert moved.uid != event.uid
    assert old.status is EventStatus.CANCELLED


def test_a_colleague_moves_a_booking_to_a_new_identity_too() -> None:
    calendar = MemoryCalendar(CALCOM)
    ref = calendar.colleague_adds(a_meeting())

    moved = calendar.colleague_moves(ref, NINE + HOUR, NINE + 2 * HOUR)

    event = calendar.event(moved)
    assert isinstance(event, RemoteEvent)
    assert moved != ref
    assert event.continues == ref


def test_a_title_cannot_be_written_to_a_booking() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)

    result = provider.update(event, a_draft(title="Another"))

    assert isinstance(result, Written)
    assert result.version == event.version
    assert calendar.event(event.ref) == event


def test_a_cancelled_booking_cannot_be_changed() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    ref = created(provider).ref
    calendar.colleague_deletes(ref)
    event = calendar.event(ref)
    assert isinstance(event, RemoteEvent)

    with pytest.raises(Rejected):
        provider.update(event, a_draft(start=NINE + HOUR))


def test_a_reschedule_whose_answer_was_lost_is_found_by_asking_again() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", answer_lost(), moment=Moment.AFTER)
    draft = a_draft(start=NINE + HOUR)
    with pytest.raises(Transient):
        provider.update(event, draft)

    again = provider.update(event, draft)

    assert isinstance(again, Written)
    assert len(calendar.refs) == 2
    assert calendar.event(again.ref).continues == event.ref


def test_a_create_finds_its_own_booking_by_the_mark() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)
    provider.update(event, a_draft(start=NINE + HOUR))

    again = provider.create(a_draft())

    assert isinstance(again, Adopted)
    assert again.event.continues == event.ref


def test_without_conditions_an_edit_between_reading_and_writing_is_lost() -> None:
    """What the declaration means: read-compare-write narrows the window and does not close it."""
    faults = FaultScript()
    calendar = MemoryCalendar(replace(CALDAV, honours_preconditions=False))
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at(
        "update",
        lambda: calendar.colleague_renames(event.ref, "Theirs"),
        moment=Moment.BETWEEN,
    )

    result = provider.update(event, a_draft(start=NINE + HOUR))

    assert isinstance(result, Written)
    assert calendar.content(event.ref).title != "Theirs"


# Quirks


def test_a_reused_version_hides_an_event_that_was_made_anew_from_the_server_only() -> None:
    calendar = MemoryCalendar(replace(CALDAV, etag=Etag.REUSED))
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.colleague_deletes(event.ref)
    calendar.put(
        event.ref, to_text(MemoryEvent(uid=event.uid, content=a_meeting())), Hand.COLLEAGUE
    )
    now = calendar.event(event.ref)
    assert isinstance(now, RemoteEvent)
    assert now.version == event.version

    assert provider.update(event, a_draft(start=NINE + HOUR)) == Conflict(now)


def test_a_forgetful_feed_forgets_and_its_listing_does_not() -> None:
    calendar = MemoryCalendar(replace(CALDAV, cursors=Cursors.FORGETFUL))
    provider = MemoryProvider(calendar)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    refs = {calendar.colleague_adds(a_meeting(title=f"{number}")) for number in range(8)}

    answer = provider.changes(cursor)
    assert isinstance(answer, ChangeSet)
    assert len(answer.changed) < len(refs)
    assert {each.ref for each in provider.listing(bodies=False).changed} == refs
    assert not provider.capabilities.trusts_cursor


def test_a_lying_feed_says_that_nothing_happened() -> None:
    calendar = MemoryCalendar(replace(CALDAV, cursors=Cursors.LYING))
    calendar.colleague_adds(a_meeting())

    answer = MemoryProvider(calendar).changes(Cursor("7:1"))

    assert isinstance(answer, ChangeSet)
    assert answer.changed == ()


def test_a_page_shows_what_is_there_when_it_is_asked_for() -> None:
    """A listing is no snapshot: only its cursor tells what came while it was read."""
    faults = FaultScript()
    calendar = MemoryCalendar(replace(CALDAV, page_size=1))
    refs = [calendar.colleague_adds(a_meeting(title=f"{number}")) for number in range(3)]
    provider = MemoryProvider(calendar, faults=faults)
    faults.at("page", lambda: calendar.colleague_deletes(refs[2]))

    listing = provider.listing(bodies=True)

    assert [each.ref for each in listing.changed] == refs[:2]
    assert provider.requests == 3
    assert listing.cursor is not None
    answer = provider.changes(listing.cursor)
    assert isinstance(answer, ChangeSet)
    assert answer.gone == (refs[2],)


def test_a_silent_object_is_missing_from_the_answer() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    ref = calendar.colleague_adds(a_meeting())
    calendar.silent.add(ref)

    assert provider.get_many([ref]) == {}


def test_a_refused_object_is_rejected_and_others_are_not() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    calendar.refused.add(a_draft().uid)

    with pytest.raises(Rejected):
        provider.create(a_draft())
    assert isinstance(provider.create(a_draft(uid=Uid("another"))), Written)


def test_a_refused_object_cannot_be_updated() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.refused.add(event.uid)

    with pytest.raises(Rejected):
        provider.update(event, a_draft(start=NINE + HOUR))


def test_a_uid_that_another_address_has_is_not_used_twice() -> None:
    calendar = MemoryCalendar(replace(CALDAV, uid_unique=True))
    stranger = to_text(MemoryEvent(uid=a_draft().uid, content=a_meeting(), mark="another"))
    calendar.put(EventRef("/memory/elsewhere.ics"), stranger, Hand.COLLEAGUE)

    assert isinstance(MemoryProvider(calendar).create(a_draft()), KeyBurnt)


def test_a_server_that_rewrites_loses_only_what_it_drops() -> None:
    calendar = MemoryCalendar(
        replace(CALDAV, squeezes_titles=True, adds_properties=True, drops_properties=True)
    )
    provider = MemoryProvider(calendar)
    sent = to_text(
        MemoryEvent(
            uid=Uid("u"),
            content=a_meeting(
                title="two  blanks", properties=(("X-ONE", "kept"), ("X-TWO", "cut, here"))
            ),
        )
    )
    stored = calendar.put(EventRef("/memory/u.ics"), sent, Hand.SYNCD)

    assert provider.losses(sent, stored.body) == ("X-TWO",)
    assert calendar.put(stored.ref, stored.body, Hand.SYNCD).body.count("X-SERVER-STAMP") == 1


def test_dropped_seconds_are_a_loss() -> None:
    calendar = MemoryCalendar(replace(CALDAV, drops_seconds=True))
    result = MemoryProvider(calendar).create(a_draft(start=NINE + timedelta(seconds=30)))
    assert isinstance(result, Written)
    stored = calendar.stored(result.ref)
    assert stored is not None

    assert MemoryProvider(calendar).losses(result.sent, stored.body) == ("WHEN",)


def test_what_cannot_be_understood_is_no_event_of_the_observer() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    ref = calendar.colleague_adds(a_meeting())
    event = provider.get_many([ref])[ref]
    assert isinstance(event, RemoteEvent)

    calendar.colleague_spoils(ref)

    assert calendar.events() == ()
    assert provider.update(event, a_draft(uid=event.uid)) == Conflict(None)
    with pytest.raises(Rejected):
        provider.occurrences("{ broken", Interval(NINE, NINE + HOUR))


def test_endless_work_is_rejected() -> None:
    body = to_text(
        MemoryEvent(
            uid=Uid("u"),
            content=a_meeting(
                repeat=Repeat(every_days=1), start=utc("2001-01-01"), end=utc("2001-01-02")
            ),
        )
    )

    with pytest.raises(Rejected):
        MemoryProvider(MemoryCalendar()).occurrences(body, Interval(NINE, NINE + HOUR))


# Faults


@pytest.mark.parametrize(
    "error", [Transient("x"), RateLimited("x"), NeedsLogin("x"), Forbidden("x")]
)
@pytest.mark.parametrize("name", ["check", "listing", "create"])
def test_a_fault_before_the_effect_leaves_no_effect(name: str, error: Exception) -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    faults.at(name, error)
    calls = {
        "check": provider.check,
        "listing": lambda: provider.listing(bodies=True),
        "create": lambda: provider.create(a_draft()),
    }

    with pytest.raises(type(error)):
        calls[name]()
    assert calendar.history == []

    calls[name]()


def test_a_lost_answer_leaves_the_effect_and_a_second_create_adopts_it() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    faults.at("create", answer_lost(), moment=Moment.AFTER)

    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert caught.value.ambiguous
    assert isinstance(provider.create(a_draft()), Adopted)
    assert len(calendar.refs) == 1


def test_a_lost_answer_to_an_update_is_found_by_asking_again() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", answer_lost(), moment=Moment.AFTER)
    draft = a_draft(start=NINE + HOUR)

    with pytest.raises(Transient):
        provider.update(event, draft)

    assert isinstance(provider.update(event, draft), Written)
    assert len(calendar.writes(Hand.SYNCD)) == 2


def test_faults_can_be_planned_for_later_and_for_several_times() -> None:
    faults = FaultScript()
    provider = MemoryProvider(MemoryCalendar(), faults=faults)
    faults.at("check", Transient("x"), skip=1, times=2)

    provider.check()
    for _ in range(2):
        with pytest.raises(Transient):
            provider.check()
    provider.check()

    assert [each.name for each in faults.seen] == ["check"] * 4


def test_a_colleague_can_be_quicker_than_a_conditional_update() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", lambda: calendar.colleague_deletes(event.ref))

    assert provider.update(event, a_draft(start=NINE + HOUR)) == Gone()


def test_a_vanished_calendar_is_forbidden_until_it_is_made_anew() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    calendar.vanish()

    with pytest.raises(Forbidden):
        provider.check()
    calendar.recreate()
    provider.check()


def test_a_kind_opens_the_calendars_that_it_was_given() -> None:
    calendar = MemoryCalendar(name="main")
    kind = MemoryKind({CalendarId("main"): calendar})

    def access(name: str) -> Access:
        return Access(
            calendar_id=CalendarId(name),
            settings={},
            secret=str,
            zone=BERLIN,
            clock=FrozenClock(),
        )

    kind.open(access("main")).check()
    with pytest.raises(Unknown):
        kind.open(access("other"))
    assert [each.name for each in kind.discover(access("main"))] == ["main"]
    assert kind.check_settings({}) == []
    assert [each.where for each in kind.check_settings({"url": "x"})] == ["url"]


# Bodies

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1)).map(  # noqa: DTZ001  a zone follows
    lambda each: each.replace(tzinfo=UTC, microsecond=0)
)
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Europe/Dublin", "UTC"]
)
CONTENTS = st.builds(
    ForeignEvent,
    start=INSTANTS,
    end=INSTANTS,
    title=TEXT,
    note=st.none() | TEXT.filter(bool),
    transparent=st.booleans(),
    status=st.sampled_from(EventStatus),
    properties=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)


@given(CONTENTS)
def test_a_body_is_read_back_as_it_was_written(content: ForeignEvent) -> None:
    event = MemoryEvent(uid=Uid("u"), content=content)

    assert from_text(to_text(event)) == event


@given(CONTENTS, INSTANTS, ZONES, st.none() | TEXT)
def test_patching_writes_the_draft_and_leaves_the_rest(
    content: ForeignEvent, start: datetime, zone: str, title: str | None
) -> None:
    draft = a_draft(start=start, zone=zone, title=title)
    body = to_text(MemoryEvent(uid=Uid("u"), content=content))

    patched = from_text(patch(body, draft))

    event = MemoryProvider(MemoryCalendar()).read(EventRef("r"), "v", patch(body, draft))
    assert isinstance(event, RemoteEvent)
    assert agrees(draft, event)
    assert isinstance(event.when, Timed)
    assert (patched.content.note, patched.content.properties) == (content.note, content.properties)
    assert patch(patch(body, draft), draft) == patch(body, draft)


@given(
    st.dates(date(2030, 1, 1), date(2031, 12, 31)),
    st.integers(1, 30),
    st.integers(1, 60),
    st.integers(0, 400),
)
def test_occurrences_are_the_same_however_the_horizon_is_cut(
    first: date, every: int, count: int, cut: int
) -> None:
    start = datetime(first.year, first.month, first.day, 9, 0)  # noqa: DTZ001  a wall-clock time
    event = ForeignEvent(
        start=start,
        end=start + HALF_HOUR,
        zone="Europe/Berlin",
        repeat=Repeat(every_days=every, count=count),
    )
    whole = Interval(utc("2030-01-01"), utc("2038-01-01"))
    middle = utc("2030-01-01") + timedelta(days=1 + cut)

    def found(horizon: Interval) -> list[Interval]:
        return occurrences_of(event, horizon, BERLIN, limit=5000) or []

    halves = found(Interval(whole.start, middle)) + found(Interval(middle, whole.end))
    assert halves == found(whole)
    assert len(found(whole)) == count
