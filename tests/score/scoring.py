"""The score: which planted bugs are found, by which invariant, and after how many seeds."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from score.hunting import SIMULATOR, Budget, Grounds, Hunt, hunt, share, told_by
from score.planting import Bug, Edit, copy_product, plant

RANGES = (1_000, 101_000, 201_000)
"""Where the disjoint ranges of seeds begin."""
LOUD = 10
"""So many seeds must all find a bug for it to be called loud."""
MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How bugs are hunted: in each of `ranges`, with the budget each."""

    budget: Budget = Budget()
    ranges: Sequence[int] = RANGES
    hunter: Sequence[str] = SIMULATOR


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one bug: the hunts, one a range, as far as they were made. `story` is the
    recorded one that finds it, of a bug that no hunt found."""

    bug: Bug
    hunts: tuple[Hunt, ...]
    is_loud: bool = False
    story: str = ""

    @property
    def found(self) -> bool:
        return any(each.found for each in self.hunts)

    @property
    def invariant(self) -> str:
        """The invariant that was named first."""
        return next((each.invariant for each in self.hunts if each.found), "")

    @property
    def seeds(self) -> float:
        """The median number of seeds until it was found; a range that missed it counts as more
        than all."""
        if not self.found:
            return float("inf")
        counts = [each.seeds if each.found else float("inf") for each in self.hunts]
        return float(median(counts))

    @property
    def seconds(self) -> float:
        return sum(each.seconds for each in self.hunts)

    @property
    def trouble(self) -> str:
        return next((each.trouble for each in self.hunts if each.trouble), "")


def found_before(log: Path, bugs: Iterable[Bug]) -> dict[str, Verdict]:
    """What a log of JSON lines says of these bugs, by name: those that were found as they are
    planted now. What was missed, or is planted otherwise since, is to be hunted again."""
    wanted = {each.name: each for each in bugs}
    found: dict[str, Verdict] = {}
    for each in log.read_text().splitlines() if log.exists() else ():
        verdict = _verdict_of(json.loads(each))
        if verdict.found and wanted.get(verdict.bug.name) == verdict.bug:
            found[verdict.bug.name] = verdict
    return found


def _verdict_of(said: dict[str, Any]) -> Verdict:
    edits = tuple(Edit(**each) for each in said["bug"].pop("edits"))
    return Verdict(
        bug=Bug(**said["bug"], edits=edits),
        hunts=tuple(Hunt(**each) for each in said["hunts"]),
        is_loud=said["is_loud"],
        story=said.get("story", ""),
    )


def judge(planted: Bug, sound: Path, terms: Terms) -> Verdict:
    """Hunt one bug in every range. The rest of the ranges is spared when the first finds nothing.
    `sound` is a copy of the product without any bug."""
    with scratch() as copy:
        copy_product(copy)
        plant(planted, copy)
        grounds = Grounds(copy=copy, sound=sound, hunter=terms.hunter)
        hunts: list[Hunt] = []
        for first in terms.ranges:
            hunts.append(hunt(grounds, first, terms.budget))
            if not hunts[0].found:
                break
        at_once = all(each.found and each.seeds == 1 for each in hunts)
        is_loud = at_once and share(grounds, _first(terms, LOUD)) == 1.0
        story = "" if hunts[0].found or terms.hunter != SIMULATOR else told_by(copy)
    return Verdict(bug=planted, hunts=tuple(hunts), is_loud=is_loud, story=story)


def _first(terms: Terms, count: int) -> range:
    return range(terms.ranges[0], terms.ranges[0] + count)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for a copy, in memory where the system has such a place."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def judge_all(
    bugs: Iterable[Bug], terms: Terms, *, workers: int, tell: Callable[[Verdict], None]
) -> list[Verdict]:
    """Every bug, several at a time; `tell` hears of each, on any thread."""

    with scratch() as sound, ThreadPoolExecutor(workers, thread_name_prefix="hunt") as pool:
        copy_product(sound)

        def one(planted: Bug) -> Verdict:
            verdict = judge(planted, sound, terms)
            tell(verdict)
            return verdict

        return list(pool.map(one, bugs))


def summary(verdicts: Sequence[Verdict]) -> str:
    """The score in one line."""
    found = [each.seeds for each in verdicts if each.found]
    middle = f", median {median(found):g} seeds" if found else ""
    loud = sum(each.is_loud for each in verdicts)
    told = sum(bool(each.story) for each in verdicts if not each.found)
    more = f"; {told} more by a recorded story" if told else ""
    return f"found {len(found)} of {len(verdicts)}{middle}; {loud} of them by every seed{more}"


def line(verdict: Verdict) -> str:
    """One bug in plain words."""
    missed = "by story" if verdict.story else "MISSED"
    what = verdict.invariant if verdict.found else verdict.trouble or missed
    seeds = f"{verdict.seeds:g}" if verdict.found else f"> {verdict.hunts[0].seeds}"
    return f"{seeds:>6} {verdict.seconds:>6.1f} s  {what:<8} {verdict.bug.name}"


def table(verdicts: Sequence[Verdict], terms: Terms, pending: dict[str, str]) -> str:
    """The whole result as Markdown."""
    rows = [
        "# Planted bugs",
        "",
        "Known-bad variants of the engine, each of which the simulator must find. `make score`",
        f"writes this page. Each bug is hunted in at most {terms.budget.seeds} histories or",
        f"{terms.budget.seconds:g} s, from so many seeds on: {len(terms.ranges)}. *Seeds* is the median number of",
        "histories until it was found, or how many there was time for. A bug that every one finds",
        "is *loud*. What chance did not find was looked for in the recorded stories, too, which",
        "`make test` tells each time: histories of before, in which something like it went wrong.",
        "",
        f"**{summary(verdicts)}.**",
        "",
        "| planted bug | breaks | named first | seeds | seconds |",
        "|---|---|---|---:|---:|",
    ]
    for each in sorted(verdicts, key=lambda one: (one.seeds, one.bug.name)):
        named = f"{each.invariant}{' (loud)' if each.is_loud else ''}" or _story(each)
        seeds = f"{each.seeds:g}" if each.found else f"none of {each.hunts[0].seeds}"
        what = f"{each.bug.name}<br>*{each.bug.why}*"
        rows.append(f"| {what} | {each.bug.breaks} | {named} | {seeds} | {each.seconds:.0f} |")
    rows += ["", "Not planted yet, and not counted:", ""]
    rows += [f"- {name}: {why}" for name, why in pending.items()]
    return "\n".join([*rows, ""])


def _story(verdict: Verdict) -> str:
    return f"by the story *{verdict.story.replace('-', ' ')}*" if verdict.story else "-"
