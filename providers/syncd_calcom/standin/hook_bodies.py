"""What a webhook says of a booking: one payload for each kind of news.

Vendor guide to webhooks, version 2021-10-20; observed: three spellings of time, and which of
metadata, iCalendar uid, labels and nulls each kind carries. `news` is of what was just booked,
asked for or moved; `cancellation` comes before the row changes; `decision` is of a request that was
confirmed or declined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncd_calcom.standin.fields import labelled, labelled_later, labelled_own, labelled_own_later
from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.moments import api_time, hook_time, offset_minutes, offset_time
from syncd_calcom.standin.rows import Attendee, Booking, EventType, Status
from syncd_calcom.standin.world import World

_FREQUENCIES = {"yearly": 0, "monthly": 1, "weekly": 2, "daily": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What a booking was before it was moved. A seat that moves names only the uid."""

    uid: str
    before: Booking | None = None


def news(
    world: World, booking: Booking, *, moved: Moved | None = None, seat: Attendee | None = None
) -> Json:
    """`seat`: the one of a seated booking that is new; the payload knows no other."""
    event_type = world.event_type_of(booking)
    assert event_type is not None
    coming = [seat] if seat else booking.attendees
    notes = (seat.answers if seat else booking.answers).get("notes", "")
    answers = _seat_answers(seat) if seat else booking.answers
    payload: Json = {
        "bookerUrl": world.booker_url,
        "title": title(world, booking, event_type, coming[0].name),
        "startTime": hook_time(booking.start),
        "endTime": hook_time(booking.end),
        "additionalNotes": notes,
        "type": event_type.slug,
        "description": notes,
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "schedulingType": "ROUND_ROBIN" if event_type.hosts else None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "disableRescheduling": event_type.disables_rescheduling,
        "disableCancelling": event_type.disables_cancelling,
        "attendees": [_newcomer(each, booking) for each in coming],
        "responses": labelled(event_type, booking, answers),
        "userFieldsResponses": labelled_own(event_type, answers),
        "destinationCalendar": None,
        "iCalSequence": booking.ics_sequence,
        "requiresConfirmation": booking.status is Status.PENDING,
        "oneTimePassword": booking.one_time_password,
        "price": 0,
        "currency": "usd",
        "length": booking.minutes,
        "metadata": _metadata(booking, seat),
        "status": booking.status.value.upper(),
        "seatsPerTimeSlot": (event_type.seats or {}).get("seatsPerTimeSlot"),
    } | _both(world, booking, event_type)
    if moved is None or seat is not None:
        payload["iCalUID"] = booking.ics_uid
    if seat is not None:
        payload["attendeeSeatId"] = seat.seat_uid
    if booking.series_uid is not None and moved is None:
        payload["recurringEvent"] = _frequency(event_type)
    return payload | (_moved(moved) if moved else {})


def _metadata(booking: Booking, seat: Attendee | None) -> Json:
    shown: Json = dict(seat.metadata if seat else booking.metadata)
    return shown | ({} if booking.video_url is None else {"videoCallUrl": booking.video_url})


def _seat_answers(seat: Attendee) -> Json:
    return {**seat.answers, "name": seat.name, "email": seat.email}


def _moved(moved: Moved) -> Json:
    if moved.before is None:
        return {"rescheduleUid": moved.uid}
    return {
        "rescheduleUid": moved.uid,
        "rescheduleId": moved.before.id,
        "rescheduleStartTime": hook_time(moved.before.start),
        "rescheduleEndTime": hook_time(moved.before.end),
        "appsStatus": [],
    }


def cancellation(
    world: World,
    booking: Booking,
    *,
    reason: str | None,
    seat: Attendee | None = None,
    is_series: bool = False,
    asks_to_move: bool = False,
) -> Json:
    """`seat`: the only one that is cancelled, though the status says CANCELLED. `is_series`: the
    one message for all of them."""
    event_type = world.event_type_of(booking)
    answers = _first_answers(booking) if booking.is_seated else booking.answers
    coming = (
        [_row(seat, booking)] if seat else [_known(each, booking) for each in booking.attendees]
    )
    payload: Json = _both(world, booking, event_type) | {
        "bookerUrl": world.booker_url,
        "title": booking.title,
        "length": event_type.length if event_type else None,
        "additionalNotes": booking.description,
        "description": booking.description,
        "userFieldsResponses": labelled_own_later(event_type, answers),
        "responses": labelled_later(event_type, booking, answers),
        "startTime": offset_time(booking.start),
        "endTime": offset_time(booking.end),
        "attendees": coming,
        "destinationCalendar": [],
        "iCalUID": booking.ics_uid,
        "iCalSequence": booking.ics_sequence + 1,
        "requiresConfirmation": True if event_type and event_type.confirmation else None,
        "price": None,
        "currency": "usd" if event_type else None,
        "status": Status.CANCELLED.value.upper(),
    }
    if event_type is not None:
        payload |= {
            "type": event_type.slug,
            "seatsPerTimeSlot": (event_type.seats or {}).get("seatsPerTimeSlot"),
            "seatsShowAttendees": event_type.seats is not None,
        }
    if reason is not None:
        payload["cancellationReason"] = reason
    if is_series and event_type is not None:
        count = (event_type.recurrence or {}).get("occurrences")
        payload["recurringEvent"] = _frequency(event_type) | {"count": count}
    if world.profile.keeps_metadata_on_cancel:
        payload["metadata"] = _metadata(booking, seat)
    return payload | ({"requestReschedule": True} if asks_to_move else {})


