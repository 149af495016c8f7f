"""The matrix's faults against `syncd sync` as a process: its exit code says what happened.

A sample of the cells that `test_matrix` plays in one process; here the word is the exit code's.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from faulty_http import ScriptedServer
from system.running_practice import Practice
from torture.cells import FEED
from torture.conftest import ELSEWHERE
from torture.diary import Diary
from torture.kinds import KINDS
from torture.spoiler import Spoiler
from torture.table import TABLE

pytestmark = [pytest.mark.slow, pytest.mark.server]

CELLS, SAMPLE = 60, 1
REQUESTS = 10
DONE, CONFLICTS, BRAKED, NO_LOGIN, AWAY = 0, 4, 5, 12, 13
QUICK = {"timeout": 3, "listing_timeout": 3, "connect_timeout": 3}


@ELSEWHERE
@pytest.mark.timeout(3600)
def test_a_fault_at_any_request_of_a_sync_is_told_and_survived(
    practice: Practice,
    diary: Diary,
    elsewhere: ScriptedServer,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    calendar = practice.calendar(practice.url)
    practice.apply(replace(calendar, settings={**calendar.settings, **QUICK}))
    spoiler = Spoiler(practice.proxy, elsewhere.origin)
    for _ in range(5):
        diary.books()
        diary.adds()
    assert sync(practice) == DONE
    assert sync(practice) == DONE
    assert diary.unsettled() == []
    diary.remember_whole()
    said: dict[int, int] = {}

    for _ in range(CELLS if thorough else SAMPLE):
        kind, at = chance.choice(list(KINDS.values())), chance.randint(1, REQUESTS)
        diary.a_busy_day()
        spoiler.arm(kind, at, on=kind.lasts and chance.random() < 0.5)
        code = sync(practice)
        spoiler.calm_down()
        about = f"{FEED}/{kind.name}/{at}: exit code {code}"
        sys.stdout.write(f"{about}\n")
        said[code] = said.get(code, 0) + 1

        assert diary.unsafe() == [], about
        assert code in (DONE, 1, 3, NO_LOGIN, AWAY), about
        for number in range(2 + kind.lies):
            assert sync(practice, in_full=kind.lies and number == 1) == DONE, about
        assert diary.unsettled() == [], about
        diary.remember_whole()
    assert elsewhere.asked == []
    words = ", ".join(f"{count} times {code}" for code, count in sorted(said.items()))
    record_property(TABLE, f"{practice.server.name}: exit codes of spoilt syncs: {words}")


def sync(practice: Practice, *, in_full: bool = False) -> int:
    """`syncd sync` as a person types it; its exit code."""
    command = [sys.executable, "-m", "syncd", "sync", *(["--full"] if in_full else [])]
    ended = subprocess.run(
        command, env=practice.environ, capture_output=True, text=True, timeout=120, check=False
    )
    sys.stdout.write(ended.stdout + ended.stderr)
    return ended.returncode
