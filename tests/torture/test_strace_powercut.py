"""The power is cut after bookings were acknowledged: they are on the disk, whatever it made of the
rest. L1, without pulling a plug: the disk is remade from the writes and syncs that were seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from torture.databases import LONG, Desk, a_desk, problems_of
from torture.databases_bookers import Told, start_bookers
from torture.databases_powercut import OPTIONS, Disk, Event, File, Unsynced, events
from torture.databases_strace import WANTED, can_trace

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600 if LONG else 120),
    pytest.mark.skipif(not can_trace(), reason=WANTED),
]

SLOTS = range(60 if LONG else 24)
AT_ONCE = 3


@pytest.fixture
def history(tmp_path: Path) -> tuple[Desk, bytes, list[Event]]:
    """A desk, its file before, and what some bookers did to it."""
    desk = a_desk(tmp_path)
    before, log = desk.file.read_bytes(), tmp_path / "log"
    with start_bookers(
        desk, SLOTS, at_once=AT_ONCE, before=[*OPTIONS, "-o", str(log), "--"]
    ) as process:
        process.communicate()
    files = {str(desk.file), f"{desk.file}-wal"}
    return desk, before, list(events(log.read_text(), lambda path: path in files))


def test_no_acknowledged_booking_is_lost_when_the_power_is_cut_at_any_moment(
    history: tuple[Desk, bytes, list[Event]], tmp_path: Path
) -> None:
    desk, before, seen = history
    disk = Disk({str(desk.file): File(bytearray(before))})
    acknowledged = 0
    for at, event in enumerate(seen):
        disk.do(event)
        acknowledged += event.call == "write"
        if not (LONG or (event.call == "write" and acknowledged % 8 == 0)):
            continue
        for unsynced in Unsynced:
            cut = replace(desk, folder=tmp_path / f"cut-{at}-{unsynced.name}")
            cut.url = f"sqlite:///{cut.folder / desk.file.name}"
            disk.lay_out(cut.folder, unsynced)
            told = Told()
            told.hear(disk.said.decode().splitlines())
            assert problems_of(cut, list(told.numbers.values()), asked=len(SLOTS)) == [], (
                f"cut after call {at} ({event.call}), unsynced writes {unsynced.value}"
            )

    assert acknowledged == len(SLOTS)
    assert disk.files[str(desk.file)].image(Unsynced.LOST) == desk.file.read_bytes()
