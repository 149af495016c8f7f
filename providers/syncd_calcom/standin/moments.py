"""Instants as Cal.com reads and writes them. Pure.

Observed: the API writes milliseconds and Z; webhooks write whole seconds and Z, or an offset. It
reads offsets, takes a missing zone for UTC and a bare date for midnight UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


def api_time(instant: datetime, zone: ZoneInfo | None = None) -> str:
    """`2026-12-01T09:00:00.000Z`, or with the offset of `zone` where one is asked for."""
    if zone is None:
        return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{instant.microsecond // 1000:03d}Z"
    return instant.astimezone(zone).isoformat(timespec="milliseconds")


def hook_time(instant: datetime) -> str:
    """`2026-12-01T09:00:00Z`."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def offset_time(instant: datetime) -> str:
    """`2026-12-01T09:00:00+00:00`."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def parse(text: object) -> datetime | None:
    """Aware UTC, whole milliseconds; None where it is no instant."""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def is_date(text: object) -> bool:
    """A date without a time."""
    return isinstance(text, str) and _DATE.fullmatch(text) is not None and parse(text) is not None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: object) -> bool:
    return isinstance(name, str) and name in _zones()


def minutes_of(text: str) -> int:
    """Of `HH:MM`. The last minute of a day stands for its end, as it does in Cal.com."""
    hours, minutes = text.split(":")
    found = int(hours) * 60 + int(minutes)
    return 24 * 60 if found == 24 * 60 - 1 else found


def local(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """That wall clock of that day as an instant; a time that a clock change skips comes after it,
    one that comes twice is the first."""
    midnight = datetime.combine(day, time.min)
    return (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


def offset_minutes(instant: datetime, zone_name: str) -> int:
    """East of UTC, at that instant."""
    offset = instant.astimezone(ZoneInfo(zone_name)).utcoffset() or timedelta()
    return int(offset.total_seconds() // 60)
