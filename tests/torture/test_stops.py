"""Daemons that are told to stop at random moments of busy rounds, and pairs of which one is killed.

A stop ends with exit code 0 in good time and leaves nothing half done: no write whose outcome is not
recorded. proof.md O3, S8.
"""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable

import pytest
from system.proxy import Exchange
from system.running_practice import Practice, until
from torture.conftest import ELSEWHERE
from torture.daemons import LEASE, WITHIN, busy_hour, until_quiet
from torture.diary import STAFF, Diary
from torture.table import TABLE

pytestmark = [pytest.mark.slow, pytest.mark.server]

STOPS, KILLS, SAMPLE = 40, 40, 2
REQUESTS = 14
STOPPED_WITHIN = 45.0
"""The unit's TimeoutStopSec."""


@pytest.mark.timeout(3600)
def test_a_stop_at_any_moment_of_a_busy_round_leaves_nothing_half_done(
    practice: Practice,
    diary: Diary,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    slowest = 0.0

    for turn in range(STOPS if thorough else SAMPLE):
        busy_hour(diary, turn)
        daemon = practice.start(**LEASE)
        number = turn % REQUESTS + 1 if thorough else chance.randint(1, 8)
        reached = at_request(practice, number, forwarded=chance.random() < 0.5)
        until(reached.is_set, f"request {number}", WITHIN)
        time.sleep(chance.choice([0.0, chance.random() / 20]))
        began = time.monotonic()
        daemon.send(signal.SIGTERM)
        code = daemon.ended(STOPPED_WITHIN)
        slowest = max(slowest, time.monotonic() - began)
        practice.proxy.play = None

        assert code == 0, daemon.said()
        assert "event=stopped" in daemon.said()
        assert practice.holder() is None
        assert half_done(diary) == []
        assert diary.unsafe() == []
        assert practice.state().suspended_at is None
    practice.start(**LEASE)
    until(lambda: not diary.unsettled(), "convergence after the last stop", WITHIN)
    until_quiet(practice)
    words = f"{turn + 1} SIGTERM, the slowest stop took {slowest:.1f} s"
    record_property(TABLE, f"{practice.server.name}: {words}")


@ELSEWHERE
@pytest.mark.timeout(3600)
def test_two_daemons_on_one_ledger_lose_and_double_nothing_while_one_is_killed(
    practice: Practice,
    diary: Diary,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    pair = [practice.start(**LEASE), practice.start(**LEASE)]
    turns = KILLS if thorough else SAMPLE

    for turn in range(turns):
        busy_hour(diary, turn)
        reached = at_request(practice, chance.randint(1, REQUESTS), forwarded=chance.random() < 0.5)
        until(reached.is_set, "a request", WITHIN)
        which = chance.randrange(2)
        pair[which].kill()
        practice.proxy.play = None
        assert doubled(diary) == []
        pair[which] = practice.start(**LEASE)
    until(lambda: not diary.unsettled(), "convergence after the last kill", WITHIN)

    until_quiet(practice)
    assert all(each.process.poll() is None for each in pair)
    record_property(TABLE, f"{practice.server.name}: {turns} kills of one of two daemons")


def at_request(practice: Practice, number: int, *, forwarded: bool) -> threading.Event:
    """Set at the `number`-th request from now, before it is forwarded or after."""
    reached, numbers, guard = threading.Event(), iter(range(1, 100_000)), threading.Lock()

    def play(exchange: Exchange) -> bool:
        with guard:
            mine = next(numbers) == number
        if mine and not forwarded:
            reached.set()
        answered = exchange.forward()
        if mine:
            reached.set()
        exchange.answer(*answered)
        return True

    practice.proxy.play = play
    return reached


def half_done(diary: Diary) -> list[str]:
    """Writes that took effect, and of which the ledger does not know: of events that only syncd
    writes."""
    mine = [each for each in diary.entries if each.maker == STAFF]
    events = {each.mark: each for each in diary.desk.events() if each.mark}
    with diary.around.ledger.read() as view:
        links = view.links_of([each.mark for each in mine])
    found = []
    for entry in mine:
        [link], event = links[entry.mark], events.get(entry.mark)
        if event is None and link.ref is not None:
            found.append(f"{entry.key} was deleted")
        if event is not None and link.version != event.etag:
            found.append(f"{entry.key} was written")
    return found


def doubled(diary: Diary) -> list[str]:
    """What must not be so even while a daemon is at work; the two sides are not looked at in the
    same moment then."""
    return [each for each in diary.unsafe() if "times" in each or "appointments" in each]
