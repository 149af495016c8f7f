"""Opening hours that people would write, and what they mean."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.time import Interval, zone
from syncd.testing.builders import WORKING_WEEK, utc

BERLIN = zone("Europe/Berlin")
MONDAY = date(2031, 3, 3)
ALWAYS = OpeningHours(
    weekly=tuple(WeeklyWindow(day=day, window=Window(time(0), time(0))) for day in Weekday)
)
HALF_HOUR = timedelta(minutes=30)


def local(day, hour, minute=0, tz=BERLIN):
    return datetime.combine(day, time(hour, minute), tzinfo=tz).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end"), [(time(9), time(9)), (time(9), time(8)), (time(1), time(0, 1))]
)
def test_a_window_that_ends_before_it_starts_is_refused(start, end):
    with pytest.raises(ValueError, match="before it starts"):
        Window(start, end)


def test_a_window_may_end_at_midnight():
    window = Window(time(22), time(0))

    assert window.on(MONDAY, BERLIN) == Interval(
        local(MONDAY, 22), local(MONDAY + timedelta(days=1), 0)
    )


def test_a_window_of_the_whole_day_may_start_and_end_at_midnight():
    found = Window(time(0), time(0)).on(MONDAY, BERLIN)

    assert found is not None
    assert found.duration == timedelta(days=1)


def test_nine_on_the_wall_stays_nine_when_the_clocks_change():
    before, after = date(2031, 3, 28), date(2031, 3, 31)
    opens = [WORKING_WEEK.open_intervals(day, day, BERLIN)[0].start for day in (before, after)]

    assert opens == [utc("2031-03-28 08:00"), utc("2031-03-31 07:00")]


def test_hours_on_both_sides_of_midnight_are_one_stretch():
    night = OpeningHours(
        weekly=(
            WeeklyWindow(day=Weekday.MON, window=Window(time(22), time(0))),
            WeeklyWindow(day=Weekday.TUE, window=Window(time(0), time(2))),
        )
    )
    interval = Interval(local(MONDAY, 23, 30), local(MONDAY + timedelta(days=1), 0, 30))

    assert night.is_open(interval, BERLIN)


def test_windows_that_touch_are_one_stretch():
    split = OpeningHours(
        weekly=(
            WeeklyWindow(day=Weekday.MON, window=Window(time(13), time(17))),
            WeeklyWindow(day=Weekday.MON, window=Window(time(9), time(13))),
        )
    )

    assert split.is_open(Interval(local(MONDAY, 12, 45), local(MONDAY, 13, 15)), BERLIN)


@pytest.mark.parametrize(
    ("start", "end", "is_open"),
    [
        ((9, 0), (17, 0), True),
        ((9, 0), (9, 30), True),
        ((16, 30), (17, 0), True),
        ((8, 59), (9, 30), False),
        ((16, 31), (17, 1), False),
        ((7, 0), (8, 0), False),
        ((17, 0), (17, 30), False),
    ],
)
def test_the_whole_interval_must_lie_inside_opening_hours(start, end, is_open):
    interval = Interval(local(MONDAY, *start), local(MONDAY, *end))

    assert WORKING_WEEK.is_open(interval, BERLIN) is is_open


def test_an_exception_without_windows_closes_the_day():
    closed = ScheduleException(day=MONDAY, reason="public holiday")
    hours = OpeningHours(weekly=WORKING_WEEK.weekly, exceptions=(closed,))

    assert closed.is_closed
    assert hours.windows_on(MONDAY) == ()
    assert hours.open_intervals(MONDAY, MONDAY, BERLIN) == []
    assert hours.windows_on(MONDAY + timedelta(days=7)) == WORKING_WEEK.windows_on(MONDAY)


def test_an_exception_with_windows_stands_in_for_the_week():
    saturday = date(2031, 3, 8)
    special = ScheduleException(day=saturday, windows=(Window(time(10), time(12)),))
    hours = OpeningHours(weekly=WORKING_WEEK.weekly, exceptions=(special,))

    assert not special.is_closed
    assert WORKING_WEEK.windows_on(saturday) == ()
    assert hours.is_open(Interval(local(saturday, 10), local(saturday, 12)), BERLIN)


@pytest.mark.parametrize("start", ["0001-01-01", "9999-12-31T23:00"])
@pytest.mark.parametrize("name", ["Asia/Tokyo", "Europe/Berlin", "America/New_York"])
def test_the_ends_of_the_calendar_are_closed(start, name):
    """An event of the year 1 or 9999 is odd, not a reason to stop."""
    begins = utc(start)

    assert not WORKING_WEEK.is_open(Interval(begins, begins + HALF_HOUR), zone(name))


def test_what_lasts_for_millennia_is_not_looked_at_day_by_day():
    assert ALWAYS.is_open(Interval(utc("2031-03-03"), utc("2031-04-03")), BERLIN)
    assert not ALWAYS.is_open(Interval(utc("2031-03-03"), utc("9000-01-01")), BERLIN)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ((time(9), time(12)), (time(11), time(13)), True),
        ((time(9), time(12)), (time(12), time(13)), False),
        ((time(9), time(0)), (time(23), time(0)), True),
        ((time(9), time(12)), (time(13), time(0)), False),
        ((time(0), time(0)), (time(3), time(4)), True),
    ],
)
def test_windows_overlap_where_both_are_open(one, other, overlap):
    first, second = Window(*one), Window(*other)

    assert first.overlaps(second) is second.overlaps(first) is overlap


def test_a_window_is_spelled_as_on_a_wall():
    assert str(Window(time(9), time(12, 30))) == "09:00-12:30"
    assert str(Window(time(0), time(0))) == "00:00-24:00"
