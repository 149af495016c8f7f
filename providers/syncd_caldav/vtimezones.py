"""Write the VTIMEZONE of an IANA zone. RFC 5545 §3.6.5.

As short as the zone allows: one block without daylight saving, two yearly rules where the zone
follows such, else each change of the years around the event. Reads no VTIMEZONE.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd_caldav.values import format_local

YEARS_AHEAD = 28
"""A rule is written as such when it holds this long: by then it met every weekday of a year."""
LISTED_AHEAD = 3
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FIRST = datetime(1970, 1, 1)  # noqa: DTZ001  a wall clock


class _Change(NamedTuple):
    """`wall` is the clock before the change."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str


@lru_cache(maxsize=256)
def vtimezone(zone: ZoneInfo, year: int) -> str:
    """The VTIMEZONE of `zone`, right from the beginning of `year` on, for events of that year;
    lines end in CRLF. Cached: it costs a millisecond."""
    changes = _changes(zone, year - 1, year + YEARS_AHEAD)
    if not changes:
        at = datetime(year, 1, 1, tzinfo=zone)
        offset = at.utcoffset() or timedelta(0)
        blocks = _block(_Change(_FIRST, offset, offset, at.tzname() or ""), "")
    elif rules := _rules(changes):
        blocks = "".join(_block(change, rule) for change, rule in rules)
    else:
        near = [change for change in changes if change.wall.year <= year + LISTED_AHEAD]
        blocks = "".join(_block(change, "") for change in near or changes[:1])
    return f"BEGIN:VTIMEZONE\r\nTZID:{zone.key}\r\n{blocks}END:VTIMEZONE\r\n"


def _block(change: _Change, rule: str) -> str:
    kind = "DAYLIGHT" if change.after > change.before else "STANDARD"
    return (
        f"BEGIN:{kind}\r\n"
        f"TZNAME:{change.name}\r\n"
        f"TZOFFSETFROM:{_format_offset(change.before)}\r\n"
        f"TZOFFSETTO:{_format_offset(change.after)}\r\n"
        f"DTSTART:{format_local(change.wall)}\r\n"
        f"{rule}END:{kind}\r\n"
    )


def _format_offset(offset: timedelta) -> str:
    seconds = int(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{rest:02}" if rest else "")


def _changes(zone: ZoneInfo, first: int, last: int) -> list[_Change]:
    """Every change of the offset from the year `first` to the year `last`, to the second."""
    last = min(last, 9998)
    step = timedelta(days=14)
    low = datetime(max(first, 2), 1, 1, tzinfo=UTC)
    end = datetime(last + 1, 1, 1, tzinfo=UTC)
    found: list[_Change] = []
    before = _offset_at(low, zone)
    while low < end:
        high = low + step
        after = _offset_at(high, zone)
        if after != before:
            instant = _bisect(low, high, zone)
            local = (instant + before).replace(tzinfo=None)
            found.append(_Change(local, before, after, instant.astimezone(zone).tzname() or ""))
        low, before = high, after
    return found


def _offset_at(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _bisect(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The first second in (low, high] that has the offset of `high`."""
    after = _offset_at(high, zone)
    span = int((high - low).total_seconds())
    bad, good = 0, span
    while good - bad > 1:
        middle = (bad + good) // 2
        if _offset_at(low + timedelta(seconds=middle), zone) == after:
            good = middle
        else:
            bad = middle
    return low + timedelta(seconds=good)


def _rules(changes: list[_Change]) -> list[tuple[_Change, str]]:
    """The two yearly rules that make all `changes`, each with its first change; else nothing."""
    kinds: dict[tuple[int, timedelta, timedelta, int], list[_Change]] = {}
    for change in changes:
        key = (change.wall.month, change.before, change.after, change.wall.weekday())
        kinds.setdefault(key, []).append(change)
    years = {change.wall.year for change in changes}
    rules: list[tuple[_Change, str]] = []
    for group in kinds.values():
        is_yearly = len(group) == len(years) == len({change.wall.year for change in group})
        days = _days([change.wall for change in group])
        if len(kinds) != 2 or not is_yearly or not days:
            return []
        rules.append((group[0], f"RRULE:FREQ=YEARLY;BYMONTH={group[0].wall.month};{days}\r\n"))
    return rules


def _days(walls: list[datetime]) -> str:
    """How the rule names the day, given the days of many years: last, n-th, or within a week."""
    weekday = _WEEKDAYS[walls[0].weekday()]
    if len({wall.time() for wall in walls}) > 1:
        return ""
    if all(wall.day + 7 > monthrange(wall.year, wall.month)[1] for wall in walls):
        return f"BYDAY=-1{weekday}"
    weeks = {(wall.day - 1) // 7 + 1 for wall in walls}
    if len(weeks) == 1:
        return f"BYDAY={weeks.pop()}{weekday}"
    first = min(wall.day for wall in walls)
    if max(wall.day for wall in walls) > first + 6:
        return ""
    week = ",".join(str(day) for day in range(first, first + 7))
    return f"BYDAY={weekday};BYMONTHDAY={week}"
