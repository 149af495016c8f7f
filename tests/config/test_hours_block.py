"""What is written of opening hours is read as the same."""

from __future__ import annotations

import tomllib
from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd_config import hours_block, load_practice

PRACTICE = '[practice]\nname = "P"\ntimezone = "UTC"\n[[practitioners]]\nid = "p"\nname = "P"\n'
EDGES = st.lists(st.integers(0, 1440), min_size=2, max_size=6, unique=True).map(sorted)
DAYS = st.dates(date(2031, 1, 1), date(2031, 12, 31))


def windows(edges):
    clock = lambda minute: time(minute // 60 % 24, minute % 60)  # noqa: E731
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Window(clock(start), clock(end)) for start, end in pairs)


@st.composite
def hours(draw):
    some = EDGES.map(windows)
    days = sorted(draw(st.sets(st.sampled_from(Weekday), min_size=1)))
    weekly = [WeeklyWindow(day=day, window=each) for day in days for each in draw(some)]
    exceptions = [
        ScheduleException(
            day=day,
            windows=draw(st.just(()) | some),
            reason=draw(st.sampled_from(["", 'a "reason"\n# ä'])),
        )
        for day in sorted(draw(st.sets(DAYS, max_size=3)))
    ]
    return OpeningHours(weekly=tuple(weekly), exceptions=tuple(exceptions))


@given(hours())
def test_what_was_written_is_read_again(tmp_path_factory, found):
    path = tmp_path_factory.getbasetemp() / "practice.toml"
    path.write_text(PRACTICE + hours_block("Europe/Berlin", found))

    [who] = load_practice(path, {}).practitioners

    assert (who.timezone, who.hours) == ("Europe/Berlin", found)


def test_days_with_the_same_hours_are_one_line():
    week = tuple(
        WeeklyWindow(day=day, window=Window(time(9), time(0))) for day in (Weekday.MON, Weekday.FRI)
    )
    block = hours_block("UTC", OpeningHours(weekly=week))

    assert '  { days = ["mon", "fri"], start = "09:00", end = "24:00" },' in block.splitlines()
    assert tomllib.loads(block)["exceptions"] == []
