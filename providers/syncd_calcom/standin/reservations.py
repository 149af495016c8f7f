"""Slot reservations: a slot that is hidden for some minutes, and that anybody can book even so.

Vendor page, version 2024-09-04; observed: any start can be reserved, also outside opening hours;
one that is gone reads as null, and deleting it again succeeds.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.moments import api_time, parse
from syncd_calcom.standin.refusals import Problem, refused, wrong_list
from syncd_calcom.standin.rows import EventType, Reservation, Status
from syncd_calcom.standin.world import World

_MINUTES = 5


def reserve(asked: Asked) -> Answer:
    event_type, start, minutes = _checked(asked)
    lasting = _lasting(asked, event_type)
    _refuse_taken(asked.world, event_type, start)
    uid = asked.world.mint.uuid()
    stored = _store(asked.world, event_type, start, uid=uid, slot=minutes, lasting=lasting)
    return success(stored, status=201)


def move_reservation(asked: Asked) -> Answer:
    """Observed: the reservation takes the new slot, and its time starts again."""
    event_type, start, minutes = _checked(asked)
    lasting = _lasting(asked, event_type)
    uid = asked.parameters["uid"]
    stored = _store(asked.world, event_type, start, uid=uid, slot=minutes, lasting=lasting)
    return success(stored)


def read_reservation(asked: Asked) -> Answer:
    found = asked.world.reservations.get(asked.parameters["uid"])
    return success(_shape(found) if found else None)


def release(asked: Asked) -> Answer:
    asked.world.reservations.pop(asked.parameters["uid"], None)
    return Answer(body={"status": "success"})


def _checked(asked: Asked) -> tuple[EventType, datetime, int]:
    body = asked.body
    start = parse(body.get("slotStart"))
    if start is None:
        rule = {"isDateString": "slotStart must be a valid ISO 8601 date string"}
        value = body.get("slotStart")
        raise wrong_list([Problem(name="slotStart", constraints=rule, target=body, value=value)])
    number = body.get("eventTypeId")
    event_type = asked.world.event_types.get(number if isinstance(number, int) else 0)
    if event_type is None:
        raise refused(404, f"Event Type with ID={number} not found")
    minutes = body.get("slotDuration")
    if minutes is None:
        return event_type, start, event_type.length
    if not event_type.lengths:
        raise refused(400, "'slotDuration' needs an event type with several lengths")
    if minutes not in event_type.lengths:
        raise refused(400, "'slotDuration' is not one of the lengths of the event type")
    return event_type, start, int(minutes)


def _lasting(asked: Asked, event_type: EventType) -> int:
    """Minutes; another number than the usual is the owner's to choose."""
    minutes = asked.body.get("reservationDuration")
    if minutes is None:
        return _MINUTES
    if asked.caller.user is None:
        raise refused(401, "reservationDuration can only be used for authenticated requests")
    if asked.caller.user.id != event_type.owner_id:
        raise refused(403, "authenticated user is not owner of event type")
    return int(minutes)


def _refuse_taken(world: World, event_type: EventType, start: datetime) -> None:
    booked = any(
        each.event_type_id == event_type.id
        and each.start == start
        and each.status is Status.ACCEPTED
        and not each.is_seated
        for each in world.bookings.values()
    )
    if booked:
        raise refused(422, "Can't reserve a slot if the event is already booked.")
    if any(
        each.event_type_id == event_type.id and each.start == start and each.until > world.now()
        for each in world.reservations.values()
    ):
        raise refused(422, "This time slot is already reserved by another user.")


def _store(
    world: World, event_type: EventType, start: datetime, *, uid: str, slot: int, lasting: int
) -> Json:
    found = world.reservations[uid] = Reservation(
        uid=uid,
        event_type_id=event_type.id,
        start=start,
        end=start + timedelta(minutes=slot),
        until=world.now() + timedelta(minutes=lasting),
        minutes=lasting,
        slot_minutes=slot,
    )
    return {**_shape(found), "reservationDuration": lasting}


def _shape(found: Reservation) -> Json:
    return {
        "eventTypeId": found.event_type_id,
        "slotStart": api_time(found.start),
        "slotEnd": api_time(found.end),
        "slotDuration": found.slot_minutes,
        "reservationUid": found.uid,
        "reservationUntil": api_time(found.until),
    }
