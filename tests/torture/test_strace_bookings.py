"""`syncd book` on SQLite, killed or failed by the disk at each of its system calls in turn.

L1: what it said is booked, is. L6: appointment, number, journal and links are there together or not
at all. In `make test` a few points of each kind; every one of them with TORTURE=1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from torture.databases import LEDGER_CODES, LONG, Desk, Ended, a_desk, problems_of
from torture.databases_forge import Forge, forge
from torture.databases_strace import (
    EIO,
    ENOSPC,
    WANTED,
    Blow,
    Struck,
    can_trace,
    points,
    strike,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600 if LONG else 120),
    pytest.mark.skipif(not can_trace(), reason=WANTED),
]

WAL, FILE, SHARED, ANY = "-wal", "", "-shm", None
KILLS = {
    ("pwrite64", WAL): (40,),
    ("fsync", WAL): (1, 2),
    ("pwrite64", FILE): (2,),
    ("fsync", FILE): (),
    ("ftruncate", FILE): (),
    ("pwrite64", SHARED): (),
    ("unlink", ANY): (2,),
    ("write", ANY): (1,),
}
"""The calls of a booking on the ledger's file, its log, its index or any file; and a sample,
which may be empty."""
FAILURES = {
    ("pwrite64", WAL, EIO): (3,),
    ("fsync", WAL, EIO): (2,),
    ("pwrite64", FILE, EIO): (),
    ("fsync", FILE, EIO): (),
    ("ftruncate", FILE, EIO): (),
    ("pread64", FILE, EIO): (),
    ("openat", WAL, EIO): (),
    ("unlink", ANY, EIO): (),
    ("pwrite64", WAL, ENOSPC): (2,),
    ("fsync", WAL, ENOSPC): (),
    ("pwrite64", FILE, ENOSPC): (),
    ("pwrite64", SHARED, ENOSPC): (),
    ("ftruncate", SHARED, ENOSPC): (1,),
    ("openat", WAL, ENOSPC): (),
}
SLOT = 5


@pytest.fixture(scope="module")
def smith() -> Iterator[Forge]:
    with forge() as running:
        yield running


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, list[str]]:
    """A desk with two bookings, and their numbers."""
    desk = a_desk(tmp_path_factory.mktemp("template"))
    return desk, [desk.book(slot).number for slot in range(2)]


def test_a_booking_killed_at_any_write_is_whole_or_absent_and_there_if_it_said_so(
    template: tuple[Desk, list[str]], smith: Forge, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    desk, before = template
    for (call, suffix), sample in KILLS.items():
        for point in points(Blow(call=call), None if LONG else sample):
            copy = desk.copy_to(tmp_path / f"{call}{suffix}-{point.nth}")
            blow = _on(copy, suffix, point)
            struck = strike(smith, copy, copy.words_to_book(SLOT), blow)
            with subtests.test(str(blow)):
                assert struck.dealt or LONG
                told = [*before, *_number(struck)]
                assert problems_of(copy, told, asked=3, goes_on=7) == []
            if not struck.dealt:
                assert struck.ended.code == 0, struck
                break


def test_a_booking_on_a_failing_or_full_disk_says_so_and_leaves_nothing_behind(
    template: tuple[Desk, list[str]], smith: Forge, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """A disk fails once, or is full and stays so. What is refused is not stored; what is stored
    although the file could not be brought up to date is not lost."""
    desk, before = template
    for (call, suffix, effect), sample in FAILURES.items():
        blow = Blow(call=call, effect=effect, ever_after=effect == ENOSPC)
        for point in points(blow, None if LONG else sample):
            copy = desk.copy_to(tmp_path / f"{call}{suffix}-{effect}-{point.nth}")
            blow = _on(copy, suffix, point)
            struck = strike(smith, copy, copy.words_to_book(SLOT), blow)
            with subtests.test(str(blow)):
                assert struck.dealt or LONG
                assert _is_honest(struck.ended, reads=call == "pread64"), struck
                told = [*before, *_number(struck)]
                refused = [SLOT] if struck.ended.code else []
                assert problems_of(copy, told, asked=3, refused=refused, goes_on=7) == []
            if not struck.dealt:
                assert struck.ended.code == 0, struck
                break


def _on(desk: Desk, suffix: str | None, point: Blow) -> Blow:
    return point if suffix is None else replace(point, path=Path(f"{desk.file}{suffix}"))


def _number(struck: Struck) -> list[str]:
    return [struck.ended.number] if struck.ended.number else []


def _is_honest(ended: Ended, *, reads: bool) -> bool:
    """Booked, with the number; or not, with a documented reason. To SQLite, what cannot be read is
    damaged."""
    if ended.code == 0:
        return ended.number is not None
    if reads and ended.error == "LEDGER_DAMAGED":
        return ended.code == 10 and "cannot be read" in ended.err
    return ended.number is None and LEDGER_CODES.get(ended.error or "") == ended.code
