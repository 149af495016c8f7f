"""Blows at the n-th system call of a command, by `strace`: killed before it, or told that it failed.

Knows nothing of ledgers. Calls are counted for each kind and each thread on its own; a blow is only
dealt at calls on the named file, or on any file.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from torture.databases import Desk, Ended
from torture.databases_forge import Forge

WANTED = "strace is not here or may not trace; on Debian: apt-get install strace"
KILL, EIO, ENOSPC = "signal=KILL", "error=EIO", "error=ENOSPC"
LONGEST = 400
"""No enumeration of ours has as many points: the process would not end."""


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


def strike(smith: Forge, desk: Desk, words: Sequence[str], blow: Blow) -> Struck:
    """Run a command of syncd under one blow."""
    log = smith.folder / "log"
    with ExitStack() as stack:

        def watch(process: int) -> None:
            command = ["strace", "-f", "-o", str(log), *blow.options(), "-p", str(process)]
            tracer = stack.enter_context(
                subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
            )
            assert tracer.stderr is not None
            assert "attached" in tracer.stderr.readline()

        ended = smith.run(desk, words, watch=watch)
    mark = "killed by SIGKILL" if blow.effect == KILL else "(INJECTED)"
    return Struck(ended, mark in log.read_text())


def points(blow: Blow, sample: Sequence[int] | None) -> Iterator[Blow]:
    """The blow at each of the `sample`; at all from the first on without one, for as long as they
    are taken."""
    for nth in range(1, LONGEST) if sample is None else sample:
        yield replace(blow, nth=nth)
