"""The calendars that this node may work on: their fences, and until when it may believe in them.

The ledger decides who holds a calendar. What is kept here only says when this node must stop
believing that it is still the one: after a pause of the whole process, or while the ledger cannot
be reached, another may have taken over. Safe to use from several threads. proof.md S9.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.ids import CalendarId
from syncd.flows.leases import take
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction


@dataclass(frozen=True, slots=True)
class Lease:
    """A fence, and the moment of the monotonic clock until which nobody else can have one."""

    fence: int
    until: float


class Leases:
    """What this node holds."""

    def __init__(self, around: Surroundings, ttl: timedelta) -> None:
        self._around = around
        self._ledger, self._clock, self._node = around.ledger, around.clock, around.node
        self._held: dict[CalendarId, Lease] = {}
        self._guard = threading.Lock()
        self.ttl = ttl

    def fence(self, calendar_id: CalendarId) -> int | None:
        """The fence to work behind: the one at hand, or a new one where that is doubtful, which
        costs a commit. None while another node holds the calendar."""
        with self._guard:
            lease = self._held.get(calendar_id)
        if lease is not None and self._clock.monotonic() < lease.until:
            return lease.fence
        until = self._until()
        fence = take(self._around, calendar_id, self.ttl)
        with self._guard:
            if fence is None:
                self._held.pop(calendar_id, None)
            else:
                self._held[calendar_id] = Lease(fence, until)
        return fence

    def is_sure(self, calendar_id: CalendarId, fence: int) -> bool:
        """Whether nobody else can have taken the calendar since `fence` was given."""
        with self._guard:
            lease = self._held.get(calendar_id)
        return lease is not None and lease.fence == fence and self._clock.monotonic() < lease.until

    def held(self) -> frozenset[CalendarId]:
        with self._guard:
            return frozenset(self._held)

    def beat(self, fresh: Mapping[CalendarId, datetime]) -> frozenset[CalendarId]:
        """Prolong everything in one commit, which carries the freshness of calendars along. The
        calendars that turn out to belong to another node now."""
        with self._guard:
            before = dict(self._held)
        until = self._until()
        kept = self._ledger.write(lambda tx: tx.heartbeat(self._node, self.ttl, fresh))
        lost = set()
        with self._guard:
            for calendar_id, lease in before.items():
                if self._held.get(calendar_id) != lease:
                    continue  # taken anew, or let go, meanwhile
                if calendar_id in kept:
                    self._held[calendar_id] = Lease(lease.fence, until)
                else:
                    del self._held[calendar_id]
                    lost.add(calendar_id)
        return frozenset(lost)

    def drop(self, calendar_id: CalendarId) -> None:
        """Believe in this one no longer; the ledger is not asked."""
        with self._guard:
            self._held.pop(calendar_id, None)

    def release(self, fresh: Mapping[CalendarId, datetime], *which: CalendarId) -> None:
        """Let others have these calendars (all of ours, unless named) at once, in one commit."""
        with self._guard:
            given_up = sorted(set(which) & set(self._held) if which else self._held)
            for calendar_id in given_up:
                del self._held[calendar_id]
        if not given_up:
            return

        def work(tx: Transaction) -> None:
            for calendar_id in given_up:
                tx.release_lease(calendar_id, self._node, fresh_at=fresh.get(calendar_id))

        self._ledger.write(work)

    def _until(self) -> float:
        """Counted from before the ledger was asked: never longer than the ledger's own."""
        return self._clock.monotonic() + self.ttl.total_seconds()
