"""Local times against a walk over every minute, and intervals against sets of minutes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from laws.zones import MINUTE, gaps, odd_days, walls_around

from syncd.core.time import (
    Interval,
    LocalTime,
    classify_local,
    day_bounds,
    day_start,
    first_instant,
    local_day,
    merge_intervals,
    resolve_local,
    zone,
)

minutes_of_day = st.integers(0, 24 * 60 - 1)
ORIGIN = datetime(2031, 3, 3, tzinfo=UTC)
stretches = st.builds(
    lambda start, length: Interval(ORIGIN + start * MINUTE, ORIGIN + (start + length) * MINUTE),
    st.integers(0, 40),
    st.integers(1, 15),
)


def minutes(*intervals):
    return {
        (each.start - ORIGIN) // MINUTE + count
        for each in intervals
        for count in range(each.duration // MINUTE)
    }


@settings(max_examples=60)
@given(odd_days, minutes_of_day)
def test_a_local_time_is_called_what_the_walls_show(where, minute):
    name, day = where
    tz = zone(name)
    local = datetime.combine(day, time()) + minute * MINUTE
    shown = walls_around(day, tz)[local]

    kind = classify_local(local, tz)

    assert kind is (LocalTime.GAP, LocalTime.PLAIN, LocalTime.FOLD)[len(shown)]


@settings(max_examples=60)
@given(odd_days, minutes_of_day)
def test_a_local_time_that_exists_is_its_first_instant(where, minute):
    name, day = where
    tz = zone(name)
    local = datetime.combine(day, time()) + minute * MINUTE
    shown = walls_around(day, tz)[local]
    assume(shown)

    assert resolve_local(local, tz) == first_instant(local, tz) == shown[0]


@settings(max_examples=60)
@given(odd_days, minutes_of_day)
def test_the_first_instant_of_a_gap_is_when_the_clock_jumps(where, minute):
    name, day = where
    tz = zone(name)
    local = datetime.combine(day, time()) + minute * MINUTE
    later = min(
        shown[0] for wall, shown in walls_around(day, tz).items() if wall >= local and shown
    )

    found = first_instant(local, tz)

    assert found == later


@settings(max_examples=60)
@given(gaps, st.integers(0, 29))
def test_a_gap_resolves_as_the_clock_would_have_gone_on(gap, minute):
    """RFC 5545 §3.3.5: with the offset before the gap."""
    name, begins = gap
    tz = zone(name)
    local = begins + minute * MINUTE
    assert classify_local(local, tz) is LocalTime.GAP
    jump = first_instant(local, tz)
    before = (jump - MINUTE).astimezone(tz).replace(tzinfo=None)

    assert resolve_local(local, tz) - (jump - MINUTE) == local - before


@settings(max_examples=40)
@given(odd_days)
def test_the_bounds_of_a_day_hold_just_the_minutes_that_show_it(where):
    name, day = where
    tz = zone(name)
    of_the_day = [
        instant
        for wall, shown in walls_around(day, tz).items()
        for instant in shown
        if wall.date() == day
    ]

    bounds = day_bounds(day, tz)

    assert (bounds.start, bounds.end) == (min(of_the_day), max(of_the_day) + MINUTE)
    assert bounds.duration == len(of_the_day) * MINUTE
    assert bounds.start == day_start(day, tz)
    assert {local_day(instant, tz) for instant in of_the_day} == {day}


@given(st.lists(stretches, max_size=8))
def test_merging_keeps_every_minute_and_adds_none(intervals):
    merged = merge_intervals(intervals)

    assert minutes(*merged) == minutes(*intervals)
    assert all(early.end < late.start for early, late in pairwise(merged))
    assert merge_intervals(merged) == merged


@given(stretches, stretches)
def test_intervals_overlap_and_contain_as_their_minutes_do(one, other):
    assert one.overlaps(other) is bool(minutes(one) & minutes(other))
    assert one.overlaps(other) is other.overlaps(one)
    assert one.contains(other) is (minutes(other) <= minutes(one))


def test_a_day_that_its_zone_skipped_has_a_start_but_no_bounds():
    tz = zone("Pacific/Apia")
    skipped = date(2011, 12, 30)

    assert day_start(skipped, tz) == day_start(skipped + timedelta(days=1), tz)
    with pytest.raises(ValueError, match="ends"):
        day_bounds(skipped, tz)
