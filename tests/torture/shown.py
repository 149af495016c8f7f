"""What a CalDAV server really holds, read and written by a colleague's own hand.

Asks the server itself, never through a proxy. Uses nothing of syncd.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import httpx
import icalendar
from calendar_servers import CalendarServer
from foreign_icalendar import text_line, utc_line, with_lines

DAV = "{DAV:}"
CALDAV = "{urn:ietf:params:xml:ns:caldav}"
HALF_HOUR = timedelta(minutes=30)
BEATEN = (412, 423, 500)
"""Somebody else was faster, or is at it: Xandikos locks its store for the length of a write, and
stumbles now and then when two write at once. Then one looks again."""
TOKEN = "X-TOKEN"
"""A property of no standard, in which a colleague's unique values stand."""

_EVERYTHING = (
    '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
    '<c:filter><c:comp-filter name="VCALENDAR"/></c:filter></c:calendar-query>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One event as the server shows it; `mark` is syncd's own, `token` the colleague's."""

    href: str
    etag: str
    text: str
    uid: str
    mark: str
    token: str
    title: str
    start: datetime
    cancelled: bool


class Desk:
    """A colleague at one calendar: careful, for every change names the version that it saw."""

    def __init__(self, server: CalendarServer, path: str) -> None:
        self.path = path
        self._client = server.client()

    def close(self) -> None:
        self._client.close()

    def events(self) -> list[Shown]:
        """Everything that is there now, in one answer."""
        answer = self._client.request(
            "REPORT",
            self.path,
            content=_EVERYTHING,
            headers={"Depth": "1", "Content-Type": "application/xml"},
        )
        answer.raise_for_status()
        found = []
        for row in ET.fromstring(answer.content).iter(f"{DAV}response"):
            text = row.findtext(f".//{CALDAV}calendar-data")
            if text:
                href = unquote(row.findtext(f"{DAV}href") or "")
                found.append(_shown(href, row.findtext(f".//{DAV}getetag") or "", text))
        return found

    def add(self, uid: str, *, start: datetime, title: str, token: str) -> None:
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Colleague//Desk//EN", "BEGIN:VEVENT"]
        lines += [f"UID:{uid}", "DTSTAMP:20260101T000000Z", f"{TOKEN}:{token}"]
        lines += [utc_line("DTSTART", start), utc_line("DTEND", start + HALF_HOUR)]
        lines += [text_line("SUMMARY", title), "END:VEVENT", "END:VCALENDAR", ""]
        for _ in range(10):
            headers = {"If-None-Match": "*"}
            answer = self._put(f"{self.path}{uid}.ics", "\r\n".join(lines), headers)
            if answer.status_code not in BEATEN or any(e.uid == uid for e in self.events()):
                return
        raise AssertionError("the store is locked all the time")

    def move(self, which: Callable[[Shown], bool], start: datetime, token: str) -> None:
        times = {
            "DTSTART": utc_line("DTSTART", start),
            "DTEND": utc_line("DTEND", start + HALF_HOUR),
        }
        self._edit(which, times | {TOKEN: f"{TOKEN}:{token}"})

    def rename(self, which: Callable[[Shown], bool], title: str) -> None:
        self._edit(which, {"SUMMARY": text_line("SUMMARY", title)})

    def delete(self, which: Callable[[Shown], bool]) -> None:
        for tries in range(10):
            if tries and not any(map(which, self.events())):
                return
            there = self._one(which)
            headers = {"If-Match": there.etag}
            answer = self._client.delete(there.href, headers=headers)
            if answer.status_code not in BEATEN:
                answer.raise_for_status()
                return
        raise AssertionError("somebody else changes this event all the time")

    def _edit(self, which: Callable[[Shown], bool], changes: dict[str, str]) -> None:
        for _ in range(10):
            there = self._one(which)
            text = with_lines(there.text, changes)
            answer = self._put(there.href, text, {"If-Match": there.etag})
            if answer.status_code not in BEATEN:
                return
        raise AssertionError("somebody else changes this event all the time")

    def _one(self, which: Callable[[Shown], bool]) -> Shown:
        [there] = [each for each in self.events() if which(each)]
        return there

    def _put(self, href: str, text: str, headers: dict[str, str]) -> httpx.Response:
        headers["Content-Type"] = "text/calendar; charset=utf-8"
        answer = self._client.put(href, content=text.encode(), headers=headers)
        if answer.status_code not in BEATEN:
            answer.raise_for_status()
        return answer


def _shown(href: str, etag: str, text: str) -> Shown:
    event = icalendar.Calendar.from_ical(text).events[0]
    return Shown(
        href=href,
        etag=etag,
        text=text,
        uid=str(event["UID"]),
        mark=str(event.get("X-SYNCD-ID", "")),
        token=str(event.get(TOKEN, "")),
        title=str(event.get("SUMMARY", "")),
        start=event.start.astimezone(UTC),
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
    )
