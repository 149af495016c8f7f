"""Objects in the shapes that the calendars of this world send, good and bad: what each comes to."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest

from syncd.core.events import AllDay, Floating, RemoteEvent, Timed, Unreadable
from syncd_caldav.ical import occurrences, read_event

from .corpus_files import files
from .front_desk import FrontDesk
from .targets import BERLIN, MARCH, OWNED, REF, VERSION

VIENNA = ZoneInfo("Europe/Vienna")
OBJECTS = files("ics")
STRETCHES = {
    "apple-with-travel": "0304 09:00-10:00 Europe/Berlin",
    "byte-order-mark": "0317 09:00-09:30 None",
    "carriage-returns": "0317 09:00-09:30 None",
    "event-beside-a-task": "0324 13:00-13:30 None",
    "exchange-customized-zone": "0306 08:00-08:30 None",
    "fastmail-jmap": "0311 22:00-22:45 Australia/Melbourne",
    "folded-inside-a-character": "0317 14:00-14:30 None",
    "google-with-meeting": "0303 08:00-08:45 None",
    "in-the-fold": "1026 00:15-00:45 Europe/Berlin",
    "in-the-gap": "0330 01:15-01:45 Europe/Berlin",
    "injected-controls": "0324 11:00-11:30 None",
    "line-feeds": "0317 09:00-09:30 None",
    "lotus-notes": "0314 08:00-09:00 None",
    "mixed-line-ends": "0317 11:00-11:30 None",
    "nextcloud-with-talk": "0307 12:00-13:00 Europe/Berlin",
    "nul-inside": "0317 13:00-13:30 None",
    "outlook-with-html": "0305 13:30-14:00 Europe/Berlin",
    "properties-twice": "0318 09:00-09:30 None",
    "second-sixty": "0321 08:59-09:30 None",
    "small-letters-and-blanks": "0324 08:00-08:30 Europe/Vienna",
    "thunderbird-with-moz": "0311 12:00-12:30 America/Sao_Paulo",
    "vcalendar-one": "0325 09:00-09:30 None",
    "yahoo-like": "0313 15:00-16:00 None",
    "zimbra-with-part": "0310 09:00-10:00 Europe/Brussels",
    "zone-since-the-year-one": "0303 08:00-09:00 None",
}
"""Plain events: when they are, in UTC, and the zone that an appointment would get."""
ENDLESS = {"for-ever", "for-ever-in-new-york", "since-ever"}
OCCURRENCES = {
    # EXRULE is no longer in the standard: what it takes away counts, since that blocks more.
    "excluding-rule": 10,
    "extra-periods": 3,
    "occurrence-without-its-event": 1,
}
WITHOUT_LENGTH = {"end-before-start", "negative-length", "year-one-in-a-zone-of-its-own"}
ALL_DAY = {"date-without-its-value"}
QUARANTINED = {
    "all-day-on-the-last-day": "an end beyond the year 9999",
    "cut-off": "ends in the middle of a component",
    "date-and-time": "DTSTART and DTEND of different kinds",
    "no-uid": "no UID",
    "one-time-with-half-a-zone": "DTSTART and DTEND of different kinds",
    "override-of-another": "two UIDs in one object",
    "two-calendars": "more than one VCALENDAR",
    "zone-that-is-no-place": "a time zone that is neither known nor described",
    "zone-that-nobody-knows": "a time zone that is neither known nor described",
}


def read(name: str) -> RemoteEvent:
    found = read_event(REF, VERSION, OBJECTS[name])
    assert isinstance(found, RemoteEvent), found
    return found


def test_every_object_of_the_corpus_has_an_expectation():
    expected = STRETCHES.keys() | OCCURRENCES.keys() | QUARANTINED.keys()

    assert OBJECTS.keys() == expected | ENDLESS | WITHOUT_LENGTH | ALL_DAY


@pytest.mark.parametrize(("name", "stretch"), STRETCHES.items())
def test_a_plain_event_is_when_its_author_meant(name: str, stretch: str):
    event = read(name)

    assert event.is_plain
    assert isinstance(event.when, Timed)
    start, end, zone = event.when.start, event.when.end, event.when.zone
    assert f"{start:%m%d %H:%M}-{end:%H:%M} {zone}" == stretch


@pytest.mark.parametrize(("name", "count"), OCCURRENCES.items())
def test_what_recurs_takes_its_time(name: str, count: int):
    assert read(name).recurring
    assert len(occurrences(OBJECTS[name], MARCH, BERLIN)) == count


@pytest.mark.parametrize("name", sorted(WITHOUT_LENGTH | ALL_DAY))
def test_what_is_no_stretch_is_no_appointment(name: str):
    event = read(name)

    assert not event.is_plain
    assert isinstance(event.when, AllDay) == (name in ALL_DAY)
    assert not isinstance(event.when, Floating)


@pytest.mark.parametrize(("name", "reason"), QUARANTINED.items())
def test_what_cannot_be_understood_says_why(name: str, reason: str):
    found = read_event(REF, VERSION, OBJECTS[name])

    assert found == Unreadable(ref=REF, version=VERSION, reason=reason)


def foreign(body: bytes) -> Counter[tuple[str, str]]:
    """Every unfolded line that syncd does not own, with the components around it. Found without
    syncd's own code. Of a property that stands twice, only the first is syncd's."""
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    if b"\n" not in body:
        body = body.replace(b"\r", b"\n")
    lines = re.sub(rb"\r?\n[ \t]", b"", body).replace(b"\r\n", b"\n").decode().split("\n")
    place: list[str] = []
    seen: set[str] = set()
    found: Counter[tuple[str, str]] = Counter()
    for line in lines:
        name = re.split("[:;]", line, maxsplit=1)[0].strip().upper()
        if name == "BEGIN":
            place.append(line[6:].strip().upper())
        is_owned = place == ["VCALENDAR", "VEVENT"] and name in OWNED and name not in seen
        if line and not is_owned:
            found["/".join(place), line] += 1
        if place == ["VCALENDAR", "VEVENT"]:
            seen.add(name)
        if name == "END":
            place.pop()
    return found


def moved_start(body: bytes) -> datetime:
    """What another reader makes of the event's start."""
    icalendar.use_zoneinfo()  # it remembers what a TZID meant in another object
    text = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    [event] = icalendar.Calendar.from_ical(text).walk("VEVENT")
    start = event["DTSTART"]
    found: datetime = (start[0] if isinstance(start, list) else start).dt
    # It knows zones by their exact names only: europe/vienna is none to it.
    return (found if found.tzinfo else found.replace(tzinfo=VIENNA)).astimezone(UTC)


