"""A process that the demo starts beside itself, awaits and ends; what it does is not known here."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from syncd.core.errors import Refused
from syncd.ports import Clock

READY_WITHIN = 30.0
STOPS_WITHIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """`name` is what people are told of it, `log` all that it says."""

    name: str
    log: Path
    running: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        return self.running.pid

    def tell(self, line: str) -> None:
        """Write a line to what it reads."""
        assert self.running.stdin is not None
        self.running.stdin.write(line.encode() + b"\n")
        self.running.stdin.flush()

    def await_port(self, port: int, clock: Clock) -> None:
        """Until it answers there. Raises Refused, with its last words, where it does not."""
        pause, deadline = Event(), clock.monotonic() + READY_WITHIN
        while clock.monotonic() < deadline and self.running.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            pause.wait(0.05)
        self.stop()
        said = self.log.read_text(encoding="utf-8", errors="replace")
        raise Refused(f"{self.name} did not start; it said: {said[-500:]}")

    def stop(self) -> None:
        """End it, at once if it does not listen. Idempotent."""
        if self.running.stdin is not None:
            with suppress(OSError):
                self.running.stdin.close()
        if self.running.poll() is None:
            self.running.terminate()
            try:
                self.running.wait(STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self.running.kill()
                self.running.wait(STOPS_WITHIN)


def start_process(
    name: str, arguments: Sequence[str], log: Path, *, is_told: bool = False
) -> Process:
    """Our own interpreter with these arguments, standing where its log is. `is_told`: it reads
    what `tell` writes, and the end of it when the demo is gone."""
    with log.open("wb") as output:
        running = subprocess.Popen(  # noqa: S603  our own interpreter
            [sys.executable, *arguments],
            stdin=subprocess.PIPE if is_told else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"},
            start_new_session=True,  # Ctrl-C is for the demo, which then stops what it started
        )
    return Process(name=name, log=log, running=running)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def exit_on_sigterm() -> None:
    """Let SIGTERM unwind the process, so that what it started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
