"""What a colleague enters with a calendar tool of their own: more than syncd ever writes.

No format and no calendar: a harness turns a `ForeignEvent` into iCalendar, JSON or whatever the
calendar under test speaks. Times are given as the colleague's tool would store them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncd.core.events import AllDay, EventStatus, Floating, Timed, When
from syncd.core.time import Interval, day_bounds, resolve_local

WINDOWS_ZONES = {
    "W. Europe Standard Time": "Europe/Berlin",
    "Eastern Standard Time": "America/New_York",
}
"""The zone names of Outlook that the laws use; Unicode CLDR's windowsZones has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How an event repeats on its own wall clock: every `every_days` days, `count` times (None: for
    ever), `without` some starts, with some occurrences `moved`: (old start, new start, new end)."""

    every_days: int = 7
    count: int | None = None
    without: tuple[datetime, ...] = ()
    moved: tuple[tuple[datetime, datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignEvent:
    """One event of a colleague's. `start` and `end` are dates for whole days (`end` exclusive),
    naive for the wall clock of `zone` (floating without one), or aware UTC. `zone` may be a name of
    Outlook's. `note`, `alarm` and `properties` are what syncd must leave alone."""

    start: date | datetime
    end: date | datetime
    zone: str | None = None
    title: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    transparent: bool = False
    repeat: Repeat | None = None
    note: str | None = None
    alarm: timedelta | None = None
    attendees: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    properties: tuple[tuple[str, str], ...] = ()


def when_of(event: ForeignEvent) -> When:
    """The meaning of its (first) start and end."""
    start, end = event.start, event.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return AllDay(start, end)
    if start.tzinfo is not None:
        return Timed(start.astimezone(UTC), end.astimezone(UTC))
    if event.zone is None:
        return Floating(start, end)
    name = WINDOWS_ZONES.get(event.zone, event.zone)
    tz = ZoneInfo(name)
    return Timed(resolve_local(start, tz), resolve_local(end, tz), name)


def occurrences_of(
    event: ForeignEvent, horizon: Interval, owner: ZoneInfo, *, limit: int
) -> list[Interval] | None:
    """When it takes time within `horizon` for someone in the zone `owner`; None if it would take
    more than `limit` steps to tell."""
    found = _occurrences(event, horizon, owner, limit)
    return None if found is None else list(found)


@lru_cache(maxsize=2000)
def _occurrences(
    event: ForeignEvent, horizon: Interval, owner: ZoneInfo, limit: int
) -> tuple[Interval, ...] | None:
    """A look at rest asks for the same ones again and again."""
    repeat = event.repeat or Repeat(count=1)
    moved = {old for old, _, _ in repeat.moved}
    step = timedelta(days=repeat.every_days)
    found = [_interval(event, start, end, owner) for _, start, end in repeat.moved]
    for index in range(min(repeat.count or limit, limit)):
        start, end = event.start + index * step, event.end + index * step
        if _interval(event, start, start, owner).start >= horizon.end:
            break
        if start not in repeat.without and start not in moved:
            found.append(_interval(event, start, end, owner))
    else:
        if (repeat.count or limit + 1) > limit:
            return None
    return tuple(
        sorted((each for each in found if each.overlaps(horizon)), key=lambda each: each.start)
    )


def _interval(
    event: ForeignEvent, start: date | datetime, end: date | datetime, owner: ZoneInfo
) -> Interval:
    """The instants of one occurrence; at least a second long, so that it is an interval."""
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return Interval(
            day_bounds(start, owner).start,
            max(day_bounds(end, owner).start, day_bounds(start, owner).end),
        )
    if start.tzinfo is not None:
        bounds = (start.astimezone(UTC), end.astimezone(UTC))
    else:
        name = event.zone and WINDOWS_ZONES.get(event.zone, event.zone)
        tz = ZoneInfo(name) if name else owner
        bounds = (resolve_local(start, tz), resolve_local(end, tz))
    return Interval(bounds[0], max(bounds[1], bounds[0] + timedelta(seconds=1)))
