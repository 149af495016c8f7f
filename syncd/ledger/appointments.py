"""Appointments: found, listed, added in bulk, and changed only at the version that was seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, select, update

from syncd.core.appointment import (
    EXEMPT_FROM_OVERLAP,
    Acknowledgement,
    Appointment,
    Client,
    Flag,
    Party,
    Payment,
    Status,
)
from syncd.core.errors import Unknown, VersionConflict
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ClientId,
    PractitionerId,
    format_number,
    is_number,
)
from syncd.core.journal import Cause, snapshot
from syncd.ledger.numbers import NumberWrites
from syncd.ledger.overlaps import find_overlapping, renew_plans
from syncd.ledger.practices import PracticeReads
from syncd.ledger.tables import IS_HOLD, appointments, calendar_states, clients, links, rooms
from syncd.ledger.unit import chunks

COLUMNS = (
    appointments,
    clients.c.name.label("client_name"),
    clients.c.email.label("client_email"),
    clients.c.phone.label("client_phone"),
)
CLIENT_OF_APPOINTMENT = (clients.c.practice_id == appointments.c.practice_id) & (
    clients.c.id == appointments.c.client_id
)
WITH_CLIENT = appointments.outerjoin(clients, CLIENT_OF_APPOINTMENT)
_SELECT = select(*COLUMNS).select_from(WITH_CLIENT)


_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFilter:
    """Which appointments to list, by start. `start` and `end` bound a window that they overlap;
    None anywhere means any."""

    statuses: frozenset[Status] | None = None
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    start: datetime | None = None
    end: datetime | None = None
    limit: int | None = None
    offset: int = 0


class AppointmentReads(PracticeReads):
    def appointment(self, id_or_number: str) -> Appointment:
        """Raises Unknown."""
        column = appointments.c.number if is_number(id_or_number) else appointments.c.id
        row = self._read(
            _SELECT.where(appointments.c.practice_id == self.practice_id, column == id_or_number)
        ).one_or_none()
        if row is None:
            raise Unknown("appointment", id_or_number)
        return appointment_of(row)

    def appointments(self, wanted: AppointmentFilter | None = None) -> list[Appointment]:
        """In order of start, then number."""
        statement = _wanted(wanted or AppointmentFilter()).where(
            appointments.c.practice_id == self.practice_id
        )
        return [appointment_of(row) for row in self._read(statement)]

    def all_appointments(self) -> Iterator[Appointment]:
        """Every appointment, in no order, in a stream."""
        statement = _SELECT.where(appointments.c.practice_id == self.practice_id)
        with closing(self._read(statement.execution_options(yield_per=1000))) as rows:
            for row in rows:
                yield appointment_of(row)

    def appointments_by_id(self, ids: Iterable[AppointmentId]) -> dict[AppointmentId, Appointment]:
        """Those that exist."""
        found: dict[AppointmentId, Appointment] = {}
        for chunk in chunks(list(ids)):
            statement = _SELECT.where(
                appointments.c.practice_id == self.practice_id, appointments.c.id.in_(chunk)
            )
            found |= {row.id: appointment_of(row) for row in self._read(statement)}
        return found

    def held_appointments(self, *, expired_before: datetime) -> list[Appointment]:
        """Holds whose time ran out before that moment."""
        statement = _SELECT.where(
            appointments.c.practice_id == self.practice_id,
            IS_HOLD,
            appointments.c.hold_expires_at < expired_before,
        ).order_by(appointments.c.hold_expires_at)
        return [appointment_of(row) for row in self._read(statement)]


class AppointmentWrites(AppointmentReads, NumberWrites):
    def add_appointment(
        self,
        draft: Appointment,
        cause: Cause,
        *,
        action: str = "book",
        flag_overlap: bool = False,
    ) -> Appointment:
        """`add_appointments` of one."""
        return self.add_appointments([draft], cause, action=action, flag_overlaps=flag_overlap)[0]

    def add_appointments(
        self,
        drafts: Sequence[Appointment],
        cause: Cause,
        *,
        action: str = "book",
        flag_overlaps: bool = False,
    ) -> list[Appointment]:
        """Store the drafts with the next numbers of today's booking day, in their order. An empty
        id is filled, the draft's number is not looked at. All or none: SlotTaken when one overlaps
        what is stored or one before it, and then no number is used up. `flag_overlaps` (for what
        happened upstream already) stores such ones flagged instead."""
        if not drafts:
            return []
        with self._undoable():
            if flag_overlaps:
                drafts = self._flagged(drafts)
            day, prefix = self.booking_day(), self._own_practice().number_prefix
            added = [
                replace(
                    draft,
                    id=draft.id or AppointmentId(self.new_id()),
                    practice_id=self.practice_id,
                    number=format_number(prefix, day, sequence),
                )
                for draft, sequence in zip(drafts, self.new_numbers(day, len(drafts)), strict=True)
            ]
            self._know_rooms(added)
            for chunk in chunks(added):
                renew_plans(self.scope, len(chunk))
                self._write(_INSERT, [self._row(each) for each in chunk])
            for each in added:
                self._record(
                    action, "appointment", each.id, cause=cause, before=None, after=snapshot(each)
                )
        return added

    def save_appointment(
        self,
        before: Appointment,
        after: Appointment,
        cause: Cause,
        *,
        action: str = "change",
        flag_overlap: bool = False,
        quiet_for: CalendarId | None = None,
    ) -> Appointment:
        """Store `after` (one version on) provided that `before` is still what is stored. Every
        calendar that it is linked to is nudged, but for `quiet_for`, where the change came from.

        Raises VersionConflict, Unknown, or SlotTaken when it claims time that is taken;
        `flag_overlap` stores it flagged instead. Returns what was stored.
        """
        if after.id != before.id or after.version != before.version + 1:
            raise ValueError(f"{after.number} goes from version {before.version} to the next")
        with self._undoable():
            if flag_overlap:
                [after] = self._flagged([after])
            self._know_rooms([after])
            self._replace_row(before, after)
            self._tell_calendars(after, quiet_for)
            self._record(
                action,
                "appointment",
                after.id,
                cause=cause,
                before=snapshot(before),
                after=snapshot(after),
            )
        return after

    def _replace_row(self, before: Appointment, after: Appointment) -> None:
        row = self._row(after)
        key = {"at_practice": row.pop("practice_id"), "at_id": row.pop("id")}
        row.pop("created_at")
        stored = self._write(_REPLACE, {**row, **key, "at_version": before.version})
        if stored.rowcount != 1:
            current = self.appointment(after.id)
            raise VersionConflict(
                f"{after.number} is at version {current.version}, not {before.version}; "
                "read it again"
            )

    def _tell_calendars(self, after: Appointment, quiet_for: CalendarId | None) -> None:
        mine = (links.c.practice_id == self.practice_id) & (links.c.appointment_id == after.id)
        self._write(update(links).where(mine).values(wanted_version=after.version))
        linked = select(links.c.calendar_id).where(mine)
        if quiet_for:
            linked = linked.where(links.c.calendar_id != quiet_for)
        self._write(
            update(calendar_states)
            .where(
                calendar_states.c.practice_id == self.practice_id,
                calendar_states.c.calendar_id.in_(linked),
            )
            .values(nudges=calendar_states.c.nudges + 1, nudged_at=self.now)
        )

    def _flagged(self, drafts: Sequence[Appointment]) -> list[Appointment]:
        overlapping = find_overlapping(self.scope, self.practice_id, drafts, now=self.now)
        return [
            replace(draft, flags=draft.flags | {Flag.OVERLAP}) if at in overlapping else draft
            for at, draft in enumerate(drafts)
        ]

    def _know_rooms(self, added: Iterable[Appointment]) -> None:
        named = sorted({each.room_id for each in added if each.room_id})
        self._upsert(rooms, [{"practice_id": self.practice_id, "id": room} for room in named])

    def _row(self, appointment: Appointment) -> dict[str, Any]:
        return {
            "practice_id": self.practice_id,
            "id": appointment.id,
            "number": appointment.number,
            "practitioner_id": appointment.practitioner_id,
            "starts_at": appointment.start,
            "ends_at": appointment.end,
            "timezone": appointment.timezone,
            "activity_id": appointment.activity_id,
            "client_id": appointment.client.id if appointment.client else None,
            "room_id": appointment.room_id,
            "title": appointment.title,
            "status": appointment.status.value,
            "payment": appointment.payment.value,
            "acknowledgement": appointment.acknowledgement.value,
            "flags": ",".join(sorted(appointment.flags)),
            "exempt": not EXEMPT_FROM_OVERLAP.isdisjoint(appointment.flags),
            "is_long": appointment.end - appointment.start > _DAY,
            "hold_expires_at": appointment.hold_expires_at,
            "cancelled_by": appointment.cancelled_by.value if appointment.cancelled_by else None,
            "reason": appointment.reason,
            "notice_hours": appointment.notice_hours,
            "version": appointment.version,
            "created_at": appointment.created_at,
            "updated_at": self.now,
        }


def appointment_of(row: Any) -> Appointment:
    """The appointment that a row of `COLUMNS` stands for."""
    return Appointment(
        id=row.id,
        practice_id=row.practice_id,
        number=row.number,
        practitioner_id=row.practitioner_id,
        start=row.starts_at,
        end=row.ends_at,
        timezone=row.timezone,
        created_at=row.created_at,
        activity_id=row.activity_id,
        client=_client(row),
        room_id=row.room_id,
        title=row.title,
        status=Status(row.status),
        payment=Payment(row.payment),
        acknowledgement=Acknowledgement(row.acknowledgement),
        flags=frozenset(map(Flag, row.flags.split(","))) if row.flags else frozenset(),
        hold_expires_at=row.hold_expires_at,
        cancelled_by=Party(row.cancelled_by) if row.cancelled_by else None,
        reason=row.reason,
        notice_hours=row.notice_hours,
        version=row.version,
    )


def _client(row: Any) -> Client | None:
    if row.client_id is None:
        return None
    return Client(
        id=row.client_id, name=row.client_name, email=row.client_email, phone=row.client_phone
    )


def _wanted(wanted: AppointmentFilter) -> Select[Any]:
    a = appointments.c
    statement = _SELECT
    if wanted.statuses is not None:
        statement = statement.where(a.status.in_(sorted(each.value for each in wanted.statuses)))
    if wanted.practitioner_id is not None:
        statement = statement.where(a.practitioner_id == wanted.practitioner_id)
    if wanted.client_id is not None:
        statement = statement.where(a.client_id == wanted.client_id)
    if wanted.start is not None:
        statement = statement.where(a.ends_at > wanted.start)
    if wanted.end is not None:
        statement = statement.where(a.starts_at < wanted.end)
    return statement.order_by(a.starts_at, a.number).limit(wanted.limit).offset(wanted.offset)


_INSERT = appointments.insert()
_REPLACE = (
    update(appointments)
    .where(
        appointments.c.practice_id == bindparam("at_practice"),
        appointments.c.id == bindparam("at_id"),
        appointments.c.version == bindparam("at_version"),
    )
    .values(
        {
            column.name: bindparam(column.name)
            for column in appointments.c
            if column.name not in ("practice_id", "id", "created_at")
        }
    )
)
