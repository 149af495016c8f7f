"""iCalendar texts for the tests, put together by hand and not by syncd's own code."""

from __future__ import annotations

from pathlib import Path

from syncd.core.events import RemoteEvent
from syncd.core.ids import EventRef, Version
from syncd_caldav.ical import NotAnEvent, read_event

CORPUS = Path(__file__).parent / "providers" / "caldav" / "ical" / "corpus"
REF = EventRef("/cal/1.ics")
VERSION = Version('"1"')
STAMP = "DTSTAMP:20310103T120030Z"


def a_body(*lines: str, changed: tuple[tuple[str, ...], ...] = (), around: str = "") -> str:
    """One object: a VEVENT of `lines` (UID and DTSTAMP are added), one more for each of `changed`,
    and `around` (whole lines, such as a VTIMEZONE) before them. Lines end in CRLF."""
    events = [
        "\r\n".join(("BEGIN:VEVENT", "UID:one", STAMP, *event, "END:VEVENT", ""))
        for event in (lines, *changed)
    ]
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//Test//EN\r\n"
        + around
        + "".join(events)
        + "END:VCALENDAR\r\n"
    )


def an_event(*lines: str, owner: frozenset[str] = frozenset(), around: str = "") -> RemoteEvent:
    """What is read from a body of these lines; it must be an event."""
    found = read_event(REF, VERSION, a_body(*lines, around=around), owner=owner)
    assert isinstance(found, RemoteEvent), found
    return found


def why_unreadable(body: str | bytes) -> str:
    """The reason for which a body cannot be read."""
    found = read_event(REF, VERSION, body)
    assert not isinstance(found, RemoteEvent | NotAnEvent), found
    return found.reason


def corpus() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(CORPUS.glob("*.ics"))}
