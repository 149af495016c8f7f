"""The conformance suite against the Cal.com provider, on each kind of server that it may meet."""

from __future__ import annotations

from dataclasses import replace

import pytest
from calcom_provider import CalcomHarness

from syncd.ports import CalendarProvider
from syncd.testing.provider_laws import ProviderLaws
from syncd_calcom.standin import CAL_DIY, HOSTED, RECORDED

PROFILES = {
    "hosted": HOSTED,
    "cal.diy": CAL_DIY,
    "2025": RECORDED,
    "hosted without the newest version": replace(HOSTED, versions=CAL_DIY.versions),
}


@pytest.mark.parametrize("profile", PROFILES)
class TestCalcom(ProviderLaws):
    @pytest.fixture
    def calendar(self, profile: str) -> CalcomHarness:
        return CalcomHarness(PROFILES[profile])


class TestPagesOfTwo(ProviderLaws):
    @pytest.fixture
    def calendar(self) -> CalcomHarness:
        harness = CalcomHarness()
        opened = harness.open
        harness.open = lambda **more: opened(**{"take": 2} | more)
        return harness


def test_it_fits_the_port() -> None:
    _: CalendarProvider = CalcomHarness().open()
