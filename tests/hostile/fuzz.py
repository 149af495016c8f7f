"""`make fuzz`: every door, or the ones that are named, under fire for as long as one says.

With atheris the fire is guided by what code it reaches; where atheris cannot be had it is blind
mutation by `mutations`, and says so. A finding is kept in `.fuzz/`, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from .bombs import BOMBS
from .bounds import ITEM_SECONDS
from .costs import measured
from .mutations import mutated
from .seeds import TARGETS, seeds, tokens

KEPT = Path(__file__).parents[2] / ".fuzz"
_BLIND = """\
atheris is not installed, and may have no wheel for Python {0.major}.{0.minor}:
mutating blindly instead. That finds much less than fuzzing that is guided by coverage.
"""


class TooSlow(Exception):
    """One item took longer than any may."""


def main() -> int:
    """Try the named targets one after another; 1 if one of them has a finding."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[[], "bombs", *TARGETS], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--blind", action="store_true", help="without atheris")
    wanted = parser.parse_args()
    blind = wanted.blind or find_spec("atheris") is None
    if blind and not wanted.blind:
        sys.stderr.write(_BLIND.format(sys.version_info))
    shoot = _blind if blind else _guided
    found = [
        name
        for name in wanted.targets or ("bombs", *TARGETS)
        if not (_bombs() if name == "bombs" else shoot(name, wanted.seconds))
    ]
    if found:
        sys.stdout.write(f"findings in: {', '.join(found)}; the inputs are in {KEPT}\n")
    return 1 if found else 0


def _bombs() -> bool:
    """Whether every bomb, the heavy ones too, kept within its bounds."""
    broken = {each.name: each.broken for each in measured(tuple(BOMBS)) if each.broken}
    for name, what in broken.items():
        sys.stdout.write(f"bombs: {name}: {what}\n")
    sys.stdout.write(f"bombs: {len(BOMBS)} set off, {len(broken)} did harm\n")
    return not broken


def _guided(name: str, seconds: int) -> bool:
    """Whether libFuzzer had nothing to say, in a process of its own."""
    sys.stdout.write(f"{name}: guided by coverage for {seconds} s\n")
    sys.stdout.flush()
    (KEPT / name).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "hostile.guided", name, str(seconds), str(KEPT / name)]
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    with tempfile.TemporaryDirectory() as scratch:
        return subprocess.run([*command, scratch], check=False, env=environ).returncode == 0


def _blind(name: str, seconds: int) -> bool:
    """Whether no mutated input broke the target. The chances are new each time, and printed."""
    begun, tried, seed = time.monotonic(), 0, random.randrange(1 << 32)
    chance, begin, words = random.Random(seed), seeds(name), tokens()
    signal.signal(signal.SIGALRM, _too_slow)
    while time.monotonic() - begun < seconds:
        item = begin[tried] if tried < len(begin) else mutated(chance, begin, words)
        tried += 1
        signal.setitimer(signal.ITIMER_REAL, ITEM_SECONDS)
        try:
            TARGETS[name](item)
        except Exception:  # noqa: BLE001  whatever it is, it is the finding
            signal.setitimer(signal.ITIMER_REAL, 0)
            traceback.print_exc()
            (KEPT / name).mkdir(parents=True, exist_ok=True)
            (KEPT / name / f"blind-{seed}-{tried}").write_bytes(item)
            return False
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.write(f"{name}: {tried} inputs, blind, seed {seed}: nothing\n")
    return True


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlow


if __name__ == "__main__":
    sys.exit(main())
