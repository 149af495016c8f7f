"""How often somebody may come: a window that slides over the last minute, for each caller.

In memory, so each node counts for itself; what must hold for the practice as a whole (bookings of
one client) is a rule of the booking. Small and our own, since it takes the clock that all others
take, and forgets whom it has not seen for a minute.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import timedelta

from syncd.ports import Clock
from syncd.web.problems import Throttled

WINDOW = 60.0
"""Seconds."""
MOST_CALLERS = 10_000
"""Whoever came longest ago is forgotten beyond that."""


class Limit:
    """At most `most` calls of one key within a minute. Safe to use from several threads."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock, self._most = clock, most
        self._calls: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: str) -> None:
        """Raises Throttled, with how long to wait, for one call too many, which does not count."""
        now = self._clock.monotonic()
        with self._lock:
            self._with_room(key, now).append(now)

    def _with_room(self, key: str, now: float) -> deque[float]:
        calls = self._of(key, now)
        if len(calls) >= self._most:
            raise Throttled(
                "too many requests; wait as long as Retry-After says",
                retry_after=timedelta(seconds=calls[0] + WINDOW - now),
            )
        return calls

    def _of(self, key: str, now: float) -> deque[float]:
        calls = self._calls.setdefault(key, deque())
        self._calls.move_to_end(key)
        while calls and calls[0] <= now - WINDOW:
            calls.popleft()
        while len(self._calls) > MOST_CALLERS:
            self._calls.popitem(last=False)
        return calls
