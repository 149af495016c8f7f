"""What goes wrong, by switch: with requests, and with the webhooks that are sent.

Each fault strikes a number of times or with a chance; chances come from the world's seed. Nothing
is wrong unless somebody says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

from syncd_calcom.standin.messages import Call
from syncd_calcom.standin.mint import Mint

GATEWAY_TIMEOUT = timedelta(seconds=30)
"""How long the hosted API lets a request run before the connection is given up."""


class Effect(StrEnum):
    """`CUT`: the connection ends and nothing was done. `LOST`: it is done, and the connection ends
    without an answer. `HALF`: done, and half of the answer arrives. `TIMEOUT`: done, and after
    `delay` (30 seconds unless it says otherwise) the connection ends. `DELAY`: answered, later.
    `STATUS`: nothing is done, and the answer is a bare error. `LIMITED`: as if the limit of
    requests were reached. `STALE`: a read sees the bookings as they were before the last write."""

    CUT = "cut"
    LOST = "lost"
    HALF = "half"
    TIMEOUT = "timeout"
    DELAY = "delay"
    STATUS = "status"
    LIMITED = "limited"
    STALE = "stale"


@dataclass(slots=True, kw_only=True)
class Fault:
    """Strikes requests of `method` whose path fits the pattern `path` (`*` is anything), `times`
    times (None: for ever), each with a `chance`."""

    effect: Effect
    method: str = "*"
    path: str = "*"
    times: int | None = 1
    chance: float = 1.0
    delay: timedelta = timedelta(0)
    status: int = 503
    message: str = "Service Unavailable"

    def fits(self, call: Call) -> bool:
        return (
            self.times != 0
            and fnmatchcase(call.method, self.method)
            and fnmatchcase(call.path, self.path)
        )


@dataclass(slots=True, kw_only=True)
class HookFaults:
    """Chances, from 0 to 1, of each delivery: never sent, sent twice, kept back until it is
    released (`delayed`), sent with a body and signature that somebody else made (`forged`, beside
    the true one). `is_shuffled`: what was kept back comes in any order."""

    dropped: float = 0.0
    duplicated: float = 0.0
    delayed: float = 0.0
    forged: float = 0.0
    is_shuffled: bool = False


@dataclass(slots=True)
class Faults:
    """The switches of one world."""

    mint: Mint
    requests: list[Fault] = field(default_factory=list)
    hooks: HookFaults = field(default_factory=HookFaults)

    def add(self, fault: Fault) -> None:
        self.requests.append(fault)

    def clear(self) -> None:
        self.requests.clear()
        self.hooks = HookFaults()

    @property
    def needs_the_past(self) -> bool:
        return any(each.effect is Effect.STALE and each.times != 0 for each in self.requests)

    def strike(self, call: Call) -> Fault | None:
        """The first that fits and that chance allows; its count goes down."""
        for fault in self.requests:
            if not fault.fits(call) or self.mint.chance("request") >= fault.chance:
                continue
            if fault.times is not None:
                fault.times -= 1
            return fault
        return None

    def strikes(self, purpose: str, chance: float) -> bool:
        return chance > 0 and self.mint.chance(purpose) < chance
