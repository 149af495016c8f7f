"""Rooms, and when appointments take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from syncd.core.ids import AppointmentId, RoomId
from syncd.core.journal import Cause
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.ledger.appointments import AppointmentReads
from syncd.ledger.claims import Claim
from syncd.ledger.practices import PracticeWrites
from syncd.ledger.tables import rooms


class RoomReads(AppointmentReads):
    def rooms(self, *, active_only: bool = False) -> list[Room]:
        """Those that the practice named, by id."""
        found = self._all(rooms, active_only=active_only)
        return [room_of(row) for row in found if row.name is not None]

    def rooms_taken(
        self,
        room_ids: Iterable[RoomId],
        within: Interval,
        *,
        but_for: AppointmentId | None = None,
    ) -> dict[RoomId, list[Interval]]:
        """When appointments take each of these rooms within that period, by start, but for one of
        them. Only rooms that are in use are answered for."""
        in_use = {each.id for each in self.rooms(active_only=True)}
        which = [each for each in room_ids if each in in_use]
        return taken_by(self.claims_of_rooms(which, within), which, but_for=but_for)


class RoomWrites(RoomReads, PracticeWrites):
    def save_room(self, room: Room, cause: Cause) -> bool:
        """True when anything changed."""
        row = {"id": room.id, "name": room.name, "active": room.active}
        return self._save(rooms, "room", row, cause)


def taken_by(
    claims: Iterable[Claim], room_ids: Iterable[RoomId], *, but_for: AppointmentId | None
) -> dict[RoomId, list[Interval]]:
    """When each of these rooms is taken by one of the claims, but for that appointment's."""
    taken: dict[RoomId, list[Interval]] = {each: [] for each in room_ids}
    for claim in claims:
        if claim.appointment_id != but_for and claim.room_id is not None:
            taken[claim.room_id].append(claim.interval)
    return taken


def room_of(row: Any) -> Room:
    """The room that a row of its table stands for."""
    return Room(id=row.id, name=row.name, active=bool(row.active))
