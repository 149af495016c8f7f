"""When a recurring event takes its owner's time. RFC 5545 §3.8.5."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from syncd.core.errors import Rejected
from syncd.core.time import Interval


def occurrences(body: str, horizon: Interval, zone: ZoneInfo) -> tuple[Interval, ...]:
    """Busy time within `horizon` (whole occurrences that overlap it), sorted, exceptions honoured;
    floating and all-day occurrences stand on the wall of `zone`. `Rejected` beyond the limits."""
    try:
        calendar = Calendar.from_ical(body)
        found = recurring_ical_events.of(calendar).between(horizon.start, horizon.end)
    except ValueError as problem:
        raise Rejected("a recurrence that cannot be expanded") from problem
    busy = []
    for each in found:
        start, end = (_instant(each[name].dt, zone) for name in ("DTSTART", "DTEND"))
        if start < end:
            busy.append(Interval(start, end))
    return tuple(sorted(busy, key=lambda interval: (interval.start, interval.end)))


def _instant(value: datetime, zone: ZoneInfo) -> datetime:
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=zone)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)
