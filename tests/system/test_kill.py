"""`kill -9` of the daemon at random points of busy rounds: nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections import Counter
from datetime import timedelta

import pytest
from system.running_practice import MONDAY, an_event, line, until

pytestmark = [pytest.mark.slow, pytest.mark.server]

KILLS = 10


def test_kill_9_at_ten_random_points_of_busy_rounds_loses_and_doubles_nothing(practice):
    """Each round begins with new bookings and an event of a colleague's; the process dies at a
    random request, before it is forwarded or after it, up to some milliseconds later: in the middle
    of a write to the ledger, too. SYNCD_TEST_SEED repeats a run."""
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    chance = random.Random(seed)
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")

    for turn in range(KILLS):
        practice.book(6)
        start = MONDAY + timedelta(days=70 + turn)
        practice.put(f"foreign-{turn}.ics", an_event(f"foreign-{turn}", start))
        point = (chance.randint(1, 12), chance.choice(["before", "after"]), chance.random() / 20)
        sys.stdout.write(f"{point}\n")
        kill_at(practice, *point)
    practice.start()
    until(lambda: len(practice.appointments()) == 7 * KILLS, "adoption of all")
    until(practice.is_settled, "convergence after the last kill")

    appointments, events = practice.appointments(), practice.events()
    uids = Counter(line(text, "UID") for text in events.values())
    ours = Counter(line(text, "X-SYNCD-ID") for text in events.values() if "X-SYNCD-ID" in text)
    assert len(events) == 7 * KILLS
    assert set(uids.values()) == {1}
    assert set(ours.values()) == {1}
    assert {each.status for each in appointments} == {"booked"}
    assert len({each.number for each in appointments}) == 7 * KILLS
    assert practice.journal_is_sound()  # no number is missing, either
    assert [each for each in practice.proxy.log if each.method == "DELETE"] == []


def test_the_round_after_all_is_settled_writes_nothing(practice):
    practice.book(3)
    practice.start()
    until(lambda: practice.is_settled() and len(practice.events()) == 3, "convergence")
    writes = len(practice.proxy.writes())

    seen = len(practice.proxy.log)
    until(lambda: len(practice.proxy.log) > seen + 3, "some more rounds")

    assert len(practice.proxy.writes()) == writes == 3


def kill_at(practice, number, phase, delay):
    """Run a daemon until its `number`-th request, and kill it then."""
    daemon = practice.start(lease_ttl=0.8, heartbeat_every=0.2)
    reached, seen = threading.Event(), []

    def strike(_):
        seen.append(1)
        if len(seen) == number:
            if delay < 0.025:  # half of them while the request is under way
                daemon.process.kill()
            reached.set()

    practice.proxy.before = strike if phase == "before" else None
    practice.proxy.after = strike if phase == "after" else None
    reached.wait(20)
    threading.Event().wait(delay)
    daemon.kill()
    practice.proxy.before = practice.proxy.after = None
