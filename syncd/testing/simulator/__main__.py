"""`python -m syncd.testing.simulator`: the simulator without the rest of syncd's command line.

Exit codes: 0 nothing found, 1 something was, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

from syncd.testing.simulator.hunting import Hunt, hunt


def main() -> int:
    """Live through the histories of many seeds, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m syncd.testing.simulator")
    parser.add_argument("--seeds", default="1:50", help="FIRST:END, the end excluded")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stop-at-first", action="store_true")
    parser.add_argument("--twice", action="store_true", help="each seed again, to compare digests")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="at most so long")
    parser.add_argument("--workers", type=int, default=1)
    wanted = parser.parse_args()
    try:
        first, end = (int(each) for each in wanted.seeds.split(":"))
    except ValueError:
        parser.error(f"--seeds wants FIRST:END, not {wanted.seeds!r}")
    found = hunt(
        iter(range(first, end)),
        workers=wanted.workers,
        seconds=wanted.seconds,
        twice=wanted.twice,
        stop_at_first=wanted.stop_at_first,
    )
    sys.stdout.write((as_json if wanted.json else told)(found) + "\n")
    return 1 if found.findings else 0


def as_json(found: Hunt) -> str:
    """One object, on one line."""
    return json.dumps(
        {
            "seeds": found.seeds,
            "seconds": found.seconds,
            "violations": [asdict(each) for each in found.findings],
            "digest": found.digest,
            "counts": dict(sorted(found.counts.items())),
        }
    )


def told(found: Hunt) -> str:
    """For a person."""
    lines = [f"seed {each.seed}: {each.invariant}: {each.evidence}" for each in found.findings]
    count = len(found.findings)
    lines.append(f"{found.seeds} histories in {found.seconds} s, {count} broken promises")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
