"""`kill -9` of the receiver of webhooks: what was acknowledged is in the inbox, once, and what was
not can be sent again. W1 of the proof; deliveries are the stand-in's."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from calcom_harness import Practice
from ledger_stores import Store, with_a_practice

HERE = Path(__file__).parent
ADDRESS = "/webhooks/calcom/patel-main"


@dataclass
class Receiver:
    process: subprocess.Popen[str]
    http: httpx.Client

    def carry(self, delivery) -> bool:
        """Whether it was acknowledged."""
        try:
            answer = self.http.post(ADDRESS, content=delivery.body, headers=dict(delivery.headers))
        except httpx.HTTPError:
            return False
        assert answer.status_code == 202
        return True


@contextmanager
def receiver(store: Store, moment: str = "never") -> Iterator[Receiver]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "hook_process.py"), store.url, moment],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        origin = f"http://{process.stdout.readline().strip()}"
        with httpx.Client(base_url=origin, trust_env=False, timeout=30) as http:
            yield Receiver(process, http)
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    path = tmp_path / "ledger.sqlite3"
    store = Store("sqlite", f"sqlite:///{path}", path)
    with store.open() as ledger:
        with_a_practice(ledger)
    yield store
    store.close()


def inbox(store: Store) -> list[str]:
    with store.open() as ledger, ledger.read() as view:
        return sorted(each.about for each in view.deliveries(limit=10_000))


def letters(count: int):
    """Deliveries of so many bookings, by what they are about."""
    practice = Practice()
    for each in range(count):
        day, slot = divmod(each, 8)
        practice.book(f"2031-03-{3 + day % 5:02}T{9 + slot // 2:02}:{30 * (slot % 2):02}:00Z")
    return dict(zip([each["payload"]["uid"] for each in practice.told], practice.sent, strict=True))


def test_killed_between_the_disk_and_the_answer_it_is_kept_and_again_acknowledged(store):
    [(uid, delivery)] = letters(1).items()
    with receiver(store, "durable") as dying:
        assert not dying.carry(delivery)
        assert dying.process.wait(10) == -9
    assert inbox(store) == [uid]

    with receiver(store) as heir:
        assert heir.carry(delivery)

    assert inbox(store) == [uid]


def test_killed_before_the_disk_nothing_of_it_is_there(store):
    [(uid, delivery)] = letters(1).items()
    with receiver(store, "before") as dying:
        assert not dying.carry(delivery)
        assert dying.process.wait(10) == -9
    assert inbox(store) == []

    with receiver(store) as heir:
        assert heir.carry(delivery)

    assert inbox(store) == [uid]


@pytest.mark.slow
def test_killed_in_the_middle_of_a_rush_all_that_was_acknowledged_is_there_once(store):
    """Eight send at once; the process dies when one of the first was answered. SYNCD_TEST_SEED
    repeats a run, though not what the machine did in it."""
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    chance = random.Random(seed)
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")
    left, acknowledged = letters(40), set()
    sent = set(left)
    while left:
        with receiver(store) as running, ThreadPoolExecutor(8) as pool:
            rush = {pool.submit(running.carry, each): uid for uid, each in left.items()}
            fatal = chance.randrange(1, 12)
            for count, done in enumerate(as_completed(rush), 1):
                acknowledged |= {rush[done]} if done.result() else set()
                if count == fatal:
                    running.process.kill()
        assert acknowledged <= set(inbox(store))
        left = {uid: each for uid, each in left.items() if uid not in acknowledged}

    assert inbox(store) == sorted(sent)
