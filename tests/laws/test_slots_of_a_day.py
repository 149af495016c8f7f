"""Slots on days that people know: which times are offered, and why another one is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from syncd.core.agenda import Agenda, Freshness, Taken, TakenBy, Terms
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.obstacles import Obstacle, Reason, obstacles, obstacles_of_all
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.core.slots import offer_slots
from syncd.core.time import Interval, day_start, zone

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


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


def test_what_is_in_everybodys_way_is_told_once_and_what_is_in_somebodys_with_their_name():
    noon = datetime(2031, 3, 3, 11, tzinfo=UTC)
    wanted = Interval(noon, noon + 30 * MINUTE)
    talk = Taken(interval=wanted, by=TakenBy.APPOINTMENT, name="AID-20310303-0001")
    patel = berlin(Window(time(12), time(15)), elsewhere=(wanted,))
    owl = replace(patel, practitioner_id=PractitionerId("dr-owl"), taken=(talk,))

    found = obstacles_of_all([patel, owl], half_hours(), wanted, now=noon)

    assert found == (
        Obstacle(Reason.CLIENT_BUSY, until=wanted.end),
        Obstacle(Reason.TAKEN, talk.name, wanted.end, who=owl.practitioner_id),
    )
