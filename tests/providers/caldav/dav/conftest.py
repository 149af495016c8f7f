"""Providers for the tests of this folder: a short way from an address to a `CalDavProvider`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendar_servers import CalendarServer

from syncd.core.ids import CalendarId
from syncd.ports import Access
from syncd_caldav.provider import CalDavProvider

SECRET = "wonderland"


class TestClock:
    """A fixed date for Retry-After, and the real monotonic clock for deadlines."""

    __test__ = False

    def now(self) -> datetime:
        return datetime(2031, 3, 3, 8, tzinfo=UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def access_to(url: str, **settings: Any) -> Access:
    return Access(
        calendar_id=CalendarId("test"),
        settings={"url": url, **settings},
        secret=lambda _: SECRET,
        zone=ZoneInfo("Europe/Berlin"),
        clock=TestClock(),
    )


Open = Callable[..., CalDavProvider]


@pytest.fixture
def open_calendar() -> Iterator[Open]:
    """Opens providers, and closes them when the test ends."""
    opened: list[CalDavProvider] = []

    def open_(url: str, **settings: Any) -> CalDavProvider:
        opened.append(CalDavProvider(access_to(url, **settings)))
        return opened[-1]

    yield open_
    for provider in opened:
        provider.close()


@pytest.fixture
def new_calendar(calendar_server: CalendarServer) -> tuple[str, dict[str, str]]:
    """A fresh calendar on each real server: its address, and the settings of its account."""
    url = calendar_server.new_calendar()
    settings = calendar_server.settings(url)
    del settings["url"]
    return url, settings
