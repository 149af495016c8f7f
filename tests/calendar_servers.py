"""Real CalDAV servers on loopback for the tests: Radicale and Xandikos, each in its own process.

Imports nothing of syncd, so that a bug there cannot hide here.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_WITHIN = 30.0
PASSWORD_VARIABLE = "SYNCD_TEST_CALENDAR_PASSWORD"

_MKCALENDAR = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:set><d:prop><d:displayname>{name}</d:displayname>"
    '<c:supported-calendar-component-set><c:comp name="VEVENT"/>'
    "</c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"
)


@dataclass(frozen=True, slots=True)
class CalendarServer:
    """A running server: `origin` without a path, `home` the folder of calendars below it."""

    name: str
    origin: str
    home: str
    username: str = ""
    password: str = ""

    def client(self) -> httpx.Client:
        """A plain HTTP client with the server's credentials; the caller closes it."""
        auth = httpx.BasicAuth(self.username, self.password) if self.username else None
        return httpx.Client(base_url=self.origin, auth=auth, trust_env=False, timeout=30)

    def new_calendar(self, name: str | None = None) -> str:
        """The address of a calendar made just now, empty, with a name of its own."""
        path = f"{self.home}{name or f'cal-{uuid.uuid4().hex[:12]}'}/"
        with self.client() as client:
            answer = client.request(
                "MKCALENDAR",
                path,
                content=_MKCALENDAR.format(name="Appointments"),
                headers={"Content-Type": "application/xml"},
            )
            answer.raise_for_status()
        return self.origin + path

    def settings(self, url: str) -> dict[str, str]:
        """What a calendar of practice.toml says to reach `url`; see `export_password`."""
        if not self.username:
            return {"url": url}
        return {"url": url, "username": self.username, "password": f"env:{PASSWORD_VARIABLE}"}


def free_port() -> int:
    """A port of loopback that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def radicale(folder: Path) -> Iterator[CalendarServer]:
    """Radicale with one user, keeping its files in `folder`."""
    users = folder / "users"
    users.write_text("alice:wonderland\n")
    port = free_port()
    config = folder / "config"
    config.write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\n"
        "htpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n"
        "[logging]\nlevel = warning\n"
    )
    command = [sys.executable, "-m", "radicale", "--config", str(config)]
    server = CalendarServer(
        "radicale", f"http://127.0.0.1:{port}", "/alice/", "alice", "wonderland"
    )
    with _running(command, folder, port):
        yield server


@contextmanager
def xandikos(folder: Path) -> Iterator[CalendarServer]:
    """Xandikos, which asks for no credentials, keeping its files in `folder`."""
    port = free_port()
    command = [sys.executable, "-m", "xandikos", "serve", "--defaults", "--no-detect-systemd"]
    command += ["-d", str(folder / "data"), "--state-dir", str(folder / "state")]
    command += ["-l", "127.0.0.1", "-p", str(port)]
    (folder / "data").mkdir()
    with _running(command, folder, port):
        yield CalendarServer("xandikos", f"http://127.0.0.1:{port}", "/user/calendars/")


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "HOME": str(folder)},
        )
    try:
        _await_answer(process, port, log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _await_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended at once: {log.read_text()[-2000:]}")
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=5, trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"no answer within {READY_WITHIN} s: {log.read_text()[-2000:]}")
