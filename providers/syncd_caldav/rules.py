"""Read recurrence rules, refuse those that nobody books by, and tell the cheap ones from the odd.

RFC 5545 §3.3.10. Works on wall clocks and knows no zones. When a rule's occurrences are is for the
library to say, behind `series`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.errors import Rejected
from syncd_caldav.content_lines import Malformed
from syncd_caldav.values import format_local

MAX_TIMES_A_DAY = 96
MAX_COUNT = 10_000
"""A larger COUNT is taken for endless: the window bounds it, and it blocks no less."""
MAX_INTERVAL = 90_000_000
"""Of any unit, this many end beyond the year 9999: a larger INTERVAL means no more than this."""
_CHEAP_INTERVAL = 1_000
_CHEAP_STEPS = 3_000
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?\d{1,3}")
_UNITS = {
    "YEARLY": timedelta(days=365),
    "MONTHLY": timedelta(days=30),
    "WEEKLY": timedelta(days=7),
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
}
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
_CHEAP_PARTS = frozenset(("BYDAY", "BYMONTH", "BYMONTHDAY"))
_LIMITING = {
    "YEARLY": frozenset[str](),
    "MONTHLY": frozenset(("BYMONTH",)),
    "WEEKLY": frozenset(("BYMONTH", "BYMONTHDAY")),
    "DAILY": _CHEAP_PARTS,
}
"""Parts that take occurrences away, by frequency (table of §3.3.10). With an INTERVAL they may
leave none at all: every 7 days, on Tuesdays, from a Monday on."""
_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


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
    def times_a_day(self) -> int:
        """At most; a list that is not given stands for the one value of DTSTART."""
        hours, minutes, seconds = (
            len(self.by.get(name, (0,))) for name in ("BYHOUR", "BYMINUTE", "BYSECOND")
        )
        return (24 if self.freq == "HOURLY" else hours) * minutes * seconds

    def text(self) -> str:
        """As an RRULE value for a DTSTART without a zone."""
        parts = {"FREQ": self.freq, "INTERVAL": str(self.interval)}
        parts |= {name: ",".join(map(str, numbers)) for name, numbers in self.by.items()}
        if self.days:
            parts["BYDAY"] = ",".join(f"{n or ''}{_WEEKDAYS[day]}" for day, n in self._all_days())
        parts["WKST"] = _WEEKDAYS[self.week_start]
        if self.count is not None:
            parts["COUNT"] = str(self.count)
        if self.until is not None:
            parts["UNTIL"] = format_local(self.until)
        return ";".join(f"{name}={value}" for name, value in parts.items())

    def _all_days(self) -> list[tuple[int, int]]:
        """`days`, with numbers for all where some have one: dateutil would want both at once of
        `MO,1FR`, and find nothing."""
        if len({number == 0 for _, number in self.days}) < 2:
            return list(self.days)
        last = 5 if self.freq == "MONTHLY" or "BYMONTH" in self.by else 53
        every = range(1, last + 1)
        pairs = [(day, n) for day, number in self.days for n in ([number] if number else every)]
        return list(dict.fromkeys(pairs))

    def is_cheap(self, start: datetime, end: datetime) -> bool:
        """Whether the library is known to expand it from `start` to `end` in a moment. It looks for
        the next match until the year 9999, so a match must be sure to come soon."""
        given = self.by.keys() | ({"BYDAY"} if self.days else set())
        if self.freq not in _LIMITING or given - _CHEAP_PARTS or self.interval > _CHEAP_INTERVAL:
            return False
        steps = (end - start) / (_UNITS[self.freq] * self.interval)
        if min(steps, self.count or steps) > _CHEAP_STEPS or not self._has_month_days(start):
            return False
        is_crossed = {"BYDAY", "BYMONTHDAY"} <= given
        highest = max((abs(number) for _, number in self.days), default=0)
        if self.interval == 1:
            return highest <= 5 and not (is_crossed and highest)
        return highest <= 4 and not is_crossed and not given & _LIMITING[self.freq]

    def _has_month_days(self, start: datetime) -> bool:
        """Whether a day of the month that it asks for is sure to exist in a month that it visits;
        29 February and the 31st of every other month are left to the worker."""
        own = () if self.days or self.freq in ("DAILY", "WEEKLY") else (start.day,)
        days = self.by.get("BYMONTHDAY", own)
        longest = max(_MONTH_LENGTHS[month - 1] for month in self.by.get("BYMONTH", range(1, 13)))
        if self.freq == "MONTHLY" and self.interval > 1:
            longest = 28
        return not days or min(map(abs, days)) <= longest

    def moved(self, start: datetime, before: datetime) -> datetime:
        """The start of a later period, not after `before`, from which the rule gives the same: its
        age is no longer walked through. `start` itself where that cannot be told."""
        if self.count is not None or "BYSETPOS" in self.by or before <= start:
            return start
        if self.freq in ("WEEKLY", "DAILY", "HOURLY"):
            step = _UNITS[self.freq] * self.interval
            return start + (before - start) // step * step
        months = self.interval * (12 if self.freq == "YEARLY" else 1)
        passed = (before.year - start.year) * 12 + before.month - start.month - 1
        if start.day > 28 or passed < months:
            return start
        years, month = divmod(start.month - 1 + passed // months * months, 12)
        return start.replace(year=start.year + years, month=month + 1)


def parse_rule(text: str, until_wall: Callable[[str], datetime]) -> Rule:
    """The rule of an RRULE value; `until_wall` reads its UNTIL. `Malformed` when it cannot be read,
    `Rejected` when it repeats too often to be an appointment book's business."""
    parts = dict(part.strip().partition("=")[::2] for part in text.upper().split(";") if part)
    freq = parts.pop("FREQ", "")
    if freq in ("SECONDLY", "MINUTELY"):
        raise Rejected(f"a recurrence that is {freq}; make it HOURLY or rarer")
    if freq not in _UNITS:
        raise Malformed("a recurrence rule that cannot be read")
    until = parts.pop("UNTIL", "")
    count = _positive(parts.pop("COUNT", str(MAX_COUNT + 1)))
    rule = Rule(
        freq=freq,
        interval=min(_positive(parts.pop("INTERVAL", "1")), MAX_INTERVAL),
        days=_by_day(parts.pop("BYDAY", "")),
        week_start=_week_start(parts.pop("WKST", "MO")),
        count=count if count <= MAX_COUNT else None,
        until=until_wall(until) if until else None,
        by={name: _numbers(name, value) for name, value in parts.items() if name in _LIMITS},
    )
    if parts.keys() - _LIMITS.keys():
        raise Malformed("a recurrence rule with unknown parts")
    if rule.times_a_day > MAX_TIMES_A_DAY:
        raise Rejected(
            f"a recurrence of {rule.times_a_day} times a day; make it {MAX_TIMES_A_DAY} at most"
        )
    return rule


def _positive(value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 10 or int(value) == 0:
        raise Malformed("a recurrence rule that cannot be read")
    return int(value)


def _week_start(value: str) -> int:
    return _WEEKDAYS.index(value) if value in _WEEKDAYS else 0


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
        days.add((_WEEKDAYS.index(found[2]), int(found[1] or 0)))
    return tuple(sorted(days))
