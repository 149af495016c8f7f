"""What the oldest version answers: the shapes that a client meets when its version header is wrong.

Observed without and with unknown `cal-api-version`. Reading and cancelling are live, in other
words; creating asks for another body, and is refused here whatever it holds.
"""

from __future__ import annotations

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_lists import existing, sorted_bookings, visible
from syncd_calcom.standin.cancelling import cancel
from syncd_calcom.standin.messages import Answer, Json, Steps, success
from syncd_calcom.standin.moments import api_time, minutes_of
from syncd_calcom.standin.refusals import Problem, refused, wrong_list
from syncd_calcom.standin.rows import Booking, EventType, Schedule
from syncd_calcom.standin.world import World

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def read_booking(asked: Asked) -> Answer:
    booking = existing(asked)
    host = asked.world.users[booking.host_id]
    event_type = asked.world.event_type_of(booking)
    shown = _common(booking) | {
        "cancellationReason": booking.cancellation_reason,
        "cancelledBy": None,
        "eventType": {
            "eventName": None,
            "hideOrganizerEmail": False,
            "schedulingType": None,
            "slug": event_type.slug,
            "timeZone": None,
        }
        if event_type
        else None,
        "eventTypeId": booking.event_type_id,
        "rejectionReason": booking.rejection_reason,
        "rescheduledBy": None,
        "smsReminderNumber": None,
        "tracking": None,
        "userPrimaryEmail": host.email,
        "attendees": [
            {
                "email": each.email,
                "name": each.name,
                "phoneNumber": each.phone,
                "timeZone": each.time_zone,
            }
            for each in booking.attendees
        ],
        "user": {
            "avatarUrl": None,
            "email": host.email,
            "id": host.id,
            "name": host.name,
            "timeZone": host.time_zone,
            "username": host.username,
        },
    }
    return success(shown)


def list_bookings(asked: Asked) -> Answer:
    found = sorted_bookings(asked, list(visible(asked)))
    return success(
        {
            "bookings": [_row(asked.world, each) for each in found],
            "nextCursor": None,
            "recurringInfo": [],
            "totalCount": len(found),
        }
    )


def _common(booking: Booking) -> Json:
    return {
        "customInputs": {},
        "description": booking.description,
        "endTime": api_time(booking.end),
        "fromReschedule": booking.rescheduled_from,
        "id": booking.id,
        "location": booking.location,
        "metadata": dict(booking.metadata),
        "recurringEventId": booking.series_uid,
        "rescheduled": booking.is_rescheduled or None,
        "responses": dict(booking.answers),
        "seatsReferences": [],
        "startTime": api_time(booking.start),
        "status": booking.status.value.upper(),
        "title": booking.title,
        "uid": booking.uid,
    }


def _row(world: World, booking: Booking) -> Json:
    host = world.users[booking.host_id]
    event_type = world.event_type_of(booking)
    return _common(booking) | {
        "assignmentReason": [],
        "attendees": [
            {
                "bookingId": booking.id,
                "email": each.email,
                "id": each.id,
                "locale": each.language,
                "name": each.name,
                "noShow": each.is_absent,
                "phoneNumber": each.phone,
                "timeZone": each.time_zone,
            }
            for each in booking.attendees
        ],
        "createdAt": api_time(booking.created_at),
        "eventType": _event_type_row(event_type) if event_type else None,
        "isRecorded": False,
        "paid": False,
        "payment": [],
        "references": [],
        "rescheduler": None,
        "routedFromRoutingFormReponse": None,
        "updatedAt": api_time(booking.updated_at) if booking.updated_at else None,
        "user": {"email": host.email, "id": host.id, "name": host.name},
        "userPrimaryEmail": host.email,
    }


def _event_type_row(event_type: EventType) -> Json:
    shown = dict.fromkeys(
        ("customReplyToEmail", "eventName", "eventTypeColor", "recurringEvent", "team")
    )
    return shown | {
        "allowReschedulingPastBookings": False,
        "currency": "usd",
        "disableCancelling": event_type.disables_cancelling,
        "disableGuests": False,
        "disableRescheduling": event_type.disables_rescheduling,
        "hideOrganizerEmail": False,
        "hostGroups": [],
        "hosts": [],
        "id": event_type.id,
        "length": event_type.length,
        "metadata": {},
        "price": 0,
        "schedulingType": None,
        "seatsShowAttendees": False,
        "seatsShowAvailabilityCount": True,
        "slug": event_type.slug,
        "title": event_type.title,
    }


def create_booking(asked: Asked) -> Answer:
    """Its body has the zone, the language and the metadata at the top."""
    rules = {
        "timeZone": {"isTimeZone": "timeZone must be a valid IANA time-zone"},
        "language": {"isString": "language must be a string"},
        "metadata": {"isObject": "metadata must be an object"},
    }
    target = {name: asked.body[name] for name in ("eventTypeId", "start") if name in asked.body}
    problems = [
        Problem(name=name, constraints=rule, target=target)
        for name, rule in rules.items()
        if name not in asked.body
    ]
    if problems:
        raise wrong_list(problems)
    raise refused(400, "responses of the oldest version are not taken here")


def cancel_booking(asked: Asked) -> Steps:
    """Live in the oldest version too."""
    return (yield from cancel(asked))


def list_schedules(asked: Asked) -> Answer:
    user = asked.caller.known
    owned = [each for each in asked.world.schedules.values() if each.owner_id == user.id]
    return success([_schedule(asked.world, each, user.default_schedule_id) for each in owned])


def _schedule(world: World, schedule: Schedule, default_id: int | None) -> Json:
    today = world.now().date().isoformat()
    hours = schedule.availability
    return {
        "id": schedule.id,
        "name": schedule.name,
        "timeZone": schedule.time_zone,
        "userId": schedule.owner_id,
        "isDefault": schedule.id == default_id,
        "isLastSchedule": False,
        "isManaged": False,
        "readOnly": False,
        "availability": [
            [_range(today, each) for each in hours if day in each["days"]] for day in _DAYS
        ],
        "dateOverrides": [{"ranges": [_range(each["date"], each)]} for each in schedule.overrides],
        "workingHours": [
            {
                "days": _numbers(each),
                "startTime": minutes_of(each["startTime"]),
                "endTime": min(minutes_of(each["endTime"]), 24 * 60 - 1),
            }
            for each in hours
        ],
        "schedule": [
            _availability_row(schedule, place, each)
            for place, each in enumerate([*hours, *schedule.overrides], 1)
        ],
    }


def _numbers(hours: Json) -> list[int]:
    return sorted(_DAYS.index(day) for day in hours["days"])


def _range(day: str, hours: Json) -> Json:
    """Observed: wall clocks, written as if they were UTC; the last minute runs to its end."""
    end = hours["endTime"]
    last = "23:59:59.999" if end == "23:59" else f"{end}:00.000"
    return {"start": f"{day}T{hours['startTime']}:00.000Z", "end": f"{day}T{last}Z"}


def _availability_row(schedule: Schedule, place: int, hours: Json) -> Json:
    day = hours.get("date")
    return {
        "id": place,
        "scheduleId": schedule.id,
        "userId": schedule.owner_id if day else None,
        "eventTypeId": None,
        "date": f"{day}T00:00:00.000Z" if day else None,
        "days": [] if day else _numbers(hours),
        "startTime": f"1970-01-01T{hours['startTime']}:00.000Z",
        "endTime": f"1970-01-01T{hours['endTime']}:00.000Z",
    }
