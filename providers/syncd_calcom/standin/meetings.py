"""MEETING_STARTED and MEETING_ENDED: snapshots made when a booking is accepted, sent by a cron job.

Public source; vendor guide: the body is flat, is not what the booking has become since, and is
dropped unsent when more than a day late. Self-hosted servers often run no cron: nothing is sent
until `due_meetings` is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from syncd_calcom.standin.announcing import flat, spoilt, subscribers
from syncd_calcom.standin.messages import Deliver, Json
from syncd_calcom.standin.moments import api_time
from syncd_calcom.standin.rows import Attendee, Booking, Meeting
from syncd_calcom.standin.world import World

_LATEST = timedelta(days=1)


def plan_meetings(world: World, booking: Booking) -> None:
    """Two snapshots of the booking as it is now."""
    body = _row(world, booking)
    for trigger, due in (("MEETING_STARTED", booking.start), ("MEETING_ENDED", booking.end)):
        world.meetings.append(Meeting(uid=booking.uid, trigger=trigger, due=due, body=body))


def drop_meetings(world: World, booking: Booking) -> None:
    world.meetings = [each for each in world.meetings if each.uid != booking.uid]


def due_meetings(world: World) -> Iterator[Deliver]:
    """What a run of the cron job sends now; it is not planned any more after that."""
    now = world.now()
    due = [each for each in world.meetings if each.due <= now]
    world.meetings = [each for each in world.meetings if each.due > now]
    for each in sorted(due, key=lambda each: each.due):
        booking = world.booking(each.uid)
        if booking is None or now - each.due > _LATEST:
            continue
        for hook in subscribers(world, booking, each.trigger):
            found = spoilt(world, flat(world, hook, each.trigger, each.body))
            yield Deliver(tuple(found))


def _row(world: World, booking: Booking) -> Json:
    host = world.users[booking.host_id]
    empty = dict.fromkeys(
        (
            "idempotencyKey",
            "customInputs",
            "destinationCalendarId",
            "cancellationReason",
            "rejectionReason",
            "reassignReason",
            "reassignById",
            "dynamicEventSlugRef",
            "dynamicGroupSlugRef",
            "rescheduled",
            "smsReminderNumber",
            "rating",
            "ratingFeedback",
            "noShowHost",
            "oneTimePassword",
            "cancelledBy",
            "rescheduledBy",
        )
    )
    return empty | {
        "id": booking.id,
        "uid": booking.uid,
        "userId": host.id,
        "userPrimaryEmail": host.email,
        "eventTypeId": booking.event_type_id,
        "title": booking.title,
        "description": booking.description,
        "responses": dict(booking.answers),
        "startTime": api_time(booking.start),
        "endTime": api_time(booking.end),
        "location": booking.location,
        "createdAt": api_time(booking.created_at),
        "updatedAt": api_time(booking.updated_at) if booking.updated_at else None,
        "status": booking.status.value.upper(),
        "paid": False,
        "fromReschedule": booking.rescheduled_from,
        "recurringEventId": booking.series_uid,
        "scheduledJobs": [],
        "metadata": dict(booking.metadata),
        "isRecorded": False,
        "iCalUID": booking.ics_uid,
        "iCalSequence": booking.ics_sequence,
        "creationSource": "API_V2",
        "user": {
            "id": host.id,
            "name": host.name,
            "email": host.email,
            "username": host.username,
            "timeZone": host.time_zone,
        },
        "attendees": [_attendee(each, booking) for each in booking.attendees],
        "payment": [],
        "references": [],
        "appsStatus": [],
    }


def _attendee(each: Attendee, booking: Booking) -> Json:
    return {
        "id": each.id,
        "email": each.email,
        "name": each.name,
        "timeZone": each.time_zone,
        "phoneNumber": each.phone,
        "locale": each.language,
        "bookingId": booking.id,
        "noShow": each.is_absent,
    }
