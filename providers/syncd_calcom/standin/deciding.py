"""Confirm, decline, and who did not come.

Vendor pages; observed: no overlap is looked for, also a declined or past request can be confirmed,
an attendee's mark leaves `updatedAt` alone, a host's mark is told nobody and cannot be taken back,
and a stranger may set it.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape
from syncd_calcom.standin.hook_bodies import attendance, decision
from syncd_calcom.standin.meetings import plan_meetings
from syncd_calcom.standin.messages import Json, Steps, success
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.refusals import Problem, bare, coded, refused, wrong_list
from syncd_calcom.standin.rows import Attendee, Booking, Status


def confirm(asked: Asked) -> Steps:
    """Leaves an empty video address behind, which webhooks of later moves carry."""
    booking = _requested(asked, Status.PENDING, Status.REJECTED)
    booking.status, booking.rejection_reason = Status.ACCEPTED, None
    booking.video_url = ""
    asked.world.write(booking)
    payload = decision(asked.world, booking)
    yield announce(asked.world, booking, "BOOKING_CREATED", payload)
    plan_meetings(asked.world, booking)
    return success(shape(asked.world, booking, asked.version))


def decline(asked: Asked) -> Steps:
    """The reason is told in the webhook and shown nowhere else."""
    booking = _requested(asked, Status.PENDING)
    booking.status, booking.rejection_reason = Status.REJECTED, asked.body.get("reason")
    asked.world.write(booking)
    payload = decision(asked.world, booking)
    yield announce(asked.world, booking, "BOOKING_REJECTED", payload)
    return success(shape(asked.world, booking, asked.version))


def _requested(asked: Asked, *allowed: Status) -> Booking:
    uid = asked.parameters["bookingUid"]
    booking = asked.world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} was not found in the database")
    if booking.host_id != asked.caller.known.id:
        raise coded(401, "TRPCError", "You are not authorized to access this resource")
    if booking.status not in allowed:
        raise coded(400, "TRPCError", "Bad request: Please check your request data and try again")
    return booking


def mark_absent(asked: Asked) -> Steps:
    world, uid = asked.world, asked.parameters["bookingUid"]
    _check_marks(asked.body)
    booking = world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} not found.")
    now = world.now()
    if now < booking.start:
        times = f"it is {api_time(now)}, the booking starts {api_time(booking.start)}"
        raise refused(400, f"Bookings can only be marked as absent after their start: {times}")
    marks = [(each["email"], each["absent"]) for each in asked.body.get("attendees") or ()]
    for attendee, absent in [(_known(booking, mail), absent) for mail, absent in marks]:
        attendee.is_absent = absent
    if marks:
        world.write(booking, touches=False)
        payload = attendance(booking, marks)
        yield announce(world, booking, "BOOKING_NO_SHOW_UPDATED", payload)
    if asked.body.get("host"):
        booking.is_host_absent = True
        world.write(booking)
    return success(shape(world, booking, asked.version))


def _known(booking: Booking, mail: str) -> Attendee:
    found = next((each for each in booking.attendees if each.email == mail), None)
    if found is None:
        raise bare(500, "Failed to update no-show status")
    return found


def _check_marks(body: Json) -> None:
    marks = body.get("attendees") or []
    children = tuple(_wrong_marks(marks))
    if children:
        problem = Problem(name="attendees", children=children, target=body, value=marks)
        raise wrong_list([problem])


def _wrong_marks(marks: list[Json]) -> Iterator[Problem]:
    for place, each in enumerate(marks):
        if not isinstance(each.get("absent"), bool):
            rule = {"isBoolean": "absent must be a boolean value"}
            problem = Problem(name="absent", constraints=rule, target=each)
            yield Problem(name=str(place), children=(problem,), target=marks, value=each)
