"""`python tests/bench/door.py`: slots and bookings by HTTP, in a practice with a long history.

    python tests/bench/door.py [--practitioners 100] [--appointments 100000] [--seconds 10]

The server is a process of its own (`syncd run --only web`), the callers are this one. Method and
results: docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import httpx
import structlog

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import measuring
from calendar_servers import free_port
from measuring import Cost
from system.running_practice import until

from syncd.core.access import Role
from syncd.core.agenda import Agenda, Taken, TakenBy
from syncd.core.ids import AppointmentId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.core.slots import offer_slots
from syncd.core.time import Interval, zone
from syncd.flows.tokens import Grant, issue
from syncd.ledger import Transaction
from syncd.testing.builders import a_practice, a_practitioner, an_activity, an_appointment
from syncd.wiring import furnish
from syncd_config import Settings

CAUSE = Cause(actor="bench:door")
BIN = Path(sys.executable).parent
HALF_HOUR = timedelta(minutes=30)
FIRST = date(2031, 3, 3)
BERLIN = zone("Europe/Berlin")
CALLERS = 32
DAYS = 60
PERIOD = f"start={FIRST}&end={FIRST + timedelta(days=DAYS - 1)}"
HOURS = OpeningHours(
    weekly=tuple(
        WeeklyWindow(day=day, window=Window(clock_time(start), clock_time(start + 2)))
        for day in Weekday
        for start in (7, 9, 12, 15, 18)
    )
)
"""Five windows a day."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--practitioners", type=int, default=100)
    parser.add_argument("--appointments", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=10)
    wish = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    compute()
    p99: dict[int, float] = {}
    for size in (wish.appointments // 10, wish.appointments):
        print(f"\n{wish.practitioners} practitioners, {size} appointments, {CALLERS} connections")
        with tempfile.TemporaryDirectory() as place:
            tokens = fill(Path(place), wish.practitioners, size)
            with served(Path(place)) as base:
                crowd = Crowd(base, tokens, wish.practitioners, wish.seconds)
                p99[size] = asyncio.run(crowd.measure())
    small, large = sorted(p99)
    print(
        f"\nslots, one caller: {large} / {small} appointments: {p99[large] / p99[small]:.2f} (goal 1.2)"
    )


def compute() -> None:
    """The slots of a full practitioner, beside a bare sweep over the same integers."""
    agenda, terms, period = full_agenda(), an_activity().terms, Interval(_at(0), _at(DAYS))
    runs = bare_runs(agenda)
    ours: list[Cost] = []
    bare: list[Cost] = []
    for _ in range(30):
        cost, slots = measuring.piece(lambda: offer_slots(agenda, terms, period, now=_at(-1)))
        ours.append(cost)
        starts = [(each.start - _at(0)) // timedelta(minutes=1) for each in slots]
        cost, free = measuring.piece(lambda starts=starts: bare_sweep(starts, runs))
        bare.append(cost)
        assert free == sum(each.available for each in slots)
    mine, theirs, ratio = (
        measuring.median(ours),
        measuring.median(bare),
        measuring.ratio(ours, bare),
    )
    print(f"{DAYS} days, {len(slots)} starts, {len(agenda.taken)} taken: computing")
    print(
        f"  {mine.cpu * 1000:.2f} ms, bare sweep {theirs.cpu * 1000:.2f} ms: ratio {ratio.cpu:.1f} (goal 2)"
    )


def full_agenda() -> Agenda:
    """Four hundred appointments and six hundred busy blocks in sixty days."""
    chance = random.Random(7)
    taken = []
    for by, count in ((TakenBy.APPOINTMENT, 400), (TakenBy.EVENT, 600)):
        for _ in range(count):
            begins = _at(chance.randrange(DAYS)) + HALF_HOUR * chance.randrange(14, 40)
            taken.append(Taken(interval=Interval(begins, begins + HALF_HOUR), by=by))
    return Agenda(
        practitioner_id=PractitionerId("dr-0"), hours=HOURS, tz=BERLIN, taken=tuple(taken)
    )


def bare_runs(agenda: Agenda) -> list[tuple[int, int]]:
    minute = timedelta(minutes=1)
    return sorted(
        ((each.interval.start - _at(0)) // minute, (each.interval.end - _at(0)) // minute)
        for each in agenda.taken
    )


def bare_sweep(starts: list[int], runs: list[tuple[int, int]]) -> int:
    """How many of the starts, in order, have thirty minutes that nothing touches."""
    free, at, latest = 0, 0, -1
    for start in starts:
        while at < len(runs) and runs[at][0] < start + 30:
            latest = max(latest, runs[at][1])
            at += 1
        free += latest <= start
    return free


def fill(folder: Path, practitioners: int, appointments: int) -> list[str]:
    """A ledger with that history, half of it past; a token for staff of each of the callers."""
    where = f"sqlite:///{folder}/ledger.sqlite3"
    settings = Settings(state_directory=folder, database_url=where)
    around = furnish(settings, {})
    ledger = around.ledger
    try:
        ledger.migrate()
        who = [PractitionerId(f"dr-{each}") for each in range(practitioners)]

        def practice(tx: Transaction) -> None:
            tx.save_practice(a_practice(), CAUSE)
            for each in who:
                tx.save_practitioner(a_practitioner(id=each, hours=HOURS), CAUSE)
            tx.save_activity(an_activity(), CAUSE)

        ledger.write(practice)
        each_has = appointments // practitioners
        for each in who:
            ledger.write(lambda tx, each=each: tx.add_appointments(_history(each, each_has), CAUSE))
        return [
            issue(around, Grant(name=f"caller-{each}", role=Role.ADMIN), CAUSE)[1]
            for each in range(CALLERS)
        ]
    finally:
        ledger.close()


def _history(practitioner: PractitionerId, count: int) -> list:
    """Back from the middle of the sixty days, every second half hour of opening time."""
    drafts = []
    for each in range(count):
        days, nth = divmod(each, 9)
        begins = (
            _at(30 - days)
            + timedelta(hours=7 + nth)
            + (timedelta(hours=2) if nth > 3 else timedelta(0))
        )
        drafts.append(
            an_appointment(
                id=AppointmentId(""),
                practitioner_id=practitioner,
                client=None,
                start=begins,
                end=begins + HALF_HOUR,
            )
        )
    return drafts


@contextmanager
def served(folder: Path) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    environment = os.environ | {
        "SYNCD_STATE_DIRECTORY": str(folder),
        "SYNCD_LISTEN": address,
        "SYNCD_REQUESTS_PER_MINUTE": "1000000",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [BIN / "syncd", "run", "--only", "web"], env=environment, stdout=log, stderr=log
        )
        try:
            until(lambda: _answers(address), "served")
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(timeout=30)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"http://{address}/livez", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@dataclass
class Crowd:
    """Callers with a connection and a token each."""

    base: str
    tokens: list[str]
    practitioners: int
    seconds: float
    answers: Counter[int] = field(default_factory=Counter)

    async def measure(self) -> float:
        """Slots by one caller and by all, then bookings by all. The median of the first, in ms."""
        alone = await self._hammer("slots of 60 days, one caller", self._slots, callers=1)
        await self._hammer("slots of 60 days", self._slots)
        await self._hammer("slots of a week", self._week)
        await self._hammer("bookings", self._book)
        print(f"  answers: {dict(sorted(self.answers.items()))}")
        return statistics.median(alone)

    async def _hammer(
        self,
        what: str,
        ask: Callable[[httpx.AsyncClient, random.Random], Awaitable[httpx.Response]],
        *,
        callers: int = CALLERS,
    ) -> list[float]:
        took: list[float] = []
        until_then = time.perf_counter() + self.seconds

        async def call(number: int) -> None:
            chance = random.Random(number)
            headers = {"Authorization": f"Bearer {self.tokens[number]}"}
            async with httpx.AsyncClient(
                base_url=f"{self.base}/api/v1", headers=headers, timeout=60, trust_env=False
            ) as client:
                while time.perf_counter() < until_then:
                    began = time.perf_counter()
                    answer = await ask(client, chance)
                    took.append(1000 * (time.perf_counter() - began))
                    self.answers[answer.status_code] += 1

        await asyncio.gather(*(call(each) for each in range(callers)))
        took.sort()
        print(
            f"  {what:30s} {len(took) / self.seconds:6.0f} a second, median "
            f"{statistics.median(took):6.1f} ms, p99 {took[int(len(took) * 0.99)]:6.1f} ms",
            flush=True,
        )
        return took

    async def _slots(self, client: httpx.AsyncClient, chance: random.Random) -> httpx.Response:
        who = chance.randrange(self.practitioners)
        return await client.get(f"/slots?activityId=consultation&practitionerId=dr-{who}&{PERIOD}")

    async def _week(self, client: httpx.AsyncClient, chance: random.Random) -> httpx.Response:
        who = chance.randrange(self.practitioners)
        begins = FIRST + timedelta(days=chance.randrange(50))
        return await client.get(
            f"/slots?activityId=consultation&practitionerId=dr-{who}"
            f"&start={begins}&end={begins + timedelta(days=6)}"
        )

    async def _book(self, client: httpx.AsyncClient, chance: random.Random) -> httpx.Response:
        who, day = chance.randrange(self.practitioners), chance.randrange(31, 300)
        begins = _at(day) + HALF_HOUR * chance.choice((14, 15, 18, 19, 24, 30))
        person = chance.randrange(10**9)
        wish = {
            "activityId": "consultation",
            "practitionerId": f"dr-{who}",
            "start": begins.astimezone(BERLIN).isoformat(),
            "client": {"name": f"N{person}", "email": f"n{person}@example.org"},
        }
        return await client.post("/appointments", json=wish)


def _at(day: int) -> datetime:
    """Midnight of that day, on the wall."""
    local = datetime.combine(FIRST + timedelta(days=day), clock_time.min, BERLIN)
    return local.astimezone(UTC)


if __name__ == "__main__":
    main()
