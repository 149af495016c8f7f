"""A time on a content line, and the instant that it means. RFC 5545 §3.3.5."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import NamedTuple

from syncd_caldav.content_lines import Component, Malformed, Property
from syncd_caldav.values import Written, parse_time
from syncd_caldav.zones import zone_for

FIRST = datetime(1, 1, 3, tzinfo=UTC)
LAST = datetime(9999, 12, 29, tzinfo=UTC)
"""The ends of time: instants that every wall clock can show, and a day on either side of them."""


class Moment(NamedTuple):
    """A wall-clock time with its zone: None when it floats or is a date (then at midnight)."""

    local: datetime
    zone: tzinfo | None
    is_date: bool = False

    @property
    def instant(self) -> datetime:
        """Aware UTC. Gap: as before the change; fold: the first of the two. What lies beyond the
        ends of time, as some programs write "for ever", is put there."""
        try:
            instant = self.local.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError as problem:
            if self.local.year < LAST.year:
                raise Malformed("a date or time that does not exist") from problem
            instant = LAST
        return min(max(instant, FIRST), LAST)


def moment_of(field: Property, calendar: Component) -> Moment:
    """The time on a DTSTART, DTEND, RECURRENCE-ID … line of `calendar`."""
    return placed(parse_time(field.value), field, calendar)


def placed(written: Written, field: Property, calendar: Component) -> Moment:
    """A time from the value of `field`, in the zone that the line gives."""
    if written.is_date or written.is_utc or not field.params:
        return Moment(written.local, UTC if written.is_utc else None, written.is_date)
    tzid = _short_tzid(field.params) if len(field.params) < 100 else _tzid(field.params)
    return Moment(written.local, zone_for(tzid, calendar) if tzid else None)


def _tzid(params: str) -> str:
    return Property("", params, "").parameters().get("TZID", "")


_short_tzid = lru_cache(maxsize=256)(_tzid)
