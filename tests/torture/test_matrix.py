"""Each fault at each request of a round, on real servers: nothing deleted, doubled or lost.

`make torture` enumerates all; otherwise a random sample, whose seed is printed. TORTURE_CELLS names
single cells, as failures print them: `TORTURE_CELLS="feed/412/4; feed/stale/9"`. TORTURE_REPORT
names a folder for the tables.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from calendar_servers import CalendarServer
from faulty_http import ScriptedServer
from torture.bench import Bench, a_bench
from torture.cells import FEED, FIRST, FULL, Cell, Wrong, all_cells, played, some_cells
from torture.kinds import KINDS
from torture.table import TABLE, table_of

pytestmark = [pytest.mark.slow, pytest.mark.server]

SAMPLE = 10

NAMED = [
    "feed/412/4",
    "feed/JSON with 200/5",
    "feed/JSON with 200/6",
    "first/JSON with 200/4",
    "feed/204 and nothing done/6",
    "feed/201 and nothing done/7",
]
"""Cells that found something once: an answer that nobody gave was believed, a lost write was taken
for a colleague's, and `status` said more than it knew."""


@pytest.fixture
def fresh(
    tmp_path: Path, server: CalendarServer, elsewhere: ScriptedServer
) -> Iterator[Callable[[], Bench]]:
    """A new bench in place of the last one."""
    numbers = count(1)
    with ExitStack() as stack:

        def make() -> Bench:
            stack.close()
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            return stack.enter_context(a_bench(folder, server, elsewhere.origin))

        yield make


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("part", [FEED, f"{FEED}+", f"{FULL} and {FIRST}"])
def test_no_fault_at_any_request_deletes_doubles_or_loses_anything(
    part: str,
    *,
    thorough: bool,
    chance: random.Random,
    server: CalendarServer,
    fresh: Callable[[], Bench],
    elsewhere: ScriptedServer,
    record_property: Callable[[str, object], None],
) -> None:
    cells = wanted_cells(part, thorough=thorough, chance=chance)
    if not cells:
        pytest.skip("the sample, or TORTURE_CELLS, has none of these")

    outcomes = list(played(cells, fresh))

    wrong = [each for each in outcomes if isinstance(each, Wrong)]
    table = table_of(f"{server.name}, {part}", outcomes, cells)
    if thorough:
        record_property(TABLE, table)
    if folder := os.environ.get("TORTURE_REPORT"):
        name = f"{server.name}-{part.replace(' ', '-')}"
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.md").write_text("\n".join([table, *map(str, wrong), ""]))
    assert wrong == []
    assert elsewhere.asked == []


@pytest.mark.timeout(300)
def test_what_went_wrong_once_goes_well(
    fresh: Callable[[], Bench], elsewhere: ScriptedServer
) -> None:
    outcomes = list(played([parsed(each) for each in NAMED], fresh))

    assert [each for each in outcomes if isinstance(each, Wrong)] == []


def wanted_cells(part: str, *, thorough: bool, chance: random.Random) -> list[Cell]:
    """All of this part, those that were named, or a share of the sample."""
    names = [
        each.strip() for each in os.environ.get("TORTURE_CELLS", "").split(";") if each.strip()
    ]
    cells = all_cells() if thorough else some_cells(chance, SAMPLE)
    cells = [parsed(each) for each in names] if names else cells
    return sorted(each for each in cells if part_of(each) == part)


def part_of(cell: Cell) -> str:
    if cell.scene != FEED:
        return f"{FULL} and {FIRST}"
    return f"{FEED}+" if cell.on else FEED


def parsed(name: str) -> Cell:
    scene, kind, at = name.split("/")
    return Cell(scene, kind, int(at.removesuffix("+")), on=at.endswith("+"))


def test_every_kind_of_fault_is_in_every_part_of_the_matrix_where_it_makes_sense() -> None:
    cells = all_cells()

    assert {each.kind for each in cells if each.scene == FEED} == set(KINDS)
    assert {each.kind for each in cells if each.on} == {
        each.name for each in KINDS.values() if each.lasts
    }
    assert len(set(cells)) == len(cells)
