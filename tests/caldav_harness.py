"""A CalDAV calendar under the conformance suite, with python-caldav as the colleague's hand."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

import caldav
import niquests
from caldav.lib.error import DAVError, NotFoundError
from foreign_icalendar import foreign_lines, text_line, text_of, utc_line, with_lines

import syncd_caldav
from syncd.core.events import Draft
from syncd.core.ids import CalendarId, EventRef, Uid
from syncd.ports import Access, CalendarProvider, CreateResult, Written
from syncd.testing import ForeignEvent

P = ParamSpec("P")
R = TypeVar("R")

MKCALENDAR = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:set><d:prop><d:displayname>syncd laws</d:displayname>"
    '<c:supported-calendar-component-set><c:comp name="VEVENT"/>'
    "</c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"
)
SPOILT = (
    ("DTSTART:nonsense",),
    ("SUMMARY:no time at all",),
    ("DTSTART:20310304T090000Z", "END:VEVENT", "BEGIN:VEVENT", "UID:two-in-one"),
)
"""Events of which no calendar can make sense, after their UID; strict servers refuse each."""


class SystemClock:
    """The machine's own clock, as `syncd run` has it."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """How to log in, and the file of the authority that signed the server's certificate if it is
    not one of the system's."""

    username: str = ""
    password: str = ""
    ca_file: str = ""

    def settings(self, url: str) -> dict[str, str | bool]:
        """What practice.toml would say, with every guard off: the server is the tester's own."""
        settings: dict[str, str | bool] = {
            "url": url,
            "allow_http": True,
            "allow_private_networks": True,
        }
        if self.ca_file:
            settings["ca_file"] = self.ca_file
        if self.username:
            settings |= {"username": self.username, "password": "env:PASSWORD"}
        return settings

    def access(self, url: str, zone: ZoneInfo) -> Access:
        return Access(
            calendar_id=CalendarId("law"),
            settings=self.settings(url),
            secret=lambda _: self.password,
            zone=zone,
            clock=SystemClock(),
        )

    def colleague(self, url: str) -> caldav.DAVClient:
        """A second client, which shares nothing with syncd."""
        return caldav.DAVClient(
            url,
            username=self.username or None,
            password=self.password or None,
            timeout=120,
            ssl_verify_cert=self.ca_file or True,
            headers={"Connection": "close"},  # SOGo resets connections that are kept
            enable_rfc6764=False,
            require_tls=False,
        )


def again_after_a_reset(deed: Callable[P, R]) -> Callable[P, R]:
    """Some servers (SOGo) drop kept connections now and then; every deed here can be repeated."""

    @wraps(deed)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(3):
            try:
                return deed(*args, **kwargs)
            except niquests.exceptions.ConnectionError:
                continue
        return deed(*args, **kwargs)

    return repeated


@dataclass(slots=True)
class Collection:
    """The calendar that the laws are tried on. `is_own`: made for them, and theirs to remove; in
    any other one only the events that they made are touched."""

    account: Account
    url: str
    is_own: bool = True
    is_there: bool = True

    def remove(self) -> bool:
        """Whether the calendar could be removed, with all that is in it."""
        if self.is_own and remove_calendar(self.account, self.url):
            self.is_there = False
        return not self.is_there

    def make(self) -> bool:
        """Whether an empty calendar could be made where the removed one was."""
        self.is_there = make_calendar(self.account, self.url)
        return self.is_there

    def settle(self) -> None:
        """Have a calendar for the next law: some servers never free an address (trash bins)."""
        if not self.is_there and not self.make():
            self.url = beside(self.url)
            assert self.make(), "the server makes no further calendar"


