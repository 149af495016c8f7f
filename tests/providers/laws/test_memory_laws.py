"""The conformance suite against the calendar in memory, as each kind of server that we know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_harness import MemoryHarness

from syncd.testing.provider_laws import ProviderLaws
from syncd.testing.quirks import CALDAV, OUTLAWS, PROFILES, SERVERS, SINGLE, Etag, Quirks

MIXED = {
    "versions reused, preconditions ignored": replace(
        CALDAV, etag=Etag.REUSED, honours_preconditions=False
    ),
    "pages of two, no bodies": replace(CALDAV, page_size=2, bodies_in_feed=False),
    "everything rewritten": replace(
        CALDAV, drops_seconds=True, squeezes_titles=True, adds_properties=True
    ),
}
JUDGED: dict[str, Quirks] = PROFILES | MIXED


@pytest.mark.parametrize("profile", JUDGED)
class TestMemory(ProviderLaws):
    @pytest.fixture
    def calendar(self, profile: str) -> MemoryHarness:
        return MemoryHarness(JUDGED[profile])


def test_each_switch_is_tried_by_itself() -> None:
    """A switch that only ever comes with others could hide behind them."""
    names = set(Quirks.__dataclass_fields__) - {"shape", "stamp_width"}

    tried = {
        name
        for quirks in [*SINGLE.values(), *OUTLAWS.values()]
        for name in names
        if getattr(quirks, name) != getattr(Quirks(), name)
    }

    assert tried == names
    assert set(SERVERS) | set(SINGLE) < set(PROFILES)
