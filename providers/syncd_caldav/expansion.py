"""Expand a recurrence rule on a wall clock, within a window. RFC 5545 §3.3.10.

Knows no zones and no exceptions to the rule. The work is bounded before it starts: it depends on
the window, and for a rule with a COUNT on its age, never on what the rule promises. An impossible
rule (30 February) costs no more than any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import product
from typing import NamedTuple

from syncd.core.errors import Rejected
from syncd_caldav.rules import Rule

MAX_STEPS = 200_000
"""Days, times the starts that each may have, that are looked at for a rule: 0.2 s at most."""
MAX_OCCURRENCES = 5_000


class _Period(NamedTuple):
    """One year, month, week, day or hour of a rule: its days, and its hour if it is one."""

    days: list[date]
    hour: int | None = None


def expand(rule: Rule, start: datetime, low: datetime, high: datetime) -> list[datetime]:
    """The starts that `rule` gives within [low, high], rising; the first possible one is `start`.
    `Rejected` beyond the limits on work and on occurrences."""
    high = min(high, rule.until) if rule.until is not None else high
    first = start if rule.count is not None else max(start, low)
    if high < first:
        return []
    _check_work(rule, first, high)
    found: list[datetime] = []
    left = rule.count if rule.count is not None else -1
    for moment in _moments(rule, start, first, high):
        if moment < start:
            continue
        if moment > high or left == 0:
            break
        left -= 1
        if moment >= low:
            found.append(moment)
            if len(found) > MAX_OCCURRENCES:
                raise Rejected(f"more than {MAX_OCCURRENCES} occurrences")
    return found


def _check_work(rule: Rule, first: datetime, high: datetime) -> None:
    steps = ((high - first).days + 367) * rule.times_a_day
    if rule.freq == "HOURLY":
        steps //= rule.interval
    if steps > MAX_STEPS:
        raise Rejected("a recurrence that is too long to be expanded")


def _moments(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[datetime]:
    """The candidates of each period in order, from the one that holds `first`."""
    accepts = _day_filter(rule, start)
    hours = rule.by.get("BYHOUR", (start.hour,))
    minutes = rule.by.get("BYMINUTE", (start.minute,))
    seconds = rule.by.get("BYSECOND", (start.second,))
    positions = rule.by.get("BYSETPOS")
    for days, hour in _PERIODS[rule.freq](rule, start, first, high):
        if hour is not None and "BYHOUR" in rule.by and hour not in hours:
            continue
        times = product(hours if hour is None else (hour,), minutes, seconds)
        clock = [timedelta(hours=h, minutes=m, seconds=s) for h, m, s in times]
        starts = [
            datetime(day.year, day.month, day.day) + each  # noqa: DTZ001  wall clock
            for day in days
            if accepts(day)
            for each in clock
        ]
        if positions is not None:
            size = len(starts)
            chosen = {each - 1 if each > 0 else size + each for each in positions}
            starts = [each for index, each in enumerate(starts) if index in chosen]
        yield from starts


def _years(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[_Period]:
    skipped = (first.year - start.year) // rule.interval * rule.interval
    months = rule.by.get("BYMONTH")
    if months is None:
        months = tuple(range(1, 13)) if rule.names_days else (start.month,)
    for year in range(start.year + skipped, high.year + 1, rule.interval):
        yield _Period([day for month in months for day in _month(year, month)])


def _months(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[_Period]:
    begin = start.year * 12 + start.month - 1
    skipped = (first.year * 12 + first.month - 1 - begin) // rule.interval * rule.interval
    months = rule.by.get("BYMONTH")
    for index in range(begin + skipped, high.year * 12 + high.month, rule.interval):
        if months is None or index % 12 + 1 in months:
            yield _Period(_month(index // 12, index % 12 + 1))


def _weeks(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[_Period]:
    begin = start.toordinal() - (start.weekday() - rule.week_start) % 7
    step = 7 * rule.interval
    skipped = (first.toordinal() - begin) // step * step
    for ordinal in range(begin + skipped, high.toordinal() + 1, step):
        last = min(ordinal + 7, date.max.toordinal() + 1)
        yield _Period([date.fromordinal(day) for day in range(max(ordinal, 1), last)])


def _days(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[_Period]:
    begin = start.toordinal()
    skipped = (first.toordinal() - begin) // rule.interval * rule.interval
    for ordinal in range(begin + skipped, high.toordinal() + 1, rule.interval):
        yield _Period([date.fromordinal(ordinal)])


def _hours(rule: Rule, start: datetime, first: datetime, high: datetime) -> Iterator[_Period]:
    begin = start.toordinal() * 24 + start.hour
    now = first.toordinal() * 24 + first.hour
    skipped = (now - begin) // rule.interval * rule.interval
    for index in range(begin + skipped, high.toordinal() * 24 + high.hour + 1, rule.interval):
        yield _Period([date.fromordinal(index // 24)], index % 24)


_PERIODS = {
    "YEARLY": _years,
    "MONTHLY": _months,
    "WEEKLY": _weeks,
    "DAILY": _days,
    "HOURLY": _hours,
}


def _month(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, _month_length(year, month) + 1)]


def _month_length(year: int, month: int) -> int:
    if month == 2:
        return 28 + (_year_length(year) - 365)
    return 30 if month in (4, 6, 9, 11) else 31


def _year_length(year: int) -> int:
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365


def _day_filter(rule: Rule, start: datetime) -> Callable[[date], bool]:
    """Whether a day of a period is one of the rule's. What the rule does not say, `start` does."""
    checks: list[Callable[[date], bool]] = []
    for name, check in (("BYMONTH", _in_month), ("BYMONTHDAY", _on_month_day)):
        if name in rule.by:
            checks.append(check(rule.by[name]))
    if "BYYEARDAY" in rule.by:
        checks.append(_on_year_day(rule.by["BYYEARDAY"]))
    if "BYWEEKNO" in rule.by:
        checks.append(_in_week(rule.by["BYWEEKNO"], rule.week_start))
    if rule.days:
        checks.append(_on_weekday(rule))
    elif rule.freq == "WEEKLY" or "BYWEEKNO" in rule.by:
        checks.append(lambda day: day.weekday() == start.weekday())
    elif rule.freq in ("YEARLY", "MONTHLY") and not rule.names_days:
        checks.append(lambda day: day.day == start.day)
    if len(checks) == 1:
        return checks[0]
    return lambda day: all(check(day) for check in checks)


