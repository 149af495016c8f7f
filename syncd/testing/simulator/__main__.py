"""Hunt for broken promises: `python -m syncd.testing.simulator --seeds 1:200`.

Exit codes: 0 nothing found, 1 something was, 2 usage.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from hashlib import sha256
from pathlib import Path

from syncd.testing.simulator import Story, Templates, from_seed

MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it


def main() -> int:
    """Live through the histories of many seeds, and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m syncd.testing.simulator")
    parser.add_argument("--seeds", default="1:50", help="FIRST:END, the end excluded")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stop-at-first", action="store_true")
    parser.add_argument("--twice", action="store_true", help="each seed again, to compare digests")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="at most so long")
    wanted = parser.parse_args()
    try:
        first, end = (int(each) for each in wanted.seeds.split(":"))
    except ValueError:
        parser.error(f"--seeds wants FIRST:END, not {wanted.seeds!r}")
    found = hunt(range(first, end), wanted)
    sys.stdout.write(json.dumps(found) + "\n" if wanted.json else told(found))
    return 1 if found["violations"] else 0


def hunt(seeds: range, wanted: argparse.Namespace) -> dict[str, object]:
    """The histories of these seeds, until the time is over or something is found."""
    began, violations, counts = time.monotonic(), [], Counter[str]()  # noqa: TID251
    digest, done = sha256(), 0
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        templates = Templates(Path(folder))
        for seed in seeds:
            story = from_seed(seed, templates)
            broken = story.broken
            done += 1
            counts += story.counts
            digest.update(story.digest.encode())
            if wanted.twice and from_seed(seed, templates).digest != story.digest:
                violations.append(_violation(seed, "determinism", "two runs differ", story))
            if broken is not None:
                violations.append(_violation(seed, broken.invariant, broken.evidence, story))
            late = time.monotonic() - began > wanted.seconds  # noqa: TID251
            if late or (violations and wanted.stop_at_first):
                break
    return {
        "seeds": done,
        "seconds": round(time.monotonic() - began, 1),  # noqa: TID251
        "violations": violations,
        "digest": digest.hexdigest(),
        "counts": dict(sorted(counts.items())),
    }


def told(found: dict[str, object]) -> str:
    """For a person."""
    violations = found["violations"]
    assert isinstance(violations, list)
    lines = [f"seed {each['seed']}: {each['invariant']}: {each['evidence']}" for each in violations]
    lines.append(
        f"{found['seeds']} histories in {found['seconds']} s, {len(violations)} broken promises"
    )
    return "\n".join(lines) + "\n"


def _violation(seed: int, invariant: str, evidence: str, story: Story) -> dict[str, object]:
    return {
        "seed": seed,
        "invariant": invariant,
        "evidence": evidence[:2000],
        "server": story.profile.server,
        "practice": story.profile.practice,
    }


if __name__ == "__main__":
    sys.exit(main())
