"""The conformance suite against a CalDAV server of your own: `make test-caldav URL=… USERNAME=…`.

`SYNCD_CALDAV_URL` is a calendar or an account's address, `SYNCD_CALDAV_USERNAME` the user, and the
password stands in `PASSWORD`. The suite makes one calendar of its own beside what it finds and
removes it at the end. Where the server refuses that, it works in the given calendar and touches
only events that it made itself.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from caldav_harness import Account, CalDavHarness, make_calendar, remove_calendar

import syncd_caldav
from syncd.core.errors import SyncdError
from syncd.testing.provider_laws import ProviderLaws

URL = os.environ.get("SYNCD_CALDAV_URL", "")
if not URL:
    pytest.skip("SYNCD_CALDAV_URL names no server", allow_module_level=True)


@dataclass(slots=True)
class Found:
    """The calendar to work in; `is_own` when the suite made it, and may make it anew."""

    account: Account
    url: str
    is_own: bool

    def remake(self) -> bool:
        """An empty calendar at the same address, or, where that fails, at another one."""
        if not remove_calendar(self.account, self.url):
            return False
        if make_calendar(self.account, self.url):
            return True
        self.url = _beside(self.url)
        assert make_calendar(self.account, self.url), "the server makes no further calendar"
        return False


@pytest.fixture(scope="module")
def found() -> Iterator[Found]:
    account = Account(
        username=os.environ.get("SYNCD_CALDAV_USERNAME", ""),
        password=os.environ.get("PASSWORD", ""),
    )
    given = _given_calendar(account)
    own = _beside(given)
    if make_calendar(account, own) and _is_calendar(account, own):
        found = Found(account, own, is_own=True)
        yield found
        remove_calendar(account, found.url)
    else:
        yield Found(account, given, is_own=False)


@pytest.mark.server
class TestAnyServer(ProviderLaws):
    @pytest.fixture
    def calendar(self, found: Found) -> Iterator[CalDavHarness]:
        harness = CalDavHarness(found.account, found.url, found.remake if found.is_own else None)
        yield harness
        harness.close()


def _given_calendar(account: Account) -> str:
    """The address itself where it is a calendar's, else the first that the account can write."""
    url = URL if URL.endswith("/") else f"{URL}/"
    if _is_calendar(account, url):
        return url
    calendars = syncd_caldav.kind.discover(account.access(url, CalDavHarness.zone))
    writable = [each.url for each in calendars if each.writable]
    assert writable, f"no writable calendar was found from {url}"
    return writable[0] if writable[0].endswith("/") else f"{writable[0]}/"


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


def _beside(url: str) -> str:
    """A new address in the folder that the calendar is in."""
    folder = url.rstrip("/").rpartition("/")[0]
    return f"{folder}/syncd-laws-{uuid.uuid4().hex[:8]}/"
