"""A clock that stands still and randomness that repeats: the two ports that tests replace always.

Neither reads the machine's clock or entropy, so that a test gives the same result on every run.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from syncd.core.time import require_utc

MONDAY = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
"""When a `FrozenClock` starts unless told otherwise: a working Monday before two DST changes."""


class FrozenClock:
    """A `syncd.ports.Clock` that only moves when told to."""

    def __init__(self, start: datetime = MONDAY) -> None:
        self._now = require_utc(start)
        self._monotonic = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta) -> datetime:
        """Let time pass: both clocks move, and never back. The new `now`."""
        if by < timedelta(0):
            raise ValueError(f"time cannot pass backwards by {by}; use jump")
        self._monotonic += by.total_seconds()
        self._now += by
        return self._now

    def jump(self, to: datetime) -> datetime:
        """Set the wall clock, forwards or back, as NTP or a person does: `monotonic` stays."""
        self._now = require_utc(to)
        return self._now


class SeededRandomness:
    """A `syncd.ports.Randomness` whose bytes depend on the seed and the number of calls alone."""

    def __init__(self, seed: int | str = 0) -> None:
        self._seed = str(seed)
        self._drawn = 0

    def token(self, size: int) -> bytes:
        drawn = b""
        while len(drawn) < size:
            drawn += sha256(f"{self._seed}/{self._drawn}".encode()).digest()
            self._drawn += 1
        return drawn[:size]
