"""Opening hours and exceptions of one practitioner, checked window by window.

Every window is looked at on its own, so that one wrong time does not hide the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd_config.findings import Findings
from syncd_config.key_lines import KeyPath
from syncd_config.practice_tables import ExceptionTable, HoursTable


def read_hours(table: Mapping[str, Any], path: KeyPath, findings: Findings) -> OpeningHours:
    """The hours that `table` gives; what is wrong with them is noted in `findings`."""
    return OpeningHours(
        weekly=tuple(_weekly(_entries(table, "hours"), (*path, "hours"), findings)),
        exceptions=tuple(
            _exceptions(_entries(table, "exceptions"), (*path, "exceptions"), findings)
        ),
    )


def _entries(table: Mapping[str, Any], key: str) -> list[object]:
    """What is no list, or no table within it, is a problem that the practitioner's table notes."""
    found = table.get(key)
    return found if isinstance(found, list) else []


def _weekly(rows: Iterable[object], path: KeyPath, findings: Findings) -> list[WeeklyWindow]:
    taken: dict[Weekday, list[Window]] = {each: [] for each in Weekday}
    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            continue
        place = (*path, position)
        hours = findings.check(HoursTable, row, place)
        window = _window(hours.start, hours.end, place, findings) if hours else None
        if hours is None or window is None:
            continue
        for day in hours.days:
            for clash in _clashes(window, taken[day]):
                findings.add((*place, "start"), f"{clash} on {day.name.lower()}")
            taken[day].append(window)
    return [
        WeeklyWindow(day=day, window=each)
        for day, windows in taken.items()
        for each in sorted(windows, key=lambda one: one.start)
    ]


def _exceptions(
    rows: Iterable[object], path: KeyPath, findings: Findings
) -> list[ScheduleException]:
    open_on: dict[date, list[Window]] = {}
    closed: set[date] = set()
    reasons: dict[date, str] = {}
    for position, row in enumerate(rows):
        if not isinstance(row, dict):
            continue
        place = (*path, position)
        entry = findings.check(ExceptionTable, row, place)
        if entry is None:
            continue
        if entry.closed:
            closed.add(entry.date)
        window = _other_hours(entry, place, findings)
        if window:
            windows = open_on.setdefault(entry.date, [])
            for clash in _clashes(window, windows):
                findings.add((*place, "start"), f"{clash} on {entry.date}")
            windows.append(window)
        if entry.date in closed and entry.date in open_on:
            findings.add((*place, "date"), f"{entry.date} is both closed and open")
        reasons[entry.date] = reasons.get(entry.date) or entry.reason
    return [
        ScheduleException(
            day=day,
            windows=tuple(sorted(open_on.get(day, ()), key=lambda one: one.start)),
            reason=reasons[day],
        )
        for day in sorted(closed | set(open_on))
    ]


def _other_hours(entry: ExceptionTable, place: KeyPath, findings: Findings) -> Window | None:
    if entry.start is not None and entry.end is not None and not entry.closed:
        return _window(entry.start, entry.end, place, findings)
    if not entry.closed or entry.start is not None or entry.end is not None:
        findings.add(place, "give either closed = true, or start and end")
    return None


def _window(start: time, end: time, place: KeyPath, findings: Findings) -> Window | None:
    try:
        return Window(start, end)
    except ValueError:
        findings.add(
            (*place, "end"),
            f"{end:%H:%M} is not after start {start:%H:%M}; hours past midnight are two entries, "
            "one that ends at 24:00",
        )
        return None


def _clashes(window: Window, windows: Iterable[Window]) -> Iterable[str]:
    return (f"{window} overlaps {other}" for other in windows if window.overlaps(other))
