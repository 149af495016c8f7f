"""Edges: what only touches, what is told with a fold, and zones far from the machine's own."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from syncd.core.errors import Invalid
from syncd.core.events import Timed, interval_of
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.core.time import (
    Interval,
    LocalTime,
    classify_local,
    first_instant,
    resolve_local,
    to_utc,
    zone,
)
from syncd.testing.builders import utc

BERLIN, NEW_YORK, AUCKLAND = (
    zone(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Auckland")
)
NINE = Interval(utc("2031-03-03 09:00"), utc("2031-03-03 10:00"))
TEN = Interval(utc("2031-03-03 10:00"), utc("2031-03-03 11:00"))


def test_intervals_that_touch_overlap_in_neither_order():
    assert not NINE.overlaps(TEN)
    assert not TEN.overlaps(NINE)
    assert NINE.overlaps(NINE)


def test_utc_is_utc_and_not_the_machines_zone():
    local = datetime(2031, 7, 1, 12, tzinfo=BERLIN)

    assert to_utc(local) == utc("2031-07-01 10:00")
    assert to_utc(local).tzinfo is UTC


@pytest.mark.parametrize("fold", [0, 1])
def test_a_fold_that_comes_with_a_local_time_says_nothing(fold):
    gap = datetime.combine(date(2031, 3, 30), time(2, 30, fold=fold))
    twice = datetime.combine(date(2031, 10, 26), time(2, 30, fold=fold))

    assert classify_local(gap, BERLIN) is LocalTime.GAP
    assert classify_local(twice, BERLIN) is LocalTime.FOLD
    assert resolve_local(twice, BERLIN) == utc("2031-10-26 00:30")
    assert resolve_local(gap, BERLIN) == utc("2031-03-30 01:30")
    assert first_instant(gap, BERLIN) == utc("2031-03-30 01:00")


@pytest.mark.parametrize(
    ("tz", "start"),
    [(NEW_YORK, "2031-03-04 00:30"), (AUCKLAND, "2031-03-02 20:30")],
)
def test_hours_of_monday_are_open_where_it_is_still_or_already_monday(tz, start):
    """Half past seven in the evening in New York, half past nine in the morning in Auckland."""
    whole = Window(time(9), time(20))
    monday = OpeningHours(weekly=(WeeklyWindow(day=Weekday.MON, window=whole),))
    begins = utc(start)

    assert monday.is_open(Interval(begins, begins + timedelta(minutes=30)), tz)
    assert not monday.is_open(Interval(begins, begins + timedelta(minutes=31)), NEW_YORK)


def test_every_instant_is_told_in_utc_itself():
    """Not in the machine's zone, though that may be called so, too."""
    gap = datetime.combine(date(2031, 3, 30), time(2, 30))
    twice = datetime.combine(date(2031, 10, 26), time(2, 30))
    theirs = datetime(2031, 3, 3, 10, tzinfo=BERLIN)
    timed = interval_of(Timed(theirs, theirs + timedelta(hours=1)), NEW_YORK)

    instants = [
        *(each(local, BERLIN) for each in (resolve_local, first_instant) for local in (gap, twice)),
        timed.start,
        timed.end,
    ]

    assert all(each.tzinfo is UTC for each in instants)
    assert timed == NINE


@pytest.mark.parametrize("second", [0, 1, 7, 59])
def test_every_moment_of_a_gap_begins_when_the_clock_jumps(second):
    jump = utc("2031-03-30 01:00")

    found = {
        first_instant(datetime.combine(date(2031, 3, 30), time(2, minute, second)), BERLIN)
        for minute in range(60)
    }

    assert found == {jump}


def test_a_month_can_be_open_and_a_moment_more_can_not():
    whole_day = Window(time.min, time.min)
    always = OpeningHours(
        weekly=tuple(WeeklyWindow(day=each, window=whole_day) for each in Weekday)
    )
    start = utc("2031-03-03 09:00")
    month = timedelta(days=31)

    assert always.is_open(Interval(start, start + month), BERLIN)
    assert not always.is_open(Interval(start, start + month + timedelta(seconds=1)), BERLIN)


def test_a_zone_that_nobody_knows_is_named_with_a_way_out():
    with pytest.raises(Invalid) as caught:
        zone("Europe/Atlantis")

    assert str(caught.value) == (
        "unknown time zone 'Europe/Atlantis'; use an IANA name such as Europe/Berlin"
    )
