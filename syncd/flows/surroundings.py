"""What every story is given: the ledger, a clock, randomness, and a way to reach calendars."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from syncd.core.brake import BrakeLimits
from syncd.core.practice import Calendar, Practitioner
from syncd.ledger import Ledger
from syncd.ports import CalendarProvider, Clock, Randomness

OpenProvider = Callable[[Calendar, Practitioner], CalendarProvider]


def _cannot_tell(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`full_listing_every`: the age of the last complete comparison at which the next is due,
    whatever the change feed says. `node` names this process among several; `has_ended` tells
    of another node's name whether its process is gone for certain. `pull_batch`: how many changes
    share a transaction of the ledger; `push_batch`: how many events are written before they are
    read back and recorded."""

    ledger: Ledger
    clock: Clock
    randomness: Randomness
    open_provider: OpenProvider
    node: str = "local"
    has_ended: Callable[[str], bool] = _cannot_tell
    limits: BrakeLimits = field(default_factory=BrakeLimits)
    full_listing_every: timedelta = timedelta(hours=24)
    pull_batch: int = 200
    push_batch: int = 50
