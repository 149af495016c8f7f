"""`kill -9` of the daemon over busy rounds, behind a proxy that also swallows answers.

Staff books, moves and cancels; a colleague adds, moves and deletes; the process dies at a request,
before it is forwarded or after it, or a moment later. In the end both sides hold everything that
anybody was told, once. `make torture` kills 120 times, first at each request in turn.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from system.proxy import Exchange
from system.running_practice import Daemon, Practice, until
from torture.conftest import ELSEWHERE
from torture.daemons import LEASE, WITHIN, busy_hour, until_quiet
from torture.diary import STAFF, Diary
from torture.table import TABLE

pytestmark = [pytest.mark.slow, pytest.mark.server]

KILLS, SAMPLE = 120, 3
REST_EVERY = 10
"""So many kills later both sides may agree for once: who dies every few requests falls behind."""
REQUESTS = 14
"""At least as many as a busy round has."""


@dataclass(frozen=True, slots=True)
class Blow:
    """Where the process dies: at the `number`-th request, `forwarded` already or not, or so many
    seconds later; the answer is swallowed either way. Some answers before it are, too."""

    number: int
    forwarded: bool
    delay: float
    swallows: frozenset[int]


@ELSEWHERE
@pytest.mark.timeout(3600)
def test_kill_9_of_the_daemon_over_busy_rounds_loses_and_doubles_nothing(
    practice: Practice,
    diary: Diary,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    began, struck = time.monotonic(), 0
    blows = [blow_at(turn, chance) for turn in range(KILLS if thorough else SAMPLE)]

    for turn, blow in enumerate(blows):
        busy_hour(diary, turn)
        struck += kill_at(practice, blow)
        found = diary.unsafe()
        assert found == [], f"after {turn + 1} kills, {blow}: {found}"
        assert practice.state().suspended_at is None
        if (turn + 1) % REST_EVERY == 0 and turn + 1 < len(blows):
            come_to_rest(practice, diary).kill()
    come_to_rest(practice, diary)

    until_quiet(practice)
    deletions = {each.path for each in practice.proxy.log if each.method == "DELETE"}
    wanted = [e for e in diary.entries if e.maker == STAFF and e.ended_by == STAFF]
    assert len(deletions) <= len(wanted)
    took = time.monotonic() - began
    text = f"{len(blows)} kill -9, {struck} at their request, {len(diary.entries)} appointments"
    record_property(TABLE, f"{practice.server.name}: {text}, {took:.0f} s")


def come_to_rest(practice: Practice, diary: Diary) -> Daemon:
    """A daemon that is left alone until both sides agree."""
    daemon = practice.start(**LEASE)
    try:
        until(lambda: not diary.unsettled(), "convergence after the last kill", WITHIN)
    finally:
        sys.stdout.write(f"{diary.unsettled()}\n")
    return daemon


def blow_at(turn: int, chance: random.Random) -> Blow:
    """At each request in turn, before and after; in between anywhere."""
    number, forwarded = divmod(turn // 2, 2)
    if turn % 2:
        number, forwarded = chance.randrange(REQUESTS), chance.randrange(2)
    swallows = frozenset(n for n in range(1, REQUESTS) if chance.random() < 0.1)
    delay = chance.choice([0.0, 0.0, chance.random() / 20])
    return Blow(number % REQUESTS + 1, bool(forwarded), delay, swallows)


def kill_at(practice: Practice, blow: Blow) -> bool:
    """Run a daemon until the blow; whether it was at its request."""
    reached, numbers = threading.Event(), iter(range(1, 10_000))
    guard = threading.Lock()
    daemon = practice.start(**LEASE)

    def strike() -> None:
        if not blow.delay:
            daemon.process.kill()
        reached.set()

    def play(exchange: Exchange) -> bool:
        with guard:
            number = next(numbers)
        if number == blow.number and not blow.forwarded:
            strike()
        answered = exchange.forward()
        if number == blow.number and blow.forwarded:
            strike()
        if number == blow.number or number in blow.swallows:
            exchange.end()
        else:
            exchange.answer(*answered)
        return True

    practice.proxy.play = play
    struck = reached.wait(20)
    if blow.delay:
        time.sleep(blow.delay)
    daemon.kill()
    practice.proxy.play = None
    return struck
