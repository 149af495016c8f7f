"""What bombs cost, as `measuring` finds out in a process beside this one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .bombs import BOMBS
from .bounds import MEMORY, SECONDS, WORKER_SECONDS


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU, here and in the worker, and octets; `problem` if it ended otherwise than it
    should have."""

    name: str
    problem: str = ""
    seconds: float = 0.0
    worker: float = 0.0
    grown: int = 0

    @property
    def broken(self) -> str:
        """The bounds that were broken, "" if none."""
        size = BOMBS[self.name].size
        said = (
            self.problem,
            f"{self.seconds:.1f} s of {SECONDS[size]}" if self.seconds > SECONDS[size] else "",
            f"{self.worker:.1f} s in the worker" if self.worker > WORKER_SECONDS else "",
            f"{self.grown >> 20} MiB" if self.grown > MEMORY[size] else "",
        )
        return ", ".join(filter(None, said))


def measured(names: tuple[str, ...]) -> Iterator[Cost]:
    """The cost of each of these bombs, as it becomes known."""
    tests = Path(__file__).parents[1]
    places = os.pathsep.join(filter(None, (str(tests), os.environ.get("PYTHONPATH", ""))))
    with subprocess.Popen(
        [sys.executable, "-m", "hostile.measuring", *names],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": places},
        cwd=tests,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield Cost(**json.loads(line))
