"""The conformance suite against the calendar in memory, in the shapes and with the quirks we know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_harness import MemoryHarness

from syncd.testing.provider_laws import ProviderLaws
from syncd.testing.quirks import CALCOM, CALDAV, GOOGLE, Cursors, Etag

PROFILES = {
    "caldav": CALDAV,
    "google": GOOGLE,
    "calcom": CALCOM,
    "weak versions": replace(CALDAV, etag=Etag.WEAK),
    "no versions": replace(CALDAV, etag=Etag.NONE),
    "versions reused, preconditions ignored": replace(
        CALDAV, etag=Etag.REUSED, honours_preconditions=False
    ),
    "answers name no version": replace(CALDAV, answers_versions=False),
    "no cursors": replace(CALDAV, cursors=Cursors.ABSENT),
    "a feed that forgets": replace(CALDAV, cursors=Cursors.FORGETFUL),
    "a feed that lies": replace(CALDAV, cursors=Cursors.LYING),
    "pages of two, no bodies": replace(CALDAV, page_size=2, bodies_in_feed=False),
    "a uid only once": replace(CALDAV, uid_unique=True),
    "everything rewritten": replace(
        CALDAV, drops_seconds=True, squeezes_titles=True, adds_properties=True
    ),
}


@pytest.mark.parametrize("profile", PROFILES)
class TestMemory(ProviderLaws):
    @pytest.fixture
    def calendar(self, profile: str) -> MemoryHarness:
        return MemoryHarness(PROFILES[profile])
