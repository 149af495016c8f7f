"""Appointments as they are added, in bulk, and changed, only at the version that was seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment, Flag
from syncd.core.details import plain
from syncd.core.errors import VersionConflict
from syncd.core.ids import AppointmentId, CalendarId, format_number
from syncd.core.journal import Cause, snapshot
from syncd.ledger.appointments import AppointmentReads
from syncd.ledger.numbers import NumberWrites
from syncd.ledger.overlaps import find_overlapping, renew_plans
from syncd.ledger.tables import appointments, calendar_states, links, rooms
from syncd.ledger.unit import chunks

_DAY = timedelta(hours=24)
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


_RETITLE = (
    update(appointments)
    .where(
        appointments.c.practice_id == bindparam("at_practice"),
        appointments.c.id == bindparam("at_id"),
    )
    .values({name: bindparam(name) for name in ("title", "version", "updated_at")})
)
_ITS_VERSION = (
    select(appointments.c.version)
    .where(
        appointments.c.practice_id == links.c.practice_id,
        appointments.c.id == links.c.appointment_id,
    )
    .scalar_subquery()
)


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
            self._tell_calendars([after], quiet_for)
            self._record(
                action,
                "appointment",
                after.id,
                cause=cause,
                before=snapshot(before),
                after=snapshot(after),
            )
        return after

    def retitle_appointments(
        self,
        changes: Sequence[tuple[Appointment, Appointment]],
        cause: Cause,
        *,
        quiet_for: CalendarId | None = None,
    ) -> None:
        """`save_appointment` of many (before, after) that differ in their titles alone, with a few
        statements for all of them. All or none."""
        for before, after in changes:
            if replace(before, title=after.title, version=before.version + 1) != after:
                raise ValueError(f"{after.number} changes in more than its title")
        with self._undoable():
            for chunk in chunks(changes):
                self._retitle(chunk)
                self._tell_calendars([after for _, after in chunk], quiet_for)
            for before, after in changes:
                self._record(
                    "retitle",
                    "appointment",
                    after.id,
                    cause=cause,
                    before=snapshot(before),
                    after=snapshot(after),
                )

    def _retitle(self, changes: Sequence[tuple[Appointment, Appointment]]) -> None:
        stored = self.appointments_by_id([before.id for before, _ in changes])
        for before, _ in changes:
            if before.id not in stored or stored[before.id].version != before.version:
                raise VersionConflict(f"{before.number} changed meanwhile; read it again")
        rows = [
            {
                "at_practice": self.practice_id,
                "at_id": after.id,
                "title": after.title,
                "version": after.version,
                "updated_at": self.now,
            }
            for _, after in changes
        ]
        self._write(_RETITLE, rows)

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

    def _tell_calendars(self, changed: Sequence[Appointment], quiet_for: CalendarId | None) -> None:
        mine = (links.c.practice_id == self.practice_id) & links.c.appointment_id.in_(
            [after.id for after in changed]
        )
        self._write(update(links).where(mine).values(wanted_version=_ITS_VERSION))
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
            "capacity": appointment.capacity,
            "also_with": list(appointment.also_with),
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
            "as_booked": plain(appointment.as_booked),
            "answers": plain(appointment.answers),
            "version": appointment.version,
            "created_at": appointment.created_at,
            "updated_at": self.now,
        }
