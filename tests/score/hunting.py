"""Hunt one planted bug: run seeds over a copy that has it, until one finds it or a budget is spent.

The hunter is a program of its own (the simulator), started with the copy first on its path; what it
found it says as JSON on its standard output. Nothing of the copy is imported here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SIMULATOR = ("-m", "syncd.testing.simulator")
FIRST_BATCH = 10
LARGEST_BATCH = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be spent on one hunt."""

    seeds: int = 300
    seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunt:
    """How one hunt went. `seeds`: how many were run, the one that found it included. `trouble` says
    why the hunter itself failed, if it did: then nothing is known."""

    found: bool
    seeds: int
    seconds: float
    invariant: str = ""
    seed: int | None = None
    evidence: str = ""
    trouble: str = ""


def hunt(copy: Path, first_seed: int, budget: Budget, hunter: Sequence[str] = SIMULATOR) -> Hunt:
    """Seeds from `first_seed` on, in growing batches."""
    began, done, size = time.monotonic(), 0, FIRST_BATCH

    def spent() -> float:
        return time.monotonic() - began

    while done < budget.seeds and spent() < budget.seconds:
        count = min(size, budget.seeds - done)
        first = first_seed + done
        left = budget.seconds - spent()
        answer = ask(copy, first, count, hunter, stop_at_first=True, seconds=left)
        if isinstance(answer, str):
            return Hunt(found=False, seeds=done, seconds=spent(), trouble=answer)
        if answer is None:
            break
        if answer:
            return _caught(answer[0], first_seed, spent())
        done, size = done + count, min(2 * size, LARGEST_BATCH)
    return Hunt(found=False, seeds=done, seconds=spent())


def share(copy: Path, first_seed: int, count: int, hunter: Sequence[str] = SIMULATOR) -> float:
    """Which part of `count` seeds finds it. A bug that every seed finds is a loud one."""
    answer = ask(copy, first_seed, count, hunter, stop_at_first=False, seconds=600)
    if not isinstance(answer, list):
        return 0.0
    return len({each["seed"] for each in answer}) / count


def ask(
    copy: Path,
    first: int,
    count: int,
    hunter: Sequence[str],
    *,
    stop_at_first: bool,
    seconds: float,
) -> list[dict[str, object]] | str | None:
    """The violations among these seeds; a word of what went wrong with the hunter itself; None when
    the time was over before it was through."""
    command = [sys.executable, *hunter, "--seeds", f"{first}:{first + count}", "--json"]
    if stop_at_first:
        command.append("--stop-at-first")
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=surroundings(copy),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    try:
        violations: list[dict[str, object]] = json.loads(done.stdout)["violations"]
    except (ValueError, KeyError, TypeError):
        words = (done.stderr or done.stdout).strip().splitlines()
        return f"exit {done.returncode}: {words[-1] if words else 'nothing said'}"
    return violations


def surroundings(copy: Path) -> dict[str, str]:
    """The environment of a hunter: the copy before everything, and a place for what it caches, so
    that no ledger is shared between variants."""
    scratch = copy / "scratch"
    scratch.mkdir(exist_ok=True)
    path = os.pathsep.join(str(each) for each in (copy, copy / "providers", copy / "config"))
    return os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "TMPDIR": str(scratch)}


def _caught(violation: dict[str, object], first_seed: int, seconds: float) -> Hunt:
    seed = int(str(violation["seed"]))
    return Hunt(
        found=True,
        seeds=seed - first_seed + 1,
        seconds=seconds,
        invariant=str(violation["invariant"]),
        seed=seed,
        evidence=str(violation.get("evidence", "")),
    )
