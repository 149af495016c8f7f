"""How often one key, one access token or one address may ask: a window, then a block.

Vendor page on rate limits; observed: the window opens with the first request, the 121st is refused
for a minute whatever is tried meanwhile, and the answer has no Retry-After. `Reset` is in seconds
from now, not an epoch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd_calcom.standin.auth import is_key, token_of
from syncd_calcom.standin.messages import Answer, Call
from syncd_calcom.standin.refusals import Refusal
from syncd_calcom.standin.world import World

_WINDOW = timedelta(seconds=60)
_OF_KEY, _OF_TOKEN, _OF_ADDRESS = 120, 500, 120


@dataclass(slots=True, kw_only=True)
class _Tally:
    opened: datetime
    count: int = 0
    blocked_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the headers of an answer say. `is_over`: this request is one too many."""

    limit: int
    remaining: int
    reset: int
    is_over: bool = False

    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit-Default": str(self.limit),
            "X-RateLimit-Remaining-Default": str(self.remaining),
            "X-RateLimit-Reset-Default": str(self.reset),
        }


class Limits:
    """`of_key`: requests a minute of one API key; self-hosters and the vendor's support change it.
    `is_off`: nothing is refused, headers are sent all the same."""

    def __init__(self, world: World, *, of_key: int = _OF_KEY) -> None:
        self.of_key = of_key
        self.is_off = False
        self._world = world
        self._tallies: dict[str, _Tally] = {}

    def count(self, call: Call) -> Standing:
        """Count this request. Refused ones do not prolong a block."""
        who, limit = self._tracked(call)
        now = self._world.now()
        tally = self._tallies.get(who)
        if tally is None or self._has_passed(tally, now):
            tally = self._tallies[who] = _Tally(opened=now)
        if tally.blocked_until is None:
            tally.count += 1
            if tally.count > limit:
                tally.blocked_until = now + _WINDOW
        end = tally.blocked_until or tally.opened + _WINDOW
        return Standing(
            limit=limit,
            remaining=max(0, limit - tally.count),
            reset=math.ceil((end - now).total_seconds()),
            is_over=tally.blocked_until is not None and not self.is_off,
        )

    def refusal(self, call: Call) -> Answer:
        """What whoever asks too often is answered, whether they did or not."""
        _, limit = self._tracked(call)
        standing = Standing(limit=limit, remaining=0, reset=int(_WINDOW.total_seconds()))
        answer = too_many().answer(call, self._world)
        return replace(answer, headers=standing.headers())

    def _has_passed(self, tally: _Tally, now: datetime) -> bool:
        return now >= (tally.blocked_until or tally.opened + _WINDOW)

    def _tracked(self, call: Call) -> tuple[str, int]:
        token = token_of(call)
        if not token:
            return f"address {call.address}", _OF_ADDRESS
        if is_key(token, self._world):
            return f"key {token}", self.of_key
        return f"token {token}", _OF_TOKEN


def too_many() -> Refusal:
    text = "CustomThrottlerGuard - Too many requests"
    return Refusal(429, text, code="ThrottlerException", details=text)
