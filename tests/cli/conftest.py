"""A practice in a folder, with a real calendar server where a test asks for one; commands run in
this process as the entry point would run them."""

from __future__ import annotations

import json
import logging
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import structlog
from calendar_servers import PASSWORD_VARIABLE, CalendarServer, radicale

from syncd.cli.app import app
from syncd.cli.exits import Exit
from syncd.cli.opening import config_file, open_desk
from syncd.ledger import open_ledger
from syncd.wiring import SystemClock, SystemRandomness

NOWHERE = "http://127.0.0.1:9/dav/"
"""The discard port of loopback, where nobody listens."""
PRACTICE = """\
[practice]
name = "Riverside Clinic"
timezone = "Europe/Berlin"

[[practitioners]]
id = "dr-patel"
name = "Dr. Priya Patel"
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }]

[[practitioners]]
id = "dr-owl"
name = "Dr. Owl"
hours = [{ days = ["sun"], start = "00:00", end = "06:00" }]

[[activities]]
id = "consultation"
name = "Consultation"
duration_minutes = 30

[[activities]]
id = "request"
name = "On request"
duration_minutes = 60
needs_confirmation = true
"""


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Office:
    """Somebody at a shell in a folder with the two files."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    server: CalendarServer | None = None
    calendars: dict[str, str] = field(default_factory=dict)

    def run(self, line: str) -> Answer:
        self.capsys.readouterr()
        config_file.set(None)
        with pytest.raises(SystemExit) as ended:
            app(shlex.split(line), prog_name="syncd")
        said = self.capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    def ok(self, line: str) -> Answer:
        answer = self.run(line)
        assert answer.code == Exit.OK, answer
        return answer

    def read(self, line: str) -> Any:
        """The JSON that a verb prints."""
        return self.ok(f"{line} --json").json

    def write_practice(self, *more: str) -> None:
        (self.folder / "practice.toml").write_text(PRACTICE + "".join(more))

    def add_calendar(self, name: str = "patel-main", url: str | None = None, **keys: str) -> str:
        """A calendar of dr-patel's in practice.toml, on the real server unless told where."""
        settings = {"url": url or ""}
        if url is None:
            assert self.server is not None
            settings = self.server.settings(self.server.new_calendar())
        if name != "patel-main":
            keys = {"mode": "busy", **keys}  # an appointment is written to one of them
        lines = {"id": name, "provider": "caldav", "practitioner": "dr-patel", **settings, **keys}
        block = "".join(f"{key} = {json.dumps(value)}\n" for key, value in lines.items())
        with (self.folder / "practice.toml").open("a") as file:
            file.write(f"\n[[calendars]]\n{block}")
        self.calendars[name] = settings["url"]
        return settings["url"]

    def book(self, start: str = "2031-03-03T09:00", name: str = "Jane Doe", more: str = "") -> Any:
        return self.read(
            f"book --activity consultation --practitioner dr-patel --start {start} "
            f'--name "{name}" --email {name.partition(" ")[0].lower()}@example.org {more}'
        )

    def events(self, calendar: str = "patel-main") -> dict[str, str]:
        """What the server holds: address → text."""
        assert self.server is not None
        url = self.calendars[calendar]
        with self.server.client() as client:
            answer = client.request("PROPFIND", url, headers={"Depth": "1"})
            hrefs = [each for each in _hrefs(answer.text) if each.endswith(".ics")]
            return {href: client.get(href).text for href in hrefs}

    def put(self, href: str, text: str) -> None:
        assert self.server is not None
        with self.server.client() as client:
            client.put(href, content=text.encode()).raise_for_status()

    def delete(self, href: str) -> None:
        assert self.server is not None
        with self.server.client() as client:
            client.delete(href).raise_for_status()

    def take(self, ledger: Path) -> None:
        """Use a copy of this ledger."""
        (self.folder / "state").mkdir()
        shutil.copy(ledger, self.folder / "state/ledger.sqlite3")

    def in_conflict(self) -> Any:
        """An appointment at nine that the ledger moved to 11, its calendar to 14 o'clock, after the
        round that found it out."""
        booked = self.book()
        self.ok("sync")
        [(href, text)] = self.events().items()
        at = text.rindex("BEGIN:VEVENT")
        event = re.sub(r"(?m)^DTSTART[^\r\n]*", "DTSTART:20310303T130000Z", text[at:])
        event = re.sub(r"(?m)^DTEND[^\r\n]*", "DTEND:20310303T133000Z", event)
        self.put(href, text[:at] + event)
        self.ok(f"appointments reschedule {booked['number']} --start 2031-03-03T11:00")
        self.run("sync")
        return booked

    def desk(self) -> Any:
        return open_desk(creates=True)


def _hrefs(text: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?href>([^<]+)</", text)


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def office(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Office]:
    """No calendars."""
    for name in ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "SYNCD_DEBUG", "SUDO_USER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "syncd.toml"))
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "syncd.toml").write_text(f'state_directory = "{tmp_path}/state"\n')
    root, handlers = logging.getLogger(), list(logging.getLogger().handlers)
    level = root.level
    office = Office(tmp_path, capsys)
    office.write_practice()
    yield office
    config_file.set(None)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@pytest.fixture(scope="session")
def new_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger without a practice: making one takes longer than copying it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.sqlite3"
    with open_ledger(
        f"sqlite:///{path}", clock=SystemClock(), randomness=SystemRandomness()
    ) as ledger:
        ledger.migrate()
    return path


@pytest.fixture
def clinic(
    office: Office,
    new_ledger: Path,
    radicale_server: CalendarServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Office:
    """One calendar on a real server, and the practice in force."""
    monkeypatch.setenv(PASSWORD_VARIABLE, radicale_server.password)
    office.take(new_ledger)
    office.server = radicale_server
    office.add_calendar()
    office.ok("practice apply")
    return office


@pytest.fixture
def practice(office: Office, new_ledger: Path) -> Office:
    """The practice in force, without calendars."""
    office.take(new_ledger)
    office.ok("practice apply")
    return office
