"""Cancel: a booking, a series or its rest, one seat. The delivery goes out before the row changes.

Vendor page; observed: the host must give a reason and nobody else, a series flag on a plain booking
is refused after it has cancelled, and cancelling by the series' uid overwrites those cancelled
before. Two at once both succeed, and the last reason stays.
"""

from __future__ import annotations

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape, shapes
from syncd_calcom.standin.hook_bodies import cancellation
from syncd_calcom.standin.meetings import drop_meetings
from syncd_calcom.standin.messages import Gap, Steps, success
from syncd_calcom.standin.refusals import Problem, bare, refused, unknown, wrong_text
from syncd_calcom.standin.rows import Attendee, Booking, Status
from syncd_calcom.standin.seats import leave, seat_in
from syncd_calcom.standin.world import World

_KNOWN = {"cancellationReason", "cancelSubsequentBookings"}
_OF_A_SEAT = {"seatUid"}


def cancel(asked: Asked) -> Steps:
    world, uid = asked.world, asked.parameters["bookingUid"]
    _check_body(asked)
    series = world.series(uid)
    if series:
        return (yield from _cancel_series(asked, series))
    booking = world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} not found")
    if booking.status is Status.CANCELLED:
        raise refused(400, f"Can't cancel booking with uid={uid}: it has been cancelled already")
    seat = _seat(asked, booking)
    _check_may(asked, booking, seat)
    if seat is not None:
        reason = asked.body.get("cancellationReason") or ""
        return (yield from leave(asked, booking, seat, reason))
    return (yield from _cancel_from(asked, booking))


def _check_body(asked: Asked) -> None:
    known = _KNOWN
    if "seatUid" in asked.body:
        with_reason = asked.world.profile.cancels_seats_with_reason
        known = _OF_A_SEAT | ({"cancellationReason"} if with_reason else set())
    problems: list[Problem] = [unknown(each) for each in asked.body if each not in known]
    if problems:
        raise wrong_text(problems)


def _seat(asked: Asked, booking: Booking) -> Attendee | None:
    uid = asked.body.get("seatUid")
    found = seat_in(booking, uid) if uid is not None else None
    if uid is not None and found is None:
        raise refused(400, "Invalid seatUid: this seat does not exist")
    return found


def _check_may(asked: Asked, booking: Booking, seat: Attendee | None) -> None:
    is_host = asked.caller.user is not None and asked.caller.user.id == booking.host_id
    event_type = asked.world.event_type_of(booking)
    if booking.is_seated and seat is None and not is_host:
        raise bare(401, "User not a host of this event")
    if is_host and not asked.body.get("cancellationReason"):
        raise bare(400, "Cancellation reason is required when you are the host")
    if booking.end < asked.world.now():
        raise bare(400, "Cannot cancel a booking that has already ended")
    if event_type is not None and event_type.disables_cancelling:
        raise bare(400, "This event type does not allow cancellations")


def _cancel_from(asked: Asked, booking: Booking) -> Steps:
    """One, or one and those of its series that come after."""
    world, reason = asked.world, asked.body.get("cancellationReason")
    payload = cancellation(world, booking, reason=reason)
    yield announce(world, booking, "BOOKING_CANCELLED", payload)
    goes_on = bool(asked.body.get("cancelSubsequentBookings"))
    rest = world.series(booking.series_uid) if goes_on and booking.series_uid else []
    later = [each for each in rest if each.start > booking.start and not each.status.is_over]
    _end(world, [booking, *later], reason)
    yield Gap()
    if goes_on and booking.series_uid is None:
        text = f"Booking with bookingUid={booking.uid} is not part of a recurring booking."
        raise refused(400, text)
    if rest:
        return success(shapes(world, rest, asked.version))
    return success(shape(world, booking, asked.version))


def _cancel_series(asked: Asked, series: list[Booking]) -> Steps:
    world, reason = asked.world, asked.body.get("cancellationReason")
    alive = [each for each in series if not each.status.is_over]
    if not alive:
        text = (
            f"Can't cancel booking with uid={series[0].series_uid}: it has been cancelled already"
        )
        raise refused(400, text)
    _check_may(asked, alive[0], None)
    payload = cancellation(world, alive[0], reason=reason, is_series=True)
    yield announce(world, alive[0], "BOOKING_CANCELLED", payload)
    _end(world, series, reason)
    return success(shapes(world, series, asked.version))


def _end(world: World, bookings: list[Booking], reason: str | None) -> None:
    """All at the same instant, as one statement of a database would."""
    for each in bookings:
        each.status, each.cancellation_reason = Status.CANCELLED, reason
        drop_meetings(world, each)
        world.write(each)
    for each in bookings:
        each.updated_at = bookings[-1].updated_at
