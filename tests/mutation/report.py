"""What became of the mutants: counted by module, the survivors beside the reasons in explained.toml.

Ends with 1 when a mutant survived that nobody explained, or an explanation has no survivor left.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mutation import declarations, functions
from mutation.declarations import CORE

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True)
class Tried:
    """One mutant and its fate; `killed` is None where it was not tried yet."""

    module: str
    where: str
    change: str
    killed: bool | None


@dataclass(frozen=True)
class Reason:
    """Why the mutants at `where` that read like `change` may live: both with * and ?."""

    where: str
    change: str
    why: str

    def covers(self, mutant: Tried) -> bool:
        return fnmatchcase(mutant.where, self.where) and fnmatchcase(
            mutant.change, self.change.replace("[", "[[]")
        )


def tried(book: Path, mutants_of: Callable[[Path], Iterable[Any]]) -> Iterator[Tried]:
    """Every mutant of the core, with its fate if `book` knows one."""
    fates: dict[str, str] = json.loads(book.read_text()) if book.exists() else {}
    for path in sorted(CORE.glob("*.py")):
        for mutant in mutants_of(path):
            fate = fates.get(f"{mutant.where}: {mutant.change}")
            yield Tried(
                module=path.stem,
                where=mutant.where.removeprefix("syncd.core."),
                change=mutant.change,
                killed=None if fate is None else fate != "survived",
            )


def reasons() -> list[Reason]:
    facts = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return [Reason(**each) for each in facts.get("survivor", [])]


def lines(found: list[Tried], known: list[Reason]) -> Iterator[str]:
    yield "| module | mutants | killed | survived | not tried |"
    yield "|---|---:|---:|---:|---:|"
    for module in [*sorted({each.module for each in found}), "all"]:
        fates = [each.killed for each in found if module in (each.module, "all")]
        row = (len(fates), fates.count(True), fates.count(False), fates.count(None))
        yield f"| {module} | {' | '.join(map(str, row))} |"
    alive = [each for each in found if each.killed is False]
    open_ones = [each for each in alive if not any(reason.covers(each) for reason in known)]
    yield f"explained: {len(alive) - len(open_ones)} of {len(alive)} survivors"
    yield from (f"not explained: {each.where} | {each.change}" for each in open_ones)
    yield from (
        f"explains nothing: {each.where} | {each.change}"
        for each in known
        if not any(each.covers(mutant) for mutant in alive)
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation.report")
    parser.add_argument("--books", type=Path, default=Path("mutants"))
    given = parser.parse_args()
    both = (("functions.json", functions.mutants_of), ("declared.json", declarations.mutants_of))
    found = [each for book, made in both for each in tried(given.books / book, made)]
    said = list(lines(found, reasons()))
    sys.stdout.write("\n".join(said) + "\n")
    return int(any(each.startswith(("not explained", "explains nothing")) for each in said))


if __name__ == "__main__":
    sys.exit(main())
