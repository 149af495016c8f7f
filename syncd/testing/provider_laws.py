"""The conformance suite of calendar providers: what the engine relies on, one law a test.

For a provider's author: write a harness (`CalendarUnderTest`), then

    class TestMyProvider(ProviderLaws):
        @pytest.fixture
        def calendar(self) -> CalendarUnderTest:
            return MyHarness(...)

A capability that the provider lacks is declared in its `Capabilities`; the law then checks the
declaration or is skipped with it as the reason. Needs pytest and nothing of syncd's own tests.
"""

from __future__ import annotations

import pytest

from syncd.testing.harness import CalendarUnderTest, Desk
from syncd.testing.laws_changing import ChangingLaws
from syncd.testing.laws_creating import CreatingLaws
from syncd.testing.laws_listing import ListingLaws
from syncd.testing.laws_reading import ReadingLaws
from syncd.testing.laws_time import TimeLaws


class ProviderLaws(ReadingLaws, ListingLaws, CreatingLaws, ChangingLaws, TimeLaws):
    """All laws. A subclass gives the fixture `calendar`, new for each test."""

    @pytest.fixture
    def desk(self, calendar: CalendarUnderTest) -> Desk:
        """The calendar with a provider open on it."""
        return Desk(calendar)
