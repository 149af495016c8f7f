"""What readers of a memory calendar are shown where that is not what is there.

Behind a server with several machines a read may be late, and what was deleted may still be there.
Time is the calendar's count of requests. Decides nothing about writes: those meet the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.core.ids import EventRef

if TYPE_CHECKING:
    from syncd.testing.memory_calendar import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a reader sees: objects, how many changes made them, how long the history was."""

    objects: Mapping[EventRef, Stored]
    changes: int
    told: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Past:
    at: int
    shown: Shown


class Replica:
    """Remembers past states for as long as somebody may be shown one. `requests` counts what was
    asked of the calendar."""

    def __init__(self) -> None:
        self.requests = 0
        self._past: list[_Past] = []
        self._graves: dict[EventRef, tuple[int, Stored]] = {}

    def remember(self, shown: Shown) -> None:
        """The state before a change that is made now."""
        self._past.append(_Past(at=self.requests, shown=shown))

    def bury(self, stored: Stored) -> None:
        self._graves[stored.ref] = (self.requests, stored)

    def forget(self) -> None:
        """Nothing of before is shown any more."""
        self._past.clear()
        self._graves.clear()

    def behind(self, lag: int) -> Shown | None:
        """The state of before the first change that is younger than `lag` requests; None if every
        change has arrived."""
        self._past = [each for each in self._past if each.at + lag > self.requests]
        return self._past[0].shown if self._past else None

    def ghost(self, ref: EventRef, lingers: int) -> Stored | None:
        """What was deleted at `ref` less than `lingers` requests ago."""
        died, stored = self._graves.get(ref, (0, None))
        return stored if stored is not None and died + lingers > self.requests else None
