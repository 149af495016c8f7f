"""Several processes book and cancel the same hundred slots, as fast as they can.

Afterwards: no slot was ever held twice, numbers are unique and without a gap, everything that was
acknowledged is stored, nothing else is, and the journal verifies.

    python tests/booking_race.py [--seconds 10] [--processes 8] [sqlite] [postgresql]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger_stores import CAUSE, a_draft_of, with_a_practice
from postgresql_server import postgresql

from syncd.core.appointment import Appointment, Status
from syncd.core.errors import SlotTaken, VersionConflict
from syncd.ledger import Ledger, open_ledger
from syncd.testing.builders import HALF_HOUR

SLOTS = 100
FIRST = datetime(2051, 3, 6, 8, 0, tzinfo=UTC)


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class RealRandomness:
    def token(self, size: int) -> bytes:
        return os.urandom(size)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a race showed. `problems` is empty after a good one."""

    booked: int
    cancelled: int
    refused: int
    seconds: float
    slowest_ms: float
    p99_ms: float
    problems: tuple[str, ...]

    def __str__(self) -> str:
        rate = (self.booked + self.cancelled) / self.seconds
        return (
            f"{self.booked} booked, {self.cancelled} cancelled, {self.refused} refused in "
            f"{self.seconds:.1f} s: {rate:.0f} changes/s, p99 {self.p99_ms:.0f} ms, "
            f"slowest {self.slowest_ms:.0f} ms; "
            + ("sound" if not self.problems else "; ".join(self.problems))
        )


def opened(url: str) -> Ledger:
    wait = timedelta(seconds=60)
    return open_ledger(url, clock=RealClock(), randomness=RealRandomness(), wait=wait)


def race(url: str, *, processes: int, seconds: float) -> Outcome:
    """Run a race over the (empty) database at `url`, and look at what is left."""
    with opened(url) as ledger:
        with_a_practice(ledger)
    command = [sys.executable, __file__, "--runner", url, "--seconds", str(seconds)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    runners = [
        subprocess.Popen([*command, "--seed", str(seed)], stdout=subprocess.PIPE, env=environment)
        for seed in range(processes)
    ]
    answers = [runner.communicate(timeout=seconds + 120)[0] for runner in runners]
    failed = [f"runner {runner.args} failed" for runner in runners if runner.returncode]
    told = [json.loads(line) for answer in answers for line in answer.splitlines()]
    waits = sorted(wait for each in told for wait in each["waits"]) or [0.0]
    return Outcome(
        booked=sum(len(each["booked"]) for each in told),
        cancelled=sum(len(each["cancelled"]) for each in told),
        refused=sum(each["refused"] for each in told),
        seconds=seconds,
        slowest_ms=waits[-1] * 1000,
        p99_ms=waits[len(waits) * 99 // 100] * 1000,
        problems=(*failed, *problems_of(url, told)),
    )


def problems_of(url: str, told: list[dict[str, list[str]]]) -> Iterator[str]:
    """What is wrong with the ledger, given what the runners were told."""
    booked = [number for each in told for number in each["booked"]]
    cancelled = {number for each in told for number in each["cancelled"]}
    with opened(url) as ledger, ledger.read() as seen:
        stored = seen.appointments()
        report = seen.verify_journal()
        held: dict[object, object] = {}
        for entry in seen.journal():
            state = entry.state_after or {}
            if entry.subject_kind != "appointment":
                continue
            if (
                entry.action == "book"
                and held.setdefault(state["start"], state["id"]) != state["id"]
            ):
                yield f"slot {state['start']} was held twice at entry {entry.seq}"
            if entry.action == "cancel":
                del held[state["start"]]
    if len(booked) != len(set(booked)):
        yield "a number was given twice"
    if set(booked) != {each.number for each in stored}:
        yield "what is stored is not what was acknowledged"
    if cancelled != {each.number for each in stored if each.status is Status.CANCELLED}:
        yield "what is cancelled is not what was acknowledged"
    starts = [each.start for each in stored if each.status is not Status.CANCELLED]
    if len(starts) != len(set(starts)):
        yield "a slot is held twice"
    yield from (each.what for each in report.problems)


def run(url: str, *, seed: int, seconds: float) -> None:
    """One process of the race: book, or cancel what it booked itself, until time is up."""
    choose = random.Random(seed)
    booked: list[str] = []
    cancelled: list[str] = []
    waits: list[float] = []
    mine: list[Appointment] = []
    refused = 0
    with opened(url) as ledger:
        until = time.monotonic() + seconds
        while (begun := time.monotonic()) < until:
            try:
                if mine and choose.random() < 0.5:
                    gone = mine.pop(choose.randrange(len(mine)))
                    _cancel(ledger, gone)
                    cancelled.append(gone.number)
                else:
                    mine.append(_book(ledger, choose.randrange(SLOTS)))
                    booked.append(mine[-1].number)
            except SlotTaken:
                refused += 1
            waits.append(time.monotonic() - begun)
    answer = {"booked": booked, "cancelled": cancelled, "refused": refused, "waits": waits}
    sys.stdout.write(json.dumps(answer) + "\n")


def _book(ledger: Ledger, slot: int) -> Appointment:
    draft = a_draft_of(start=FIRST + slot * HALF_HOUR)
    return ledger.write(lambda tx: tx.add_appointment(draft, CAUSE))


def _cancel(ledger: Ledger, booked: Appointment) -> None:
    after = replace(booked, status=Status.CANCELLED, version=booked.version + 1)
    try:
        ledger.write(lambda tx: tx.save_appointment(booked, after, CAUSE, action="cancel"))
    except VersionConflict as exc:
        raise AssertionError("somebody else changed what only we know") from exc


@contextmanager
def a_database(kind: str) -> Iterator[str]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="syncd-race-") as folder:
            yield f"sqlite:///{folder}/ledger.sqlite3"
        return
    with postgresql(durable=True) as server:
        yield server.url_of(server.new_database())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--processes", type=int, default=8)
    parser.add_argument("--runner", metavar="URL", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.runner:
        run(wanted.runner, seed=wanted.seed, seconds=wanted.seconds)
        return 0
    failed = 0
    for kind in wanted.kinds:
        with a_database(kind) as url:
            outcome = race(url, processes=wanted.processes, seconds=wanted.seconds)
        sys.stdout.write(f"{kind}: {outcome}\n")
        failed += bool(outcome.problems)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
