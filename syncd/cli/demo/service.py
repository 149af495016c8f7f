"""`syncd run` as systemd would keep it, in a process of its own.

It is loaded while other acts are played, and begins when it is told to: nothing else is different.
"""

from __future__ import annotations

from pathlib import Path

from syncd.cli.demo.process import Process, start_process

_PROGRAM = """\
import sys
import syncd.cli.app, syncd.daemon.process, syncd_calcom.kind, syncd_caldav.kind
from syncd.cli import main
sys.argv = ["syncd", *sys.stdin.readline().split()]
if sys.argv[1:]:
    main()
"""


def load_service(folder: Path) -> Process:
    """The process for the practice in this folder, waiting for its one line: `begin`."""
    return start_process("syncd", ["-c", _PROGRAM], folder / "syncd.log", is_told=True)


def begin(service: Process) -> None:
    service.tell("run")
