"""A node that stands still longer than its lease, at each request of a round: nothing is written
twice, and what it still wanted to do is not done.

Two daemons share a ledger. The one that works is stopped in the middle of a request; the other takes
over and finishes; then the first goes on. Its request reached the server before it was stopped, or
only after the other had finished.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from system.proxy import Exchange
from system.running_practice import Daemon, Practice, until
from torture.daemons import WITHIN, until_quiet
from torture.diary import Diary
from torture.table import TABLE

pytestmark = [pytest.mark.slow, pytest.mark.server]

LEASE = {"lease_ttl": 2.0, "heartbeat_every": 0.3, "first_pause": 0.2}
REQUESTS = 14
"""More than a busy round has; the enumeration ends with the round."""
WRITES_OF_A_BUSY_DAY = 4
ENDINGS = ("calendar_elsewhere", "round_quiet", "round_done", "round_failed")
"""What a node says when a round ends: mostly that the calendar is another's; one that had read
nothing new by then has nothing to be refused."""


@dataclass(frozen=True, slots=True)
class Stop:
    """At which request; `late`: it is forwarded only after the other node has finished."""

    number: int
    late: bool


@dataclass
class Gate:
    """Holds every request back while it is shut, then counts; at the stop's request calls `halt`,
    and keeps a late one until `release`."""

    stop: Stop
    halt: Callable[[], None]
    opened: threading.Event = field(default_factory=threading.Event)
    struck: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    _count: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, exchange: Exchange) -> bool:
        self.waiting.set()
        self.opened.wait(WITHIN)
        with self._guard:
            self._count += 1
            mine = self._count == self.stop.number
        if not mine:
            exchange.answer(*exchange.forward())
            return True
        answered = None if self.stop.late else exchange.forward()
        self.halt()
        self.struck.set()
        self.release.wait(WITHIN)
        try:
            exchange.answer(*(answered or exchange.forward()))
        finally:
            self.ended.set()
        return True


@pytest.mark.timeout(3600)
def test_a_node_that_slept_through_its_lease_at_any_request_writes_nothing_twice(
    practice: Practice,
    diary: Diary,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    began = time.monotonic()
    for _ in range(4):
        diary.books()
        diary.adds()
    practice.environ["SYNCD_LOG_LEVEL"] = "debug"
    for _ in range(2):
        practice.start(**LEASE)
    until(lambda: not diary.unsettled(), "the first convergence", WITHIN)
    diary.remember_whole()
    stops = [Stop(number, late) for late in (False, True) for number in range(1, REQUESTS)]
    if not thorough:
        stops = chance.sample([each for each in stops if each.number < 8], 2)

    done = [each for each in stops if stopped_at(practice, diary, each)]

    until_quiet(practice)
    assert practice.journal_is_sound()
    assert [each for each in done if each.number < 8] == [each for each in stops if each.number < 8]
    words = f"{len(done)} stops beyond the lease, {time.monotonic() - began:.0f} s"
    record_property(TABLE, f"{practice.server.name}: {words}")


def stopped_at(practice: Practice, diary: Diary, stop: Stop) -> bool:
    """One busy day in which the working node is stopped. False if the round had no such request."""
    gate = Gate(stop, lambda: owner_of(practice).freeze())
    practice.proxy.play = gate
    until(gate.waiting.is_set, "a request waits at the gate", WITHIN)
    diary.a_busy_day()
    writes = effects(practice)
    first = owner_of(practice)
    gate.opened.set()
    until(lambda: gate.struck.is_set() or not diary.unsettled(), f"{stop} or convergence", WITHIN)
    if gate.struck.wait(1):
        until(lambda: not diary.unsettled(), f"another node takes over after {stop}", WITHIN)
        noticed = said(first)
        with practice.around.ledger.read() as view:
            head = view.journal_head()
        first.send(signal.SIGCONT)
        gate.release.set()
        until(gate.ended.is_set, "the request that was held back ends", WITHIN)
        until(lambda: said(first) > noticed, f"the first node's round ends after {stop}", WITHIN)
        with practice.around.ledger.read() as view:
            assert view.journal_head() == head, f"{stop}: the stopped node has committed"
    practice.proxy.play = None
    assert diary.unsettled() == [], stop
    assert effects(practice) - writes == WRITES_OF_A_BUSY_DAY, stop
    diary.remember_whole()
    return gate.struck.is_set()


def owner_of(practice: Practice) -> Daemon:
    """The daemon that has the calendar."""
    holder = until(practice.holder, "one of them has the calendar", WITHIN)
    return next(each for each in practice.daemons if f":{each.process.pid}:" in str(holder))


def effects(practice: Practice) -> int:
    """Writes that the server accepted."""
    return sum(200 <= (each.forwarded or 0) < 300 for each in practice.proxy.writes())


def said(daemon: Daemon) -> int:
    """How often a round of its has ended."""
    return sum(daemon.said().count(f"event={each} ") for each in ENDINGS)
