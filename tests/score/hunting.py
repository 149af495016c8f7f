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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SIMULATOR = ("-m", "syncd.testing.simulator")
TELLER = Path(__file__).parent / "telling.py"
STORIES = Path(__file__).parents[1] / "simulation" / "stories"
GRACE = 60.0
"""Seconds beyond its own limit after which a hunter is taken to hang."""
LONGEST = 600.0
"""Seconds that a look beside the hunt may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much may be spent on one hunt."""

    seeds: int = 300
    seconds: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hunter says: how many seeds it ran, and each violation as it was told."""

    seeds: int
    violations: Sequence[Mapping[str, object]]


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
    """Seeds from `first_seed` on, until one of them finds the bug."""
    began, done = time.monotonic(), 0
    while done < budget.seeds:
        spent = time.monotonic() - began
        answer = ask(
            grounds.copy,
            range(first_seed + done, first_seed + budget.seeds),
            grounds.hunter,
            stops=True,
            seconds=budget.seconds - spent,
        )
        spent = time.monotonic() - began
        if isinstance(answer, str):
            return Hunt(found=False, seeds=done, seconds=spent, trouble=answer)
        if not answer.violations:
            return Hunt(found=False, seeds=done + answer.seeds, seconds=spent)
        caught = _caught(answer.violations[0], first_seed, spent)
        if _is_sound(grounds, caught):
            return caught
        done = caught.seeds
    return Hunt(found=False, seeds=done, seconds=time.monotonic() - began)


def _is_sound(grounds: Grounds, caught: Hunt) -> bool:
    """Whether the product without the bug passes this seed."""
    assert caught.seed is not None
    one = range(caught.seed, caught.seed + 1)
    answer = ask(grounds.sound, one, grounds.hunter, stops=True, seconds=LONGEST)
    return isinstance(answer, Answer) and not answer.violations


def share(grounds: Grounds, seeds: range) -> float:
    """Which part of the seeds finds it. A bug that every seed finds is a loud one."""
    answer = ask(grounds.copy, seeds, grounds.hunter, stops=False, seconds=LONGEST)
    if isinstance(answer, str):
        return 0.0
    return len({each["seed"] for each in answer.violations}) / len(seeds)


def told_by(copy: Path, stories: Path = STORIES, *, teller: Path = TELLER) -> str:
    """The name of the recorded story that finds the bug; "" where none does. The sound product
    keeps every promise in each of them: `make test` says so."""
    try:
        done = subprocess.run(
            [sys.executable, str(teller), str(stories)],
            cwd=copy,
            env=surroundings(copy),
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        return str(json.loads(done.stdout).get("story", ""))
    except (subprocess.TimeoutExpired, ValueError):
        return ""


def ask(
    copy: Path, seeds: range, hunter: Sequence[str], *, stops: bool, seconds: float
) -> Answer | str:
    """What the hunter says of these seeds, as far as it comes in time; a word of what went wrong
    with the hunter itself. `stops`: at the first violation."""
    command = [sys.executable, *hunter, "--json", "--seeds", f"{seeds.start}:{seeds.stop}"]
    command += ["--seconds", f"{max(seconds, 1.0):.0f}", *(["--stop-at-first"] if stops else [])]
    try:
        done = subprocess.run(
            command,
            cwd=copy,
            env=surroundings(copy),
            capture_output=True,
            text=True,
            timeout=seconds + GRACE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "it hangs"
    try:
        said = json.loads(done.stdout)
        return Answer(seeds=said["seeds"], violations=said["violations"])
    except (ValueError, KeyError, TypeError):
        words = (done.stderr or done.stdout).strip().splitlines()
        return f"exit {done.returncode}: {words[-1] if words else 'nothing said'}"


def surroundings(copy: Path) -> dict[str, str]:
    """The environment of a hunter: the copy before everything, and a place for what it caches, so
    that no ledger is shared between variants."""
    scratch = copy / "scratch"
    scratch.mkdir(exist_ok=True)
    path = os.pathsep.join(str(each) for each in (copy, copy / "providers", copy / "config"))
    return os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "0", "TMPDIR": str(scratch)}


def _caught(violation: Mapping[str, object], first_seed: int, seconds: float) -> Hunt:
    seed = int(str(violation["seed"]))
    return Hunt(
        found=True,
        seeds=seed - first_seed + 1,
        seconds=seconds,
        invariant=str(violation["invariant"]),
        seed=seed,
        evidence=str(violation.get("evidence", "")),
    )
