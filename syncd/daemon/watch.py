"""What is known of the calendars' health over time: fresh until when, stale since, in conflict.

Freshness is counted on the monotonic clock for what this process read itself, so that a wall clock
that is set wrong makes no calendar stale, and none fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from syncd.core.ids import CalendarId
from syncd.daemon.health import Condition, condition_of, newly_stale, status_line
from syncd.daemon.sight import Sight
from syncd.flows.sync import Report
from syncd.ports import Clock

log = structlog.get_logger(__name__)


class Watch:
    """Kept by the loop, and by no other thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read_at: dict[CalendarId, float] = {}
        self._conflicts: dict[CalendarId, int] = {}
        self._stale: set[CalendarId] = set()
        self._unsaid: dict[CalendarId, datetime] = {}

    @property
    def unsaid(self) -> Mapping[CalendarId, datetime]:
        """When calendars were last read, as far as the ledger does not know it yet."""
        return dict(self._unsaid)

    def said(self, told: Mapping[CalendarId, datetime]) -> None:
        """The ledger knows these now."""
        for calendar_id, read_at in told.items():
            if self._unsaid.get(calendar_id) == read_at:
                del self._unsaid[calendar_id]

    def heard(self, report: Report) -> None:
        """A round is over."""
        self._conflicts[report.calendar_id] = report.conflicts
        if report.fresh_at is not None:
            self._read_at[report.calendar_id] = self._clock.monotonic()
            self._unsaid[report.calendar_id] = report.fresh_at

    def forget(self, calendar_id: CalendarId) -> None:
        """The calendar is not the one that it was: what was read says nothing about it."""
        for known in (self._read_at, self._unsaid, self._conflicts):
            known.pop(calendar_id, None)

    def conditions(self, sight: Sight) -> dict[CalendarId, Condition]:
        """How each calendar in use fares. Says so, once, when one becomes stale, and when it has
        recovered."""
        now, moment = self._clock.now(), self._clock.monotonic()
        found = {
            key: condition_of(calendar, sight.states[key], self._age(sight, key, now, moment))
            for key, calendar in sight.calendars.items()
            if key in sight.states
        }
        stale, recovered = newly_stale(found, self._stale)
        for key in stale:
            log.error("calendar_stale", calendar=key, last_read_at=sight.states[key].last_read_at)
        for key in recovered:
            log.info("calendar_not_stale", calendar=key)
        self._stale = self._stale.difference(recovered).union(stale)
        return found

    def line(self, sight: Sight, stuck: int) -> str:
        """The status, for people."""
        if not sight.has_practice:
            return "waiting for a practice; run `syncd practice apply practice.toml`"
        conflicts = sum(self._conflicts.get(key, 0) for key in sight.calendars)
        return status_line(self.conditions(sight).values(), conflicts, stuck)

    def _age(self, sight: Sight, key: CalendarId, now: datetime, moment: float) -> timedelta | None:
        known = self._read_at.get(key)
        ages = [timedelta(seconds=moment - known)] if known is not None else []
        read_at = sight.states[key].last_read_at
        if read_at is not None and (known is None or key in sight.elsewhere):
            ages.append(max(now - read_at, timedelta(0)))
        return min(ages, default=None)
