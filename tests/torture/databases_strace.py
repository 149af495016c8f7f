"""Blows at the n-th system call of a command, by `strace`: killed before it, or told that it failed.

Knows nothing of ledgers. Calls are counted for each kind and each thread on its own; a blow is only
dealt at calls on the named file, or on any file.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from torture.databases import Desk, Ended

WANTED = "strace is not here or may not trace; on Debian: apt-get install strace"
KILL, EIO, ENOSPC = "signal=KILL", "error=EIO", "error=ENOSPC"
LONGEST = 400
"""No enumeration of ours has as many points: the process would not end."""
HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """What happens at the `nth` `call` on `path`, and with `ever_after` at all later ones, too."""

    call: str
    nth: int = 1
    path: Path | None = None
    effect: str = KILL
    ever_after: bool = False

    def options(self) -> list[str]:
        where = ["-P", str(self.path)] if self.path is not None else []
        when = f"{self.nth}+" if self.ever_after else str(self.nth)
        inject = f"inject={self.call}:{self.effect}:when={when}"
        return [*where, "-e", f"trace={self.call}", "-e", inject]

    def __str__(self) -> str:
        file = self.path.name if self.path is not None else "any file"
        return f"{self.effect} at {self.call} {self.nth}{'+' * self.ever_after} of {file}"


@dataclass(frozen=True, slots=True)
class Struck:
    """How a command ended, and whether the blow was dealt at all."""

    ended: Ended
    dealt: bool


@cache
def can_trace() -> bool:
    """Whether strace is here, may trace, and can deal blows."""
    if shutil.which("strace") is None:
        return False
    command = ["strace", "-f", "-o", "/dev/null", "-e", "inject=rmdir:error=EIO", sys.executable]
    done = subprocess.run([*command, "-c", ""], capture_output=True, check=False)
    return done.returncode == 0


@dataclass(frozen=True, slots=True)
class Forge:
    """Runs commands of syncd under blows."""

    process: subprocess.Popen[str]
    folder: Path

    def strike(self, desk: Desk, words: Sequence[str], blow: Blow) -> Struck:
        out, err, log = (self.folder / name for name in ("out", "err", "log"))
        for each in (out, err, log):
            each.unlink(missing_ok=True)
        order = {"words": words, "environment": desk.environment(), "out": str(out)}
        process = self._ask(order | {"err": str(err)})["process"]
        command = ["strace", "-f", "-o", str(log), *blow.options(), "-p", str(process)]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            assert "attached" in tracer.stderr.readline()
            os.kill(process, signal.SIGCONT)
            ended = Ended(self._answer()["code"], out.read_text(), err.read_text())
        mark = "killed by SIGKILL" if blow.effect == KILL else "(INJECTED)"
        return Struck(ended, mark in log.read_text())

    def _ask(self, order: dict[str, object]) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def forge() -> Iterator[Forge]:
    """For as long as the `with` block lasts."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with (
        tempfile.TemporaryDirectory(prefix="syncd-forge-") as folder,
        subprocess.Popen(
            [sys.executable, str(HERE / "databases_forge.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
        yield Forge(process, Path(folder))


def points(blow: Blow, sample: Sequence[int] | None) -> Iterator[Blow]:
    """The blow at each of the `sample`; at all from the first on without one, for as long as they
    are taken."""
    for nth in range(1, LONGEST) if sample is None else sample:
        yield replace(blow, nth=nth)
