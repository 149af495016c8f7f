"""`GET /v2/slots`: the starts on offer, day by day, as of at most two seconds ago.

Vendor page, version 2024-09-04; observed: a range is cut from its first whole step; a duration is
taken for any event type, also one that no booking could have; no slots is an empty object; the
answer is kept for about two seconds, whatever happens meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.availability import Range, free_ranges, has_reached_limit, is_in_bounds
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.moments import api_time, is_date, is_zone, parse
from syncd_calcom.standin.refusals import Problem, refused, wrong_text
from syncd_calcom.standin.rows import EventType, Status
from syncd_calcom.standin.world import World

CACHED_FOR = timedelta(seconds=2)
_STEPS = (60, 30, 20, 15, 10, 5)
_DAY = timedelta(days=1)


def list_slots(asked: Asked) -> Answer:
    world = asked.world
    _check(asked)
    event_type = _event_type(asked)
    kept = world.cached_slots.get(asked.call.target)
    if kept is not None and world.now() - kept[0] < CACHED_FOR:
        return kept[1]
    answer = success(_by_day(asked, event_type))
    world.cached_slots[asked.call.target] = (world.now(), answer)
    return answer


def _check(asked: Asked) -> None:
    problems = []
    for name in ("start", "end"):
        if parse(asked.query(name)) is None:
            rule = {"isDateString": f"{name} must be a valid ISO 8601 date string"}
            problems.append(Problem(name=name, constraints=rule))
    zone, form = asked.query("timeZone"), asked.query("format")
    if zone is not None and not is_zone(zone):
        rule = {"isTimeZone": "timeZone must be a valid IANA time-zone"}
        problems.append(Problem(name="timeZone", constraints=rule))
    if form is not None and form not in {"range", "time"}:
        rule = {"isEnum": "slotFormat must be either 'range' or 'time'"}
        problems.append(Problem(name="format", constraints=rule))
    duration = asked.query("duration")
    if duration is not None and not duration.isdecimal():
        rule = {"isNumber": "duration must be a number conforming to the specified constraints"}
        problems.append(Problem(name="duration", constraints=rule))
    problems += _wrong_event_type(asked)
    if problems:
        raise wrong_text(problems)


def _wrong_event_type(asked: Asked) -> Iterator[Problem]:
    number, slug = asked.query("eventTypeId"), asked.query("eventTypeSlug")
    if number is not None and not number.isdecimal():
        rule = {"isNumber": "eventTypeId must be a number conforming to the specified constraints"}
        yield Problem(name="eventTypeId", constraints=rule)
    elif number is None and (slug is None or asked.query("username") is None):
        rules = {
            "isString": "each value in usernames must be a string",
            "arrayMinSize": "The array must contain at least 2 elements.",
            "isArray": "usernames must be an array",
        }
        yield Problem(name="usernames", constraints=rules)
        rule = {"isString": "organizationSlug must be a string"}
        yield Problem(name="organizationSlug", constraints=rule)


def _event_type(asked: Asked) -> EventType:
    world, number = asked.world, asked.query("eventTypeId")
    if number is not None:
        found = world.event_types.get(int(number))
    else:
        user = world.user_named(asked.query("username") or "")
        found = world.event_type_named(user, asked.query("eventTypeSlug") or "")
    if found is None:
        raise refused(404, "Event Type not found")
    return found


def _window(asked: Asked) -> Range:
    """What was asked for; a date as the end means the whole day."""
    start, end = parse(asked.query("start")), parse(asked.query("end"))
    assert start is not None
    assert end is not None
    return start, end + _DAY if is_date(asked.query("end")) else end


def _by_day(asked: Asked, event_type: EventType) -> Json:
    zone_name = asked.query("timeZone")
    zone = ZoneInfo(zone_name) if zone_name else None
    duration = asked.query("duration")
    minutes = int(duration) if duration else event_type.length
    moved = asked.query("bookingUidToReschedule")
    days: Json = {}
    found = starts(asked.world, event_type, _window(asked), minutes=minutes, ignoring={moved or ""})
    for start in found:
        slot: Json = {"start": api_time(start, zone)}
        if asked.query("format") == "range":
            slot["end"] = api_time(start + timedelta(minutes=minutes), zone)
        slot |= _seats(asked.world, event_type, start)
        days.setdefault(slot["start"][:10], []).append(slot)
    return days


def starts(
    world: World, event_type: EventType, window: Range, *, minutes: int, ignoring: set[str]
) -> list[datetime]:
    """Every start on offer within the window, in order. Observed: a seated one stays on offer also
    when nobody can sit there any more."""
    reserved = {
        each.start
        for each in world.reservations.values()
        if each.event_type_id == event_type.id and each.until > world.now()
    }
    found = {*_gaps(world, event_type, window, minutes, ignoring), *_seated(world, event_type)}
    return sorted(
        start
        for start in found
        if window[0] <= start < window[1]
        and start not in reserved
        and is_in_bounds(world, event_type, start)
        and not has_reached_limit(world, event_type, start, ignoring)
    )


def _gaps(  # noqa: PLR0917  five facts of one question
    world: World, event_type: EventType, window: Range, minutes: int, ignoring: set[str]
) -> Iterator[datetime]:
    step = timedelta(minutes=event_type.slot_interval or minutes)
    length = timedelta(minutes=minutes)
    earliest = world.now() + timedelta(minutes=event_type.minimum_notice)
    for opens, closes in free_ranges(world, event_type, window, ignoring=ignoring):
        start = _rounded_up(max(opens, earliest), step)
        while start + length <= closes:
            yield start
            start += step


def _seated(world: World, event_type: EventType) -> Iterator[datetime]:
    for each in world.bookings.values():
        if each.is_seated and each.event_type_id == event_type.id and not each.status.is_over:
            yield each.start


def _rounded_up(instant: datetime, step: timedelta) -> datetime:
    """To the first minute of the hour that the largest usual step divides."""
    minutes = int(step.total_seconds() // 60)
    grid = next((each for each in _STEPS if minutes % each == 0), 1)
    floor = instant.replace(minute=instant.minute // grid * grid, second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=grid)


def _seats(world: World, event_type: EventType, start: datetime) -> Json:
    if event_type.seats is None:
        return {}
    total = event_type.seats["seatsPerTimeSlot"]
    booked = next(
        (
            each
            for each in world.bookings.values()
            if each.event_type_id == event_type.id
            and each.start == start
            and each.status is Status.ACCEPTED
        ),
        None,
    )
    count = len(booked.attendees) if booked else 0
    seats: Json = {"seatsBooked": count, "seatsRemaining": total - count, "seatsTotal": total}
    return seats | ({"bookingUid": booked.uid} if booked else {})
