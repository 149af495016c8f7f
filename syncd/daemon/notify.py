"""Tell systemd how it goes: ready, status, still alive, reloading, stopping. sd_notify(3).

Without a NOTIFY_SOCKET everything here does nothing. What cannot be delivered is dropped: a service
must not fail for want of a listener.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from datetime import timedelta

from syncd.ports import Clock

EXTEND_BY = timedelta(seconds=60)
EXTEND_EVERY = timedelta(seconds=20)


class Notifier:
    """One datagram socket to the service manager. Safe to use from several threads."""

    def __init__(self, environ: Mapping[str, str], clock: Clock) -> None:
        self._clock = clock
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._socket: socket.socket | None = None
        self.watchdog_every = watchdog_period(environ)
        """How often the watchdog wants a sign of life; None where nobody watches."""

    def ready(self, status: str) -> None:
        self.tell("READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        self.tell(f"STATUS={text}")

    def alive(self) -> None:
        self.tell("WATCHDOG=1")

    def reloading(self) -> None:
        self.tell("RELOADING=1", f"MONOTONIC_USEC={int(self._clock.monotonic() * 1_000_000)}")

    def stopping(self, status: str) -> None:
        self.tell("STOPPING=1", f"STATUS={status}")

    def tell(self, *assignments: str) -> None:
        """Send `NAME=value` lines as one datagram."""
        if self._address is None:
            return
        message = "\n".join(line.replace("\n", " ") for line in assignments)
        with contextlib.suppress(OSError):
            self._open().sendto(message.encode(), self._address)

    @contextlib.contextmanager
    def patience(self) -> Iterator[None]:
        """Have systemd wait for as long as the block takes, such as a long migration."""
        done = threading.Event()

        def ask() -> None:
            while not done.wait(EXTEND_EVERY.total_seconds()):
                self.tell(f"EXTEND_TIMEOUT_USEC={int(EXTEND_BY.total_seconds() * 1_000_000)}")

        asker = threading.Thread(target=ask, name="syncd-patience", daemon=True)
        asker.start()
        try:
            yield
        finally:
            done.set()
            asker.join()

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.settimeout(1.0)  # a listener that does not listen must not stop us
        return self._socket


def watchdog_period(environ: Mapping[str, str]) -> timedelta | None:
    """How often systemd wants to hear of this process, if it does. sd_watchdog_enabled(3)."""
    meant_for = environ.get("WATCHDOG_PID") or str(os.getpid())
    period = environ.get("WATCHDOG_USEC", "")
    if not period.isdecimal() or int(period) == 0 or meant_for != str(os.getpid()):
        return None
    return timedelta(microseconds=int(period))


def _address(text: str) -> str | None:
    """A path, or a name in the abstract namespace, which systemd writes with a leading @."""
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None
