"""The process in which rules are expanded whose cost nobody can tell beforehand.

One for the whole program, started when it is first needed and kept. Whatever takes longer than its
budget is killed with it, and the next one asked gets a fresh process. Knows nothing of rules.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Timer

from syncd.core.errors import Rejected, Unavailable
from syncd_caldav.expander import CannotExpand, Start

BUDGET = timedelta(seconds=2)
"""Wall clock for one expansion; an odd but honest rule needs some milliseconds."""
START_LIMIT = timedelta(seconds=30)
"""Wall clock for the process to start and import, 0.3 s on an idle machine."""
_PROGRAM = Path(__file__).with_name("expander.py")


class Worker:
    """A kept process that runs `expander`. Safe for several threads, which wait for each other."""

    def __init__(self, *, budget: timedelta = BUDGET, program: Path = _PROGRAM) -> None:
        self._budget = budget
        self._program = program
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that is kept at the moment, if any."""
        return self._process.pid if self._process else None

    def starts_between(self, text: str, low: datetime, high: datetime) -> list[Start]:
        """As `expander.starts_between`. `Rejected` when it takes too long, or twice ends the
        process; `Unavailable` when no process can be had."""
        request = {
            "text": text,
            "low": low.isoformat(),
            "high": high.isoformat(),
            "seconds": int(self._budget.total_seconds()) + 2,
        }
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            # A process that somebody else killed, or that lies there dead, is not the event's
            # fault: it is asked once more.
            answer = self._ask(line) or self._ask(line)
        if not answer:
            raise Rejected(
                "a recurrence that takes too much memory to expand; give it a simpler rule"
            )
        found = json.loads(answer)
        if "starts" not in found:
            raise CannotExpand(found.get("problem", ""))
        return [Start(label, datetime.fromisoformat(at)) for label, at in found["starts"]]

    def close(self) -> None:
        """End the process, if there is one; a later call starts another."""
        with self._lock:
            self._end()
        atexit.unregister(self.close)

    def _ask(self, line: bytes) -> bytes:
        """The answer to one request; nothing if the process ended instead."""
        process = self._process
        if process is None or process.poll() is not None:
            process = self._start()
        with _killing(process, self._budget) as is_late:
            answer = _exchange(process, line)
        if not answer:
            self._end()
            if is_late.is_set():
                raise Rejected(
                    "a recurrence that takes too long to expand; give it a simpler rule, or an end"
                )
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        """A process that is ready. It is given where to import from, and nothing of the
        environment, which may hold secrets."""
        self._end()
        try:
            self._process = process = subprocess.Popen(  # noqa: S603  our own program
                # -P: the folder of the program holds modules named like those of the library.
                [sys.executable, "-P", "-s", str(self._program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                cwd="/",
                # Ctrl-C at the terminal is for the parent.
                start_new_session=True,
            )
        except OSError as problem:
            raise Unavailable(f"no process to expand recurrences in: {problem}") from problem
        atexit.unregister(self.close)
        atexit.register(self.close)
        with _killing(process, START_LIMIT):
            is_ready = _exchange(process, b"")
        if not is_ready:
            self._end()
            raise Unavailable("the process to expand recurrences in does not start")
        return process

    def _end(self) -> None:
        """Kill and reap the process: it holds nothing worth keeping."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what it was not sent any more
                    pipe.close()
        process.wait()


@contextmanager
def _killing(process: subprocess.Popen[bytes], budget: timedelta) -> Iterator[Event]:
    """Kill `process` unless the block ends within `budget`. The event tells that it happened."""
    is_late = Event()

    def kill() -> None:
        is_late.set()
        process.kill()

    timer = Timer(budget.total_seconds(), kill)
    timer.daemon = True
    timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()


def _exchange(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """One line there, one line back; nothing if the process ends before that."""
    if process.stdin is None or process.stdout is None:
        return b""
    try:
        process.stdin.write(line)
        process.stdin.flush()
    except BrokenPipeError:
        return b""
    answer = process.stdout.readline()
    return answer if answer.endswith(b"\n") else b""


KEPT = Worker()
"""The one of this program."""
