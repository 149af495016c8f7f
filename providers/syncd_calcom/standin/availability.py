"""When a host works and is not taken: ranges of instants, half-open. Reads no request.

Observed: only accepted bookings take time, pending ones leave theirs on offer; buffers of either
event type count on both sides; an override replaces its day, and one that is empty or ends before
it starts removes it. Public source: 23:59 stands for midnight. No calendar is connected here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd_calcom.standin.moments import local, minutes_of
from syncd_calcom.standin.rows import Booking, EventType, Schedule, Status, User
from syncd_calcom.standin.world import World

Range = tuple[datetime, datetime]
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SLACK = timedelta(days=1)


def free_ranges(
    world: World,
    event_type: EventType,
    window: Range,
    *,
    host: User | None = None,
    ignoring: Iterable[str] = (),
) -> list[Range]:
    """When a booking of that event type may take place, in order. `ignoring`: uids of bookings
    that do not count, such as the one that is to be moved."""
    host = host or world.users[event_type.owner_id]
    schedule = world.schedule_of(event_type, host)
    if schedule is None:
        return []
    taken = sorted(_taken(world, event_type, host, frozenset(ignoring)))
    return list(_without(working_ranges(schedule, window), taken))


def is_free(
    world: World,
    event_type: EventType,
    span: Range,
    *,
    host: User | None = None,
    ignoring: Iterable[str] = (),
) -> bool:
    start, end = span
    window = (start - _SLACK, end + _SLACK)
    found = free_ranges(world, event_type, window, host=host, ignoring=ignoring)
    return any(opens <= start and end <= closes for opens, closes in found)


def working_ranges(schedule: Schedule, window: Range) -> list[Range]:
    """Opening hours as instants, those that touch joined."""
    zone = ZoneInfo(schedule.time_zone)
    day = window[0].astimezone(zone).date()
    last = window[1].astimezone(zone).date()
    joined: list[Range] = []
    while day <= last:
        for opens, closes in sorted(_hours(schedule, day)):
            found = (local(day, opens, zone), local(day, closes, zone))
            if joined and found[0] <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], found[1]))
            else:
                joined.append(found)
        day += timedelta(days=1)
    return joined


def _hours(schedule: Schedule, day: date) -> Iterator[tuple[int, int]]:
    """Of one day, in minutes of its clock."""
    overriding = [each for each in schedule.overrides if each["date"] == day.isoformat()]
    name = _DAYS[day.weekday()]
    usual = (each for each in schedule.availability if name in each["days"])
    for each in overriding or usual:
        opens, closes = minutes_of(each["startTime"]), minutes_of(each["endTime"])
        if opens < closes:
            yield opens, closes


def taking(world: World, host: User) -> Iterator[Booking]:
    """The bookings that take a host's time."""
    for each in world.bookings.values():
        if each.host_id == host.id and each.status is Status.ACCEPTED:
            yield each


def _taken(
    world: World, event_type: EventType, host: User, ignoring: frozenset[str]
) -> Iterator[Range]:
    for each in taking(world, host):
        if each.uid in ignoring:
            continue
        its = world.event_type_of(each)
        before = (its.before_buffer if its else 0) + event_type.after_buffer
        after = (its.after_buffer if its else 0) + event_type.before_buffer
        yield each.start - timedelta(minutes=before), each.end + timedelta(minutes=after)


def _without(ranges: Iterable[Range], taken: list[Range]) -> Iterator[Range]:
    for opens, closes in ranges:
        for begins, ends in taken:
            if ends <= opens or begins >= closes:
                continue
            if opens < begins:
                yield opens, begins
            opens = max(opens, ends)  # noqa: PLW2901  what is left of the range
        if opens < closes:
            yield opens, closes


def is_in_bounds(world: World, event_type: EventType, start: datetime) -> bool:
    """Neither too soon nor too far ahead."""
    now = world.now()
    if start < now + timedelta(minutes=event_type.minimum_notice):
        return False
    last = last_instant(world, event_type, now)
    return last is None or start <= last


def last_instant(world: World, event_type: EventType, now: datetime) -> datetime | None:
    """The end of the booking window; None where there is none. Rolling windows count like fixed
    ones, business days like calendar days of five in seven."""
    window = event_type.booking_window
    if window is None:
        return None
    host = world.users[event_type.owner_id]
    zone = ZoneInfo(host.time_zone)
    if window["type"] == "range":
        return local(date.fromisoformat(window["value"][1]), 24 * 60, zone)
    days = int(window["value"])
    if window["type"] == "businessDays":
        days = days * 7 // 5
    return local(now.astimezone(zone).date() + timedelta(days=days), 24 * 60, zone)


def has_reached_limit(
    world: World, event_type: EventType, start: datetime, ignoring: Iterable[str] = ()
) -> bool:
    """As many bookings on that day, week, month or year of the owner as the event type allows."""
    zone = ZoneInfo(world.users[event_type.owner_id].time_zone)
    found = [
        each.start
        for each in world.bookings.values()
        if each.event_type_id == event_type.id
        and each.status is Status.ACCEPTED
        and each.uid not in ignoring
    ]
    return any(
        sum(_period(each, unit, zone) == _period(start, unit, zone) for each in found) >= most
        for unit, most in event_type.limits.items()
    )


def _period(instant: datetime, unit: str, zone: ZoneInfo) -> tuple[int, ...]:
    day = instant.astimezone(zone).date()
    match unit:
        case "day":
            return (day.toordinal(),)
        case "week":
            return tuple(day.isocalendar()[:2])
        case "month":
            return (day.year, day.month)
        case _:
            return (day.year,)
