"""A real CalDAV server (Radicale) on loopback, in a process of its own, with its files in a folder.

What it was asked is read from its own log: syncd's claims are checked against the other side's
record.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from threading import Event

from syncd.core.errors import Refused
from syncd.ports import Clock

READY_WITHIN = 30.0
_REQUEST = re.compile(r" ([A-Z]+) request for ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server; `stop` ends it."""

    origin: str
    pid: int
    log: Path
    process: subprocess.Popen[bytes]

    def requests(self) -> Counter[str]:
        """How many requests it has answered since it was started, by method."""
        return Counter(_REQUEST.findall(self.log.read_text(encoding="utf-8", errors="replace")))

    def stop(self) -> None:
        """End it, at once if it does not listen. Idempotent."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)


def start_server(folder: Path, accounts: Mapping[str, str], clock: Clock) -> Server:
    """A server for these accounts (user name: password), ready to answer. Raises Refused where
    Radicale is not installed."""
    if find_spec("radicale") is None:
        raise Refused(
            "the demo needs a calendar server; install it with: pip install 'syncd[demo]'"
        )
    folder.mkdir()
    users = folder / "users"
    users.write_text("".join(f"{name}:{password}\n" for name, password in accounts.items()))
    users.chmod(0o600)
    port = _free_port()
    config = folder / "radicale.conf"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\n"
        "htpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n"
        "[logging]\nlevel = info\n"
    )
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  our own interpreter
            [sys.executable, "-m", "radicale", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"},
            start_new_session=True,  # Ctrl-C is for the demo, which then stops its server
        )
    server = Server(origin=f"http://127.0.0.1:{port}", pid=process.pid, log=log, process=process)
    _await(server, port, clock)
    return server


def exit_on_sigterm() -> None:
    """Let SIGTERM unwind the process, so that what it started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _await(server: Server, port: int, clock: Clock) -> None:
    pause, deadline = Event(), clock.monotonic() + READY_WITHIN
    while clock.monotonic() < deadline and server.process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        pause.wait(0.05)
    server.stop()
    raise Refused(f"the calendar server did not start; it said: {server.log.read_text()[-500:]}")
