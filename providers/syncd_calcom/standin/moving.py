"""Reschedule: the old row is cancelled and a new one made; and asking the booker to do so.

Vendor page; observed: new uid and id, the iCalendar uid of the first, the event type's length of
today, pending again unless the owner is named as the one who moves it; nothing guards two at once.
Hosted only: a request to reschedule cancels now, and the new booking comes later or never.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime, timedelta

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape
from syncd_calcom.standin.hook_bodies import Moved, cancellation, news
from syncd_calcom.standin.inserting import check_time, insert, status_of
from syncd_calcom.standin.intake import Wish, known_properties, overrides_of, wrong_start
from syncd_calcom.standin.meetings import drop_meetings, plan_meetings
from syncd_calcom.standin.messages import Answer, Gap, Step, Steps, success
from syncd_calcom.standin.moments import parse
from syncd_calcom.standin.places import Place
from syncd_calcom.standin.refusals import broken, refused, unknown, wrong_text
from syncd_calcom.standin.rows import Booking, EventType, Status
from syncd_calcom.standin.seats import move_seat, seat_in
from syncd_calcom.standin.world import World

_KNOWN = {"start", "rescheduledBy", "reschedulingReason", "seatUid", "emailVerificationCode"}


def reschedule(asked: Asked) -> Steps:
    world, uid = asked.world, asked.parameters["bookingUid"]
    start = _start(asked)
    booking = world.booking(uid)
    if booking is None:
        raise broken()
    seat_uid = asked.body.get("seatUid")
    if seat_uid is not None and seat_in(booking, seat_uid) is None:
        raise refused(404, f"Seat with uid={seat_uid} does not exist.")
    event_type = _movable(asked, booking)
    if seat_uid is not None:
        return (yield from move_seat(asked, booking, seat_uid, start))
    if booking.is_seated:
        return (yield from _move_group(asked, booking, event_type, start))
    wish = _wish(asked, booking, event_type, start)
    check_time(world, wish, ignoring=[uid])
    yield Gap()
    moved = yield from _move(asked, booking, wish)
    return success(shape(world, moved, asked.version), status=201)


def _start(asked: Asked) -> datetime:
    start = parse(asked.body.get("start"))
    known = known_properties(asked, _KNOWN)
    problems = [unknown(each) for each in asked.body if each not in known]
    problems += [] if start else [wrong_start()]
    if problems or start is None:
        raise wrong_text(problems)
    return start


def _movable(asked: Asked, booking: Booking) -> EventType:
    world, uid = asked.world, booking.uid
    event_type = world.event_type_of(booking)
    successor = world.successor(booking)
    if booking.status.is_over or booking.status is Status.AWAITING_HOST:
        text = f"Can't reschedule booking with uid={uid} because it has been {booking.status}"
        if successor is not None:
            text += f" and rescheduled already to booking with uid={successor.uid}"
        raise refused(400, f"{text}.")
    if event_type is None:
        raise refused(404, f"Booking with uid={uid} is missing event type")
    if event_type.disables_rescheduling:
        raise refused(400, f"Can't reschedule booking with uid={uid}: its event type forbids it")
    return event_type


def _wish(asked: Asked, booking: Booking, event_type: EventType, start: datetime) -> Wish:
    """Observed: a reason joins the answers under a name that no field has, and the next move
    without one takes it away."""
    first = booking.attendees[0]
    reason = asked.body.get("reschedulingReason")
    answers = {k: v for k, v in booking.answers.items() if k != "rescheduledReason"}
    return Wish(
        event_type=event_type,
        start=start,
        minutes=event_type.length,
        name=first.name,
        email=first.email,
        time_zone=first.time_zone,
        language=first.language,
        phone=first.phone,
        answers=answers | ({"rescheduledReason": reason} if reason else {}),
        guests=booking.guests,
        metadata=booking.metadata,
        place=Place(text=booking.location),
        overrides=overrides_of(asked, event_type),
    )


def _move(asked: Asked, old: Booking, wish: Wish) -> Generator[Step, None, Booking]:
    world, owner = asked.world, asked.world.users[old.host_id]
    is_owners = asked.body.get("rescheduledBy") == owner.email
    status = Status.ACCEPTED if is_owners else status_of(wish.event_type)
    new = insert(world, wish, owner, status=status, ics_uid=old.ics_uid, replacing=old.uid)
    _supersede(world, old)
    _inherit(new, old, asked.body.get("reschedulingReason"))
    world.insert(new)
    trigger = "BOOKING_REQUESTED" if new.status is Status.PENDING else "BOOKING_RESCHEDULED"
    payload = news(world, new, moved=Moved(uid=old.uid, before=old))
    yield announce(world, new, trigger, payload)
    world.write(new)
    if new.status is Status.ACCEPTED:
        plan_meetings(world, new)
    return new


def _supersede(world: World, old: Booking) -> None:
    old.status, old.is_rescheduled = Status.CANCELLED, True
    drop_meetings(world, old)
    world.write(old)


def _inherit(new: Booking, old: Booking, reason: str | None) -> None:
    new.ics_sequence = old.ics_sequence + 1
    new.rescheduled_from, new.rescheduling_reason = old.uid, reason
    new.series_uid, new.video_url = old.series_uid, old.video_url
    new.title, new.description = old.title, old.description


def _move_group(asked: Asked, booking: Booking, event_type: EventType, start: datetime) -> Steps:
    """A seated booking as a whole, in place: its host's right, in newer releases only."""
    world, user = asked.world, asked.caller.user
    if not world.profile.moves_groups or user is None or user.id != booking.host_id:
        raise refused(400, f"Booking with uid={booking.uid} is a seated booking: provide seatUid")
    wish = _wish(asked, booking, event_type, start)
    check_time(world, wish, ignoring=[booking.uid])
    yield Gap()
    booking.start, booking.end = start, start + timedelta(minutes=event_type.length)
    booking.ics_sequence += 1
    world.write(booking)
    payload = news(world, booking, moved=Moved(uid=booking.uid))
    yield announce(world, booking, "BOOKING_RESCHEDULED", payload)
    shown = shape(world, booking, asked.version)
    return success(shown | {"seatUid": booking.attendees[0].seat_uid}, status=201)


def request_reschedule(asked: Asked) -> Steps:
    """Hosted: cancels, says so with `requestReschedule`, and names no successor."""
    world, booking = asked.world, _own(asked)
    if booking.status.is_over:
        raise refused(400, f"Booking with uid={booking.uid} is {booking.status} already")
    reason = asked.body.get("rescheduleReason")
    payload = cancellation(world, booking, reason=reason, asks_to_move=True)
    yield announce(world, booking, "BOOKING_CANCELLED", payload)
    booking.status, booking.cancellation_reason = Status.CANCELLED, reason
    booking.is_rescheduled = True
    drop_meetings(world, booking)
    world.write(booking)
    return Answer(body={"status": "success"})


def _own(asked: Asked) -> Booking:
    uid = asked.parameters["bookingUid"]
    booking = asked.world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} was not found in the database")
    if booking.host_id != asked.caller.known.id:
        raise refused(403, f"User is not a host of booking with uid={uid}")
    return booking
