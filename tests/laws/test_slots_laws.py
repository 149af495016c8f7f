"""Slots against the plain statement of why a time is not offered, minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws.zones import odd_days

from syncd.core.agenda import Agenda, Freshness, Taken, TakenBy, Terms
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.obstacles import OFF_HOURS, Reason, obstacles
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.slots import offer_slots
from syncd.core.time import Interval, day_start, zone

MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE
DAY = timedelta(days=1)
KINDS = [ActivityId("consultation"), ActivityId("group"), None]

some_minutes = st.sampled_from([0, 0, 0, 5, 10, 15, 30]).map(lambda count: count * MINUTE)
edges = st.sampled_from([time(hour, minute) for hour in range(24) for minute in (0, 20, 30, 45)])
early = st.sampled_from([time(hour, minute) for hour in range(5) for minute in (0, 15, 30)])


@st.composite
def windows(draw):
    """A window, more often than not at night, when clocks change."""
    start = draw(early | edges)
    later = [time(hour, minute) for hour in range(24) for minute in (0, 30)]
    end = draw(st.sampled_from([*[each for each in later if each > start][:8], time.min]))
    return Window(start, end)


@st.composite
def weeks(draw, around):
    """Windows on the days around a date, often ones that touch or overlap; sometimes an exception
    on that date."""
    days = [around - DAY, around, around + DAY]
    long = draw(
        st.sampled_from([(), (Window(time(0), time(12)),), (Window(time(1, 10), time(9)),)])
    )
    weekly = tuple(
        WeeklyWindow(day=Weekday(each.weekday()), window=window)
        for each in days
        for window in (*long, *draw(st.lists(windows(), max_size=2)))
    )
    exception = ScheduleException(day=around, windows=tuple(draw(st.lists(windows(), max_size=2))))
    exceptions = draw(st.sampled_from([(), (), (exception,)]))
    return OpeningHours(weekly=weekly, exceptions=exceptions)


@st.composite
def taken(draw, first):
    """Something in the first half of one of three days, often on the hour or half hour."""
    start = first + draw(st.integers(0, 2)) * DAY + draw(st.integers(0, 24)) * 30 * MINUTE
    start += draw(st.sampled_from([0, 0, 0, 5, 20])) * MINUTE
    start += draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(seconds=20)]))
    length = draw(st.sampled_from([10, 20, 30, 30, 60, 60])) * MINUTE
    return Taken(
        interval=Interval(start, start + length),
        by=draw(st.sampled_from(TakenBy)),
        activity_id=draw(st.sampled_from(KINDS)),
        before=draw(some_minutes),
        after=draw(some_minutes),
        capacity=draw(st.sampled_from([1, 3])),
        has_room=draw(st.booleans()),
    )


@st.composite
def begun(draw, agenda, wanted, *, around):
    """The same agenda, in which some share one of the times that it offered to several."""
    period = Interval(day_start(around - DAY, agenda.tz), day_start(around + DAY, agenda.tz) + DAY)
    free = [
        each for each in offer_slots(agenda, wanted, period, now=period.start) if each.available
    ]
    if not free:
        return agenda
    slot = draw(st.sampled_from(free))
    place = Taken(
        interval=Interval(slot.start, slot.start + draw(st.sampled_from(slot.durations))),
        by=draw(st.sampled_from([TakenBy.APPOINTMENT, TakenBy.HOLD])),
        activity_id=wanted.activity_id,
        before=draw(some_minutes),
        after=draw(some_minutes),
        capacity=3,
        has_room=draw(st.booleans()),
    )
    return replace(agenda, taken=(*agenda.taken, *[place] * draw(st.integers(1, 3))))


@st.composite
def terms(draw):
    lengths = st.sampled_from([10, 20, 30, 60]).map(lambda count: count * MINUTE)
    return Terms(
        activity_id=ActivityId("group"),
        durations=tuple(draw(st.lists(lengths, min_size=1, max_size=3))),
        step=draw(st.sampled_from([15, 20, 25, 30, 60])) * MINUTE,
        before=draw(some_minutes),
        after=draw(some_minutes),
        notice=draw(st.sampled_from([0, 0, 3, 20])) * timedelta(hours=1),
        days_ahead=draw(st.sampled_from([None, 0, 1])),
        most_a_day=draw(st.sampled_from([None, None, 1, 2])),
        most_a_week=draw(st.sampled_from([None, None, 2])),
        capacity=draw(st.sampled_from([1, 1, 2, 3])),
    )


def rooms(first):
    """When each of some rooms is taken."""
    times = st.lists(taken(first).map(lambda each: each.interval), max_size=4)
    return st.lists(times, max_size=3).map(tuple)


@st.composite
def agendas(draw):
    """An agenda around a date on which the clocks of its zone do something, and that date."""
    name, around = draw(odd_days)
    tz = zone(name)
    first = day_start(around - DAY, tz)
    agenda = Agenda(
        practitioner_id=PractitionerId("dr-patel"),
        hours=draw(weeks(around)),
        tz=tz,
        taken=draw(st.lists(taken(first), max_size=6)) * draw(st.sampled_from([1, 1, 2])),
        closed=draw(st.sampled_from([{}, {}, {around + DAY: "inventory"}])),
        freshness=draw(st.sampled_from([Freshness.KNOWN, *Freshness])),
        rooms=draw(st.none() | rooms(first)),
        elsewhere=draw(st.lists(taken(first).map(lambda each: each.interval), max_size=2)),
    )
    return agenda, around


@settings(max_examples=200)
@given(agendas(), terms(), st.integers(-20, 40), st.data())
def test_a_duration_is_offered_at_a_start_just_when_nothing_stands_in_its_way(
    where, wanted, hour, data
):
    agenda, around = where
    if wanted.capacity > 1:
        agenda = data.draw(begun(agenda, wanted, around=around))
    now = day_start(around, agenda.tz) + timedelta(hours=hour)
    period = Interval(day_start(around - DAY, agenda.tz), day_start(around + DAY, agenda.tz) + DAY)

    offered = {each.start: each for each in offer_slots(agenda, wanted, period, now=now)}

    shortest = min(wanted.durations)
    start = period.start
    while start < period.end:
        in_the_way = obstacles(agenda, wanted, Interval(start, start + shortest), now=now)
        is_slot = OFF_HOURS.isdisjoint(each.reason for each in in_the_way)
        assert (start in offered) == is_slot, (start, in_the_way)
        if is_slot:
            fits = {
                each
                for each in wanted.durations
                if not obstacles(agenda, wanted, Interval(start, start + each), now=now)
            }
            assert set(offered[start].durations) == fits, start
            left = places(agenda, wanted, Interval(start, start + min(fits)), now) if fits else 0
            assert offered[start].places == left, start
        start += FIVE


def places(agenda, wanted, shared, now):
    """How many may be booked there one after the other."""
    place = Taken(
        interval=shared,
        by=TakenBy.APPOINTMENT,
        activity_id=wanted.activity_id,
        before=wanted.before,
        after=wanted.after,
        capacity=wanted.capacity,
        has_room=True,
    )
    count = 0
    while not obstacles(agenda, wanted, shared, now=now) and count < 10:
        agenda = replace(agenda, taken=(*agenda.taken, place))
        count += 1
    return count


@given(agendas(), terms())
def test_slots_come_by_time_each_once_and_tentative_only_where_a_calendar_is_stale(where, wanted):
    agenda, around = where
    period = Interval(day_start(around, agenda.tz), day_start(around + DAY, agenda.tz) + DAY)

    found = offer_slots(agenda, wanted, period, now=period.start)

    starts = [each.start for each in found]
    assert starts == sorted(set(starts))
    assert all(period.start <= each < period.end for each in starts)
    may_be_tentative = agenda.freshness is Freshness.TENTATIVE
    assert all(each.tentative == (may_be_tentative and each.available) for each in found)


@given(agendas(), terms(), st.data())
def test_what_is_taken_more_offers_nothing_more(where, wanted, data):
    agenda, around = where
    wanted = replace(wanted, capacity=1)
    period = Interval(day_start(around - DAY, agenda.tz), day_start(around + DAY, agenda.tz) + DAY)
    more = data.draw(taken(period.start))
    busier = replace(agenda, taken=(*agenda.taken, more))

    before = {each.start: each for each in offer_slots(agenda, wanted, period, now=period.start)}
    after = {each.start: each for each in offer_slots(busier, wanted, period, now=period.start)}

    assert before.keys() == after.keys()
    for start, slot in after.items():
        assert set(slot.durations) <= set(before[start].durations)
        for duration in slot.durations:
            assert not more.interval.overlaps(Interval(start, start + duration))


def berlin(hours, **more):
    return Agenda(
        practitioner_id=PractitionerId("dr-patel"),
        hours=OpeningHours(
            weekly=tuple(WeeklyWindow(day=day, window=hours) for day in Weekday),
        ),
        tz=zone("Europe/Berlin"),
        **more,
    )


def half_hours(**more):
    return Terms(
        activity_id=ActivityId("consultation"),
        durations=(30 * MINUTE,),
        step=30 * MINUTE,
        **more,
    )


def walls(agenda, wanted, day):
    start = day_start(day, agenda.tz)
    found = offer_slots(agenda, wanted, Interval(start, start + DAY), now=start)
    return [f"{each.start.astimezone(agenda.tz):%H:%M}" for each in found if each.available]


def test_times_that_the_spring_night_leaves_out_are_no_slots():
    night = berlin(Window(time(1), time(4)))

    assert walls(night, half_hours(), date(2031, 3, 29))[:4] == ["01:00", "01:30", "02:00", "02:30"]
    assert walls(night, half_hours(), date(2031, 3, 30)) == ["01:00", "01:30", "03:00", "03:30"]


def test_times_that_the_autumn_night_shows_twice_are_offered_once():
    night = berlin(Window(time(1), time(4)))

    assert walls(night, half_hours(), date(2031, 10, 26)) == [
        "01:00",
        "01:30",
        "02:00",
        "02:30",
        "03:00",
        "03:30",
    ]
    second = datetime(2031, 10, 26, 1, 0, tzinfo=UTC)
    [why] = obstacles(night, half_hours(), Interval(second, second + 30 * MINUTE), now=second)
    assert (why.reason, why.what) == (Reason.SECOND_TIME, "02:00")


def test_the_buffers_of_both_stand_between_two_appointments():
    noon = datetime(2031, 3, 3, 11, tzinfo=UTC)
    booked = Taken(
        interval=Interval(noon, noon + 30 * MINUTE),
        by=TakenBy.APPOINTMENT,
        name="AID-20310303-0001",
        after=10 * MINUTE,
    )
    agenda = berlin(Window(time(12), time(15)), taken=(booked,))
    quarter = replace(half_hours(before=5 * MINUTE), step=5 * MINUTE)

    assert walls(agenda, quarter, date(2031, 3, 3))[0] == "12:45"
    early = Interval(noon + 40 * MINUTE, noon + 70 * MINUTE)
    [why] = obstacles(agenda, quarter, early, now=noon)
    assert (why.reason, why.what) == (Reason.BUFFER, "AID-20310303-0001")


def test_places_that_are_left_in_a_shared_time_are_offered_until_they_are_taken():
    ten = datetime(2031, 3, 3, 9, tzinfo=UTC)
    place = Taken(
        interval=Interval(ten, ten + 30 * MINUTE),
        by=TakenBy.APPOINTMENT,
        activity_id=ActivityId("consultation"),
        capacity=3,
    )
    three = half_hours(capacity=3)

    def offered(count, *others):
        agenda = berlin(Window(time(10), time(11)), taken=(place,) * count + others)
        free = walls(agenda, three, date(2031, 3, 3))
        in_the_way = obstacles(agenda, three, place.interval, now=ten)
        assert ("10:00" in free) == (not in_the_way)
        return free

    assert offered(0) == offered(1) == offered(2) == ["10:00", "10:30"]
    assert offered(3) == ["10:30"]
    assert offered(1, replace(place, by=TakenBy.EVENT)) == ["10:30"]
    assert offered(1, replace(place, activity_id=ActivityId("another"))) == ["10:30"]
    assert offered(1, replace(place, capacity=1)) == ["10:30"]
    assert offered(1, replace(place, after=5 * MINUTE)) == ["10:00"]


def test_places_of_groups_that_have_begun_are_found_by_bisection():
    """Counted, not timed: each look at what is taken would be one for each of 1,440 slots."""
    looks = 0

    class Looked(tuple):
        __slots__ = ()

        def __iter__(self):
            nonlocal looks
            looks += 1
            return super().__iter__()

    first = datetime(2031, 3, 3, 9, tzinfo=UTC)
    places = [
        Taken(
            interval=Interval(start, start + 30 * MINUTE),
            by=TakenBy.APPOINTMENT,
            activity_id=ActivityId("consultation"),
            capacity=12,
        )
        for start in (
            first + day * DAY + count * 30 * MINUTE for day in range(60) for count in range(12)
        )
    ]
    agenda = berlin(Window(time(10), time(16)), taken=Looked(places * 10))
    wanted = half_hours(capacity=12)

    found = offer_slots(agenda, wanted, Interval(first, first + 25 * DAY), now=first)

    assert {each.places for each in found} == {2}
    assert looks <= 3


def test_whoever_shares_a_time_needs_no_room_of_their_own():
    ten = datetime(2031, 3, 3, 9, tzinfo=UTC)
    shared = Interval(ten, ten + 30 * MINUTE)
    place = Taken(
        interval=shared, by=TakenBy.APPOINTMENT, activity_id=ActivityId("consultation"), capacity=2
    )
    two = half_hours(capacity=2)

    def found(*places):
        agenda = berlin(Window(time(10), time(11)), taken=places, rooms=((shared,),))
        [first, second] = offer_slots(agenda, two, Interval(ten, ten + 60 * MINUTE), now=ten)
        assert second.places == 2
        return first.places, [each.reason for each in obstacles(agenda, two, shared, now=ten)]

    assert found() == (0, [Reason.NO_ROOM])
    assert found(place) == (0, [Reason.NO_ROOM])
    place = replace(place, has_room=True)
    assert found(place) == (1, [])
    assert found(place, place) == (0, [Reason.TAKEN, Reason.TAKEN, Reason.NO_ROOM])


def test_where_a_step_does_not_fit_the_gap_no_time_is_offered_that_nobody_can_read():
    """On Lord Howe half an hour is left out: at 02:00 it is 02:30."""
    howe = replace(berlin(Window(time(1), time(5))), tz=zone("Australia/Lord_Howe"))
    hours = replace(half_hours(), step=60 * MINUTE)

    assert walls(howe, hours, date(2025, 10, 5)) == ["01:00", "03:00", "04:00"]
    assert walls(howe, hours, date(2025, 10, 6)) == ["01:00", "02:00", "03:00", "04:00"]


def test_hours_that_touch_are_one_also_over_midnight():
    evening = berlin(Window(time(22), time.min))
    night = Agenda(
        practitioner_id=evening.practitioner_id,
        hours=OpeningHours(
            weekly=(
                *evening.hours.weekly,
                *(WeeklyWindow(day=day, window=Window(time(0), time(2))) for day in Weekday),
            )
        ),
        tz=evening.tz,
    )
    long = Terms(activity_id=ActivityId("watch"), durations=(120 * MINUTE,), step=60 * MINUTE)

    assert walls(evening, long, date(2031, 3, 3)) == ["22:00"]
    assert walls(night, long, date(2031, 3, 3)) == ["00:00", "22:00", "23:00"]
    holiday = replace(night, closed={date(2031, 3, 4): ""})
    assert walls(holiday, long, date(2031, 3, 3)) == ["00:00", "22:00"]


@pytest.mark.parametrize("wrong", [{"durations": ()}, {"step": timedelta(seconds=30)}])
def test_terms_without_a_length_or_a_grid_of_minutes_are_refused(wrong):
    with pytest.raises(ValueError, match="at least a minute"):
        replace(half_hours(), **wrong)


def test_every_reason_says_what_it_is_about():
    """As staff are told why a time is not offered."""
    nine = datetime(2031, 3, 3, 8, tzinfo=UTC)
    half_hour = Interval(nine, nine + 30 * MINUTE)
    booked = Taken(
        interval=half_hour,
        by=TakenBy.APPOINTMENT,
        name="AID-20310303-0001",
        activity_id=ActivityId("consultation"),
    )
    event = replace(booked, by=TakenBy.EVENT, name="/patel-main/1.ics")
    agenda = berlin(
        Window(time(9), time(12)),
        taken=(booked, event),
        freshness=Freshness.WITHHELD,
        stale=("patel-main",),
    )
    strict = half_hours(notice=3 * DAY, days_ahead=0, most_a_day=1, most_a_week=1)

    def told(wanted, terms=strict, now=nine - DAY):
        found = obstacles(agenda, terms, wanted, now=now)
        return [(each.reason, each.what, each.until) for each in found]

    assert told(half_hour) == [
        (Reason.NOTICE_TOO_SHORT, "", nine + 2 * DAY),
        (Reason.TOO_FAR_AHEAD, "2031-03-02", None),
        (Reason.DAY_FULL, "2031-03-03", None),
        (Reason.WEEK_FULL, "2031-03-03", None),
        (Reason.CALENDAR_STALE, "patel-main", None),
        (Reason.TAKEN, "AID-20310303-0001", half_hour.end),
        (Reason.BUSY, "/patel-main/1.ics", half_hour.end),
    ]
    noon = Interval(nine + 3 * 60 * MINUTE, nine + 210 * MINUTE)
    assert told(noon, half_hours(), now=noon.end)[:2] == [
        (Reason.NOT_OPEN, "2031-03-03", None),
        (Reason.PAST, "", None),
    ]
    late = Interval(nine + 165 * MINUTE, nine + 195 * MINUTE)
    assert told(late, half_hours())[:2] == [
        (Reason.ENDS_AFTER_CLOSING, "", nine + 180 * MINUTE),
        (Reason.OFF_GRID, "11:45", None),
    ]
    holiday = replace(agenda, closed={date(2031, 3, 3): ""})
    [first, *_] = obstacles(holiday, half_hours(), half_hour, now=nine)
    assert (first.reason, first.what) == (Reason.DAY_CLOSED, "2031-03-03")
