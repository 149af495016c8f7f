"""Try mutmut's mutants in one pytest session: a fork for each, the fast laws first, then its tests.

mutmut makes the mutants, says which tests reach which function, and keeps the books (`mutants/`).
It would also start pytest anew for each of them, and ask at each call which mutant is alive; that
takes seconds. Here everything is collected once, the mutant's code is put in place of the
function's own, and it takes as long as its tests do. What has a verdict is not asked again.
"""

import argparse
import ast
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import FunctionType

import pytest
from _pytest.runner import runtestprotocol

SURVIVED, KILLED, NO_TESTS, TIMED_OUT = 0, 1, 33, 36  # mutmut's own exit codes
SCENARIOS = 400
PATIENCE = 60
"""Seconds of processor time: who needs more than this does not come to an end."""
SELECTION = (
    "tests/unit",
    "tests/laws",
    "--ignore=tests/unit/test_log.py",
    "--ignore=tests/unit/test_memory_calendar.py",
    "--ignore=tests/unit/test_wiring_nodes.py",
)


class Books:
    """What mutmut wrote down: the verdicts by module, and which tests reach which function."""

    def __init__(self, folder: Path) -> None:
        self.paths = sorted((folder / "syncd/core").glob("*.meta"))
        facts = json.loads((folder / "mutmut-stats.json").read_text())
        reached: dict[str, list[str]] = facts["tests_by_mangled_function_name"]
        self.tests = {function: frozenset(tests) for function, tests in reached.items()}
        self.durations: dict[str, float] = facts["duration_by_test"]

    def open(self, patterns: Sequence[str], *, survivors: bool) -> Iterator[tuple[Path, list[str]]]:
        """The mutants of each module that have no verdict, or (again) those that survived."""
        for path in self.paths:
            verdicts = json.loads(path.read_text())["exit_code_by_key"]
            todo = [
                key
                for key, code in verdicts.items()
                if (code is None or (survivors and code in (SURVIVED, NO_TESTS)))
                and any(fnmatchcase(key, pattern) for pattern in patterns)
            ]
            if todo:
                yield path, todo

    @staticmethod
    def enter(path: Path, verdicts: dict[str, int]) -> None:
        facts = json.loads(path.read_text())
        facts["exit_code_by_key"] |= verdicts
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(facts, indent=4))
        draft.replace(path)

    def rank(self, nodeid: str, key: str) -> float:
        """Below zero for a test that is known to reach the mutated function; quick ones first."""
        reached = nodeid in self.tests.get(key.rpartition("__mutmut_")[0], ())
        return self.durations.get(nodeid, 0.0) - (1_000 if reached else 0)


class Session:
    """A pytest plugin: once everything is collected, it tries mutants instead of running tests.
    Tests that mutmut has not met yet are asked last, whatever they reach."""

    def __init__(self, books: Books, patterns: Sequence[str], *, survivors: bool) -> None:
        self.books, self.patterns, self.survivors = books, patterns, survivors

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        assert _laws_hold(), "the laws fail without any mutant"
        known = self.books.durations
        for path, keys in self.books.open(self.patterns, survivors=self.survivors):
            bodies = _bodies(path.with_suffix(""))
            killed = 0
            for key in keys:
                ranked = sorted(
                    (self.books.rank(each.nodeid, key), count)
                    for count, each in enumerate(session.items)
                )
                tests = [
                    session.items[count]
                    for rank, count in ranked
                    if rank < 0 or session.items[count].nodeid not in known
                ]
                body = bodies[key.rpartition(".")[2]]
                code = verdict(lambda key=key, body=body: _put_in_place(key, body), tests)
                self.books.enter(path, {key: code})
                killed += code != SURVIVED
            _say(f"{path.stem}: {killed} of {len(keys)} killed")
        return True


def verdict(mutate: Callable[[], None], tests: Sequence[pytest.Item]) -> int:
    """The exit code of a child in which the mutant is alive."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXCPU, lambda *_: os._exit(TIMED_OUT))
        used = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (used + PATIENCE, used + PATIENCE + 5))
        try:
            mutate()
            os._exit(KILLED if _is_found_out(tests) else SURVIVED)
        except BaseException:  # noqa: BLE001  whatever it is, the mutant did it
            os._exit(KILLED)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code if code >= 0 else TIMED_OUT


def _is_found_out(tests: Sequence[pytest.Item]) -> bool:
    return not _laws_hold() or any(
        report.failed
        for item in tests
        for report in runtestprotocol(item, log=False, nextitem=None)
    )


def _laws_hold() -> bool:
    from laws.at_speed import run  # noqa: PLC0415  pytest rewrites asserts before it is imported

    return run(1, scenarios=SCENARIOS).broken is None


def _bodies(path: Path) -> dict[str, tuple[ast.FunctionDef, str | None]]:
    """The mutated functions of a module by name, each with its class."""
    found: dict[str, tuple[ast.FunctionDef, str | None]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        owner = node.name if isinstance(node, ast.ClassDef) else None
        found |= {each.name: (each, owner) for each in inner if isinstance(each, ast.FunctionDef)}
    return found


def _put_in_place(key: str, body: tuple[ast.FunctionDef, str | None]) -> None:
    """Give the living function the mutant's code: everybody who imported it calls the mutant."""
    function, owner = body
    module = importlib.import_module(key.rpartition(".")[0])
    function.decorator_list = []
    wrapped: ast.stmt = function
    if owner is not None:  # so that `super()` finds its cell
        wrapped = ast.ClassDef(owner, bases=[], keywords=[], body=[function], decorator_list=[])
    future = ast.ImportFrom("__future__", [ast.alias("annotations")], 0)
    whole = ast.fix_missing_locations(ast.Module([future, wrapped], type_ignores=[]))
    names = dict(vars(module))
    exec(compile(whole, f"<{key}>", "exec"), names)
    holder = names if owner is None else vars(names[owner])
    mutant = holder[function.name]
    plain = function.name.rpartition("__mutmut_")[0]
    name = plain.rpartition("ǁ")[2] if owner is not None else plain.removeprefix("x_")
    target = vars(module)[name] if owner is None else vars(vars(module)[owner])[name]
    assert isinstance(mutant, FunctionType)
    target.__code__ = mutant.__code__
    target.__defaults__ = mutant.__defaults__
    target.__kwdefaults__ = mutant.__kwdefaults__


def _say(text: str) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation.session")
    parser.add_argument(
        "--survivors", action="store_true", help="ask again for those that survived"
    )
    parser.add_argument("--books", type=Path, default=Path("mutants"))
    parser.add_argument("patterns", nargs="*", default=["*"])
    given = parser.parse_args()
    session = Session(Books(given.books), given.patterns, survivors=given.survivors)
    arguments = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    arguments += ["-p", "no:cov", "-o", "timeout=0", *SELECTION]
    return int(pytest.main(arguments, plugins=[session]))


if __name__ == "__main__":
    sys.exit(main())
