"""Which room an appointment takes: the database refuses one that is taken, here one is chosen."""

from __future__ import annotations

from syncd.core.appointment import Appointment
from syncd.core.errors import Invalid, SlotTaken
from syncd.core.ids import AppointmentId, PractitionerId, RoomId
from syncd.core.practice import Activity
from syncd.core.time import Interval
from syncd.ledger import Transaction


def require_would_do(activity: Activity, wanted: RoomId | None) -> None:
    """Raises Invalid for a room that the activity does not take."""
    if wanted is not None and wanted not in activity.offering.rooms:
        rooms = ", ".join(activity.offering.rooms) or "none"
        raise Invalid(f"{activity.id} takes one of these rooms: {rooms}")


def a_room(
    tx: Transaction,
    activity: Activity,
    practitioner_id: PractitionerId,
    interval: Interval,
    *,
    wanted: RoomId | None = None,
    anyway: bool = False,
) -> RoomId | None:
    """The room of those who share the time, or the one that is `wanted`, or the first of the
    activity's that is free all that time; None where it needs none, or where none is free and it is
    booked `anyway`. Raises SlotTaken, or Invalid where the others are in another room."""
    shared = _room_of_others(tx, activity, practitioner_id, interval)
    if shared is not None and wanted not in (None, shared):
        raise Invalid(f"the others of this time are in {shared}")
    if shared is not None:
        return shared
    chosen = (wanted,) if wanted is not None else activity.offering.rooms
    return _first_free(tx, chosen, interval, None, anyway=anyway)


def room_again(tx: Transaction, activity: Activity | None, after: Appointment) -> RoomId | None:
    """The room of an appointment that moves: the one it has, or else another one that would do; the
    one it has where none is asked for any more. Raises SlotTaken."""
    if after.room_id is None or activity is None or not activity.offering.rooms:
        return after.room_id
    shared = _room_of_others(tx, activity, after.practitioner_id, after.interval, but_for=after.id)
    if shared is not None:
        return shared
    rooms = dict.fromkeys((after.room_id, *activity.offering.rooms))
    return _first_free(tx, tuple(rooms), after.interval, after.id, anyway=False)


def _room_of_others(
    tx: Transaction,
    activity: Activity,
    practitioner_id: PractitionerId,
    interval: Interval,
    *,
    but_for: AppointmentId | None = None,
) -> RoomId | None:
    """Where those are who share this time; None where nobody does, or they are in no room."""
    if activity.offering.capacity == 1:
        return None
    return next(
        (
            each.room_id
            for each in tx.claims([practitioner_id], interval)
            if each.interval == interval
            and each.capacity > 1
            and each.activity_id == activity.id
            and each.appointment_id != but_for
        ),
        None,
    )


def _first_free(
    tx: Transaction,
    rooms: tuple[RoomId, ...],
    interval: Interval,
    but_for: AppointmentId | None,
    *,
    anyway: bool,
) -> RoomId | None:
    if not rooms:
        return None
    taken = tx.rooms_taken(rooms, interval, but_for=but_for)
    for each in rooms:
        if taken.get(each) == []:
            return each
    if anyway:
        return None
    raise SlotTaken(f"{interval.start:%Y-%m-%dT%H:%MZ}: every room is taken", resource="room")
