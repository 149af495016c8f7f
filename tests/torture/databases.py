"""A practice's desk over any database, the commands that staff type there, and a judge.

The judge is asked after something went wrong: it opens the ledger as the next process would and
says what is not as promised. It repairs nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from ledger_stores import Store

from syncd.core.appointment import Appointment
from syncd.core.journal import Cause
from syncd.core.practice import Calendar
from syncd.flows.booking import Booking, book
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.wiring import furnish
from syncd_config import Settings

T = TypeVar("T")

LONG = os.environ.get("TORTURE") == "1"
"""Whether every point is tried, and not a sample."""
CAUSE = Cause(actor="test:staff")
MONDAY = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
SYNCD = (sys.executable, "-m", "syncd")
LEDGER_CODES = {"LEDGER_UNWRITABLE": 10, "LOCKED": 11, "LEDGER_UNAVAILABLE": 13}
"""How a command says that the ledger failed it: the error's code, and the exit code."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def number(self) -> str | None:
        """The number of the appointment that the command says it has booked; None without one."""
        try:
            return str(json.loads(self.out)["number"])
        except (ValueError, KeyError):
            return None

    @property
    def error(self) -> str | None:
        """The stable code of the error that the command ended with."""
        try:
            return str(json.loads(self.out)["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(slots=True)
class Desk:
    """A folder, a database, and the environment in which commands are typed."""

    folder: Path
    url: str
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        """The database, where it is a file."""
        return Path(self.url.removeprefix("sqlite:///"))

    def command(self, *words: str) -> list[str]:
        return [*SYNCD, *words]

    def environment(self) -> dict[str, str]:
        plain = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
        return plain | {
            "STATE_DIRECTORY": str(self.folder),
            "SYNCD_DATABASE_URL": self.url,
            "SYNCD_LISTEN": "off",
            "PYTHONDONTWRITEBYTECODE": "1",
            **self.environ,
        }

    def run(self, *words: str, within: float = 60) -> Ended:
        """Type a command and wait for its end."""
        return run(self.command(*words), self.environment(), within=within)

    def words_to_book(self, slot: int) -> tuple[str, ...]:
        start = start_of(slot)
        return (
            *("book", "--activity", "consultation", "--practitioner", "dr-patel"),
            *("--start", f"{start:%Y-%m-%dT%H:%M}Z", "--json"),
            *("--name", f"Client {slot}", "--email", f"client{slot}@example.org"),
        )

    @contextmanager
    def around(self) -> Iterator[Surroundings]:
        """The parts as a process of its own would put them together."""
        settings = Settings(state_directory=self.folder, database_url=self.url)
        around = furnish(settings, self.environment())
        with around.ledger:
            yield around

    def book(self, slot: int) -> Appointment:
        with self.around() as around:
            return book_slot(around, slot)

    def copy_to(self, folder: Path) -> Desk:
        """The same desk over a copy of the file."""
        folder.mkdir(parents=True, exist_ok=True)
        copy = shutil.copy(self.file, folder / self.file.name)
        return replace(self, folder=folder, url=f"sqlite:///{copy}")


def with_tests(environment: dict[str, str]) -> dict[str, str]:
    """The environment of a program of the tests' own, which imports what they do."""
    known = os.environ.get("PYTHONPATH")
    path = [str(Path(__file__).parents[1]), *([known] if known else [])]
    return environment | {"PYTHONPATH": os.pathsep.join(path)}


def run(command: Sequence[str], environment: dict[str, str], *, within: float = 60) -> Ended:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=within, check=False
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start_of(slot: int) -> datetime:
    """Half hours of working days, ten a day, from a Monday in 2031."""
    day, half_hour = divmod(slot, 10)
    return MONDAY + timedelta(days=day // 5 * 7 + day % 5, minutes=30 * half_hour)


def book_slot(around: Surroundings, slot: int) -> Appointment:
    wish = Booking(
        activity_id=an_activity().id,
        practitioner_id=a_practitioner().id,
        start=start_of(slot),
        client_name=f"Client {slot}",
        client_email=f"client{slot}@example.org",
    )
    return book(around, wish, CAUSE)


def a_desk(folder: Path, url: str = "", *calendars: Calendar, **environ: str) -> Desk:
    """A small practice with one calendar, which nobody can reach unless others are given."""
    desk = Desk(folder, url or f"sqlite:///{folder / 'ledger.sqlite3'}", environ)
    with desk.around() as around:
        around.ledger.migrate()
        give_calendars(around, *(calendars or (a_calendar(),)))
    return desk


def give_calendars(around: Surroundings, *calendars: Calendar) -> None:
    roster = Roster(
        practice=a_practice(),
        practitioners=(a_practitioner(),),
        activities=(an_activity(),),
        calendars=calendars,
    )
    apply_roster(around, roster, CAUSE)


def problems_of(
    desk: Desk,
    acknowledged: Collection[str],
    *,
    refused: Collection[int] = (),
    asked: int | None = None,
    goes_on: int | None = None,
) -> list[str]:
    """What the ledger does not keep of L1, L2 and L6 of the promises.

    `acknowledged`: the numbers that were said to be booked. `refused`: slots that were said not to
    be. `asked`: how many bookings were tried at most. `goes_on`: a slot that is free, to be booked
    now: it gets the next number.
    """
    found = list(_damage(desk))
    with desk.around() as around:
        if goes_on is not None:
            number = book_slot(around, goes_on).number
        with around.ledger.read() as view:
            found += _contradictions(view, acknowledged, refused)
            stored = view.appointments()
            if goes_on is not None and not number.endswith(f"-{len(stored):04d}"):
                found.append(f"the next number of {len(stored)} is {number}")
            if asked is not None and len(stored) - (goes_on is not None) > asked:
                found.append(f"{len(stored)} are stored, {asked} were asked for")
    return found


def _contradictions(
    view: View, acknowledged: Collection[str], refused: Collection[int]
) -> Iterator[str]:
    stored = view.appointments()
    numbers = [each.number for each in stored]
    for number in sorted(set(acknowledged) - set(numbers)):
        yield f"{number} was acknowledged and is lost"
    if len(numbers) != len(set(numbers)) or len(acknowledged) != len(set(acknowledged)):
        yield "a number was given twice"
    starts = [each.start for each in stored if each.status.value != "cancelled"]
    if len(starts) != len(set(starts)):
        yield "a time is held twice"
    for slot in refused:
        if start_of(slot) in starts:
            yield f"slot {slot} was refused and is stored"
    if {each.id for each in view.clients()} != {each.client.id for each in stored if each.client}:
        yield "there are clients without an appointment"
    report = view.verify_journal()
    yield from (each.what for each in report.problems)
    calendars = {each.id for each in view.calendars()}
    links = view.links_of([each.id for each in stored])
    for each in stored:
        linked = {link.calendar_id for link in links.get(each.id, [])}
        if linked != calendars:
            yield f"{each.number} has links to {sorted(linked)}"


def _damage(desk: Desk) -> Iterator[str]:
    """What SQLite itself thinks of its file."""
    if not desk.url.startswith("sqlite"):
        return
    with closing(Store("sqlite", desk.url, desk.file)) as store:
        for check in ("integrity_check", "foreign_key_check"):
            rows = [str(row[0]) for row in store.sql(f"PRAGMA {check}")]
            if rows not in (["ok"], []):
                yield f"{check}: {rows[:3]}"


def look(desk: Desk, what: Callable[[View], T]) -> T:
    """Something of the ledger, as a process of its own would read it."""
    with desk.around() as around, around.ledger.read() as view:
        return what(view)
