"""Opening hours and their exceptions, as rules about local days that become instants.

Knows nothing of appointments or slots. FHIR Schedule semantics; RFC 5545 day names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from syncd.core.time import Interval, first_instant, local_day, merge_intervals

_LONGEST = timedelta(days=31)
"""Bounds the work that one odd event can cause."""


class Weekday(IntEnum):
    """ISO 8601 weekday minus one, as `date.weekday()` counts."""

    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start` to `end` on the wall clock of one day; an `end` of 00:00 is midnight
    after."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.end != time.min and self.end <= self.start:
            raise ValueError(
                f"window ends at {self.end:%H:%M} before it starts at {self.start:%H:%M}"
            )

    def on(self, day: date, tz: ZoneInfo) -> Interval | None:
        """The instants of this window on `day`, shortened by a DST gap; None where one swallows it
        whole. An edge that the wall shows twice is the first of the two."""
        last = day + timedelta(days=1) if self.end == time.min else day
        start = first_instant(datetime.combine(day, self.start), tz)
        end = first_instant(datetime.combine(last, self.end), tz)
        return Interval(start, end) if start < end else None

    def overlaps(self, other: Window) -> bool:
        """Whether both are open at the same time of one day; those that touch are not."""
        return _is_before(self.start, other.end) and _is_before(other.start, self.end)

    def __str__(self) -> str:
        end = "24:00" if self.end == time.min else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """A window that repeats on one weekday."""

    day: Weekday
    window: Window


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleException:
    """Other hours on one date: none when closed, else these in place of the weekly ones."""

    day: date
    windows: tuple[Window, ...] = ()
    reason: str = ""

    @property
    def is_closed(self) -> bool:
        return not self.windows


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """Weekly windows and exceptions. No window at all means that no hours were given."""

    weekly: tuple[WeeklyWindow, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of `day`, an exception replacing the week."""
        for exception in self.exceptions:
            if exception.day == day:
                return exception.windows
        return tuple(each.window for each in self.weekly if each.day == day.weekday())

    def open_intervals(self, first: date, last: date, tz: ZoneInfo) -> list[Interval]:
        """When it is open from the local day `first` to `last`, both included."""
        days = (first + timedelta(days=count) for count in range((last - first).days + 1))
        return merge_intervals(
            each
            for day in days
            for window in self.windows_on(day)
            if (each := window.on(day, tz)) is not None
        )

    def is_open(self, interval: Interval, tz: ZoneInfo) -> bool:
        """Whether the whole of `interval` lies inside opening hours. What lasts longer than a month
        never does, nor what touches the ends of the calendar."""
        if interval.duration > _LONGEST:
            return False
        try:
            first, last = local_day(interval.start, tz), local_day(interval.end, tz)
            opens = self.open_intervals(first, last, tz)
        except OverflowError:
            return False
        return any(each.contains(interval) for each in opens)


def _is_before(start: time, end: time) -> bool:
    return end == time.min or start < end
