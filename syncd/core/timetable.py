"""How two sets of opening hours differ, day by day, in what they mean: windows that touch are one.

Compares what the wall clock shows; zones are compared by whoever has them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time

from syncd.core.schedule import OpeningHours, Weekday, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """On a day of every week, or on one date: open then in one, and in the other."""

    day: Weekday | date
    ours: tuple[Window, ...]
    theirs: tuple[Window, ...]


def differences(ours: OpeningHours, theirs: OpeningHours, *, since: date) -> tuple[Difference, ...]:
    """Days of the week first, then dates from `since` on which either has an exception."""
    named = sorted({each.day for each in (*ours.exceptions, *theirs.exceptions)})
    days: list[Weekday | date] = [*Weekday, *(each for each in named if each >= since)]
    found = (
        Difference(day=day, ours=_open_on(ours, day), theirs=_open_on(theirs, day)) for day in days
    )
    return tuple(each for each in found if each.ours != each.theirs)


def joined(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same times as few windows, in order: none overlaps another or touches it."""
    found: list[Window] = []
    for each in sorted(windows, key=lambda one: one.start):
        if found and _reaches(found[-1], each.start):
            found[-1] = Window(found[-1].start, _later(found[-1].end, each.end))
        else:
            found.append(each)
    return tuple(found)


def _open_on(hours: OpeningHours, day: Weekday | date) -> tuple[Window, ...]:
    if isinstance(day, date):
        return joined(hours.windows_on(day))
    return joined(each.window for each in hours.weekly if each.day is day)


def _reaches(window: Window, start: time) -> bool:
    return window.end == time.min or start <= window.end


def _later(one: time, other: time) -> time:
    """Of two ends; 00:00 is midnight after."""
    return time.min if time.min in (one, other) else max(one, other)
