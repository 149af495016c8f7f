"""Whose time is taken, and little else: what slots are made from. A fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, and_, bindparam, or_, select, union_all

from syncd.core.appointment import HOLDS_TIME, Status
from syncd.core.ids import ActivityId, AppointmentId, ClientId, Number, PractitionerId, RoomId
from syncd.core.time import Interval
from syncd.ledger.practices import PracticeReads
from syncd.ledger.tables import ATTENDED, appointments, attendances
from syncd.ledger.unit import chunks

_A = appointments.c
_CLAIM = (
    _A.id,
    _A.practitioner_id,
    _A.room_id,
    _A.number,
    _A.activity_id,
    _A.starts_at,
    _A.ends_at,
    _A.status,
    _A.capacity,
    _A.exempt,
)


def _claims_of(
    resource: ColumnElement[Any], whose: ColumnElement[Any] = _A.practitioner_id
) -> tuple[Select[Any], ...]:
    """What holds time of these resources: what lasts a day at most, and what lasts longer. `whose`
    time it is told as."""
    found = resource.table.c
    lengths = (and_(~found.is_long, found.starts_at > bindparam("a_day_before")), found.is_long)
    return tuple(
        select(*_CLAIM, whose.label("whose"))
        .select_from(ATTENDED if resource.table is attendances else appointments)
        .where(
            found.practice_id == bindparam("at_practice"),
            resource.in_(bindparam("which", expanding=True)),
            how_long,
            found.starts_at < bindparam("ends"),
            _A.ends_at > bindparam("begins"),
            _A.status.in_(sorted(each.value for each in HOLDS_TIME)),
            or_(
                _A.status != Status.PROPOSED.value,
                _A.hold_expires_at.is_(None),
                _A.hold_expires_at > bindparam("now"),
            ),
        )
        for how_long in lengths
    )


_AS_ANOTHER = attendances.c.practitioner_id
_OF_PRACTITIONERS = tuple(
    map(union_all, _claims_of(_A.practitioner_id), _claims_of(_AS_ANOTHER, _AS_ANOTHER))
)
_OF_ROOMS = _claims_of(_A.room_id)
_OF_CLIENTS = _claims_of(_A.client_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The time that an appointment or a hold has of `whose` and of a room, among so many as its
    capacity says, and little else: what slots are made from. One that takes the time of several
    practitioners is a claim on each."""

    appointment_id: AppointmentId
    practitioner_id: PractitionerId
    whose: PractitionerId
    room_id: RoomId | None
    number: Number
    activity_id: ActivityId | None
    interval: Interval
    is_hold: bool
    capacity: int = 1
    is_exempt: bool = False


class ClaimReads(PracticeReads):
    def claims(
        self,
        practitioner_ids: Iterable[PractitionerId],
        within: Interval,
        *,
        at: datetime | None = None,
    ) -> list[Claim]:
        """What holds time of these practitioners within that period, by start. What lasts longer
        than a day is looked for apart, so that the history before costs nothing. Holds count that
        run `at` that moment, now unless given."""
        return self._claims(_OF_PRACTITIONERS, list(practitioner_ids), within, at or self.now)

    def claims_of_rooms(
        self, room_ids: Iterable[RoomId], within: Interval, *, at: datetime | None = None
    ) -> list[Claim]:
        """The same of rooms."""
        return self._claims(_OF_ROOMS, list(room_ids), within, at or self.now)

    def claims_of_client(self, client_id: ClientId, within: Interval) -> list[Claim]:
        """The same of a client, with whomever it is."""
        return self._claims(_OF_CLIENTS, [client_id], within, self.now)

    def _claims(
        self,
        statements: Sequence[Executable],
        which: Sequence[str],
        within: Interval,
        at: datetime,
    ) -> list[Claim]:
        when = {
            "at_practice": self.practice_id,
            "begins": within.start,
            "a_day_before": within.start - timedelta(days=1),
            "ends": within.end,
            "now": at,
        }
        found = [
            _claim(row)
            for chunk in chunks(which)
            for statement in statements
            for row in self._read(statement, {**when, "which": chunk})
        ]
        return sorted(found, key=lambda each: (each.interval.start, each.number))


def _claim(row: Any) -> Claim:
    which, who, room, number, activity, starts_at, ends_at, status, capacity, exempt, whose = row
    return Claim(
        appointment_id=which,
        practitioner_id=who,
        whose=whose,
        room_id=room,
        number=number,
        activity_id=activity,
        interval=Interval(starts_at, ends_at),
        is_hold=status == Status.PROPOSED.value,
        capacity=capacity,
        is_exempt=bool(exempt),
    )
