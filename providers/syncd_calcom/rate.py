"""How fast one key may ask: a bucket that stays under Cal.com's own limit, and listens to it.

Cal.com lets a key ask 120 times in a window of a minute and then shuts it out for another one. The
bucket never lets more than 100 through in any minute, so that a person with the same key is not
shut out by us. Waits for nothing: it says how long to. Vendor page on rate limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from syncd.core.errors import RateLimited
from syncd.ports import Clock

BURST = 40
PER_SECOND = 1.0
LONGEST_WAIT = timedelta(seconds=65)
BLOCKED_FOR = timedelta(seconds=60)
"""How long a key is shut out that asked too often, where the answer does not say."""

_REMAINING, _RESET = "x-ratelimit-remaining", "x-ratelimit-reset"
_EPOCHS_FROM = 10.0**9


class Bucket:
    """For one key; shared by all calendars that use it, also between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._left = float(BURST)
        self._counted_at = clock.monotonic()
        self._shut_until = 0.0

    def take(self) -> timedelta:
        """How long to wait before the next request, which is counted. RateLimited while Cal.com
        wants to be left alone, or where the queue is too long."""
        with self._lock:
            now = self._clock.monotonic()
            if now < self._shut_until:
                rest = timedelta(seconds=self._shut_until - now)
                raise RateLimited("Cal.com asks to slow down", retry_after=rest)
            left = min(BURST, self._left + (now - self._counted_at) * PER_SECOND) - 1
            wait = timedelta(seconds=max(0.0, -left / PER_SECOND))
            if wait > LONGEST_WAIT:
                raise RateLimited("too many requests wait for their turn", retry_after=wait)
            self._left, self._counted_at = left, now
            return wait

    def learn(self, headers: Mapping[str, str], *, is_refused: bool) -> timedelta | None:
        """Take note of what an answer says about the limit. The wait that it asks for; None if it
        asks for none."""
        remaining = _least(headers, _REMAINING)
        if not is_refused and (remaining is None or remaining > 0):
            return None
        reset = _least(headers, _RESET)
        wait = BLOCKED_FOR if reset is None else _from_now(reset, self._clock.now())
        with self._lock:
            until = self._clock.monotonic() + wait.total_seconds()
            self._shut_until = max(self._shut_until, until)
        return wait


def _least(headers: Mapping[str, str], prefix: str) -> float | None:
    """Of the limits that an answer names (the usual one, a custom one), the least left."""
    found = [
        float(value)
        for name, value in headers.items()
        if name.lower().startswith(prefix) and value.strip().isdecimal() and len(value) < 16
    ]
    return min(found) if found else None


def _from_now(reset: float, now: datetime) -> timedelta:
    """Seconds from now, as the server says it, or an instant, as another page has it; between one
    second and ten minutes."""
    seconds = reset - now.timestamp() if reset >= _EPOCHS_FROM else reset
    return timedelta(seconds=min(max(seconds, 1.0), 600.0))
