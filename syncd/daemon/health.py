"""How the calendars fare, in one line for `systemctl status`, and who has grown stale. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum

from syncd.core.ids import CalendarId
from syncd.core.practice import Calendar
from syncd.core.remote import CalendarState


class Condition(StrEnum):
    FRESH = "fresh"
    FAILING = "failing"
    STALE = "stale"
    UNREAD = "not read yet"
    SUSPENDED = "suspended"


def condition_of(calendar: Calendar, state: CalendarState, age: timedelta | None) -> Condition:
    """`age`: how long ago the calendar was last read to the end, None if it never was. A stale
    calendar is stale whatever else it is; only a suspended one waits for a person."""
    if state.suspended_at is not None:
        return Condition.SUSPENDED
    if age is None:
        return Condition.FAILING if state.failures else Condition.UNREAD
    if age > calendar.stale_after:
        return Condition.STALE
    return Condition.FAILING if state.failures else Condition.FRESH


def status_line(conditions: Iterable[Condition], conflicts: int, stuck: int = 0) -> str:
    """`3 calendars fresh, 1 conflict`; what is not as it should be comes with its count."""
    counts = Counter(conditions)
    total = sum(counts.values())
    if not total:
        return "no calendars in use"
    fresh = counts.pop(Condition.FRESH, 0)
    whole = "calendar" if total == 1 else "calendars"
    parts = [f"{total} {whole} fresh" if fresh == total else f"{fresh} of {total} {whole} fresh"]
    parts += [f"{counts[each]} {each.value}" for each in Condition if counts[each]]
    if stuck:
        parts.append(f"{stuck} stuck")
    if conflicts:
        parts.append(f"{conflicts} conflict" + ("s" if conflicts > 1 else ""))
    return ", ".join(parts)


def newly_stale(
    conditions: Mapping[CalendarId, Condition], known: Iterable[CalendarId]
) -> tuple[list[CalendarId], list[CalendarId]]:
    """The calendars that have become stale since, and those that no longer are."""
    now = {key for key, condition in conditions.items() if condition is Condition.STALE}
    return sorted(now - set(known)), sorted(set(known) - now)
