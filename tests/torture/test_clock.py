"""The daemon's wall clock is set, forth and back: rounds go on, nothing is lost or doubled.

By libfaketime (Debian: faketime), which moves what one process believes and leaves the monotonic
clock alone. Every jump and skew that is too long to wait for is the simulator's. proof.md S13.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from system.running_practice import Practice, until
from torture.daemons import LEASE, WITHIN, busy_hour, until_quiet
from torture.diary import Diary
from torture.table import TABLE

from syncd.daemon.alarm import Alarm

pytestmark = [pytest.mark.slow, pytest.mark.server]

LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
STEPS, SAMPLE = ("+3d", "-10d", "+2h", "-2h", "+1s", "-1s", "+200d", "+0"), ("+3d", "-10d")


def test_a_clock_that_is_set_ahead_rings_no_alarm_for_every_second_that_it_skipped() -> None:
    alarm = Alarm(lambda _: None, look=timedelta(seconds=1))
    alarm.wind()
    [job] = alarm._scheduler.get_jobs()

    missed = job._get_run_times(datetime.now(UTC) + timedelta(days=2))

    alarm.stop()
    assert len(missed) == 1


@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed (Debian: faketime)")
@pytest.mark.timeout(1200)
def test_a_wall_clock_that_is_set_neither_stops_nor_multiplies_rounds(
    practice: Practice,
    diary: Diary,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    clock = practice.folder / "clock"
    clock.write_text("+0\n")
    practice.environ |= {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    daemon = practice.start(**LEASE)
    steps = STEPS if thorough else SAMPLE

    for turn, step in enumerate(steps):
        clock.write_text(f"{step}\n")
        busy_hour(diary, turn)
        until(lambda: not written(diary), f"convergence after {step}", WITHIN)
        assert diary.unsafe() == [], step
    clock.write_text("+0\n")
    until(lambda: not diary.unsettled(), "convergence at the true time", WITHIN)

    until_quiet(practice)
    assert daemon.process.poll() is None
    assert "Traceback" not in daemon.said()
    record_property(TABLE, f"{practice.server.name}: the clock was set {len(steps)} times")


def written(diary: Diary) -> list[str]:
    """What is unsettled, but for freshness: this process and the daemon differ about the time."""
    return [each for each in diary.unsettled() if not each.startswith("status says")]