def _first_answers(booking: Booking) -> Json:
    """Observed: of a seated booking the first to come stands for all, the others are guests."""
    if not booking.attendees:
        return {"notes": ""}
    first, *others = booking.attendees
    mails = [each.email for each in others]
    return {"name": first.name, "email": first.email, "notes": "", "guests": mails}


def decision(world: World, booking: Booking) -> Json:
    """Of a request that was confirmed or declined: neither metadata nor iCalendar uid."""
    event_type = world.event_type_of(booking)
    payload: Json = _both(world, booking, event_type) | {
        "type": event_type.slug if event_type else "",
        "title": booking.title,
        "bookerUrl": world.booker_url,
        "userFieldsResponses": labelled_own_later(event_type, booking.answers),
        "responses": labelled_later(event_type, booking, booking.answers),
        "startTime": api_time(booking.start),
        "endTime": api_time(booking.end),
        "attendees": [_known(each, booking) for each in booking.attendees],
        "destinationCalendar": [],
        "requiresConfirmation": event_type is not None and event_type.confirmation is not None,
        "price": 0,
        "currency": "usd",
        "length": booking.minutes,
        "status": booking.status.value.upper(),
    }
    if booking.description:
        payload["description"] = booking.description
    if booking.rejection_reason is not None and booking.status is Status.REJECTED:
        payload["rejectionReason"] = booking.rejection_reason
    return payload


def attendance(booking: Booking, marks: Sequence[tuple[str, bool]]) -> Json:
    """Names the booking otherwise than every other payload does."""
    verb = "marked" if all(absent for _, absent in marks) else "unmarked"
    return {
        "message": f"{', '.join(mail for mail, _ in marks)} {verb} as no-show",
        "attendees": [{"email": mail, "noShow": absent} for mail, absent in marks],
        "bookingUid": booking.uid,
        "bookingId": booking.id,
    }


def title(world: World, booking: Booking, event_type: EventType, name: str) -> str:
    host = world.users[booking.host_id]
    return f"{event_type.title} between {host.name} and {name}"


def _both(world: World, booking: Booking, event_type: EventType | None) -> Json:
    """What every payload but that of attendance has."""
    host = world.users[booking.host_id]
    shown: Json = {
        "customInputs": {},
        "organizer": {
            "id": host.id,
            "name": host.name,
            "email": host.email,
            "username": host.username,
            "timeZone": host.time_zone,
            "language": {"locale": host.locale},
            "timeFormat": "HH:mm" if host.time_format == 24 else "h:mma",
            "utcOffset": offset_minutes(booking.start, host.time_zone),
        },
        "uid": booking.uid,
        "bookingId": booking.id,
        "eventTypeId": booking.event_type_id,
        "location": booking.location,
        "eventTitle": event_type.title if event_type else None,
        "eventDescription": (event_type.description or None) if event_type else None,
    }
    kept = {"hideOrganizerEmail": False, "customReplyToEmail": None} if event_type else {}
    return shown | kept


def _frequency(event_type: EventType) -> Json:
    recurrence = event_type.recurrence or {}
    return {
        "freq": _FREQUENCIES[recurrence.get("frequency", "weekly")],
        "interval": recurrence.get("interval", 1),
    }


def _newcomer(each: Attendee, booking: Booking) -> Json:
    shown: Json = {
        "email": each.email,
        "name": each.name,
        "firstName": "",
        "lastName": "",
        "timeZone": each.time_zone,
        "language": {"locale": each.language},
        "utcOffset": offset_minutes(booking.start, each.time_zone),
    }
    return shown | ({"phoneNumber": each.phone} if each.phone else {})


def _known(each: Attendee, booking: Booking) -> Json:
    return {
        "name": each.name,
        "email": each.email,
        "timeZone": each.time_zone,
        "phoneNumber": each.phone,
        "language": {"locale": each.language},
        "utcOffset": offset_minutes(booking.start, each.time_zone),
    }


def _row(each: Attendee, booking: Booking) -> Json:
    return _known(each, booking) | {
        "id": each.id,
        "locale": each.language,
        "bookingId": booking.id,
        "noShow": each.is_absent,
    }
