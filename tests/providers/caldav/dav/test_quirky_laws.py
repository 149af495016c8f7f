"""The conformance suite against servers that misbehave as DAViCal, Cyrus, SOGo and sabre/dav do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from caldav_harness import Account, CalDavHarness, Collection
from calendar_servers import CalendarServer
from quirky_caldav import BARE, CYRUS, DAVICAL, SABRE_1, SABRE_4, SOGO, Quirks, quirky

from syncd.testing.provider_laws import ProviderLaws

FAMILIES = {
    "davical": DAVICAL,
    "cyrus": CYRUS,
    "sogo": SOGO,
    "sabre4": SABRE_4,
    "sabre1": SABRE_1,
    "bare": BARE,
}


@pytest.fixture(scope="module", params=FAMILIES.values(), ids=FAMILIES)
def quirky_server(request: pytest.FixtureRequest) -> Iterator[CalendarServer]:
    quirks: Quirks = request.param
    with quirky(quirks) as (server, _):
        yield server


class TestQuirkyServers(ProviderLaws):
    @pytest.fixture
    def calendar(self, quirky_server: CalendarServer) -> Iterator[CalDavHarness]:
        account = Account(username=quirky_server.username, password=quirky_server.password)
        harness = CalDavHarness(Collection(account, quirky_server.new_calendar()))
        yield harness
        harness.close()
