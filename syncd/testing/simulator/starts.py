"""When things begin in a history: soon, later, at the end of what is known, most often while the
practice is open; never twice at the same time, so that whatever is lost can be missed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.time import resolve_local
from syncd.testing.clock import MONDAY
from syncd.testing.simulator.choices import Option

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

FIRST = MONDAY + timedelta(hours=16)
STARTS = 617
"""How many different times there are to begin with, seven minutes apart; a prime number."""
KNOWN_AHEAD = timedelta(days=400)
ACROSS = "across the horizon"


class Starts:
    """Of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0
        self._used: set[datetime] = set()

    def next(self) -> datetime:
        """Within three days, or later on, or where busy time ends to be known."""
        self._count += 1
        start = FIRST + timedelta(minutes=7 * ((self._count * 229) % STARTS))
        when = (Option("soon", 3), "in a month", "after a year", Option(ACROSS, 0.4))
        later = self._world.choices.pick("starts", when)
        if later == ACROSS:
            return self._unused(self._around_the_horizon(), timedelta(minutes=1))
        start += {"soon": 0, "in a month": 26, "after a year": 399}[later] * timedelta(days=1)
        return self._unused(self._while_open(start), timedelta(days=3, minutes=1))

    def _unused(self, start: datetime, step: timedelta) -> datetime:
        while start < self._world.clock.now() or start in self._used:
            start += step
        self._used.add(start)
        return start

    def _around_the_horizon(self) -> datetime:
        with self._world.eyes.read() as view:
            ends = [each.horizon_until for each in view.states() if each.horizon_until]
        until = max(ends, default=self._world.clock.now() + KNOWN_AHEAD)
        return until.replace(second=0, microsecond=0) + timedelta(minutes=self._count * 7 % 40 - 25)

    def _while_open(self, start: datetime) -> datetime:
        """The same day at a time when the practice is open, most often."""
        world, hours = self._world, self._world.profile.open_hours
        if hours is None or world.choices.pick("open", (Option("open", 5), "any")) == "any":
            return start
        opens, closes = hours
        room = (closes - opens) * 60 + 60
        wall = start.astimezone(world.zone).replace(tzinfo=None, hour=opens, minute=0, fold=0)
        return resolve_local(wall + timedelta(minutes=self._count * 7 % room), world.zone)
