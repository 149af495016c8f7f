"""A practice in a folder beside a CalDAV server of its own, whose objects a test writes raw.

Commands run in this process as the entry point would run them; what a verb prints and how it ends
comes back as a value.
"""

from __future__ import annotations

import io
import json
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import structlog

from syncd.cli.app import app
from syncd.cli.opening import config_file

from .raw_server import PATH, RawCalendar, raw_server

PRACTICE = """\
[practice]
name = "Riverside Clinic"
timezone = "Europe/Berlin"

[[practitioners]]
id = "dr-patel"
name = "Dr. Priya Patel"
hours = [{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }]

[[activities]]
id = "consultation"
name = "Consultation"
duration_minutes = 30
"""
CALENDAR = """
[[calendars]]
id = "patel"
provider = "caldav"
practitioner = "dr-patel"
url = "{url}"
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def text(self) -> str:
        return self.out + self.err


@dataclass
class FrontDesk:
    """Somebody at a shell in `folder`; `calendar` is what the server of theirs holds."""

    folder: Path
    calendar: RawCalendar
    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, *arguments: str) -> Said:
        """A command, as typed without a shell."""
        out, err = io.StringIO(), io.StringIO()
        config_file.set(None)
        code = 0
        environ = {**_plain_environment(), **self.environ}
        with (
            mock.patch.dict(os.environ, environ, clear=True),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            try:
                app(list(arguments), prog_name="syncd")
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Said(code, out.getvalue(), err.getvalue())

    def appointments(self) -> list[Any]:
        found: list[Any] = self.run("appointments", "list", "--json").json["appointments"]
        return found


def _plain_environment() -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "PYTHONPATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"TERM": "dumb"}


@contextmanager
def front_desk(folder: Path, ledger: Path | None = None) -> Iterator[FrontDesk]:
    """A practice in force, and its calendar, empty. `ledger`: an empty one to begin with, since
    making one takes longer than copying it."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    with raw_server() as (calendar, server):
        environ = {"SYNCD_CONFIG": str(folder / "syncd.toml")}
        (folder / "syncd.toml").write_text(f'state_directory = "{folder}/state"\n')
        written = PRACTICE + CALENDAR.format(url=server.origin + PATH)
        (folder / "practice.toml").write_text(written)
        if ledger is not None:
            (folder / "state").mkdir()
            shutil.copy(ledger, folder / "state/ledger.sqlite3")
        desk = FrontDesk(folder, calendar, environ)
        applied = desk.run("practice", "apply", str(folder / "practice.toml"))
        assert applied.code == 0, applied
        try:
            yield desk
        finally:
            config_file.set(None)
            structlog.reset_defaults()
            root.handlers[:], root.level = handlers, level