def name_of(appointment: dict[str, list[dict[str, str]]]) -> str:
    return appointment["links"][0]["ref"].rpartition("/")[2].removesuffix(".ics")


@pytest.mark.slow
def test_a_moved_appointment_leaves_every_line_of_its_event_that_is_not_ours(desk: FrontDesk):
    """Through the ledger and over the wire: adopted, moved by the practice, written back."""
    for name, body in OBJECTS.items():
        if name not in ENDLESS:
            desk.calendar.put(f"{name}.ics", body)

    assert desk.run("sync").code == 0
    adopted = {name_of(each): each["number"] for each in desk.appointments()}
    assert adopted.keys() == STRETCHES.keys()
    starts = {}
    for at, (name, number) in enumerate(sorted(adopted.items())):
        # Tuesdays of April and May, 10, 11, 12 and 13 o'clock in Berlin.
        start = datetime(2031, 4, 1, 8 + at % 4, tzinfo=UTC) + timedelta(weeks=at // 4)
        moved = desk.run("appointments", "reschedule", number, "--start", start.isoformat())
        assert moved.code == 0, (name, moved)
        starts[name] = start
    assert desk.run("sync").code == 0

    for name, start in starts.items():
        _, body = desk.calendar.objects[f"{name}.ics"]
        assert moved_start(body) == start, name
        lost = foreign(OBJECTS[name]) - foreign(body)
        added = foreign(body) - foreign(OBJECTS[name])
        assert not lost, (name, lost)
        assert all("VTIMEZONE" in place for place, _ in added), (name, added)
    untouched = OBJECTS.keys() - ENDLESS - STRETCHES.keys()
    assert all(desk.calendar.objects[f"{name}.ics"][1] == OBJECTS[name] for name in untouched)
    [quiet] = desk.run("sync", "--json").json["calendars"]
    assert (quiet["pulled"], quiet["pushed"], quiet["quarantined"]) == (0, 0, len(QUARANTINED))
