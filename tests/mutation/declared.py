"""Try the mutants of declarations: each in a fork that imports the core anew, mutated.

A table or a default cannot be exchanged once others have imported it. So the parent imports only
what is not ours, and each child the rest: first the tests that are named after the module, then all.
"""

import argparse
import importlib.abc
import importlib.util
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import _hypothesis_globals  # noqa: F401  so that it is there before pytest looks for it
import pytest
from mutation.declarations import CORE, Mutant, mutants_of

KILLED, SURVIVED = "killed", "survived"
PATIENCE = 240
OPTIONS = ["-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
OPTIONS += ["-p", "no:cov", "-o", "timeout=0", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
NOT_OURS = ("test_log.py", "test_memory_", "test_wiring_nodes.py")


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and gives it other code."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self.mutant.module:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin="mutated")

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.mutant.source, self.mutant.module, "exec"), vars(module))


def try_one(mutant: Mutant) -> str:
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            sys.meta_path.insert(0, _Mutated(mutant))
            os._exit(int(any(pytest.main([*OPTIONS, *each]) for each in _stages(mutant))))
        except BaseException:  # noqa: BLE001  whatever it is, the mutant did it
            os._exit(1)
    return SURVIVED if os.waitpid(child, 0)[1] == 0 else KILLED


def _stages(mutant: Mutant) -> list[list[str]]:
    files = sorted(Path("tests/unit").glob("test_*.py")) + sorted(Path("tests/laws").glob("test_*"))
    files = [each for each in files if not each.name.startswith(NOT_OURS)]
    about = mutant.module.rpartition(".")[2].removesuffix("s")
    first = [each for each in files if about in each.name or each.name == "test_words.py"]
    rest = [each for each in files if each not in first]
    return [[str(each) for each in stage] for stage in (first, rest)]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation.declared")
    parser.add_argument("--book", type=Path, default=Path("mutants/declared.json"))
    parser.add_argument("modules", nargs="*")
    given = parser.parse_args()
    given.book.parent.mkdir(exist_ok=True)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.environ.setdefault("LAWS_EXAMPLES", "20")
    book: dict[str, str] = json.loads(given.book.read_text()) if given.book.exists() else {}
    for path in sorted(CORE.glob("*.py")):
        if given.modules and path.stem not in given.modules:
            continue
        mutants = {f"{each.where}: {each.change}": each for each in mutants_of(path)}
        for key, mutant in mutants.items():
            if book.get(key, SURVIVED) != SURVIVED:
                continue
            book[key] = try_one(mutant)
            given.book.write_text(json.dumps(book, indent=1, ensure_ascii=False))
        found = [book[key] for key in mutants]
        sys.stdout.write(f"{path.stem}: {found.count(KILLED)} of {len(found)} killed\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
