"""The links that tie an appointment to the calendars in which it belongs."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.appointment import Appointment, Link, LinkState, Origin
from syncd.core.ids import CalendarId, remote_uid
from syncd.core.practice import Calendar
from syncd.ledger import Transaction


def links_for(
    tx: Transaction, appointments: Sequence[Appointment], *, but_for: CalendarId | None = None
) -> list[Link]:
    """A link, still to be written, to each calendar that these appointments belong in."""
    calendars = [each for each in tx.calendars() if each.mode.writes and each.id != but_for]
    return [
        first_link(appointment, calendar)
        for appointment in appointments
        for calendar in calendars
        if calendar.practitioner_id in appointment.practitioners
    ]


def links_again(tx: Transaction, appointments: Sequence[Appointment]) -> list[Link]:
    """Fresh links in place of those that ended, to each calendar that these appointments still
    belong in: as of one that was over, pruned by a phone, and then moved ahead."""
    writing = {each.id for each in tx.calendars() if each.mode.writes}
    ahead = {each.id for each in appointments if not each.is_over and each.end > tx.now}
    return [
        link.next_generation()
        for links in tx.links_of(ahead).values()
        for link in links
        if link.state is LinkState.GONE and link.calendar_id in writing
    ]


def first_link(appointment: Appointment, calendar: Calendar) -> Link:
    """The link of an appointment to a calendar that it was never in."""
    return Link(
        appointment_id=appointment.id,
        calendar_id=calendar.id,
        uid=remote_uid(appointment.id, calendar.id, 1),
        origin=Origin.OURS,
    )
