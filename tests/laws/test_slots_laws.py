"""Slots against the plain statement of why a time is not offered, minute by minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from laws.zones import odd_days

from syncd.core.agenda import Agenda, Freshness, Taken, TakenBy, Terms
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.obstacles import OFF_HOURS, obstacles, obstacles_of_all
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.slots import common_slots, offer_slots
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


@settings(max_examples=70)
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


@settings(max_examples=40)
@given(agendas(), terms(), st.data())
def test_several_have_a_slot_in_common_just_when_nothing_stands_in_anybodys_way(
    where, wanted, data
):
    agenda, around = where
    period = Interval(day_start(around, agenda.tz), day_start(around, agenda.tz) + DAY)
    everybody = [agenda]
    for count in range(data.draw(st.integers(0, 2))):
        other = replace(
            agenda,
            practitioner_id=PractitionerId(f"dr-{count}"),
            hours=data.draw(st.just(agenda.hours) | weeks(around)),
            tz=data.draw(st.sampled_from([agenda.tz, agenda.tz, zone("America/St_Johns")])),
            taken=data.draw(st.lists(taken(period.start - DAY), max_size=4)),
            freshness=data.draw(st.sampled_from([Freshness.KNOWN, *Freshness])),
        )
        everybody.append(other)

    offers = [offer_slots(each, wanted, period, now=period.start) for each in everybody]
    offered = {each.start: each for each in common_slots(offers)}

    start = period.start
    while start < period.end:
        in_the_way = {
            each: obstacles_of_all(
                everybody, wanted, Interval(start, start + each), now=period.start
            )
            for each in wanted.durations
        }
        why = in_the_way[min(wanted.durations)]
        assert (start in offered) == OFF_HOURS.isdisjoint(each.reason for each in why)
        if start in offered:
            slot = offered[start]
            assert set(slot.durations) == {each for each, why in in_the_way.items() if not why}
            stale = any(each.freshness is Freshness.TENTATIVE for each in everybody)
            assert slot.tentative == (slot.available and stale)
            assert slot.available == (slot.places > 0)
            assert slot.practitioner_id == agenda.practitioner_id
        start += FIVE