def _in_month(months: tuple[int, ...]) -> Callable[[date], bool]:
    return lambda day: day.month in months


def _on_month_day(days: tuple[int, ...]) -> Callable[[date], bool]:
    return lambda day: day.day in days or day.day - _month_length(day.year, day.month) - 1 in days


def _on_year_day(days: tuple[int, ...]) -> Callable[[date], bool]:
    def accepts(day: date) -> bool:
        number = _day_of_year(day)
        return number in days or number - _year_length(day.year) - 1 in days

    return accepts


def _in_week(weeks: tuple[int, ...], week_start: int) -> Callable[[date], bool]:
    """By number from the start or the end of the year that most of the week lies in."""

    def accepts(day: date) -> bool:
        # The fourth day of a week is in the year that the week belongs to (ISO 8601, any start).
        ordinal = day.toordinal() - (day.weekday() - week_start) % 7 + 3
        if not 1 <= ordinal <= date.max.toordinal():
            return False
        middle = date.fromordinal(ordinal)
        number = (_day_of_year(middle) - 1) // 7 + 1
        left = (_year_length(middle.year) - _day_of_year(middle)) // 7
        return number in weeks or -left - 1 in weeks

    return accepts


def _on_weekday(rule: Rule) -> Callable[[date], bool]:
    every = {weekday for weekday, number in rule.days if number == 0}
    numbered = {each for each in rule.days if each[1] != 0}
    if not numbered or rule.freq not in ("YEARLY", "MONTHLY"):
        weekdays = {weekday for weekday, _ in rule.days}
        return lambda day: day.weekday() in weekdays
    in_month = rule.freq == "MONTHLY" or "BYMONTH" in rule.by

    def accepts(day: date) -> bool:
        weekday = day.weekday()
        number = day.day if in_month else _day_of_year(day)
        size = _month_length(day.year, day.month) if in_month else _year_length(day.year)
        return (
            weekday in every
            or (weekday, (number - 1) // 7 + 1) in numbered
            or (weekday, -((size - number) // 7) - 1) in numbered
        )

    return accepts


def _day_of_year(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1
