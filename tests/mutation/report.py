"""What became of the mutants: counted by module, the survivors beside the reasons in explained.toml.

Ends with 1 when a mutant survived that nobody explained, or an explanation has no survivor left.
"""

import argparse
import ast
import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from mutation.changes import in_words
from mutation.declarations import CORE, mutants_of

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


def of_functions(books: Path) -> Iterator[Tried]:
    """What mutmut made and `session` tried."""
    for book in sorted((books / "syncd/core").glob("*.meta")):
        verdicts: dict[str, int | None] = json.loads(book.read_text())["exit_code_by_key"]
        bodies = {
            node.name: node
            for node in ast.walk(ast.parse(book.with_suffix("").read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef)
        }
        for key, code in verdicts.items():
            module, _, name = key.rpartition(".")
            plain = name.rpartition("__mutmut_")[0]
            before, after = bodies[f"{plain}__mutmut_orig"], bodies[name]
            yield Tried(
                module=module.rpartition(".")[2],
                where=f"{module.rpartition('.')[2]}.{_spoken(plain)}",
                change=in_words(_text(before), _text(after)),
                killed=None if code is None else code not in (0, 33),
            )


def of_declarations(book: Path) -> Iterator[Tried]:
    """What `declarations` made and `declared` tried."""
    fates: dict[str, str] = json.loads(book.read_text()) if book.exists() else {}
    for path in sorted(CORE.glob("*.py")):
        for mutant in mutants_of(path):
            fate = fates.get(f"{mutant.where}: {mutant.change}")
            yield Tried(
                module=path.stem,
                where=mutant.where.removeprefix("syncd.core."),
                change=mutant.change,
                killed=None if fate is None else fate == "killed",
            )


def _spoken(mangled: str) -> str:
    """`xǁLinkǁnext_generation` is Link.next_generation, `x__moved` is _moved."""
    return mangled.removeprefix("x").strip("ǁ").replace("ǁ", ".") if "ǁ" in mangled else mangled[2:]


def _text(function: ast.FunctionDef) -> str:
    return f"({ast.unparse(function.args)}): {' '.join(map(ast.unparse, function.body))}"


def reasons() -> list[Reason]:
    facts = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return [Reason(**each) for each in facts.get("survivor", [])]


def lines(tried: list[Tried], known: list[Reason]) -> Iterator[str]:
    yield "| module | mutants | killed | survived | not tried |"
    yield "|---|---:|---:|---:|---:|"
    for module in [*sorted({each.module for each in tried}), "all"]:
        fates = [each.killed for each in tried if module in (each.module, "all")]
        row = (len(fates), fates.count(True), fates.count(False), fates.count(None))
        yield f"| {module} | {' | '.join(map(str, row))} |"
    alive = [each for each in tried if each.killed is False]
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
    tried = [*of_functions(given.books), *of_declarations(given.books / "declared.json")]
    said = list(lines(tried, reasons()))
    sys.stdout.write("\n".join(said) + "\n")
    return int(any(each.startswith(("not explained", "explains nothing")) for each in said))


if __name__ == "__main__":
    sys.exit(main())
