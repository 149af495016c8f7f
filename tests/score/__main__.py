"""`make score`: plant every bug, hunt it, and say how many were found."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from score.catalogue import ALL, PENDING
from score.hunting import SIMULATOR, Budget
from score.planting import Bug
from score.scoring import (
    RANGES,
    Terms,
    Verdict,
    found_before,
    judge_all,
    line,
    summary,
    table,
)


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0 when every bug was found, 1 when one was missed."""
    wanted = _parser().parse_args(arguments)
    bugs = _chosen(wanted.only)
    terms = Terms(
        budget=Budget(seeds=wanted.seeds, seconds=wanted.seconds),
        ranges=RANGES[: wanted.ranges],
        hunter=shlex.split(wanted.hunter) if wanted.hunter else SIMULATOR,
    )
    lock = Lock()

    def tell(verdict: Verdict) -> None:
        with lock:
            sys.stdout.write(line(verdict) + "\n")
            sys.stdout.flush()
            if wanted.log:
                with wanted.log.open("a") as log:
                    log.write(json.dumps(asdict(verdict)) + "\n")

    before = found_before(wanted.log, bugs) if wanted.log else {}
    left = [each for each in bugs if each.name not in before]
    verdicts = [*before.values(), *judge_all(left, terms, workers=wanted.workers, tell=tell)]
    sys.stdout.write(summary(verdicts) + "\n")
    if wanted.write:
        wanted.write.write_text(table(verdicts, terms, PENDING))
    return 0 if all(each.found for each in verdicts) else 1


def _chosen(words: list[str]) -> list[Bug]:
    return [each for each in ALL if not words or any(word in each.name for word in words)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="score", description=__doc__)
    parser.add_argument("--workers", type=int, default=2, help="how many hunts at a time")
    parser.add_argument("--seeds", type=int, default=300, help="at most so many a hunt")
    parser.add_argument("--seconds", type=float, default=120.0, help="at most so long a hunt")
    parser.add_argument("--ranges", type=int, default=len(RANGES), help="how many ranges of seeds")
    parser.add_argument("--only", action="append", default=[], help="bugs whose name has this")
    parser.add_argument(
        "--hunter", default="", help="arguments to python, in place of the simulator"
    )
    parser.add_argument("--write", type=Path, help="where to write the table")
    parser.add_argument(
        "--log",
        type=Path,
        help="JSON lines to add each verdict to; what was found according to it is not hunted again",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
