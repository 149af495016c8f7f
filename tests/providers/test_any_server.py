"""The conformance suite against a CalDAV server of your own: `make test-caldav URL=… USERNAME=…`.

`SYNCD_CALDAV_URL` is a calendar or an account's address, `SYNCD_CALDAV_USERNAME` the user, and the
password stands in `PASSWORD`; `SYNCD_CALDAV_CA_FILE` may name a private certificate authority. The
suite makes one calendar of its own beside what it finds and
removes it at the end. Where the server refuses that, it works in the given calendar and touches
only events that it made itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from caldav_harness import Account, CalDavHarness, Collection, beside, make_calendar

import syncd_caldav
from syncd.core.errors import Forbidden, SyncdError
from syncd.testing.provider_laws import ProviderLaws

ADDRESS = os.environ.get("SYNCD_CALDAV_URL", "").rstrip("/") + "/"
if ADDRESS == "/":
    pytest.skip("SYNCD_CALDAV_URL names no server", allow_module_level=True)


@pytest.fixture(scope="module")
def collection() -> Iterator[Collection]:
    """One for all laws: some servers count how many calendars an hour are made."""
    account = Account(
        username=os.environ.get("SYNCD_CALDAV_USERNAME", ""),
        password=os.environ.get("PASSWORD", ""),
        ca_file=os.environ.get("SYNCD_CALDAV_CA_FILE", ""),
    )
    given = _given_calendar(account)
    own = beside(given or f"{ADDRESS}calendar/")
    if make_calendar(account, own) and _is_calendar(account, own):
        collection = Collection(account, own)
        yield collection
        collection.remove()
    else:
        assert given, f"no writable calendar was found from {ADDRESS}, and none could be made"
        yield Collection(account, given, is_own=False)


@pytest.mark.server
class TestAnyServer(ProviderLaws):
    @pytest.fixture
    def calendar(self, collection: Collection) -> Iterator[CalDavHarness]:
        collection.settle()
        harness = CalDavHarness(collection)
        yield harness
        harness.close()


def _given_calendar(account: Account) -> str | None:
    """The address itself where it is a calendar's, else the first that the account can write."""
    if _is_calendar(account, ADDRESS):
        return ADDRESS
    try:
        calendars = syncd_caldav.kind.discover(account.access(ADDRESS, CalDavHarness.zone))
    except Forbidden:  # an account without any calendar yet
        return None
    writable = [each.url.rstrip("/") + "/" for each in calendars if each.writable]
    return writable[0] if writable else None


def _is_calendar(account: Account, url: str) -> bool:
    provider = syncd_caldav.kind.open(account.access(url, CalDavHarness.zone))
    try:
        provider.check()
    except SyncdError:
        return False
    else:
        return True
    finally:
        provider.close()