class CalDavHarness:
    """`CalendarUnderTest` over one collection."""

    zone = ZoneInfo("Europe/Berlin")
    first_day = date(2031, 3, 3)

    def __init__(self, collection: Collection) -> None:
        self.nonce = uuid.uuid4().hex[:10]
        self._collection = collection
        self._account = collection.account
        self._url = collection.url
        self._client = self._account.colleague(self._url)
        self._calendar = self._client.calendar(url=self._url)
        self._opened: list[CalendarProvider] = []
        self._ours: set[EventRef] = set()
        self._added = 0

    def open(self) -> CalendarProvider:
        return self._open(self._url)

    def open_missing(self) -> CalendarProvider:
        parent = self._url.rstrip("/").rpartition("/")[0]
        return self._open(f"{parent}/{self.nonce}-is-missing/")

    @again_after_a_reset
    def add(self, event: ForeignEvent) -> EventRef:
        self._added += 1
        uid = f"{self.nonce}-{self._added}"
        return self._put(f"{uid}.ics", text_of(event, uid))

    @again_after_a_reset
    def move(self, ref: EventRef, start: datetime, end: datetime) -> EventRef:
        return self._edit(
            ref, {"DTSTART": utc_line("DTSTART", start), "DTEND": utc_line("DTEND", end)}
        )

    @again_after_a_reset
    def rename(self, ref: EventRef, title: str) -> None:
        self._edit(ref, {"SUMMARY": text_line("SUMMARY", title)})

    @again_after_a_reset
    def delete(self, ref: EventRef) -> None:
        self._object(ref).delete()

    @again_after_a_reset
    def occupy(self, uid: Uid, event: ForeignEvent) -> EventRef | None:
        return self._put(f"{uid}.ics", text_of(event, f"{self.nonce}-stranger"))

    @again_after_a_reset
    def spoil(self, ref: EventRef) -> bool:
        uid = ref.rpartition("/")[2].removesuffix(".ics")
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        for lines in SPOILT:
            try:
                answer = self._client.put(self._address(ref), spoilt_text(uid, lines), headers)
            except DAVError:
                continue
            if answer.status in (200, 201, 204) and self._is_kept(ref, lines):
                return True
        return False

    def _is_kept(self, ref: EventRef, lines: tuple[str, ...]) -> bool:
        """Some servers mend what they are given."""
        kept = self._client.request(self._address(ref)).raw
        text = kept if isinstance(kept, str) else kept.decode()
        return all(line in text for line in lines) and (
            text.count("DTSTART") == sum(line.count("DTSTART") for line in lines)
        )

    def remove(self) -> bool:
        return self._collection.remove()

    def recreate(self) -> bool:
        return self._collection.remove() and self._collection.make()

    @again_after_a_reset
    def foreign_lines(self, ref: EventRef) -> tuple[str, ...]:
        found = self._object(ref).load(multiget_fallback=False)
        return foreign_lines(found.raw_data)

    def close(self) -> None:
        """Close every client, and delete each object that this harness caused to be there."""
        for ref in sorted(self._ours) if self._collection.is_there else ():
            try:
                self._object(ref).delete()
            except DAVError:
                continue
        for provider in self._opened:
            provider.close()
        self._client.close()

    def _open(self, url: str) -> CalendarProvider:
        provider = syncd_caldav.kind.open(self._account.access(url, self.zone))
        create = provider.create

        def remembering(draft: Draft) -> CreateResult:
            self._ours.add(self._ref(f"{draft.uid}.ics"))
            result = create(draft)
            if isinstance(result, Written):
                self._ours.add(result.ref)
            return result

        provider.create = remembering
        self._opened.append(provider)
        return provider

    def _put(self, name: str, text: str) -> EventRef:
        ref = self._ref(name)
        self._ours.add(ref)
        caldav.Event(self._client, url=self._address(ref), parent=self._calendar).save(
            raw_data=text.encode()
        )
        return ref

    def _edit(self, ref: EventRef, changes: dict[str, str]) -> EventRef:
        found = self._object(ref).load(multiget_fallback=False)
        found.save(raw_data=with_lines(found.raw_data.decode(), changes).encode())
        return ref

    def _object(self, ref: EventRef) -> caldav.Event:
        return caldav.Event(self._client, url=self._address(ref), parent=self._calendar)

    def _ref(self, name: str) -> EventRef:
        return EventRef(unquote(urlsplit(self._url).path) + name)

    def _address(self, ref: EventRef) -> str:
        parts = urlsplit(self._url)
        return f"{parts.scheme}://{parts.netloc}{quote(ref, safe='/@:')}"


def spoilt_text(uid: str, lines: tuple[str, ...]) -> str:
    stamp = "DTSTAMP:20260101T000000Z"
    whole = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Colleague//Desk 1.0//EN"]
    whole += ["BEGIN:VEVENT", f"UID:{uid}", stamp, *lines, "END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{line}\r\n" for line in whole)


def beside(url: str) -> str:
    """A new address in the folder that the calendar at `url` is in."""
    folder = url.rstrip("/").rpartition("/")[0]
    return f"{folder}/syncd-laws-{uuid.uuid4().hex[:8]}/"


def make_calendar(account: Account, url: str) -> bool:
    """Whether an empty calendar is at `url` now that was not there before."""
    headers = {"Content-Type": "application/xml; charset=utf-8"}
    with account.colleague(url) as client:
        try:
            return client.request(url, "MKCALENDAR", MKCALENDAR, headers).status in (200, 201)
        except DAVError:
            return False


def remove_calendar(account: Account, url: str) -> bool:
    """Remove the collection with all that is in it; whether it is gone, or was not there."""
    with account.colleague(url) as client:
        try:
            return client.delete(url).status in (200, 204, 404, 410)
        except NotFoundError:
            return True
        except DAVError:
            return False
