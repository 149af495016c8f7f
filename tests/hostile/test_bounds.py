"""No item costs more than its bounds, in a process that the kernel holds to them."""

from __future__ import annotations

import pytest

from syncd import log
from syncd.core.errors import Forbidden
from syncd_caldav.answers import Answer
from syncd_caldav.failures import failure

from .bombs import BOMBS
from .costs import Cost, measured
from .targets import NOW

SET_OFF = tuple(name for name, bomb in BOMBS.items() if not bomb.heavy)


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    return {cost.name: cost for cost in measured(SET_OFF)}


@pytest.mark.slow
@pytest.mark.timeout(900)  # all of them are set off for the first; each has bounds of its own
@pytest.mark.parametrize("name", SET_OFF)
def test_a_bomb_costs_no_more_than_its_bounds(name: str, costs: dict[str, Cost]):
    assert not costs[name].broken


def test_where_a_calendar_has_moved_to_is_told_at_a_readable_length():
    """The log looked through a place of 60 KiB from each of its letters: for half a minute."""
    moved = Answer(
        method="PROPFIND", path="/", status=301, moved_to="https://example.org/" + "a" * 60_000
    )

    told = failure(moved, NOW)

    assert isinstance(told, Forbidden)
    assert len(str(told)) < 500


def test_an_address_in_a_long_text_is_still_hidden():
    for text in ("a " * 5 + "jane.doe@example.org", "<jane@example.org>", "x;jane@a.example.org,y"):
        assert "jane" not in log.clean(text)
