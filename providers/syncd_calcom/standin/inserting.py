"""A booking's time checked against the calendar, and its row made.

Observed: past, then bounds, then limits, then availability. Between that check and the insert other
requests run, and only the exact start and end of an accepted booking are unique for a host, so that
overlapping ones can both win.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from syncd_calcom.standin.availability import has_reached_limit, is_free, is_in_bounds
from syncd_calcom.standin.hook_bodies import title
from syncd_calcom.standin.intake import Wish
from syncd_calcom.standin.refusals import bare, refused
from syncd_calcom.standin.rows import Attendee, Booking, EventType, Status, User
from syncd_calcom.standin.world import World

NOT_FREE = "User either already has booking at this time or is not available"
IN_THE_PAST = "Attempting to book a meeting in the past."


def check_time(world: World, wish: Wish, *, ignoring: Iterable[str] = ()) -> User:
    """Whoever hosts at that time. `ignoring`: uids of bookings that do not count, such as the one
    that is moved. Raises Refusal."""
    if wish.start < world.now():
        raise refused(400, IN_THE_PAST)
    _check_bounds(world, wish, ignoring)
    hosts = hosts_of(world, wish.event_type)
    if "allowConflicts" in wish.overrides:
        return hosts[0]
    span = (wish.start, wish.end)
    for host in hosts:
        if is_free(world, wish.event_type, span, host=host, ignoring=ignoring):
            return host
    raise refused(400, NOT_FREE)


def _check_bounds(world: World, wish: Wish, ignoring: Iterable[str]) -> None:
    event_type, start = wish.event_type, wish.start
    goes_beyond = "allowBookingOutOfBounds" in wish.overrides
    if not goes_beyond and not is_in_bounds(world, event_type, start):
        raise refused(400, 'The event type can\'t be booked at the "start" time provided')
    has_no_limit = "skipBookingLimits" in wish.overrides
    if not has_no_limit and has_reached_limit(world, event_type, start, ignoring):
        raise bare(401, "booking_limit_reached")


def hosts_of(world: World, event_type: EventType) -> list[User]:
    return [world.users[each] for each in (event_type.owner_id, *event_type.hosts)]


def insert(
    world: World,
    wish: Wish,
    host: User,
    *,
    status: Status,
    ics_uid: str = "",
    replacing: str = "",
) -> Booking:
    """A row that is not stored yet. Its id is used up even where the unique key refuses it, which
    does not see the booking that is replaced."""
    number, uid = world.mint.number("booking"), world.mint.uid()
    if status is Status.ACCEPTED and _is_taken(world, wish, host, replacing):
        raise bare(409, "booking_conflict_error")
    now = world.now()
    booking = Booking(
        id=number,
        uid=uid,
        ics_uid=ics_uid or f"{uid}@{world.profile.application}",
        host_id=host.id,
        title="",
        start=wish.start,
        end=wish.end,
        status=status,
        created_at=now,
        updated_at=now,
        event_type_id=wish.event_type.id,
        description=wish.answers.get("notes", ""),
        location=wish.place.text,
        attendees=_attendees(world, wish),
        guests=list(wish.guests),
        answers=dict(wish.answers),
        metadata=dict(wish.metadata),
    )
    if status is Status.PENDING:
        booking.one_time_password = world.mint.uuid()
    booking.title = title(world, booking, wish.event_type, wish.name)
    return booking


def status_of(event_type: EventType) -> Status:
    """Of a booking that nobody has looked at yet."""
    return Status.PENDING if event_type.confirmation is not None else Status.ACCEPTED


def moved_to(wish: Wish, start: datetime) -> Wish:
    return replace(wish, start=start)


def _is_taken(world: World, wish: Wish, host: User, replacing: str) -> bool:
    """The database's only guard: a unique key over start, end and host of accepted bookings."""
    return any(
        each.host_id == host.id
        and each.uid != replacing
        and each.status is Status.ACCEPTED
        and (each.start, each.end) == (wish.start, wish.end)
        for each in world.bookings.values()
    )


def _attendees(world: World, wish: Wish) -> list[Attendee]:
    """Observed: guests are attendees without a name, in the zone of the first."""
    guests = [guest_of(world, wish.time_zone, wish.language, mail) for mail in wish.guests]
    return [attendee_of(world, wish), *guests]


def guest_of(world: World, time_zone: str, language: str, mail: str) -> Attendee:
    return Attendee(
        id=world.mint.number("attendee"),
        email=mail,
        name="",
        time_zone=time_zone,
        language=language,
    )


def attendee_of(world: World, wish: Wish) -> Attendee:
    return Attendee(
        id=world.mint.number("attendee"),
        email=wish.email,
        name=wish.name,
        time_zone=wish.time_zone,
        language=wish.language,
        phone=wish.phone,
    )
