"""A practice on a real ledger file, calendars on a real Radicale behind a proxy, real daemons."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from blank_ledgers import migrate
from calendar_servers import PASSWORD_VARIABLE, CalendarServer
from system.proxy import Proxy, proxy_to

from syncd.core.appointment import Appointment
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.practice import Calendar
from syncd.core.remote import CalendarState
from syncd.flows.booking import Booking, book
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.status import Health, overview
from syncd.flows.surroundings import Surroundings
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.wiring import furnish
from syncd_config import Settings

HERE = Path(__file__).parent
CAUSE = Cause(actor="test:staff")
MAIN = CalendarId("patel-main")
MONDAY = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
WEEK = timedelta(weeks=1)
SOON = 30.0
QUICK = {"heartbeat_every": 0.3, "lease_ttl": 1.5}


def until(claim: Callable[[], object], what: str, within: float = SOON) -> object:
    """Wait until `claim()` holds; its value."""
    deadline = time.monotonic() + within
    while not (value := claim()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what}")
        time.sleep(0.03)
    return value


@dataclass
class Daemon:
    """A process of its own, with its log in a file."""

    process: subprocess.Popen[bytes]
    log: Path

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def freeze(self) -> None:
        """Stop it in its tracks, and come back when every thread stands still: until the signal was
        noticed some of them go on."""
        self.send(signal.SIGSTOP)
        threads = Path(f"/proc/{self.process.pid}/task")
        until(lambda: all(_stands_still(each) for each in threads.iterdir()), "it stands still")

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)

    def ended(self, within: float = SOON) -> int:
        return self.process.wait(within)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


def _stands_still(thread: Path) -> bool:
    """Its state is the first word after its name, which stands in brackets: proc(5). One that has
    ended meanwhile does."""
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"
    except FileNotFoundError:
        return True


@dataclass
class Practice:
    """What a test drives: bookings by staff, edits by a colleague, and what both sides hold."""

    folder: Path
    server: CalendarServer
    proxy: Proxy
    url: str
    environ: dict[str, str]
    around: Surroundings
    daemons: list[Daemon] = field(default_factory=list)
    booked: int = 0
    moved_to: dict[str, datetime] = field(default_factory=dict)

    def calendar(self, url: str, *, direct: bool = False, **changes: object) -> Calendar:
        """A calendar behind the proxy, unless `direct`, asked for changes twice a second."""
        behind = url if direct else self.proxy.origin + urlsplit(url).path
        changes.setdefault("poll_every", timedelta(seconds=0.5))
        return a_calendar(provider="caldav", settings=self.server.settings(behind), **changes)

    def apply(self, *calendars: Calendar) -> None:
        roster = Roster(
            practice=a_practice(),
            practitioners=(a_practitioner(),),
            activities=(an_activity(),),
            calendars=calendars,
        )
        apply_roster(self.around, roster, CAUSE)

    @property
    def cause(self) -> Cause:
        return CAUSE

    def start(self, *, only: str | None = None, **seconds: float) -> Daemon:
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, str(HERE / "daemon_process.py"), json.dumps(QUICK | seconds)],
                env=self.environ | ({"SYNCD_TEST_ONLY": only} if only else {}),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        daemon = Daemon(process, log)
        self.daemons.append(daemon)
        return daemon

    def book(self, count: int = 1) -> list[Appointment]:
        """Appointments half an hour apart, sixteen a day."""
        made = []
        for _ in range(count):
            day, slot = divmod(self.booked, 16)
            self.booked += 1
            start = MONDAY + timedelta(days=day // 5 * 7 + day % 5, minutes=30 * slot)
            wish = Booking(
                activity_id="consultation",
                practitioner_id="dr-patel",
                start=start,
                client_name=f"Client {self.booked}",
                client_email=f"client{self.booked}@example.org",
            )
            made.append(book(self.around, wish, CAUSE))
        return made

    def appointments(self) -> list[Appointment]:
        with self.around.ledger.read() as view:
            return view.appointments()

    def state(self, name: str = MAIN) -> CalendarState:
        with self.around.ledger.read() as view:
            return view.calendar_state(CalendarId(name))

    def dirty(self, name: str = MAIN) -> int:
        with self.around.ledger.read() as view:
            return len(view.dirty_links(CalendarId(name)))

    def holder(self, name: str = MAIN) -> str | None:
        with self.around.ledger.read() as view:
            return view.lease_holders().get(CalendarId(name))

    def health(self, name: str = MAIN) -> Health:
        """What `syncd status` says of a calendar."""
        with self.around.ledger.read() as view:
            found = overview(view, a_practice())
        return next(each.health for each in found.calendars if each.calendar.id == name)

    def is_settled(self, name: str = MAIN) -> bool:
        """Everything is written, and the calendar was read since then without an error."""
        state = self.state(name)
        return not self.dirty(name) and not state.failures and not state.doubt

    def journal_is_sound(self) -> bool:
        with self.around.ledger.read() as view:
            report = view.verify_journal()
        return report.is_sound

    def events(self, url: str | None = None) -> dict[str, str]:
        """What the server really holds: text by address, asked without the proxy."""
        path = urlsplit(url or self.url).path
        with self.server.client() as client:
            listing = client.request("PROPFIND", path, headers={"Depth": "1"})
            listing.raise_for_status()
            names = [
                part.split("</href>")[0]
                for part in listing.text.split("<href>")[1:]
                if part.split("</href>")[0].endswith(".ics")
            ]
            return {name: client.get(name).raise_for_status().text for name in sorted(set(names))}

    def move(self, name: str, *, minutes: int) -> None:
        """A colleague lets an event begin and end later."""
        path = urlsplit(self.url).path + name
        with self.server.client() as client:
            text = client.get(path).raise_for_status().text
        start = datetime.strptime(line(text, "DTSTART"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        self.put(name, an_event(line(text, "UID"), start + timedelta(minutes=minutes)))
        self.moved_to[name] = start + timedelta(minutes=minutes)

    def moves_arrived(self) -> bool:
        """Whether the ledger knows of everything that a colleague moved."""
        starts = {each.start for each in self.appointments()}
        return set(self.moved_to.values()) <= starts

    def put(self, name: str, text: str, url: str | None = None) -> None:
        """A colleague's hand."""
        with self.server.client() as client:
            client.put(urlsplit(url or self.url).path + name, content=text).raise_for_status()


