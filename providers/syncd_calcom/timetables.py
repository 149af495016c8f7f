"""A schedule of Cal.com's as opening hours, and opening hours as a schedule. Pure.

Version 2024-06-11. 23:59 stands for midnight there; rows may overlap, and one that ends before it
starts offers nothing; an override replaces its day, and one without length closes it. Vendor page
on schedules; public source of how slots are made; observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, time

from syncd.accounts import Timetable
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd_calcom.shapes import number_in, text_in

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT = "23:59"
_NOT_OPEN = "00:00"
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
Raw = Mapping[str, object]
Row = dict[str, object]


def timetable_in(raw: Raw) -> Timetable:
    """ValueError for a document that is not of this version."""
    number, timezone = number_in(raw, "id"), text_in(raw, "timeZone")
    if number is None or not timezone:
        raise ValueError("a schedule without id or timeZone")
    notes: list[str] = []
    weekly = _weekly(_rows(raw, "availability"), notes)
    if not weekly:
        notes.append("it is open on no day of the week; practice.toml cannot say that")
    return Timetable(
        id=str(number),
        name=text_in(raw, "name"),
        timezone=timezone,
        hours=OpeningHours(weekly=weekly, exceptions=_exceptions(_rows(raw, "overrides"), notes)),
        is_default=raw.get("isDefault") is True,
        notes=tuple(notes),
    )


def availability_of(hours: OpeningHours) -> list[Row]:
    """The weekly windows, days with the same one in one row."""
    days: dict[Window, list[str]] = {}
    for each in sorted(hours.weekly, key=lambda one: (one.window.start, one.day)):
        days.setdefault(each.window, []).append(DAYS[each.day])
    return [{"days": names, **_times(window)} for window, names in days.items()]


def overrides_of(hours: OpeningHours, *, since: date) -> list[Row]:
    """The exceptions from that day on. Their reasons have no place there."""
    return [
        {"date": each.day.isoformat(), **times}
        for each in sorted(hours.exceptions, key=lambda one: one.day)
        if each.day >= since
        for times in (
            [_times(window) for window in each.windows]
            or [{"startTime": _NOT_OPEN, "endTime": _NOT_OPEN}]
        )
    ]


def overrides_before(raw: Raw, day: date) -> list[Row]:
    """The rows about earlier days, as they are."""
    return [dict(each) for each in _rows(raw, "overrides") if _date(each) < day]


def unsayable(hours: OpeningHours) -> tuple[str, ...]:
    """What of them no schedule can say."""
    found = [] if hours.weekly else ["no weekly hours are given, and Cal.com would be closed"]
    windows = {each.window: DAYS[each.day] for each in reversed(hours.weekly)}
    for exception in hours.exceptions:
        windows |= {each: exception.day.isoformat() for each in exception.windows}
    found += [
        f"{window} on {day}: Cal.com has whole minutes, and takes 23:59 for midnight"
        for window, day in windows.items()
        if _read(**_times(window)) != window
    ]
    return tuple(found)


def _weekly(rows: Iterable[Raw], notes: list[str]) -> tuple[WeeklyWindow, ...]:
    windows: dict[Weekday, list[Window]] = {day: [] for day in Weekday}
    for row in rows:
        named = row.get("days")
        if not isinstance(named, list) or not set(map(str, named)) <= set(DAYS):
            raise ValueError("days of the week that are none")
        window = _window(row)
        if window is None:
            notes.append(_about(row, ", ".join(map(str, named))))
            continue
        for each in dict.fromkeys(named):
            windows[Weekday(DAYS.index(each))].append(window)
    return tuple(
        WeeklyWindow(day=day, window=each) for day in Weekday for each in apart(windows[day])
    )


def _exceptions(rows: Iterable[Raw], notes: list[str]) -> tuple[ScheduleException, ...]:
    windows: dict[date, list[Window]] = {}
    for row in rows:
        day, window = _date(row), _window(row)
        windows.setdefault(day, [])
        if window is not None:
            windows[day].append(window)
        elif row.get("startTime") != row.get("endTime"):
            notes.append(_about(row, day.isoformat()))
    return tuple(
        ScheduleException(day=day, windows=apart(found)) for day, found in sorted(windows.items())
    )


def apart(windows: Sequence[Window]) -> tuple[Window, ...]:
    """In order, those that overlap as one; those that touch stay two."""
    found: list[Window] = []
    for each in sorted(windows, key=lambda one: one.start):
        if found and found[-1].overlaps(each):
            ends = (found[-1].end, each.end)
            found[-1] = Window(found[-1].start, time.min if time.min in ends else max(ends))
        else:
            found.append(each)
    return tuple(found)


def _window(row: Raw) -> Window | None:
    return _read(startTime=text_in(row, "startTime"), endTime=text_in(row, "endTime"))


def _read(*, startTime: str, endTime: str) -> Window | None:  # noqa: N803  the vendor's names
    """None for what offers nothing. ValueError for what is no time."""
    if not _TIME.fullmatch(startTime) or not _TIME.fullmatch(endTime):
        raise ValueError("a time that is not HH:MM")
    if endTime <= startTime:
        return None
    end = time.min if endTime == _MIDNIGHT else time.fromisoformat(endTime)
    return Window(time.fromisoformat(startTime), end)


def _times(window: Window) -> dict[str, str]:
    end = _MIDNIGHT if window.end == time.min else f"{window.end:%H:%M}"
    return {"startTime": f"{window.start:%H:%M}", "endTime": end}


def _rows(raw: Raw, name: str) -> Iterator[Raw]:
    rows = raw.get(name)
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in rows):
        raise ValueError(f"{name} that is no list of rows")
    yield from rows


def _date(row: Raw) -> date:
    return date.fromisoformat(text_in(row, "date")[:10])


def _about(row: Raw, days: str) -> str:
    return (
        f"{text_in(row, 'startTime')}-{text_in(row, 'endTime')} on {days} ends before it starts, "
        "and offers nothing"
    )
