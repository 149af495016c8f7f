"""A real CalDAV server (Radicale) on loopback, in a process of its own, with its files in a folder.

What it was asked is read from its own log: syncd's claims are checked against the other side's
record.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from syncd.cli.demo.process import Process, free_port, start_process
from syncd.core.errors import Refused

_REQUEST = re.compile(r" ([A-Z]+) request for ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that is started, and perhaps not yet ready."""

    port: int
    process: Process

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def requests(self) -> Counter[str]:
        """How many requests it has answered since it was started, by method."""
        said = self.process.log.read_text(encoding="utf-8", errors="replace")
        return Counter(_REQUEST.findall(said))


def start_server(folder: Path, accounts: Mapping[str, str]) -> Server:
    """A server for these accounts (user name: password). Raises Refused where Radicale is not
    installed."""
    if find_spec("radicale") is None:
        raise Refused(
            "the demo needs a calendar server; install it with: pip install 'syncd[demo]'"
        )
    folder.mkdir()
    users = folder / "users"
    users.write_text("".join(f"{name}:{password}\n" for name, password in accounts.items()))
    users.chmod(0o600)
    port = free_port()
    config = folder / "radicale.conf"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\n"
        "htpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n"
        "[logging]\nlevel = info\n"
    )
    arguments = ["-m", "radicale", "--config", str(config)]
    process = start_process("the calendar server", arguments, folder / "server.log")
    return Server(port=port, process=process)
