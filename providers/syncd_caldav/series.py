"""A recurring event on one wall clock, and where its occurrences are found out.

All times are naive and stand on the wall of the event's zone: that is what the rules of RFC 5545
§3.8.5 count in, and the library is then never asked about zones. Rules whose cost is known
beforehand are expanded here, all others in the `worker`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.core.errors import Rejected
from syncd_caldav import worker
from syncd_caldav.expander import LABEL, CannotExpand, Start, starts_between
from syncd_caldav.rules import Rule
from syncd_caldav.values import format_local

MAX_OCCURRENCES = 5_000
MAX_RULES = 8
MAX_DATES = 10_000
"""Added and excluded dates together."""
MAX_LENGTH = timedelta(days=366)
"""Of one occurrence, and of the way that it was moved."""
_CHEAP_DATES = 500
_CHEAP_CHANGES = 50
_SLACK = 500
"""Occurrences just outside the horizon that the caller leaves out itself."""
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Change:
    """An occurrence that is different: the one that would begin at `regular` begins at `start`.
    With `and_following` all later ones are moved and stretched alike."""

    regular: datetime
    start: datetime
    length: timedelta
    and_following: bool = field(default=False, kw_only=True)

    @property
    def shift(self) -> timedelta:
        return self.start - self.regular


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """DTSTART, how long an occurrence lasts at most, and what is added, excluded and changed."""

    start: datetime
    length: timedelta = _NOTHING
    rules: tuple[Rule, ...] = ()
    added: frozenset[datetime] = frozenset()
    excluded: frozenset[datetime] = frozenset()
    changes: tuple[Change, ...] = ()

    def expand(self, low: datetime, high: datetime) -> list[Start]:
        """What overlaps [low, high), and perhaps a little more: label 0 for the series itself, n
        for the nth of `changes`, which each stand where they say. `Rejected` beyond the limits."""
        self._check()
        reach = self._reach()
        # A rule that ended before DTSTART gives nothing, but DTSTART counts all the same.
        rules = [each for each in self.rules if not _is_over(each, max(self.start, low - reach))]
        start = self.start
        if len(rules) == 1:
            # The library takes DTSTART for an occurrence: it must stay before all that is asked.
            start = rules[0].moved(start, low - reach - timedelta(days=1))
        text = self._text(start, rules, low - reach, high + reach)
        is_cheap = (
            all(rule.is_cheap(start, high + reach) for rule in rules)
            and len(self.added) + len(self.excluded) <= _CHEAP_DATES
            and len(self.changes) <= _CHEAP_CHANGES
        )
        expand = starts_between if is_cheap else worker.KEPT.starts_between
        try:
            found = expand(text, low, high)
        except CannotExpand as problem:
            raise Rejected(f"a recurrence that cannot be expanded ({problem})") from problem
        if len(found) > MAX_OCCURRENCES + _SLACK:
            raise too_many()
        return found

    def _check(self) -> None:
        if len(self.rules) > MAX_RULES:
            raise Rejected(f"{len(self.rules)} recurrence rules in one event; keep to {MAX_RULES}")
        if len(self.added) + len(self.excluded) > MAX_DATES:
            raise Rejected(f"more than {MAX_DATES} added or excluded dates; use a rule")
        if self._reach() > MAX_LENGTH:
            raise Rejected(
                f"an occurrence of {self._reach().days} days, or moved that far;"
                f" keep to {MAX_LENGTH.days}"
            )

    def _reach(self) -> timedelta:
        """How far from its regular start an occurrence may begin or end."""
        spread = (abs(each.shift) + each.length for each in self.changes if each.and_following)
        return max(self.length, *spread, _NOTHING)

    def _text(self, start: datetime, rules: Iterable[Rule], low: datetime, high: datetime) -> str:
        lines = [*_event(0, start, self.length)]
        lines += [f"RRULE:{rule.text()}" for rule in rules]
        for name, dates in (("RDATE", self.added), ("EXDATE", self.excluded)):
            near = sorted(format_local(each) for each in dates if low <= each <= high)
            lines += [f"{name}:{','.join(near)}"] * bool(near)
        lines.append("END:VEVENT")
        for label, each in enumerate(self.changes, start=1):
            scope = ";RANGE=THISANDFUTURE" if each.and_following else ""
            lines += _event(label, each.start, each.length)
            lines += [f"RECURRENCE-ID{scope}:{format_local(each.regular)}", "END:VEVENT"]
        return "\r\n".join(("BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""))


def too_many() -> Rejected:
    return Rejected(f"more than {MAX_OCCURRENCES} occurrences; make it rarer, or give it an end")


def _is_over(rule: Rule, when: datetime) -> bool:
    return rule.until is not None and rule.until < when


def _event(label: int, start: datetime, length: timedelta) -> tuple[str, ...]:
    return (
        "BEGIN:VEVENT",
        "UID:one",
        f"{LABEL}:{label}",
        f"DTSTART:{format_local(start)}",
        f"DTEND:{format_local(start + length)}",
    )
