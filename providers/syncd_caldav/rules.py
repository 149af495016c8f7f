"""Read recurrence rules, and refuse those that nobody books by. RFC 5545 §3.3.10.

Knows no zones; `expansion` says when a rule's occurrences are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from syncd.core.errors import Rejected
from syncd_caldav.content_lines import Malformed

MAX_TIMES_A_DAY = 96
_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?\d{1,3}")
_FREQUENCIES = frozenset(("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"))
_LIMITS = {
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 60),
}
_ZERO_ALLOWED = frozenset(("BYHOUR", "BYMINUTE", "BYSECOND"))


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE. `days` pairs a weekday with its number in the month or year, 0 for every one.
    `until` is on the wall clock, inclusive. `by` holds the number lists that were given."""

    freq: str
    interval: int
    by: dict[str, tuple[int, ...]]
    days: tuple[tuple[int, int], ...]
    week_start: int
    count: int | None
    until: datetime | None

    @property
    def names_days(self) -> bool:
        """Whether it says which days, instead of leaving them to DTSTART."""
        return bool(self.days or self.by.keys() & {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"})

    @property
    def times_a_day(self) -> int:
        """At most; a list that is not given stands for the one value of DTSTART."""
        hours, minutes, seconds = (
            len(self.by.get(name, (0,))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")
        )
        return (24 if self.freq == "HOURLY" else hours) * minutes * seconds


def parse_rule(text: str, until_wall: Callable[[str], datetime]) -> Rule:
    """The rule of an RRULE value; `until_wall` reads its UNTIL. `Malformed` when it cannot be read,
    `Rejected` when it repeats too often to be an appointment book's business."""
    parts = dict(part.strip().partition("=")[::2] for part in text.upper().split(";") if part)
    freq = parts.pop("FREQ", "")
    if freq in ("SECONDLY", "MINUTELY"):
        raise Rejected("a recurrence more often than hourly")
    if freq not in _FREQUENCIES:
        raise Malformed("a recurrence rule that cannot be read")
    until = parts.pop("UNTIL", "")
    count = parts.pop("COUNT", "")
    rule = Rule(
        freq=freq,
        interval=_positive(parts.pop("INTERVAL", "1")),
        days=_by_day(parts.pop("BYDAY", "")),
        week_start=_WEEKDAYS.get(parts.pop("WKST", "MO"), 0),
        count=_positive(count) if count else None,
        until=until_wall(until) if until else None,
        by={name: _numbers(name, value) for name, value in parts.items() if name in _LIMITS},
    )
    if parts.keys() - _LIMITS.keys():
        raise Malformed("a recurrence rule with unknown parts")
    if rule.times_a_day > MAX_TIMES_A_DAY:
        raise Rejected("a recurrence more often than every quarter of an hour")
    return rule


def _positive(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 10 or int(value) == 0:
        raise Malformed("a recurrence rule that cannot be read")
    return int(value)


def _numbers(name: str, value: str) -> tuple[int, ...]:
    low, high = _LIMITS[name]
    numbers = set()
    for word in value.split(","):
        number = int(word) if _NUMBER.fullmatch(word) else low - 1
        if not low <= number <= high or (number == 0 and name not in _ZERO_ALLOWED):
            raise Malformed("a recurrence rule that cannot be read")
        numbers.add(min(number, 59) if name == "BYSECOND" else number)
    return tuple(sorted(numbers))


def _by_day(value: str) -> tuple[tuple[int, int], ...]:
    days = set()
    for word in value.split(",") if value else ():
        found = _BY_DAY.fullmatch(word)
        if found is None:
            raise Malformed("a recurrence rule that cannot be read")
        days.add((_WEEKDAYS[found[2]], int(found[1] or 0)))
    return tuple(sorted(days))
