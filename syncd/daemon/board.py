"""The rounds that are due and those that are under way, as the loop keeps them in memory.

Talks to nobody: the loop tells it what it saw and what ended, and asks what to begin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from syncd.core.ids import CalendarId
from syncd.core.practice import Calendar, Practitioner
from syncd.daemon.guard import Pulse
from syncd.daemon.rounds import Ending, Order, Outcome
from syncd.daemon.sight import Sight
from syncd.daemon.timetable import Entry, Running, Waiting, choose, places
from syncd.ports import Clock

STUCK_AFTER = timedelta(minutes=10)
"""A round that gave no sign of life for so long will hardly give another: each single call of a
provider has a shorter deadline."""
PAUSES: Mapping[Ending, timedelta] = {
    Ending.ELSEWHERE: timedelta(seconds=5),
    Ending.LEDGER_AWAY: timedelta(seconds=5),
    Ending.BROKEN: timedelta(seconds=15),
}
"""The pause after rounds that were broken off, of which the ledger may know nothing."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Round:
    """A round under way, as seen from outside."""

    began: float
    failing: bool
    alive_at: float
    pulse: Pulse = field(default_factory=Pulse)
    counted: int = 0
    told: bool = False


class Board:
    """Kept by the loop, and by no other thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._table: dict[CalendarId, Entry] = {}
        self._running: dict[CalendarId, _Round] = {}
        self._known: dict[CalendarId, tuple[Calendar, Practitioner]] = {}
        self._compared: set[CalendarId] = set()

    @property
    def running(self) -> frozenset[CalendarId]:
        return frozenset(self._running)

    def sighted(self, sight: Sight) -> list[CalendarId]:
        """Take in what the ledger says. The calendars that are no longer in use, or no longer the
        ones that they were; they begin as if they had never been read."""
        known = {
            key: (calendar, sight.practitioners[calendar.practitioner_id])
            for key, calendar in sight.calendars.items()
            if key in sight.states
        }
        changed = [key for key, parts in self._known.items() if known.get(key) != parts]
        self._known = known
        self._compared.difference_update(changed, sight.elsewhere)
        for key in self._table.keys() - known.keys():
            del self._table[key]
        now, moment = self._clock.now(), self._clock.monotonic()
        for key in known:
            entry = self._table.get(key, Entry())
            self._table[key] = entry.sighted(
                sight.states[key], now=now, moment=moment, look_at=sight.looks.get(key)
            )
        return changed

    def to_begin(self, sight: Sight, workers: int) -> list[CalendarId]:
        """The calendars whose rounds begin now."""
        moment = self._clock.monotonic()
        waiting = [
            Waiting(
                calendar_id=key,
                due_at=entry.due_at,
                nudged=entry.is_awaited,
                failing=sight.states[key].failures > 0,
            )
            for key, entry in self._table.items()
            if entry.due_at <= moment
            and key not in self._running
            and key not in sight.elsewhere
            and sight.states[key].suspended_at is None
        ]
        running = [
            Running(calendar_id=key, began=each.began, failing=each.failing)
            for key, each in self._running.items()
        ]
        return choose(waiting, running, workers=workers, moment=moment)

    def begin(self, calendar_id: CalendarId, sight: Sight, run_id: str) -> Order:
        """Note that a round begins; what is to be done. The first one of this process, and the
        first after any doubt, compares everything."""
        moment = self._clock.monotonic()
        calendar, practitioner = self._known[calendar_id]
        failing = sight.states[calendar_id].failures > 0
        self._table[calendar_id] = self._table[calendar_id].begun(moment, calendar.poll_every)
        started = _Round(began=moment, failing=failing, alive_at=moment)
        self._running[calendar_id] = started
        return Order(
            calendar=calendar,
            practitioner=practitioner,
            run_id=run_id,
            in_full=calendar_id not in self._compared,
            pulse=started.pulse,
        )

    def ended(self, outcome: Outcome) -> None:
        """Note that a round is over."""
        key = outcome.calendar_id
        self._running.pop(key, None)
        if key in self._table:
            self._table[key] = self._table[key].ended(
                self._clock.monotonic(), again_after=PAUSES.get(outcome.ending)
            )
        if outcome.report is not None and outcome.report.ok:
            self._compared.add(key)
        elif outcome.ending is not Ending.REPORTED:
            self._compared.discard(key)

    def stuck(self) -> list[CalendarId]:
        """Rounds without a sign of life for too long; each is logged once."""
        moment, found = self._clock.monotonic(), []
        for key, each in self._running.items():
            count = each.pulse.count()
            if count != each.counted:
                each.counted, each.alive_at = count, moment
            elif moment - each.alive_at > STUCK_AFTER.total_seconds():
                found.append(key)
                if not each.told:
                    each.told = True
                    log.error("round_stuck", calendar=key, seconds=round(moment - each.began))
        return found

    def can_work(self, workers: int, stuck: int) -> bool:
        """Whether any round can still begin or end; false when every place is taken by a stuck
        one."""
        return workers == 0 or stuck < places(workers)
