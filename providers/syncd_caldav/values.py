"""DATE, DATE-TIME and DURATION values of iCalendar, both ways. RFC 5545 §3.3.4 to §3.3.6.

Knows no zones: a local time is a naive `datetime` here, and only here and in `zones`.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import NamedTuple

from syncd_caldav.content_lines import Malformed

_DURATION = re.compile(
    r"([+-]?)P(?=[\dT])(?:(\d{1,6})W)?(?:(\d{1,7})D)?"
    r"(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?",
    re.IGNORECASE,
)


class Written(NamedTuple):
    """A date or time as it stands on the line: `local` is midnight for a date."""

    local: datetime
    is_utc: bool = False
    is_date: bool = False


class Duration(NamedTuple):
    """RFC 5545 §3.8.2.5: days and weeks follow the wall clock, the rest is exact."""

    days: timedelta
    exact: timedelta

    @property
    def total(self) -> timedelta:
        return self.days + self.exact


def parse_time(value: str) -> Written:
    """A DATE or DATE-TIME; second 60 is taken as 59. `Malformed` for anything else."""
    value = value.strip()
    try:
        if len(value) == 8 and value.isdigit():
            return Written(datetime.fromisoformat(value), is_date=True)
        is_utc = value[15:] in ("Z", "z")
        local = value[:15] if is_utc else value
        if len(local) == 15 and local[8] in "Tt" and (local[:8] + local[9:]).isdigit():
            if local[13:] == "60":
                local = local[:13] + "59"
            return Written(datetime.fromisoformat(local), is_utc)
    except ValueError as problem:
        raise Malformed("a date or time that does not exist") from problem
    raise Malformed("a date or time that cannot be read")


def parse_duration(value: str) -> Duration:
    """A DURATION, signed. `Malformed` for anything else."""
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise Malformed("a duration that cannot be read")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    try:
        return Duration(
            sign * timedelta(weeks=weeks, days=days),
            sign * timedelta(hours=hours, minutes=minutes, seconds=seconds),
        )
    except OverflowError as problem:
        raise Malformed("a duration that cannot be read") from problem


def format_date(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


def format_local(moment: datetime) -> str:
    """DATE-TIME form #1; fractions of a second are dropped."""
    return (
        f"{moment.year:04}{moment.month:02}{moment.day:02}"
        f"T{moment.hour:02}{moment.minute:02}{moment.second:02}"
    )


def format_duration(length: timedelta) -> str:
    """An exact, positive duration in hours, minutes and seconds."""
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0S")
