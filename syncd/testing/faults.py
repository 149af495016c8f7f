"""Faults at the port: what a test makes go wrong, at a named call and a named moment of it.

A hook is called around every request that a memory provider would send. It may raise one of the
port's errors, do something to the world, or let a simulator switch to another node.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.errors import SyncdError, Transient
from syncd.core.ids import EventRef


class Moment(StrEnum):
    """`BEFORE` nothing has happened; `BETWEEN` a write has read what is there and not yet written;
    `AFTER` the effect stands and only the answer can be lost."""

    BEFORE = "before"
    BETWEEN = "between"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class PortCall:
    """`name` is the port's method, or "page" for a further page of a listing or change feed."""

    name: str
    moment: Moment
    ref: EventRef | None = None


Faults = Callable[[PortCall], None]


def no_faults(_: PortCall) -> None:
    """Everything works."""


def answer_lost() -> Transient:
    """The error of a write whose effect stands and whose answer nobody heard."""
    return Transient("the answer was lost", ambiguous=True)


class FaultScript:
    """Faults planned ahead, first come first served; `seen` lists every moment that passed."""

    def __init__(self) -> None:
        self.seen: list[PortCall] = []
        self._planned: list[_Planned] = []

    def at(
        self,
        name: str,
        what: SyncdError | Callable[[], object],
        *,
        moment: Moment = Moment.BEFORE,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """Raise `what`, or call it, at the next `times` such moments after `skip` others."""
        self._planned.append(_Planned((name, moment), what, skip, times))

    def __call__(self, call: PortCall) -> None:
        self.seen.append(call)
        for planned in self._planned:
            if planned.applies_to(call):
                planned.strike()
                return


@dataclass(slots=True)
class _Planned:
    key: tuple[str, Moment]
    what: SyncdError | Callable[[], object]
    skip: int
    times: int

    def applies_to(self, call: PortCall) -> bool:
        if (call.name, call.moment) != self.key or self.times <= 0:
            return False
        self.skip -= 1
        return self.skip < 0

    def strike(self) -> None:
        self.times -= 1
        if isinstance(self.what, SyncdError):
            raise self.what
        self.what()
