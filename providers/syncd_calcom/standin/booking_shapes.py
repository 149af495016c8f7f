"""A booking as API v2 shows it: plain, one occurrence of a series, or seated.

Vendor schema of version 2024-08-13; observed: a key is absent rather than null, except for the two
of a cancellation and `rescheduledByEmail`, which nobody ever fills; an occurrence has neither that
nor a successor; a seated booking keeps answers and metadata on its attendees, and shows none of
them once it is cancelled, save in the newest version.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.rows import Attendee, Booking, Status
from syncd_calcom.standin.versions import NEWEST_BOOKINGS
from syncd_calcom.standin.world import World


def shape(world: World, booking: Booking, version: str) -> Json:
    if booking.is_seated:
        return _seated(world, booking, version)
    shown = _common(world, booking) | {
        "metadata": dict(booking.metadata),
        "attendees": [_attendee(world, each) for each in booking.attendees],
        "bookingFieldsResponses": dict(booking.answers),
    }
    if booking.guests:
        shown["guests"] = list(booking.guests)
    if booking.status is Status.CANCELLED:
        shown["cancelledByEmail"] = None
    if booking.rescheduled_from is not None:
        shown["rescheduledFromUid"] = booking.rescheduled_from
    if booking.series_uid is not None:
        return shown | {"recurringBookingUid": booking.series_uid}
    shown["rescheduledByEmail"] = None
    successor = world.successor(booking)
    if successor is not None:
        shown["rescheduledToUid"] = successor.uid
    return shown


def shapes(world: World, bookings: Sequence[Booking], version: str) -> list[Json]:
    return [shape(world, each, version) for each in bookings]


def _seated(world: World, booking: Booking, version: str) -> Json:
    hidden = booking.status is Status.CANCELLED and version != NEWEST_BOOKINGS
    return _common(world, booking) | {
        "rescheduledByEmail": None,
        "attendees": [] if hidden else [_seat(world, each) for each in booking.attendees],
    }


def _common(world: World, booking: Booking) -> Json:
    host = world.users[booking.host_id]
    event_type = world.event_type_of(booking)
    shown: Json = {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [
            {
                "id": host.id,
                "name": host.name,
                "email": host.email,
                "username": host.username,
                "timeZone": host.time_zone,
            }
            | _display(world, host.email)
        ],
        "status": booking.status.value,
        "start": api_time(booking.start),
        "end": api_time(booking.end),
        "duration": booking.minutes,
        "eventTypeId": booking.event_type_id,
        "eventType": {"id": event_type.id, "slug": event_type.slug} if event_type else None,
        "location": booking.location,
        "meetingUrl": booking.location,
        "absentHost": booking.is_host_absent,
        "createdAt": api_time(booking.created_at),
        "updatedAt": api_time(booking.updated_at) if booking.updated_at else None,
        "rating": None,
        "icsUid": booking.ics_uid,
    }
    if booking.status is Status.CANCELLED:
        shown["cancellationReason"] = booking.cancellation_reason
    if booking.rescheduling_reason is not None:
        shown["reschedulingReason"] = booking.rescheduling_reason
    return shown


def _display(world: World, email: str) -> Json:
    return {"displayEmail": email} if world.profile.shows_display_emails else {}


def _attendee(world: World, each: Attendee) -> Json:
    shown: Json = {
        "name": each.name,
        "email": each.email,
        "timeZone": each.time_zone,
        "language": each.language,
        "absent": each.is_absent,
    } | _display(world, each.email)
    return shown | ({"phoneNumber": each.phone} if each.phone else {})


def _seat(world: World, each: Attendee) -> Json:
    return _attendee(world, each) | {
        "seatUid": each.seat_uid,
        "bookingFieldsResponses": dict(each.answers),
        "metadata": dict(each.metadata),
    }
