"""Rooms, and when appointments take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import or_, select

from syncd.core.appointment import HOLDS_TIME, Status
from syncd.core.ids import AppointmentId, RoomId
from syncd.core.journal import Cause
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.ledger.practices import PracticeReads, PracticeWrites
from syncd.ledger.tables import appointments, rooms


class RoomReads(PracticeReads):
    def rooms(self, *, active_only: bool = False) -> list[Room]:
        """Those that the practice named, by id."""
        found = self._all(rooms, active_only=active_only)
        return [_room(row) for row in found if row.name is not None]

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
        taken: dict[RoomId, list[Interval]] = {each: [] for each in room_ids if each in in_use}
        a = appointments.c
        statement = (
            select(a.id, a.room_id, a.starts_at, a.ends_at)
            .where(
                a.practice_id == self.practice_id,
                a.room_id.in_(sorted(taken)),
                a.starts_at < within.end,
                a.ends_at > within.start,
                a.status.in_(sorted(each.value for each in HOLDS_TIME)),
                or_(
                    a.status != Status.PROPOSED.value,
                    a.hold_expires_at.is_(None),
                    a.hold_expires_at > self.now,
                ),
            )
            .order_by(a.starts_at, a.id)
        )
        for row in self._read(statement) if taken else ():
            if row.id != but_for:
                taken[row.room_id].append(Interval(row.starts_at, row.ends_at))
        return taken


class RoomWrites(RoomReads, PracticeWrites):
    def save_room(self, room: Room, cause: Cause) -> bool:
        """True when anything changed."""
        row = {"id": room.id, "name": room.name, "active": room.active}
        return self._save(rooms, "room", row, cause)


def _room(row: Any) -> Room:
    return Room(id=row.id, name=row.name, active=bool(row.active))
