"""The conformance suite against real CalDAV servers, with a foreign client as the colleague."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from caldav_harness import Account, CalDavHarness, Collection
from calendar_servers import CalendarServer

from syncd.testing.provider_laws import ProviderLaws


def _harness(server: CalendarServer) -> CalDavHarness:
    account = Account(username=server.username, password=server.password)
    return CalDavHarness(Collection(account, server.new_calendar()))


@pytest.mark.server
class TestRadicale(ProviderLaws):
    @pytest.fixture
    def calendar(self, radicale_server: CalendarServer) -> Iterator[CalDavHarness]:
        harness = _harness(radicale_server)
        yield harness
        harness.close()


@pytest.mark.server
class TestXandikos(ProviderLaws):
    @pytest.fixture
    def calendar(self, xandikos_server: CalendarServer) -> Iterator[CalDavHarness]:
        harness = _harness(xandikos_server)
        yield harness
        harness.close()
