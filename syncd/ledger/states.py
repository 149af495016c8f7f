"""How reading each calendar goes, who holds its lease, and what nudges it.

Leases: a node may work on a calendar while its lease lasts, and its writes carry the fence that it
was given; a later holder has a higher one. Lease times are the database's own on PostgreSQL, where
nodes have clocks of their own, and the ledger's `lease_clock` on SQLite, which serves one machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, literal, or_, select, update

from syncd.core.errors import LeaseLost, Unknown
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.remote import CalendarState
from syncd.ledger.columns import UtcDateTime
from syncd.ledger.journal import JournalWrites
from syncd.ledger.tables import calendar_states, nodes
from syncd.ledger.unit import Unit

LONGEST_LEASE = timedelta(hours=1)
"""No node holds a calendar for longer without a sign of life (the setting `lease_ttl` allows no
more): one that seems to was given before the clock was set back, and is none."""

_s = calendar_states.c
_KEPT = tuple(
    name
    for name in CalendarState.__dataclass_fields__
    if name not in ("calendar_id", "nudges", "due_at")
)
_STATES_OF = select(calendar_states).where(
    _s.practice_id == bindparam("at_practice"),
    _s.calendar_id.in_(bindparam("which", expanding=True)),
)
_STATE = select(calendar_states).where(
    _s.practice_id == bindparam("at_practice"), _s.calendar_id == bindparam("at_calendar")
)


class StateReads(Unit):
    def calendar_state(self, calendar_id: CalendarId) -> CalendarState:
        """Raises Unknown for a calendar that was never saved."""
        return _state(self._state_row(calendar_id))

    def states(self) -> list[CalendarState]:
        """Of all calendars, by id."""
        return [_state(row) for row in self._read(self._states().order_by(_s.calendar_id))]

    def states_of(self, calendar_ids: Iterable[CalendarId]) -> dict[CalendarId, CalendarState]:
        """Of these calendars."""
        which = {"at_practice": self.practice_id, "which": list(calendar_ids)}
        return {row.calendar_id: _state(row) for row in self._read(_STATES_OF, which)}

    def lease_holders(self) -> dict[CalendarId, str]:
        """Which node holds each calendar now; those without a holder are missing."""
        rows = self._read(
            select(_s.calendar_id, _s.lease_node).where(
                _s.practice_id == self.practice_id,
                _s.lease_node.is_not(None),
                _s.lease_until > self._lease_now(),
                _s.lease_until <= self._lease_end(LONGEST_LEASE),
            )
        )
        return {row.calendar_id: row.lease_node for row in rows}

    def _state_row(self, calendar_id: CalendarId) -> Any:
        key = {"at_practice": self.practice_id, "at_calendar": calendar_id}
        row = self._read(_STATE, key).one_or_none()
        if row is None:
            raise Unknown("calendar", calendar_id)
        return row

    def _states(self) -> Any:
        return select(calendar_states).where(_s.practice_id == self.practice_id)

    def _lease_now(self) -> ColumnElement[datetime]:
        if self.scope.is_sqlite:
            return literal(self.scope.lease_clock.now(), UtcDateTime)
        return func.now(type_=UtcDateTime)

    def _lease_end(self, ttl: timedelta) -> ColumnElement[datetime]:
        if self.scope.is_sqlite:
            return literal(self.scope.lease_clock.now() + ttl, UtcDateTime)
        return func.now(type_=UtcDateTime) + literal(ttl)


class StateWrites(StateReads, JournalWrites):
    def set_calendar_state(self, state: CalendarState, cause: Cause | None = None) -> None:
        """Store the state of a calendar; nothing is written when it is the same. Nudges up to
        `state.nudges` are thereby served. With a `cause`, a change of its suspension is
        journalled."""
        row = self._state_row(state.calendar_id)
        before = _state(row)
        if before == state and row.nudges == row.nudges_served:
            return
        self._write(
            update(calendar_states)
            .where(_s.practice_id == self.practice_id, _s.calendar_id == state.calendar_id)
            .values(
                **{name: getattr(state, name) for name in _KEPT},
                due_at=state.due_at,
                nudges_served=state.nudges,
            )
        )
        if cause is not None and before.suspended_at != state.suspended_at:
            action = "suspend" if state.suspended_at else "release"
            self._record(
                action,
                "calendar-state",
                state.calendar_id,
                cause=cause,
                before=None,
                after={"suspendedWhy": state.suspended_why, "cursor": state.cursor},
            )

    def nudge(self, calendar_ids: Iterable[CalendarId], at: datetime | None = None) -> None:
        """Make these calendars due (now, unless told when)."""
        wanted = sorted(set(calendar_ids))
        if wanted:
            self._write(
                update(calendar_states)
                .where(_s.practice_id == self.practice_id, _s.calendar_id.in_(wanted))
                .values(nudges=_s.nudges + 1, nudged_at=at or self.now)
            )

    def take_lease(
        self, calendar_id: CalendarId, node: str, ttl: timedelta, *, ended: str | None = None
    ) -> int | None:
        """The fence for `node` to work on the calendar until `ttl` from now, or None while another
        node holds it. Taking it again gives a higher fence: an older holder of the same name is
        fenced off too. `ended`
        names a holder that is known to have ended without letting go."""
        return self._write(
            update(calendar_states)
            .where(
                _s.practice_id == self.practice_id,
                _s.calendar_id == calendar_id,
                or_(
                    _s.lease_node.is_(None),
                    _s.lease_node.in_([node] if ended is None else [node, ended]),
                    _s.lease_until <= self._lease_now(),
                    _s.lease_until > self._lease_end(LONGEST_LEASE),
                ),
            )
            .values(lease_node=node, lease_until=self._lease_end(ttl), fence=_s.fence + 1)
            .returning(_s.fence)
        ).scalar_one_or_none()

    def release_lease(
        self, calendar_id: CalendarId, node: str, *, fresh_at: datetime | None = None
    ) -> None:
        """Let others have the calendar; `fresh_at`: when it was last read to the end, if it was.
        Nothing happens if `node` does not hold it."""
        freed = {"lease_node": None, "lease_until": None, "fence": _s.fence + 1}
        self._write(
            update(calendar_states)
            .where(
                _s.practice_id == self.practice_id,
                _s.calendar_id == calendar_id,
                _s.lease_node == node,
            )
            .values(**freed, **({"last_read_at": fresh_at} if fresh_at else {}))
        )

    def heartbeat(
        self, node: str, ttl: timedelta, fresh: Mapping[CalendarId, datetime] | None = None
    ) -> set[CalendarId]:
        """Prolong all leases of `node`, and record when its calendars were last read to the end.
        The calendars that it still holds: whatever is missing belongs to another."""
        self._upsert(nodes, [{"practice_id": self.practice_id, "id": node, "seen_at": self.now}])
        held = {
            row.calendar_id
            for row in self._write(
                update(calendar_states)
                .where(_s.practice_id == self.practice_id, _s.lease_node == node)
                .values(lease_until=self._lease_end(ttl))
                .returning(_s.calendar_id)
            )
        }
        rows = [
            {"at_calendar": calendar_id, "read_at": read_at}
            for calendar_id, read_at in sorted((fresh or {}).items())
            if calendar_id in held
        ]
        if rows:
            self._write(
                update(calendar_states)
                .where(
                    _s.practice_id == self.practice_id,
                    _s.calendar_id == bindparam("at_calendar"),
                )
                .values(last_read_at=bindparam("read_at")),
                rows,
            )
        return held

    def require_fence(self, calendar_id: CalendarId, fence: int) -> None:
        """Raise LeaseLost unless nobody took the calendar over since `fence` was given. An expired
        lease that nobody took is not lost: the fence proves it."""
        current = self._read(
            select(_s.fence)
            .where(_s.practice_id == self.practice_id, _s.calendar_id == calendar_id)
            .with_for_update()
        ).scalar_one_or_none()
        if current != fence:
            raise LeaseLost(f"another node works on calendar {calendar_id} now")


def _state(row: Any) -> CalendarState:
    due = row.due_at
    if row.nudges > row.nudges_served and row.nudged_at is not None:
        due = row.nudged_at if due is None else min(due, row.nudged_at)
    return CalendarState(
        calendar_id=row.calendar_id,
        due_at=due,
        nudges=row.nudges,
        **{name: getattr(row, name) for name in _KEPT},
    )
