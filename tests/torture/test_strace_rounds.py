"""`syncd sync` on SQLite, killed or failed by the disk at each of its system calls in turn.

The calendar is a real one. Whatever happened, the next rounds make both sides equal: nothing is
lost, doubled or deleted. In `make test` a few points of each kind; every one with TORTURE=1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from calendar_servers import radicale
from torture.databases import LEDGER_CODES, LONG, problems_of
from torture.databases_forge import Forge, forge
from torture.databases_rounds import Office, Workshop, workshop
from torture.databases_strace import (
    EIO,
    ENOSPC,
    KILL,
    WANTED,
    Blow,
    can_trace,
    points,
    strike,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server,
    pytest.mark.timeout(7200 if LONG else 120),
    pytest.mark.skipif(not can_trace(), reason=WANTED),
]

WAL, FILE, ANY = "-wal", "", None
BLOWS = {
    ("pwrite64", WAL, KILL): (50,),
    ("fsync", WAL, KILL): (),
    ("pwrite64", FILE, KILL): (),
    ("unlink", ANY, KILL): (),
    ("sendto", ANY, KILL): (4,),
    ("recvfrom", ANY, KILL): (),
    ("pwrite64", WAL, EIO): (),
    ("fsync", WAL, EIO): (5,),
    ("pread64", FILE, EIO): (),
    ("pwrite64", WAL, ENOSPC): (35,),
    ("fsync", WAL, ENOSPC): (),
}
"""The calls of a round on the ledger's file, its log or anything, the effect; and a sample, which
may be empty."""


@pytest.fixture(scope="module")
def smith() -> Iterator[Forge]:
    with forge() as running:
        yield running


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with (
        radicale(tmp_path_factory.mktemp("radicale")) as server,
        workshop(tmp_path_factory.mktemp("workshop"), server) as opened,
    ):
        yield opened


def test_a_round_that_dies_or_loses_its_disk_anywhere_is_made_good_by_the_next_ones(
    shop: Workshop, smith: Forge, subtests: pytest.Subtests
) -> None:
    for (call, suffix, effect), sample in BLOWS.items():
        blow = Blow(call=call, effect=effect, ever_after=effect == ENOSPC)
        for point in points(blow, None if LONG else sample):
            office = shop.busy_desk()
            blow = _on(office, suffix, point)
            struck = strike(smith, office.desk, ["sync", "--json"], blow)
            with subtests.test(str(blow)):
                assert struck.dealt or LONG
                assert struck.ended.code in (0, -9, *LEDGER_CODES.values()), struck
                assert problems_of(office.desk, office.numbers, asked=5) == []
                assert office.problems_after_rounds() == []
            if not struck.dealt:
                assert struck.ended.code == 0, struck
                break


def _on(office: Office, suffix: str | None, point: Blow) -> Blow:
    return point if suffix is None else replace(point, path=Path(f"{office.desk.file}{suffix}"))
