"""Collections of many events on a Radicale's disk: made, and changed, without going through HTTP.

Radicale keeps one file an event and notices what changed by itself; ten thousand single PUTs would
take hours (its cost per request grows with the collection).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

FIRST = datetime(2031, 1, 6, 8, 0, tzinfo=UTC)
ZONE = """BEGIN:VTIMEZONE\r
TZID:Europe/Berlin\r
BEGIN:STANDARD\r
DTSTART:19701025T030000\r
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r
TZNAME:CET\r
TZOFFSETFROM:+0200\r
TZOFFSETTO:+0100\r
END:STANDARD\r
BEGIN:DAYLIGHT\r
DTSTART:19700329T020000\r
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r
TZNAME:CEST\r
TZOFFSETFROM:+0100\r
TZOFFSETTO:+0200\r
END:DAYLIGHT\r
END:VTIMEZONE\r
"""


def event(number: int, revision: int = 0) -> str:
    """About 0.6 KiB, every second one with a zone: half an hour each, none overlapping."""
    start = FIRST + timedelta(minutes=30 * number)
    end = start + timedelta(minutes=30)
    zoned = number % 2 == 0
    times = (
        f"DTSTART;TZID=Europe/Berlin:{start:%Y%m%dT%H%M%S}\r\n"
        f"DTEND;TZID=Europe/Berlin:{end:%Y%m%dT%H%M%S}\r\n"
        if zoned
        else f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{end:%Y%m%dT%H%M%SZ}\r\n"
    )
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Colleague//Calendar//EN\r\n"
        + (ZONE if zoned else "")
        + f"BEGIN:VEVENT\r\nUID:event-{number}@colleague\r\nDTSTAMP:20310101T000000Z\r\n{times}"
        f"SUMMARY:Meeting {number} revision {revision}\r\nLOCATION:Room {number % 9}\r\n"
        "DESCRIPTION:Something to talk about\\, at some length\\, as people do\r\n"
        "CATEGORIES:WORK\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\n"
        "DESCRIPTION:Reminder\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def fill(folder: Path, count: int) -> None:
    """A calendar collection of `count` events in `folder`."""
    folder.mkdir(parents=True)
    (folder / ".Radicale.props").write_text(json.dumps({"tag": "VCALENDAR"}))
    for number in range(count):
        (folder / f"event-{number}.ics").write_bytes(event(number).encode())


def change(folder: Path, numbers: range, revision: int) -> None:
    """Retitle these events, each file in one step."""
    for number in numbers:
        path = folder / f"event-{number}.ics"
        fresh = path.with_name(f".Radicale.tmp-{number}")
        fresh.write_bytes(event(number, revision).encode())
        fresh.replace(path)
