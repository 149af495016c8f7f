"""Bookings that wait for a calendar's word: which ones, and until when.

The marks stand on the links, and are written here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select, update

from syncd.core.appointment import Awaited
from syncd.core.ids import AppointmentId, CalendarId, PracticeId
from syncd.ledger.tables import IS_AWAITED, appointments, links
from syncd.ledger.unit import Unit, by_index

_MARK = (
    update(links)
    .where(
        links.c.practice_id == bindparam("at_practice"),
        links.c.calendar_id == bindparam("at_calendar"),
        links.c.appointment_id == bindparam("at_appointment"),
    )
    .values(awaited=bindparam("becomes"), awaited_until=bindparam("until"))
)


def awaited_anywhere(practice_id: PracticeId) -> ColumnElement[bool]:
    """Whether an appointment of the enclosing query waits for some calendar's word."""
    other = links.alias("other")
    return (
        select(other.c.appointment_id)
        .where(
            other.c.practice_id == practice_id,
            other.c.appointment_id == appointments.c.id,
            other.c.awaited.is_not(None),
        )
        .exists()
    )


class AwaitedReads(Unit):
    def awaited(
        self,
        *,
        calendar_id: CalendarId | None = None,
        until: datetime | None = None,
    ) -> set[AppointmentId]:
        """Appointments for whose word somebody waits now; of that calendar, and no longer than
        until then, where these are given."""
        statement = select(links.c.appointment_id).where(
            links.c.practice_id == self.practice_id,
            IS_AWAITED,
            links.c.awaited_until.is_not(None),
        )
        if calendar_id is not None:
            statement = statement.where(links.c.calendar_id == calendar_id)
        if until is not None:
            statement = statement.where(links.c.awaited_until <= until)
        return set(self._read(by_index(statement, links, "ix_links_awaited")).scalars())

    def undecided(self) -> set[AppointmentId]:
        """Appointments about which some calendar has yet to say its word, whoever waits for it."""
        mine = links.c.practice_id == self.practice_id
        statement = select(links.c.appointment_id).where(mine, IS_AWAITED)
        return set(self._read(by_index(statement, links, "ix_links_awaited")).scalars())


class AwaitedWrites(AwaitedReads):
    def set_awaited(
        self, appointment_id: AppointmentId, marks: Mapping[CalendarId, Awaited | None]
    ) -> None:
        """Whose word the appointment waits for, of the calendars that are named; None: not (any
        more)."""
        rows = [
            {
                "at_practice": self.practice_id,
                "at_calendar": calendar_id,
                "at_appointment": appointment_id,
                "becomes": mark.becomes.value if mark is not None else None,
                "until": mark.until if mark is not None else None,
            }
            for calendar_id, mark in marks.items()
        ]
        if rows:
            self._write(_MARK, rows)
