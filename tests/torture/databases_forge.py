"""Commands of syncd in forks of one process that has everything loaded.

Each fork stops before it begins, so that a tracer may come to it; that the interpreter starts and
loads is not watched, which makes a hundred points affordable. Orders come in as lines of JSON, and
each is answered by two: the process once it stands, and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import syncd.cli.app  # noqa: F401  everything that a verb loads
from syncd.cli import main as run_syncd
from syncd.registry import provider_kind


def serve() -> None:
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


def _say(answer: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve()
    run_syncd()
