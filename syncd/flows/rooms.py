"""Which room an appointment takes: the database refuses one that is taken, here one is chosen."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import Appointment
from syncd.core.errors import Invalid, SlotTaken
from syncd.core.ids import AppointmentId, RoomId
from syncd.core.practice import Activity
from syncd.core.sharing import share
from syncd.core.time import Interval
from syncd.ledger import Transaction


def require_would_do(activity: Activity, wanted: RoomId | None) -> None:
    """Raises Invalid for a room that the activity does not take."""
    if wanted is not None and wanted not in activity.offering.rooms:
        rooms = ", ".join(activity.offering.rooms) or "none"
        raise Invalid(f"{activity.id} takes one of these rooms: {rooms}")


def a_room(
    tx: Transaction, draft: Appointment, activity: Activity, *, anyway: bool = False
) -> RoomId | None:
    """The room that the draft wants, or that of those who share its time, or the first of the
    activity's that is free all that time; None where it needs none, or where none is free and it is
    booked `anyway`. Raises SlotTaken, or Invalid where the others are in another room."""
    shared, wanted = _room_of_others(tx, draft), draft.room_id
    if shared is not None and wanted not in (None, shared) and not anyway:
        raise Invalid(f"the others of this time are in {shared}")
    if shared is not None and (wanted is None or wanted == shared):
        return shared
    chosen = (wanted,) if wanted is not None else activity.offering.rooms
    return _first_free(tx, chosen, draft.interval, None, anyway=anyway)


def room_again(tx: Transaction, activity: Activity | None, after: Appointment) -> RoomId | None:
    """The room of an appointment that moves: that of those whose time it shares from then on, or
    the one it has, or else another one that would do; the one it has where none is asked for any
    more. Raises SlotTaken."""
    if activity is None or not activity.offering.rooms:
        return after.room_id
    shared = _room_of_others(tx, after)
    if shared is not None:
        return shared
    own = () if after.room_id is None else (after.room_id,)
    rooms = dict.fromkeys((*own, *activity.offering.rooms))
    return _first_free(tx, tuple(rooms), after.interval, after.id, anyway=False)


def at_its_time(before: Appointment, after: Appointment, activity: Activity | None) -> Appointment:
    """A moved appointment shares its new time with as many as the activity says by now."""
    if activity is None or after.interval == before.interval:
        return after
    return replace(after, capacity=activity.offering.capacity)


def _room_of_others(tx: Transaction, claim: Appointment) -> RoomId | None:
    """Where those are who share this time, first who is there rightly; None where nobody does, or
    they are in no room."""
    found = [
        each
        for each in tx.claims([claim.practitioner_id], claim.interval)
        if share(each, claim) and each.appointment_id != claim.id and each.room_id is not None
    ]
    return next((each.room_id for each in sorted(found, key=lambda each: each.is_exempt)), None)


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
