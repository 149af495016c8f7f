"""Instants, intervals and zones. Aware UTC everywhere; a rule about days knows its IANA zone.

Reads no clock. Half-open intervals `[start, end)`. The rules for local times that do not exist or
exist twice are written at `resolve_local`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncd.core.errors import Invalid

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open stretch of time, `start` inclusive, `end` exclusive, both aware UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        require_utc(self.start)
        require_utc(self.end)
        if self.end <= self.start:
            raise ValueError(f"interval ends at {self.end} before it starts at {self.start}")

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Interval) -> bool:
        return self.start <= other.start and other.end <= self.end


class LocalTime(StrEnum):
    """How a wall-clock time relates to instants on its day."""

    PLAIN = "plain"
    GAP = "gap"
    FOLD = "fold"


def require_utc(value: datetime) -> datetime:
    """The value itself, or ValueError when it is naive or in another zone than UTC, also one that
    agrees with UTC in winter."""
    tz = value.tzinfo
    if tz is not UTC and (tz is None or tz.utcoffset(None) != timedelta(0)):
        raise ValueError(f"{value!r} is not an aware UTC time")
    return value


def to_utc(value: datetime) -> datetime:
    """An aware time of any zone as UTC; ValueError for a naive one."""
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no zone")
    return value.astimezone(UTC)


_NOT_IANA = frozenset({"", ".", "..", "Factory", "localtime", "posix", "posixrules", "right"})


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name; `Invalid` for any other word, for paths, and for what a machine
    keeps beside its zones (its own local time, leap seconds)."""
    try:
        if name.partition("/")[0] in _NOT_IANA or name != name.strip():
            raise ValueError(name)
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError) as exc:
        raise Invalid(
            f"unknown time zone {name!r}; use an IANA name such as Europe/Berlin"
        ) from exc


def classify_local(local: datetime, tz: ZoneInfo) -> LocalTime:
    """Whether a naive local time exists once, never (spring) or twice (autumn) in `tz`."""
    early = local.replace(tzinfo=tz, fold=0)
    late = local.replace(tzinfo=tz, fold=1)
    if early.utcoffset() == late.utcoffset():
        return LocalTime.PLAIN
    exists = early.astimezone(UTC).astimezone(tz).replace(tzinfo=None) == local
    return LocalTime.FOLD if exists else LocalTime.GAP


def resolve_local(local: datetime, tz: ZoneInfo) -> datetime:
    """The instant of a naive local time. Gap: as the clock would have shown before the change, so
    02:30 becomes 03:30 (RFC 5545 §3.3.5). Fold: the first of the two."""
    return local.replace(tzinfo=tz, fold=0).astimezone(UTC)


def first_instant(local: datetime, tz: ZoneInfo) -> datetime:
    """When the wall of `tz` first shows `local` or, in a gap, whatever comes after it: then that is
    the moment of the change. For the edges of stretches, which a gap shortens but never moves."""
    if classify_local(local, tz) is not LocalTime.GAP:
        return resolve_local(local, tz)
    before = local.replace(tzinfo=tz, fold=1).astimezone(UTC)
    after = local.replace(tzinfo=tz, fold=0).astimezone(UTC)
    offset = before.astimezone(tz).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def day_start(day: date, tz: ZoneInfo) -> datetime:
    """When the local day begins, wherever the zone puts midnight. A day that the zone skipped
    whole begins with the next one."""
    return first_instant(datetime.combine(day, time.min), tz)


def day_bounds(day: date, tz: ZoneInfo) -> Interval:
    """The local day as an interval: 23, 24 or 25 hours. ValueError for one that the zone
    skipped."""
    return Interval(day_start(day, tz), day_start(day + timedelta(days=1), tz))


def local_day(instant: datetime, tz: ZoneInfo) -> date:
    """The calendar day of `instant` on the wall of `tz`."""
    return require_utc(instant).astimezone(tz).date()


def merge_intervals(intervals: Iterable[Interval]) -> list[Interval]:
    """Sorted, with overlapping and touching ones joined."""
    joined: list[Interval] = []
    for interval in sorted(intervals, key=lambda each: (each.start, each.end)):
        if joined and interval.start <= joined[-1].end:
            if interval.end > joined[-1].end:
                joined[-1] = Interval(joined[-1].start, interval.end)
        else:
            joined.append(interval)
    return joined
