"""Moments and days as callers write them. RFC 3339 with an offset: a time without one is refused,
since nobody can know whose wall it was read from."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from syncd.core.errors import Invalid
from syncd.core.problem import Problem
from syncd.core.time import Interval, day_bounds, zone

_BLANK_FOR_PLUS = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


FIRST_YEAR, LAST_YEAR = 1900, 9000
"""What is asked for outside of these is a mistake, and keeps clear of the ends of the calendar."""
OUT_OF_TIME = f"is between the years {FIRST_YEAR} and {LAST_YEAR}"


def wrong(where: str, what: str) -> Invalid:
    """One thing that is wrong with a request."""
    return Invalid([Problem(where=where, what=what)])


def moment(text: str, where: str) -> datetime:
    """An instant in UTC. A plus that a query string turned into a blank is understood."""
    try:
        found = datetime.fromisoformat(_BLANK_FOR_PLUS.sub("+", text.strip()))
    except ValueError:
        raise wrong(where, "is a time as in 2031-03-03T09:00:00+01:00") from None
    if found.tzinfo is None:
        raise wrong(where, "needs an offset, as in 2031-03-03T09:00:00+01:00 or …T08:00:00Z")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise wrong(where, OUT_OF_TIME)
    return found.astimezone(UTC)


def day(text: str, where: str) -> date:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else _no_day(where)
    except ValueError:
        return _no_day(where)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise wrong(where, OUT_OF_TIME)
    return found


def period(start: str, end: str, tz: ZoneInfo) -> Interval:
    """From `start` to `end`: times, or days of that zone, of which the last is included."""
    first = _bounds(start, "start", tz).start if _is_day(start) else moment(start, "start")
    last = _bounds(end, "end", tz).end if _is_day(end) else moment(end, "end")
    if last <= first:
        raise wrong("end", "must be after the start")
    return Interval(first, last)


def shown(value: datetime, timezone: str | ZoneInfo) -> datetime:
    """The instant with the offset that it has on that wall."""
    return value.astimezone(zone(timezone) if isinstance(timezone, str) else timezone)


def minutes(length: timedelta) -> int:
    return length // timedelta(minutes=1)


def _is_day(text: str) -> bool:
    return _DAY.fullmatch(text) is not None


def _bounds(text: str, where: str, tz: ZoneInfo) -> Interval:
    return day_bounds(day(text, where), tz)


def _no_day(where: str) -> NoReturn:
    raise wrong(where, "is a day as in 2031-03-03")
