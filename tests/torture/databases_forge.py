"""Commands of syncd in forks of one process that has everything loaded.

Each fork stops before it begins, so that a tracer may come to it; that the interpreter starts and
loads is neither watched nor waited for, which makes a hundred points affordable. Orders come in as
lines of JSON, and each is answered by two: the process once it stands, and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torture.databases import Desk, Ended, with_tests

import syncd.cli.app  # noqa: F401  everything that a verb loads
from syncd.cli import main as run_syncd
from syncd.registry import provider_kind


@dataclass(frozen=True, slots=True)
class Forge:
    """Runs commands of syncd."""

    process: subprocess.Popen[str]
    folder: Path

    def run(
        self,
        desk: Desk,
        words: Sequence[str],
        *,
        user: int | None = None,
        watch: Callable[[int], object] = lambda _: None,
    ) -> Ended:
        """Run a command, as this user; `watch` is called with its process before it begins."""
        out, err = (self.folder / name for name in ("out", "err"))
        for each in (out, err):
            each.unlink(missing_ok=True)
        order = {"words": words, "environment": desk.environment(), "user": user}
        process = self._ask(order | {"out": str(out), "err": str(err)})["process"]
        watch(process)
        os.kill(process, signal.SIGCONT)
        return Ended(self._answer()["code"], out.read_text(), err.read_text())

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
    environment = with_tests({**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    with (
        tempfile.TemporaryDirectory(prefix="syncd-forge-") as folder,
        subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
        yield Forge(process, Path(folder))


def _serve() -> None:
    """Take orders until there are no more. Returns in the forks, which then become syncd."""
    provider_kind("caldav")
    for line in sys.stdin:
        order = json.loads(line)
        process = os.fork()
        if not process:
            _become(order)
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        os.waitpid(process, os.WUNTRACED)
        _say({"process": process})
        _, status = os.waitpid(process, 0)
        _say({"code": os.waitstatus_to_exitcode(status)})
    sys.exit()


def _become(order: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["syncd", *order["words"]]
    for number, path in enumerate((os.devnull, order["out"], order["err"])):
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)
    if order["user"] is not None:
        os.setgroups([])
        os.setuid(order["user"])


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
    run_syncd()
