"""The stand-in server under the conformance suite, with no network between, and a colleague.

The colleague speaks plain HTTP through `httpx` and builds events without syncd's iCalendar code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from unittest import mock
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
from caldav_harness import SPOILT, Account, spoilt_text
from foreign_icalendar import foreign_lines, text_line, text_of, utc_line, with_lines
from quirky_caldav import HOME, SECRET, USER, InProcess, Quirks, Request, Site

import syncd_caldav
from syncd.core.ids import EventRef, Uid
from syncd.ports import CalendarProvider
from syncd.testing import ForeignEvent

ORIGIN = "http://stand-in.example"
PATH = f"{HOME}work/"
_TEXT = {"Content-Type": "text/calendar; charset=utf-8"}


def is_safe(request: Request) -> bool:
    """Whether it is one of the few requests that every server answers alike, or nearly: no MOVE,
    no search by time, no expansion, no limit, no lists of entity tags, no preferences."""
    conditions = request.headers.get("if-match", ""), request.headers.get("if-none-match", "*")
    asks = (b"time-range", b"expand", b"free-busy-query", b"nresults")
    return (
        request.method in ("PROPFIND", "REPORT", "GET", "PUT", "DELETE")
        and "prefer" not in request.headers
        and "," not in conditions[0]
        and conditions[0] != "*"
        and conditions[1] == "*"
        and (request.method == "PUT" or not any(word in request.body for word in asks))
        and request.headers.get("depth", "0") in ("0", "1")
    )


@contextmanager
def wired_to(site: Site) -> Iterator[None]:
    """Every provider that is opened meanwhile talks to `site`. A patch: there is no other way
    round the network, which the provider guards on purpose."""

    def transport(_: Any, **__: Any) -> InProcess:
        return InProcess(site)

    with mock.patch("syncd_caldav.dav.GuardedTransport", transport):
        yield


class StandIn:
    """`CalendarUnderTest` over one calendar of a stand-in, whose `time` stands still."""

    zone = ZoneInfo("Europe/Berlin")
    nonce = "standin"
    first_day = date(2031, 3, 3)

    def __init__(self, quirks: Quirks) -> None:
        self.time = 1_900_000_000.0
        self.site = Site(quirks, now=lambda: self.time)
        self.site.make(PATH)
        auth = httpx.DigestAuth(USER, SECRET) if quirks.digest else httpx.BasicAuth(USER, SECRET)
        self.hand = httpx.Client(transport=InProcess(self.site), base_url=ORIGIN, auth=auth)
        self._opened: list[CalendarProvider] = []
        self._added = 0

    def open(self) -> CalendarProvider:
        return self._open(PATH)

    def open_missing(self) -> CalendarProvider:
        return self._open(f"{HOME}missing/")

    def _open(self, path: str) -> CalendarProvider:
        account = Account(username=USER, password=SECRET)
        with wired_to(self.site):
            provider = syncd_caldav.kind.open(account.access(ORIGIN + path, self.zone))
        self._opened.append(provider)
        return provider

    def close(self) -> None:
        """The end of a law: whatever it was about, nothing was asked on which servers differ."""
        for request in self.site.seen:
            assert not request.is_ours or is_safe(request), (request.method, request.headers)
        self.hand.close()
        for provider in self._opened:
            provider.close()

    def add(self, event: ForeignEvent) -> EventRef:
        self._added += 1
        uid = f"{self.nonce}-{self._added}"
        return self.put(EventRef(f"{PATH}{uid}.ics"), text_of(event, uid))

    def move(self, ref: EventRef, start: datetime, end: datetime) -> EventRef:
        changes = {"DTSTART": utc_line("DTSTART", start), "DTEND": utc_line("DTEND", end)}
        return self.put(ref, with_lines(self.text(ref), changes))

    def rename(self, ref: EventRef, title: str) -> None:
        self.put(ref, with_lines(self.text(ref), {"SUMMARY": text_line("SUMMARY", title)}))

    def delete(self, ref: EventRef) -> None:
        assert self.hand.delete(quote(ref)).status_code == 204

    def occupy(self, uid: Uid, event: ForeignEvent) -> EventRef:
        return self.put(EventRef(f"{PATH}{uid}.ics"), text_of(event, "stranger"))

    def spoil(self, ref: EventRef) -> bool:
        uid = ref.rpartition("/")[2].removesuffix(".ics")
        for lines in SPOILT:
            text = spoilt_text(uid, lines)
            answer = self.hand.put(quote(ref), content=text.encode(), headers=_TEXT)
            if answer.is_success:
                return True
        return False

    def remove(self) -> bool:
        return self.hand.delete(PATH).status_code == 204

    def recreate(self) -> bool:
        return self.remove() and self.hand.request("MKCALENDAR", PATH).status_code == 201

    def foreign_lines(self, ref: EventRef) -> tuple[str, ...]:
        return foreign_lines(self.text(ref).encode())

    def text(self, ref: EventRef) -> str:
        answer = self.hand.get(quote(ref))
        answer.raise_for_status()
        return answer.text

    def put(self, ref: EventRef, text: str) -> EventRef:
        answer = self.hand.put(quote(ref), content=text.encode(), headers=_TEXT)
        assert answer.status_code in (200, 201, 204), (answer.status_code, answer.text)
        return ref
