"""`python tests/bench/inbox.py`: webhooks by HTTP, durable before they are answered.

    python tests/bench/inbox.py [--rounds 3] [--seconds 4]

The same route with the insert and without, each a process of its own (`--serve`), and bare durable
commits one after the other, in turns. The callers are this process. Method and results:
docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import logging
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import structlog

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.flows.deliveries import Mailbox
from syncd.ledger import Transaction
from syncd.testing.builders import a_calendar, a_practice, a_practitioner
from syncd.web import Office, create_app, hooks
from syncd.web.server import Address, WebServer, listen
from syncd.wiring import furnish
from syncd_calcom.hooks import CalComWebhooks
from syncd_config import Settings

CAUSE = Cause(actor="bench:inbox")
MAIN = CalendarId("patel-main")
SECRET = "a secret of the bench"
CALLERS = 32
SIZE = 1500
"""Octets of a body, about those of a booking's."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Answers, or commits, a second; milliseconds of the slowest hundredth."""

    rate: float
    p99: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--serve", nargs=2, metavar=("FOLDER", "HOW"))
    wish = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    if wish.serve:
        serve(Path(wish.serve[0]), inserts=wish.serve[1] == "durable")
        return
    print(f"\nwebhooks, {CALLERS} connections, {wish.rounds} rounds, medians")
    durable: list[Speed] = []
    empty: list[Speed] = []
    bare: list[Speed] = []
    for _ in range(wish.rounds):
        with tempfile.TemporaryDirectory() as place:
            bare.append(commits(Path(place), wish.seconds / 2))
            with served(Path(place), "empty") as port:
                empty.append(asyncio.run(hammer(port, wish.seconds)))
            with served(Path(place), "durable") as port:
                durable.append(asyncio.run(hammer(port, wish.seconds)))
    for name, found in (("durable", durable), ("without insert", empty), ("bare commits", bare)):
        rate, p99 = middle(found)
        print(f"  {name:15s} {rate:7.0f} a second, p99 {p99:6.1f} ms")
    for name, other in (("without insert", empty), ("bare commits", bare)):
        ratio = statistics.median(a.rate / b.rate for a, b in zip(durable, other, strict=True))
        print(f"  durable / {name:15s} {ratio:5.2f} (goal 0.6)")
    slow = statistics.median(a.p99 / b.p99 for a, b in zip(durable, empty, strict=True))
    print(f"  p99, durable / without insert {slow:5.2f} (goal at most 3)", flush=True)


def middle(found: list[Speed]) -> tuple[float, float]:
    rates, p99s = [each.rate for each in found], [each.p99 for each in found]
    return statistics.median(rates), statistics.median(p99s)


def commits(folder: Path, seconds: float) -> Speed:
    """One row, one durable commit, again and again: what the disk allows without sharing."""
    body, took = b"x" * SIZE, []
    with closing(sqlite3.connect(folder / "bare.sqlite3", isolation_level=None)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = FULL")
        base.execute("CREATE TABLE inbox (id TEXT PRIMARY KEY, body BLOB)")
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            began = time.perf_counter()
            base.execute("INSERT INTO inbox VALUES (?, ?)", (f"{len(took):032}", body))
            took.append(time.perf_counter() - began)
    return speed(took, seconds)


@contextmanager
def served(folder: Path, how: str) -> Iterator[int]:
    command = [sys.executable, __file__, "--serve", str(folder), how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def serve(folder: Path, *, inserts: bool) -> None:
    """The door on a ledger of its own, until it is ended. Without `inserts` the very same route
    answers when it would hand the delivery to the ledger."""
    url = f"sqlite:///{folder}/{'durable' if inserts else 'empty'}.sqlite3"
    around = furnish(Settings(state_directory=folder, database_url=url), {})
    around.ledger.migrate()

    def practice(tx: Transaction) -> None:
        tx.save_practice(a_practice(), CAUSE)
        tx.save_practitioner(a_practitioner(), CAUSE)
        tx.save_calendar(a_calendar(id=MAIN), CAUSE)

    around.ledger.write(practice)
    box = Mailbox(calendar_id=MAIN, provider="calcom", source=CalComWebhooks(), secrets=(SECRET,))
    if not inserts:
        hooks.Intake.store = at_once
    office = Office(around=around, mailboxes=lambda: [box], requests_a_minute=10**9)
    server = WebServer(create_app(office), listen(Address("127.0.0.1", 0)))
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server.start()
    print(server.address.port, flush=True)
    ended.wait()
    server.stop()
    around.ledger.close()


async def at_once(*_: object) -> None:
    """Done already."""


async def hammer(port: int, seconds: float) -> Speed:
    """Each connection sends its next delivery when the one before is answered."""
    took: list[float] = []
    started = time.perf_counter()
    until = started + seconds
    await asyncio.gather(*(call(port, number, until, took) for number in range(CALLERS)))
    return speed(took, time.perf_counter() - started)


async def call(port: int, number: int, until: float, took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        request = a_request(f"{number}-{count}-{time.perf_counter_ns()}")
        count += 1
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        took.append(time.perf_counter() - began)
        if not head.startswith(b"HTTP/1.1 202"):
            raise RuntimeError(head.decode())
    writer.close()
    await writer.wait_closed()


def a_request(uid: str) -> bytes:
    payload = {"uid": uid, "title": "Consultation", "additionalNotes": "x" * (SIZE - 150)}
    told = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2031-03-03T08:00:00.000Z"}
    body = json.dumps(told | {"payload": payload}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    lines = (
        f"POST /webhooks/calcom/{MAIN} HTTP/1.1",
        *("Host: 127.0.0.1", "Content-Type: application/json"),
        *(f"Content-Length: {len(body)}", f"X-Cal-Signature-256: {signature}", "", ""),
    )
    return "\r\n".join(lines).encode() + body


def speed(took: list[float], seconds: float) -> Speed:
    took.sort()
    return Speed(len(took) / seconds, 1000 * took[int(len(took) * 0.99)])


if __name__ == "__main__":
    main()
