"""Many bookers share each commit, and the process dies: whoever was told a number has it.

L1 as a set: acknowledged ⊆ stored ⊆ asked for. The blow falls at a chosen fsync of the log, or at
a moment that nobody chose.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest
from torture.databases import LONG, Desk, a_desk, look, problems_of, start_of
from torture.databases_bookers import Told, start_bookers
from torture.databases_strace import EIO, KILL, WANTED, Blow, can_trace

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800 if LONG else 120)]

SLOTS = range(300 if LONG else 120)
AT_ONCE = 24
MOMENTS = 25 if LONG else 1


@pytest.fixture
def template(tmp_path: Path) -> Desk:
    return a_desk(tmp_path)


def test_whoever_was_told_a_number_has_it_when_the_process_is_killed_at_any_moment(
    template: Desk, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")
    chance = random.Random(seed)
    for turn in range(MOMENTS):
        after = chance.randint(1, len(SLOTS) * 3 // 4)
        desk, told = template.copy_to(tmp_path / f"moment-{turn}"), Told()
        with start_bookers(desk, SLOTS, at_once=AT_ONCE) as process:
            assert process.stdout is not None
            told.hear(process.stdout.readline() for _ in range(after))
            process.kill()
            told.hear(process.stdout)

        with subtests.test(f"after {after} answers"):
            assert len(told.numbers) >= after
            assert problems(desk, told) == []


@pytest.mark.skipif(not can_trace(), reason=WANTED)
@pytest.mark.parametrize("effect", [KILL, EIO])
def test_whoever_was_told_a_number_has_it_whichever_commit_is_cut_off(
    template: Desk, tmp_path: Path, subtests: pytest.Subtests, effect: str
) -> None:
    """A failing fsync fails its whole group, and the next group is none the worse."""
    for nth in range(2, 10) if LONG else [3]:
        desk, told = template.copy_to(tmp_path / f"commit-{nth}"), Told()
        blow = Blow(call="fsync", nth=nth, path=Path(f"{desk.file}-wal"), effect=effect)
        before = ["strace", "-f", "-o", str(tmp_path / "log"), *blow.options(), "--"]
        with start_bookers(desk, SLOTS, at_once=AT_ONCE, before=before) as process:
            assert process.stdout is not None
            told.hear(process.stdout)

        with subtests.test(str(blow)):
            assert set(told.errors.values()) <= {"LEDGER_UNWRITABLE"}
            assert process.returncode == (0 if effect == EIO else -9)
            assert 0 < len(told.numbers) < len(SLOTS)
            assert len(told.numbers) + len(told.errors) == len(SLOTS) or effect == KILL
            assert problems(desk, told) == []


def problems(desk: Desk, told: Told) -> list[str]:
    """What is not as it should be, now and after one more booking; at most every booker's one
    booking may be there without an answer."""
    found = problems_of(
        desk,
        list(told.numbers.values()),
        refused=list(told.errors),
        asked=len(SLOTS),
        goes_on=SLOTS.stop,
    )
    stored = {each.start: each.number for each in look(desk, lambda view: view.appointments())}
    found += [
        f"{number} is not at its time"
        for slot, number in told.numbers.items()
        if stored.get(start_of(slot)) != number
    ]
    unanswered = len(stored) - 1 - len(told.numbers)
    return found + ([f"{unanswered} without an answer"] if unanswered > AT_ONCE else [])
