"""Seated bookings: joining one, leaving it with one seat, and moving one seat to another time.

Vendor page on seats; observed: the uid is shared, `updatedAt` moves for nobody who joins or leaves,
the same patient twice is a conflict, and a seat that moves gets a new uid, in a booking that does
not name the old one.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape
from syncd_calcom.standin.hook_bodies import Moved, cancellation, news
from syncd_calcom.standin.inserting import attendee_of, check_time, insert, status_of
from syncd_calcom.standin.intake import Wish
from syncd_calcom.standin.meetings import drop_meetings, plan_meetings
from syncd_calcom.standin.messages import Answer, Gap, Step, Steps, success
from syncd_calcom.standin.places import place_of
from syncd_calcom.standin.refusals import bare, refused
from syncd_calcom.standin.rows import Attendee, Booking, EventType, Status
from syncd_calcom.standin.world import World


def join(asked: Asked, wish: Wish) -> Steps:
    """A seat at that time: in the booking that is there, or in a new one."""
    _check_seat(asked.world, wish)
    yield Gap()
    seat = _seat_of(asked.world, wish)
    booking = yield from _sit_down(asked.world, wish, seat)
    return _seated(asked, booking, seat)


def leave(asked: Asked, booking: Booking, seat: Attendee, reason: str) -> Steps:
    """Observed: the last seat takes the booking with it; until then only the seat is gone, though
    the delivery says CANCELLED, before anything is."""
    world = asked.world
    is_last = len(booking.attendees) == 1
    payload = cancellation(world, booking, reason=reason, seat=None if is_last else seat)
    yield announce(world, booking, "BOOKING_CANCELLED", payload)
    if seat in booking.attendees:
        _stand_up(world, booking, seat, reason)
    yield Gap()
    return success(shape(world, booking, asked.version))


def _stand_up(world: World, booking: Booking, seat: Attendee, reason: str | None) -> None:
    booking.attendees.remove(seat)
    is_empty = not booking.attendees
    if is_empty:
        booking.status, booking.cancellation_reason = Status.CANCELLED, reason
        drop_meetings(world, booking)
    world.write(booking, touches=is_empty)


def move_seat(asked: Asked, booking: Booking, seat_uid: str, start: datetime) -> Steps:
    world = asked.world
    event_type = world.event_type_of(booking)
    old = seat_in(booking, seat_uid)
    assert old is not None
    assert event_type is not None
    wish = _wish_of(event_type, old, start)
    _check_seat(world, wish)
    yield Gap()
    seat = _seat_of(world, wish)
    target = yield from _sit_down(world, wish, seat, moved=Moved(uid=booking.uid))
    _stand_up(world, booking, old, None)
    return _seated(asked, target, seat)


def seat_in(booking: Booking, seat_uid: str) -> Attendee | None:
    return next((each for each in booking.attendees if each.seat_uid == seat_uid), None)


def holder_of(world: World, seat_uid: str) -> Booking | None:
    """The booking that a seat is in."""
    return next((each for each in world.bookings.values() if seat_in(each, seat_uid)), None)


def _check_seat(world: World, wish: Wish) -> None:
    found = _at(world, wish.event_type, wish.start)
    if found is None:
        check_time(world, wish)
        return
    if len(found.attendees) >= (wish.event_type.seats or {})["seatsPerTimeSlot"]:
        raise refused(409, "No more seats left at this seated booking.")
    if any(each.email == wish.email for each in found.attendees):
        raise bare(409, "already_signed_up_for_this_booking_error")


def _at(world: World, event_type: EventType, start: datetime) -> Booking | None:
    return next(
        (
            each
            for each in world.bookings.values()
            if each.event_type_id == event_type.id
            and each.start == start
            and not each.status.is_over
        ),
        None,
    )


def _seat_of(world: World, wish: Wish) -> Attendee:
    seat = attendee_of(world, wish)
    seat.seat_uid = world.mint.uuid()
    kept = {name: value for name, value in wish.answers.items() if name != "email"}
    seat.answers, seat.metadata = {"guests": [], **kept}, dict(wish.metadata)
    return seat


def _wish_of(event_type: EventType, seat: Attendee, start: datetime) -> Wish:
    return Wish(
        event_type=event_type,
        start=start,
        minutes=event_type.length,
        name=seat.name,
        email=seat.email,
        time_zone=seat.time_zone,
        language=seat.language,
        phone=seat.phone,
        answers=seat.answers,
        metadata=seat.metadata,
        place=place_of(event_type, None),
    )


def _sit_down(
    world: World, wish: Wish, seat: Attendee, *, moved: Moved | None = None
) -> Generator[Step, None, Booking]:
    booking = _at(world, wish.event_type, wish.start)
    is_new = booking is None
    if booking is None:
        booking = _opened(world, wish)
    booking.attendees.append(seat)
    booking.ics_sequence += moved is not None
    if is_new:
        world.insert(booking)
    is_pending = booking.status is Status.PENDING
    trigger = "BOOKING_REQUESTED" if is_pending else "BOOKING_CREATED"
    trigger = "BOOKING_RESCHEDULED" if moved else trigger
    yield announce(world, booking, trigger, news(world, booking, moved=moved, seat=seat))
    world.write(booking, touches=is_new)
    if is_new and not is_pending:
        plan_meetings(world, booking)
    return booking


def _opened(world: World, wish: Wish) -> Booking:
    """A seated booking that nobody sits in yet. Observed: its iCalendar uid is not made of its
    own uid, and it has neither description nor answers."""
    host = world.users[wish.event_type.owner_id]
    ics_uid = f"{world.mint.uid()}@{world.profile.application}"
    status = status_of(wish.event_type)
    booking = insert(world, wish, host, status=status, ics_uid=ics_uid)
    booking.is_seated, booking.attendees = True, []
    booking.answers, booking.metadata, booking.description = {}, {}, None
    return booking


def _seated(asked: Asked, booking: Booking, seat: Attendee) -> Answer:
    shown = shape(asked.world, booking, asked.version) | {"seatUid": seat.seat_uid}
    return success(shown, status=201)
