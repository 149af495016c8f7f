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
LONGEST = 600.0
"""Seconds that a look beside the hunt may take."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Where a hunt takes place: a copy with the bug, and a sound one, by which each finding is
    checked: a seed that the sound product fails too says nothing about the bug."""

    copy: Path
    sound: Path
    hunter: Sequence[str] = SIMULATOR


def hunt(grounds: Grounds, first_seed: int, budget: Budget) -> Hunt:
    """Seeds from `first_seed` on, in growing batches."""
    began, done, size = time.monotonic(), 0, FIRST_BATCH

    def spent() -> float:
        return time.monotonic() - began

    while done < budget.seeds and spent() < budget.seconds:
        count = min(size, budget.seeds - done)
        left = budget.seconds - spent()
        first = first_seed + done
        answer = ask(grounds.copy, first, count, grounds.hunter, stops=True, seconds=left)
        if isinstance(answer, str):
            return Hunt(found=False, seeds=done, seconds=spent(), trouble=answer)
        if answer is None:
            break
        if not answer:
            done, size = done + count, min(2 * size, LARGEST_BATCH)
            continue
        caught = _caught(answer[0], first_seed, spent())
        if _is_sound(grounds, caught):
            return caught
        done = caught.seeds
    return Hunt(found=False, seeds=done, seconds=spent())


def _is_sound(grounds: Grounds, caught: Hunt) -> bool:
    """Whether the product without the bug passes this seed."""
    assert caught.seed is not None
    answer = ask(grounds.sound, caught.seed, 1, grounds.hunter, stops=True, seconds=LONGEST)
    return answer == []


def share(grounds: Grounds, first_seed: int, count: int) -> float:
    """Which part of `count` seeds finds it. A bug that every seed finds is a loud one."""
    answer = ask(grounds.copy, first_seed, count, grounds.hunter, stops=False, seconds=LONGEST)
    if not isinstance(answer, list):
        return 0.0
    return len({each["seed"] for each in answer}) / count


def ask(
    copy: Path,
    first: int,
    count: int,
    hunter: Sequence[str],
    *,
    stops: bool,
    seconds: float,
) -> list[dict[str, object]] | str | None:
    """The violations among these seeds; a word of what went wrong with the hunter itself; None when
    the time was over before it was through. `stops`: at the first violation."""
    command = [sys.executable, *hunter, "--seeds", f"{first}:{first + count}", "--json"]
    if stops:
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
