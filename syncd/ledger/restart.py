"""Begin again with a calendar, wholly or in part, after it was configured otherwise."""

from __future__ import annotations

from sqlalchemy import ColumnElement, case, delete, select, update

from syncd.core.appointment import LinkState
from syncd.core.ids import CalendarId, ClientId
from syncd.core.remote import RemoteKind
from syncd.ledger.tables import (
    appointments,
    busy_blocks,
    calendar_states,
    links,
    remote_events,
)
from syncd.ledger.unit import Unit

_ANEW = case((links.c.pushed_version > 0, -1), else_=links.c.pushed_version - 1)
"""No version, and another one each time: a write that is under way when it is set does not pass for
the one that is wanted."""


class RestartWrites(Unit):
    def restart_calendar(self, calendar_id: CalendarId) -> None:
        """Forget every object and the cursor of this calendar. Links keep their identity and base:
        the next round finds their events by uid, or writes them anew. Nothing is deleted anywhere
        else. A round under way is fenced off: what it saw was the old place."""
        for table in (busy_blocks, remote_events):
            self._write(
                delete(table).where(
                    table.c.practice_id == self.practice_id, table.c.calendar_id == calendar_id
                )
            )
        self._write(
            update(links)
            .where(
                links.c.practice_id == self.practice_id,
                links.c.calendar_id == calendar_id,
                links.c.state != LinkState.GONE.value,
            )
            .values(
                ref=None,
                version="",
                digest="",
                intended=None,
                state=LinkState.PENDING_WRITE.value,
                pushed_version=0,
                attempts=0,
                problem=None,
            )
        )
        self._write(
            update(calendar_states)
            .where(
                calendar_states.c.practice_id == self.practice_id,
                calendar_states.c.calendar_id == calendar_id,
            )
            .values(
                cursor=None,
                last_listing_at=None,
                last_read_at=None,
                horizon_until=None,
                lease_node=None,
                lease_until=None,
                fence=calendar_states.c.fence + 1,
            )
        )

    def reread_calendar(self, calendar_id: CalendarId) -> None:
        """Have the next complete listing look at every object that is no appointment's, whatever
        its version. The time that they take stays taken until then."""
        self._write(
            update(remote_events)
            .where(
                remote_events.c.practice_id == self.practice_id,
                remote_events.c.calendar_id == calendar_id,
                remote_events.c.kind != RemoteKind.LINKED.value,
            )
            .values(version="", digest="")
        )

    def rewrite_calendar(self, calendar_id: CalendarId) -> None:
        """Have the next round compare every event with what the calendar is told now; what it shows
        already is not written."""
        self._write(
            update(links)
            .where(*self._written(), links.c.calendar_id == calendar_id)
            .values(pushed_version=_ANEW)
        )

    def rewrite_client(self, client_id: ClientId) -> list[CalendarId]:
        """The same for the events of one client that are not over, in whichever calendars they are:
        these."""
        a = appointments.c
        theirs = select(a.id).where(
            a.practice_id == self.practice_id, a.client_id == client_id, a.ends_at > self.now
        )
        which = (*self._written(), links.c.appointment_id.in_(theirs))
        found = self._read(select(links.c.calendar_id).where(*which).distinct())
        calendars = sorted(row.calendar_id for row in found)
        self._write(update(links).where(*which).values(pushed_version=_ANEW))
        return calendars

    def _written(self) -> tuple[ColumnElement[bool], ...]:
        states = (LinkState.IN_SYNC.value, LinkState.PENDING_WRITE.value)
        return links.c.practice_id == self.practice_id, links.c.state.in_(states)