@contextmanager
def running_practice(folder: Path, server: CalendarServer, database_url: str) -> Iterator[Practice]:
    """One practitioner with one calendar; no daemon yet. Whatever was started is killed."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {
        PASSWORD_VARIABLE: server.password,
        "STATE_DIRECTORY": str(folder),
        "SYNCD_DATABASE_URL": database_url,
        "SYNCD_LISTEN": "off",
        "PYTHONWARNINGS": "error",
    }
    settings = Settings(state_directory=folder, database_url=database_url)
    around = furnish(settings, environ)
    migrate(around.ledger)
    with proxy_to(server.origin) as proxy:
        practice = Practice(
            folder=folder,
            server=server,
            proxy=proxy,
            url=server.new_calendar(),
            environ=environ,
            around=around,
        )
        practice.apply(practice.calendar(practice.url))
        yield practice
        for daemon in practice.daemons:
            if daemon.process.poll() is None:
                daemon.send(signal.SIGCONT)
            daemon.kill()
            sys.stdout.write(f"{daemon.log.name}:\n{daemon.said()}\n")  # shown when a test fails
    around.ledger.close()


def line(text: str, name: str) -> str:
    """The value of the first such line of an iCalendar text."""
    for each in text.replace("\r\n ", "").splitlines():
        if each.split(":")[0].split(";")[0] == name:
            return each.partition(":")[2]
    return ""


def an_event(uid: str, start: datetime, minutes: int = 30) -> str:
    end = start + timedelta(minutes=minutes)
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Colleague//Desk//EN", "BEGIN:VEVENT"]
    lines += [f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SUMMARY:Team", "X-ROOM:blue"]
    lines += [f"DTSTART:{start:%Y%m%dT%H%M%SZ}", f"DTEND:{end:%Y%m%dT%H%M%SZ}"]
    lines += ["END:VEVENT", "END:VCALENDAR", ""]
    return "\r\n".join(lines)
