"""Opening hours as practice.toml says them: the lines for one practitioner's table.

What `hours` reads is what was written here, to the minute.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window


def hours_block(timezone: str, hours: OpeningHours) -> str:
    """`timezone`, `hours` and `exceptions`; days with the same window in one line."""
    return "".join(
        [
            f"timezone = {_text(timezone)}\n",
            _list("hours", _weekly(hours.weekly)),
            _list("exceptions", _exceptions(hours.exceptions)),
        ]
    )


def _list(key: str, rows: Iterable[str]) -> str:
    lines = [f"  {{ {each} }},\n" for each in rows]
    return f"{key} = [\n{''.join(lines)}]\n" if lines else f"{key} = []\n"


def _weekly(windows: Iterable[WeeklyWindow]) -> Iterator[str]:
    days: dict[Window, list[Weekday]] = {}
    for each in sorted(windows, key=lambda one: (one.window.start, one.day)):
        days.setdefault(each.window, []).append(each.day)
    for window, found in days.items():
        names = ", ".join(_text(day.name.lower()) for day in found)
        yield f"days = [{names}], {_times(window)}"


def _exceptions(exceptions: Iterable[ScheduleException]) -> Iterator[str]:
    for each in exceptions:
        reason = f", reason = {_text(each.reason)}" if each.reason else ""
        for said in [_times(window) for window in each.windows] or ["closed = true"]:
            yield f"date = {each.day.isoformat()}, {said}{reason}"


def _times(window: Window) -> str:
    start, _, end = str(window).partition("-")
    return f"start = {_text(start)}, end = {_text(end)}"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
