"""Measure whole processes from outside, and pieces of this one from inside."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall clock and of processor time, user and system."""

    wall: float
    cpu: float


def process(command: Sequence[str], *, env: dict[str, str], cwd: Path) -> Cost:
    """The cost of a command as a whole; it must succeed."""
    with (cwd / "output.txt").open("wb") as output:
        began = time.perf_counter()
        child = subprocess.Popen(command, env=env, cwd=cwd, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise RuntimeError(f"{command} failed: {(cwd / 'output.txt').read_text()[-2000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def piece(work: Callable[[], Any]) -> tuple[Cost, Any]:
    """The cost of a call in this process, all its threads counted, and what it returned."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Cost(time.perf_counter() - wall, time.process_time() - cpu), result


def median(costs: Sequence[Cost]) -> Cost:
    return Cost(
        statistics.median(cost.wall for cost in costs), statistics.median(c.cpu for c in costs)
    )


def ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> Cost:
    """The median of the ratios pair by pair, so that a drifting machine does not count."""
    pairs = list(zip(ours, theirs, strict=True))
    return Cost(
        statistics.median(a.wall / b.wall for a, b in pairs),
        statistics.median(a.cpu / b.cpu for a, b in pairs),
    )
