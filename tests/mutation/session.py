"""Try the mutants of functions in one pytest session: a fork for each, the fast laws first.

Everything is collected once, and asked once without a mutant, to see which test reaches which
function and how long it takes. Then each mutant takes its function's place in a fork, and as long
as the tests that reach it do, the quick ones first. What was killed before is not asked again.
"""

import argparse
import json
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import FrameType

import pytest
from _pytest.runner import runtestprotocol

KILLED, SURVIVED, TIMED_OUT = "killed", "survived", "timed out"
_EXIT_CODES = {0: SURVIVED, 1: KILLED, 36: TIMED_OUT}
SCENARIOS = 400
PATIENCE = 30
"""Seconds of processor time: who needs more than this does not come to an end."""
SELECTION = (
    "tests/unit",
    "tests/laws",
    "--ignore=tests/unit/test_log.py",
    "--ignore-glob=tests/unit/test_memory_*.py",
    "--ignore=tests/unit/test_wiring_nodes.py",
)
CORE = Path("syncd/core")


class Session:
    """A pytest plugin: once everything is collected, it tries mutants instead of running tests."""

    def __init__(self, book: Path, patterns: Sequence[str]) -> None:
        self.book, self.patterns = book, patterns
        self.fates: dict[str, str] = json.loads(book.read_text()) if book.exists() else {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        from mutation.functions import mutants_of  # noqa: PLC0415  pytest goes first

        assert _laws_hold(), "the laws fail without any mutant"
        reaching = _reaching(session.items)
        for path in sorted(CORE.glob("*.py")):
            mutants = [
                each
                for each in mutants_of(path)
                if any(fnmatchcase(each.where, pattern) for pattern in self.patterns)
            ]
            for each in mutants:
                key = f"{each.where}: {each.change}"
                if self.fates.get(key, SURVIVED) == SURVIVED:
                    self.fates[key] = fate(each.put_in_place, reaching[path.stem, each.name])
                    self._write()
            killed = sum(self.fates[f"{each.where}: {each.change}"] != SURVIVED for each in mutants)
            _say(f"{path.stem}: {killed} of {len(mutants)} killed")
        return True

    def _write(self) -> None:
        draft = self.book.with_suffix(".draft")
        draft.write_text(json.dumps(self.fates, indent=1, ensure_ascii=False))
        draft.replace(self.book)


def _reaching(items: Sequence[pytest.Item]) -> dict[tuple[str, str], list[pytest.Item]]:
    """By module and function, the tests that reach it, the quick ones first."""
    found: dict[tuple[str, str], list[tuple[float, int]]] = defaultdict(list)
    core = str(CORE.resolve())
    for count, item in enumerate(items):
        called: set[tuple[str, str]] = set()

        def note(frame: FrameType, event: str, _: object, called: set = called) -> None:
            code = frame.f_code
            if event == "call" and code.co_filename.startswith(core):
                called.add((Path(code.co_filename).stem, code.co_name))

        began = time.process_time()
        sys.setprofile(note)
        reports = runtestprotocol(item, log=False, nextitem=None)
        sys.setprofile(None)
        assert not any(each.failed for each in reports), f"{item.nodeid} fails without any mutant"
        for each in called:
            found[each].append((time.process_time() - began, count))
    quick_first = {key: [items[at] for _, at in sorted(ranked)] for key, ranked in found.items()}
    return defaultdict(list, quick_first)


def fate(mutate: Callable[[], None], tests: Sequence[pytest.Item]) -> str:
    """What becomes of a mutant that is alive in a child of ours."""
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXCPU, lambda *_: os._exit(36))
        used = int(time.process_time())
        resource.setrlimit(resource.RLIMIT_CPU, (used + PATIENCE, used + PATIENCE + 5))
        try:
            mutate()
            os._exit(int(_is_found_out(tests)))
        except BaseException:  # noqa: BLE001  whatever it is, the mutant did it
            os._exit(1)
    return _EXIT_CODES.get(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), TIMED_OUT)


def _is_found_out(tests: Sequence[pytest.Item]) -> bool:
    return not _laws_hold() or any(
        report.failed
        for item in tests
        for report in runtestprotocol(item, log=False, nextitem=None)
    )


def _laws_hold() -> bool:
    from laws.at_speed import run  # noqa: PLC0415  pytest rewrites asserts before it is imported

    return run(1, scenarios=SCENARIOS).broken is None


def _say(text: str) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.write(f"{text}\n")
    sys.__stdout__.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mutation.session")
    parser.add_argument("--book", type=Path, default=Path("mutants/functions.json"))
    parser.add_argument("patterns", nargs="*", default=["*"], help="such as 'syncd.core.merge.*'")
    given = parser.parse_args()
    os.environ.setdefault("LAWS_EXAMPLES", "20")
    given.book.parent.mkdir(exist_ok=True)
    arguments = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-p", "no:xdist"]
    arguments += ["-p", "no:cov", "-o", "timeout=0", *SELECTION]
    return int(pytest.main(arguments, plugins=[Session(given.book, given.patterns)]))


if __name__ == "__main__":
    sys.exit(main())
