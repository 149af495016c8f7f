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


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`full_listing_every`: the age of the last complete comparison at which the next is due,
    whatever the change feed says. `node` names this process among several."""

    ledger: Ledger
    clock: Clock
    randomness: Randomness
    open_provider: OpenProvider
    node: str = "local"
    limits: BrakeLimits = field(default_factory=BrakeLimits)
    full_listing_every: timedelta = timedelta(hours=24)
