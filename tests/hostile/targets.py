"""Everything that comes in from outside, one function for each door: octets in, nothing out.

A target uses its door as the product does and raises `Broken` (an AssertionError) when the answer
is none that the door promises. It lets every exception through that the door does not document:
that is the finding. Used by Hypothesis in the suite, and by `fuzz` for as long as one likes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core.errors import Rejected
from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.time import Interval
from syncd_caldav.content_lines import Component, Malformed, decode, parse
from syncd_caldav.ical import (
    MARK,
    NotAnEvent,
    losses,
    occurrences,
    patch,
    read_event,
    semantic_digest,
)
from syncd_caldav.zones import zone_for

CANARY = "Zanzibar9Canary"
"""Stands for a name, a title, a password: no message may repeat it."""
NOW = datetime(2031, 2, 3, tzinfo=UTC)
MARCH = Interval(datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 4, 1, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")
REF, VERSION = EventRef("/cal/1.ics"), Version('"1"')
OWNER = frozenset({"mailto:patel@clinic.example"})
DRAFT = Draft(
    uid=Uid("u"),
    start=datetime(2031, 3, 4, 9, tzinfo=UTC),
    end=datetime(2031, 3, 4, 9, 50, tzinfo=UTC),
    zone="Europe/Berlin",
    title="Visit",
    status=EventStatus.CONFIRMED,
    transparent=False,
    mark="0b1e9a2c-0000-5000-8000-000000000002",
)
OWNED = frozenset(
    (
        *("DTSTART", "DTEND", "DURATION", "SUMMARY", "STATUS", "TRANSP", "SEQUENCE", "DTSTAMP"),
        *("LAST-MODIFIED", MARK),
    )
)
"""What syncd may change in a VEVENT; a VTIMEZONE may be added."""


class Broken(AssertionError):
    """A door answered something that it does not promise."""


def require(claim: object, what: str) -> None:
    if not claim:
        raise Broken(what)


def require_quiet(message: str) -> None:
    """A message is short, and repeats nothing of what somebody wrote."""
    require(CANARY.lower() not in message.lower(), "a message repeats the input")
    require(len(message) < 2000, "a message is as long as the input")


def calendar_object(data: bytes) -> None:
    """A calendar object as a server sends it: read, told apart, expanded, changed."""
    found = read_event(REF, VERSION, data, owner=OWNER)
    _require_found(found)
    digest = semantic_digest(data)
    try:
        text = decode(data)
    except Malformed as problem:
        require_quiet(str(problem))
        return
    require(losses(text, text) == (), "a body loses something against itself")
    _expanded(text)
    if isinstance(found, RemoteEvent):
        require(found.digest == digest, "two digests of one body")
        again = read_event(REF, VERSION, found.body, owner=OWNER)
        require(again == found, "a stored body is read as another event")
        _changed(found)


def _require_found(found: RemoteEvent | Unreadable | NotAnEvent) -> None:
    match found:
        case Unreadable(reason=reason):
            require(reason, "quarantined without a reason")
            require_quiet(reason)
        case RemoteEvent(when=Timed(start=start, end=end)):
            for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
                require(start.astimezone(ZoneInfo(zone)) == start, "a start that cannot be told")
                require(end.astimezone(ZoneInfo(zone)) == end, "an end that cannot be told")
            require("\0" not in found.body + found.title + found.uid, "a NUL came through")
        case RemoteEvent():
            pass
        case NotAnEvent():
            pass


def _expanded(text: str) -> None:
    try:
        found = occurrences(text, MARCH, BERLIN, owner=OWNER)
    except Rejected as problem:
        require_quiet(str(problem))
        return
    require(all(each.overlaps(MARCH) for each in found), "an occurrence outside the horizon")
    require(list(found) == sorted(set(found), key=lambda each: (each.start, each.end)), "unsorted")


def _changed(event: RemoteEvent) -> None:
    """The laws of the patcher: what is foreign stays, twice is once, the draft is said."""
    for draft in (DRAFT, replace(DRAFT, title=None, status=None, transparent=None, mark="")):
        try:
            patched = patch(event.body, draft, now=NOW)
        except Rejected as problem:
            require_quiet(str(problem))
            continue
        require(foreign_lines(patched) == foreign_lines(event.body), "a foreign line was touched")
        twice = patch(patched, draft, now=NOW + timedelta(days=1))
        require(twice == patched, "patching twice is not patching once")
        after = read_event(REF, VERSION, patched, owner=OWNER)
        require(isinstance(after, RemoteEvent), "the patched body cannot be read")


def foreign_lines(text: str) -> list[tuple[str, str]]:
    """Every line that is not syncd's, unfolded, with the place where it stands. VTIMEZONEs aside:
    one may have been added, and `calendar_object` sees through the times that none was lost."""
    return sorted(_lines(parse(text), ""))


def _lines(component: Component, place: str) -> list[tuple[str, str]]:
    place = f"{place}/{component.name}"
    owned = OWNED if component.name == "VEVENT" else frozenset[str]()
    seen: set[str] = set()
    found: list[tuple[str, str]] = []
    for line in component.lines:
        name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        # Of a property that stands twice, the second one is nobody's.
        if name not in owned or name in seen:
            found.append((place, line.rstrip("\r")))
        seen.add(name)
    for part in component.parts:
        if part.name != "VTIMEZONE":
            found += _lines(part, place)
    return found


def time_zone(data: bytes) -> None:
    """The inside of a VTIMEZONE, and times in that zone all over the calendar."""
    rules = data.decode("latin-1").replace("\r\n", "\n").replace("\n", "\r\n")
    body = (
        "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Own\r\n"
        f"{rules}\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Own:20310303T090000\r\n"
        "DTEND;TZID=Own:20310303T100000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    calendar_object(body.encode())
    with suppress(Malformed):
        own = zone_for("Own", parse(body))
        for year in (1, 2, 1600, 1970, 2031, 9998, 9999):
            for month in (1, 12):
                wall = datetime(year, month, 15, 12)  # noqa: DTZ001  a wall clock
                offset = wall.replace(tzinfo=own).utcoffset()
                require(offset is not None and abs(offset) < timedelta(days=1), "an odd offset")


def rule(data: bytes) -> None:
    """Recurrence lines of one event: RRULE, RDATE, EXDATE, or whatever somebody writes there."""
    lines = data.decode("latin-1").replace("\r\n", "\n").replace("\n", "\r\n")
    body = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Europe/Berlin:20290101T090000\r\n"
        f"DURATION:PT1H\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    calendar_object(body.encode())


Target = Callable[[bytes], None]
