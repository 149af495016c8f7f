"""How hours differ that people would write."""

from datetime import date, time

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.timetable import Difference, differences, joined
from syncd.testing.builders import WORKING_WEEK

MORNING, NOON, DAY = (
    Window(time(9), time(12)),
    Window(time(12), time(17)),
    Window(time(9), time(17)),
)
NIGHT, LATE = Window(time(22), time(0)), Window(time(23), time(23, 30))
MONDAY, TUESDAY = date(2031, 3, 3), date(2031, 3, 4)


def on(day, *windows):
    return tuple(WeeklyWindow(day=day, window=each) for each in windows)


def test_windows_that_touch_or_overlap_are_one_stretch():
    assert joined([NOON, MORNING]) == (DAY,)
    assert joined([LATE, NIGHT]) == (NIGHT,)
    assert joined([Window(time(21), time(23)), NIGHT]) == (Window(time(21), time(0)),)
    assert joined([MORNING, NIGHT]) == (MORNING, NIGHT)
    assert joined([]) == ()


def test_the_same_hours_in_other_windows_are_no_difference():
    ours = OpeningHours(weekly=on(Weekday.MON, MORNING, NOON))
    theirs = OpeningHours(weekly=on(Weekday.MON, DAY))

    assert differences(ours, theirs, since=MONDAY) == ()


def test_days_of_the_week_come_before_dates():
    ours = OpeningHours(
        weekly=on(Weekday.MON, DAY) + on(Weekday.TUE, DAY),
        exceptions=(ScheduleException(day=TUESDAY, reason="away"),),
    )
    theirs = OpeningHours(weekly=on(Weekday.MON, MORNING) + on(Weekday.TUE, DAY))

    assert differences(ours, theirs, since=MONDAY) == (
        Difference(day=Weekday.MON, ours=(DAY,), theirs=(MORNING,)),
        Difference(day=TUESDAY, ours=(), theirs=(DAY,)),
    )


def test_what_is_over_is_no_difference():
    ours = OpeningHours(weekly=WORKING_WEEK.weekly, exceptions=(ScheduleException(day=MONDAY),))

    assert differences(ours, WORKING_WEEK, since=TUESDAY) == ()
    assert len(differences(ours, WORKING_WEEK, since=MONDAY)) == 1


def test_an_exception_that_says_what_the_week_says_is_no_difference():
    ours = OpeningHours(
        weekly=on(Weekday.MON, DAY), exceptions=(ScheduleException(day=MONDAY, windows=(DAY,)),)
    )

    assert differences(ours, OpeningHours(weekly=on(Weekday.MON, DAY)), since=MONDAY) == ()
