"""Providers for the tests of this folder: a short way from an address to a `CalDavProvider`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendar_servers import CalendarServer
from faulty_http import Asked, Reply, ScriptedServer, scripted

from syncd.core.ids import CalendarId
from syncd.ports import Access
from syncd_caldav.provider import CalDavProvider

from .multistatus import PATH

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


Answering = Callable[..., tuple[CalDavProvider, ScriptedServer]]


@pytest.fixture
def answering(open_calendar: Open) -> Iterator[Answering]:
    """A provider for a server that answers each REPORT, depth-0 and depth-1 PROPFIND as given; a
    list of replies is used up one by one, its last one for ever."""
    with scripted(lambda asked: Reply(status=500)) as server:

        def prepared(
            *,
            report: Reply | list[Reply] | None = None,
            zero: Reply | None = None,
            one: Reply | None = None,
        ) -> tuple[CalDavProvider, ScriptedServer]:
            reports = list(report) if isinstance(report, list) else [report or Reply(status=500)]

            def script(asked: Asked) -> Reply:
                if asked.method == "REPORT":
                    return reports.pop(0) if len(reports) > 1 else reports[0]
                wanted = one if asked.headers.get("Depth") == "1" else zero
                return wanted or Reply(status=500)

            server.script = script
            return open_calendar(server.origin + PATH), server

        yield prepared
