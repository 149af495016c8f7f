"""Where the demo plays: a folder with the two files, a server, and syncd run in it as by hand."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from syncd.cli import render
from syncd.cli.demo.server import Server
from syncd.cli.exits import Exit
from syncd.cli.opening import Desk, config_file, open_desk

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
SETTINGS = 'state_directory = "{folder}/state"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The folder, and the server beside it."""

    folder: Path
    server: Server

    def type_in(self, command: str, *, expect: Exit = Exit.OK) -> bool:
        """Show a command and do just that, as `syncd` would; whether it ended as expected."""
        from syncd.cli.app import app  # noqa: PLC0415  which holds the demo's own verb, too

        render.show_command(f"syncd {command}")
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


@contextmanager
def set_up(folder: Path, server: Server) -> Iterator[Stage]:
    """Write the two files and the password, and stand in the folder, undisturbed by the settings
    of whoever watches."""
    (folder / "practice.toml").write_text(PRACTICE.format(origin=server.origin, folder=folder))
    (folder / "syncd.toml").write_text(SETTINGS.format(folder=folder))
    password = folder / "password"
    password.write_text(PASSWORD + "\n")
    password.chmod(0o600)
    for name in list(os.environ):
        if name.startswith("SYNCD_") and name != "SYNCD_DEBUG":
            del os.environ[name]
    with chdir(folder):
        yield Stage(folder=folder, server=server)
