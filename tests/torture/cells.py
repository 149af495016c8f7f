"""One cell of the fault matrix: a busy round with a fault at one request, and what must follow.

While it lasts nothing is deleted, nothing doubled, no value lost, and `status` says no more than is
true. The next clean round brings both sides together; the one after that does nothing at all.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from torture.bench import Bench
from torture.kinds import KINDS
from torture.spoiler import Kind

from syncd.flows.status import Health
from syncd.flows.sync import Report

FEED, FULL, FIRST = "feed", "full", "first"
"""A round from the change feed, one that lists everything, and the first of all."""
REACH = {FEED: 10, FULL: 4, FIRST: 4}
"""How many requests are enumerated. The later ones of FULL and FIRST are FEED's over again."""
LONGEST = 30.0
MOST_REQUESTS = 60
ROUNDS = 2
"""Within so many clean rounds both sides agree, proof.md S1; one more after a lie, of which only a
complete listing can know."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A fault at a request of a round; `on`: at all later ones of that round, too."""

    scene: str
    kind: str
    at: int
    on: bool = False

    def __str__(self) -> str:
        return f"{self.scene}/{self.kind}/{self.at}{'+' if self.on else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a cell. `said` is the round's own word, "" where it had ended before that
    request; `healed_in` counts the clean rounds that it took."""

    cell: Cell
    said: str
    method: str = ""
    healed_in: int = 0


class Wrong(AssertionError):
    """A cell in which something happened that must not."""


def all_cells() -> list[Cell]:
    """The matrix: every kind at every request of every kind of round."""
    cells = []
    for scene, reach in REACH.items():
        for kind in KINDS.values():
            cells += [Cell(scene, kind.name, at) for at in range(1, reach + 1)]
            if kind.lasts and scene == FEED:
                cells += [Cell(scene, kind.name, at, on=True) for at in range(1, reach + 1)]
    return cells


def some_cells(chance: random.Random, size: int) -> list[Cell]:
    """A sample in which every kind has about the same share."""
    cells = all_cells()
    chance.shuffle(cells)
    by_kind: dict[str, list[Cell]] = {}
    for cell in cells:
        by_kind.setdefault(cell.kind, []).append(cell)
    kinds = list(by_kind.values())
    chance.shuffle(kinds)
    return [kind[turn] for turn in range(size) for kind in kinds if turn < len(kind)][:size]


def play(bench: Bench, cell: Cell) -> Outcome:
    """Do one cell on a bench that is at rest, or empty for the first round of all."""
    if cell.scene == FIRST:
        for _ in range(4):
            bench.diary.books()
            bench.diary.adds()
    else:
        bench.diary.a_busy_day()
    bench.reconnect()
    kind = KINDS[cell.kind]
    bench.spoiler.arm(kind, cell.at, on=cell.on)
    deleted = len([each for each in bench.proxy.log if each.method == "DELETE"])
    began = bench.around.clock.now()
    with bench.impatience():
        report = bench.sync(in_full=cell.scene == FULL)
    span = began, bench.around.clock.now()
    asked = bench.spoiler.calm_down()
    _require(cell, not bench.spoiler.errors, f"the spoiler itself failed: {bench.spoiler.errors}")
    _judge_the_round(bench, cell, kind, report)
    _judge_the_pause(bench, cell, report, span)
    healed_in = _heal(bench, cell, kind)
    _judge_quiet(bench, cell)
    deletes = [each for each in bench.proxy.log if each.method == "DELETE"][deleted:]
    wanted = 1 if cell.scene != FIRST else 0
    paths = {each.path for each in deletes}
    _require(cell, len(paths) <= wanted, f"deletions that nobody asked for: {paths}")
    bench.diary.remember_whole()
    if not bench.spoiler.struck:
        return Outcome(cell=cell, said="")
    said = "ok" if report.ok else report.code or "?"
    method = asked[cell.at - 1] if len(asked) >= cell.at else ""
    return Outcome(cell=cell, said=said, method=method, healed_in=healed_in)


def _judge_the_round(bench: Bench, cell: Cell, kind: Kind, report: Report) -> None:
    seen = bench.diary.evidence()
    _require(cell, not (found := bench.diary.unsafe(seen)), f"after {report}: {found}")
    _require(cell, seen.health is not Health.SUSPENDED, f"suspended: {report}")
    _require(cell, report.seconds < LONGEST, f"it took {report.seconds} s")
    _require(cell, report.requests <= MOST_REQUESTS, f"it took {report.requests} requests")
    if report.ok:
        agrees = kind.lies or seen.health is not Health.IN_SYNC or not bench.diary.unsettled(seen)
        _require(cell, agrees, "status says in-sync, and it is not so")
        return
    state = bench.state()
    _require(cell, seen.health is Health.FAILING, f"status says {seen.health} after {report}")
    _require(cell, state.error_code == report.code, f"{state.error_code}, not {report.code}")


def _judge_the_pause(
    bench: Bench, cell: Cell, report: Report, span: tuple[datetime, datetime]
) -> None:
    """When it tries again, counted from a moment within the round, is what it was asked for."""
    asks, retry_at = KINDS[cell.kind].asks, bench.state().retry_at
    if asks is None or report.code not in ("RATE_LIMITED", "CALENDAR_UNAVAILABLE"):
        return
    least, most = (timedelta(seconds=each) for each in asks)
    fits = retry_at and retry_at - span[0] >= least and retry_at - span[1] <= most
    _require(cell, fits, f"tries again at {retry_at}, after {report} within {span}")


def _heal(bench: Bench, cell: Cell, kind: Kind) -> int:
    """Clean rounds; after how many both sides agreed."""
    healed_in, last = 0, ROUNDS + kind.lies
    for number in range(1, last + 1):
        report = bench.sync(in_full=kind.lies and number == ROUNDS)
        _require(cell, report.ok, f"a clean round failed: {report}")
        found = bench.diary.unsettled()
        _require(cell, not (found and number == last), f"after {number} clean rounds: {found}")
        healed_in = healed_in or (0 if found else number)
    return healed_in


def _judge_quiet(bench: Bench, cell: Cell) -> None:
    writes, commits = bench.writes(), bench.around.ledger.commits
    report = bench.sync()
    quiet = report.ok and not report.pulled and not report.pushed and bench.writes() == writes
    _require(cell, quiet, f"the round after is not quiet: {report}")
    _require(cell, bench.around.ledger.commits == commits, "the quiet round commits")


def _require(cell: Cell, claim: object, words: str) -> None:
    if not claim:
        raise Wrong(f"{cell}: {words}")


def played(cells: list[Cell], fresh: Callable[[], Bench]) -> Iterator[Outcome | Wrong]:
    """Each cell in turn. The bench is exchanged for a fresh one after some, for each first round of
    all, and wherever something went wrong."""
    bench, used = None, 0
    for cell in cells:
        if bench is None or used == 25 or cell.scene == FIRST:
            bench, used = fresh(), 0
            if cell.scene != FIRST:
                bench.furnish()
        used += 1
        try:
            yield play(bench, cell)
            used = 25 if cell.scene == FIRST else used
        except Exception as exc:  # noqa: BLE001  one cell must not hide the others
            yield exc if isinstance(exc, Wrong) else Wrong(f"{cell}: {exc!r}")
            bench = None
