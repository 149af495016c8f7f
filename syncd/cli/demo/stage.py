"""Where the demo plays: a folder with the two files, what runs beside it, and syncd as by hand."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from syncd.cli import render
from syncd.cli.demo.booking_site import BookingSite
from syncd.cli.demo.process import Process, free_port
from syncd.cli.demo.server import Server
from syncd.cli.demo.service import load_service
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, config_file, open_desk
from syncd.ledger import View
from syncd.ports import Clock

PATIENCE = 60.0
"""Seconds that something may take on a machine with much else to do."""
PASSWORD = "between-us"  # noqa: S105  of a server on loopback that lives for a minute
PRACTICE = """\
[practice]
name = "Riverside Clinic"
timezone = "Europe/Berlin"

[[practitioners]]
id = "dr-patel"
name = "Dr. Priya Patel"
hours = [{{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }}]

[[practitioners]]
id = "dr-meyer"
name = "Dr. Jonas Meyer"
hours = [{{ days = ["mon", "wed", "fri"], start = "08:00", end = "14:00" }}]

[[practitioners]]
id = "dr-peer"
name = "Dr. Alice Peer"
hours = [{{ days = ["mon", "tue", "wed", "thu", "fri"], start = "09:00", end = "17:00" }}]

[[activities]]
id = "consultation"
name = "Consultation"
duration_minutes = 30

[[calendars]]
id = "patel"
provider = "caldav"
practitioner = "dr-patel"
url = "{origin}/patel/appointments/"
username = "patel"
password = "file:{folder}/password"

[[calendars]]
id = "meyer"
provider = "caldav"
practitioner = "dr-meyer"
url = "{origin}/meyer/appointments/"
username = "meyer"
password = "file:{folder}/password"
"""
SETTINGS = """\
state_directory = "{folder}/state"
listen = "127.0.0.1:{port}"
"""


_NOT_OURS = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")
"""What systemd tells whoever watches, and not the syncd of the demo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The folder, and what runs beside it; `port` is where syncd's own door will be."""

    folder: Path
    server: Server
    site: BookingSite
    service: Process
    port: int
    clock: Clock

    @property
    def door(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def type_in(self, command: str, *, expect: Exit = Exit.OK, into: Path | None = None) -> bool:
        """Show a command and do just that, as `syncd` would; whether it ended as expected. What it
        prints goes to the end of the file `into`, where there is one."""
        from syncd.cli.app import app  # noqa: PLC0415  which holds the demo's own verb, too

        render.show_command(f"syncd {command}{f' >>{into.name}' if into is not None else ''}")
        with _output(into):
            code = app(shlex.split(command), standalone_mode=False) or Exit.OK
        if code == Exit.INTERRUPTED:
            raise KeyboardInterrupt
        return bool(code == expect)

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """The ledger that the commands work on."""
        config_file.set(self.folder / "syncd.toml")
        with open_desk() as desk:
            yield desk

    def wait_until(self, claim: Callable[[View], bool]) -> bool:
        """Whether it comes to hold in the ledger, before patience ends."""
        pause, deadline = Event(), self.clock.monotonic() + PATIENCE
        with self.desk() as desk:
            while True:
                with desk.around.ledger.read() as view:
                    if claim(view):
                        return True
                if self.clock.monotonic() > deadline:
                    return False
                pause.wait(0.1)


@contextmanager
def set_up(folder: Path, server: Server, site: BookingSite, clock: Clock) -> Iterator[Stage]:
    """Write the two files and the password, and stand in the folder, undisturbed by the settings of
    whoever watches."""
    port = free_port()
    (folder / "practice.toml").write_text(PRACTICE.format(origin=server.origin, folder=folder))
    (folder / "syncd.toml").write_text(SETTINGS.format(folder=folder, port=port))
    password = folder / "password"
    password.touch(0o600)
    password.write_text(PASSWORD + "\n")
    for name in list(os.environ):
        if (name.startswith("SYNCD_") and name != "SYNCD_DEBUG") or name in _NOT_OURS:
            del os.environ[name]
    service = load_service(folder)
    try:
        with chdir(folder):
            yield Stage(
                folder=folder, server=server, site=site, service=service, port=port, clock=clock
            )
    finally:
        service.stop()


@contextmanager
def _output(path: Path | None) -> Iterator[None]:
    """Where what is printed goes, for the length of the `with` block."""
    if path is None:
        yield
        return
    with path.open("a", encoding="utf-8") as file, redirect_stdout(file):
        file.write("\n")
        yield
