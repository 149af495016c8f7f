"""Objects as the calendars of this world write them: read, patched, and rewritten by servers."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import icalendar
import pytest
import vobject
from ical_bodies import CORPUS, REF, VERSION, corpus

from syncd.core.events import (
    AllDay,
    Attendance,
    Draft,
    EventStatus,
    Floating,
    RemoteEvent,
    Timed,
)
from syncd_caldav.content_lines import decode
from syncd_caldav.ical import NotAnEvent, losses, patch, read_event, semantic_digest

OWNER = frozenset({"patel@clinic.example"})
NOW = datetime(2031, 2, 3, tzinfo=UTC)


def timed(start: str, end: str, zone: str | None) -> Timed:
    begin, finish = (datetime.fromisoformat(f"2031-{each}:00+00:00") for each in (start, end))
    return Timed(begin, finish, zone)


EXPECTED: dict[str, dict[str, object]] = {
    "apple-alarm": {
        "when": timed("03-03T08:00", "03-03T09:00", "Europe/Berlin"),
        "title": "Frühstück 🍞 mit Frau Müller; Besprechung",
    },
    "apple-all-day": {"when": AllDay(date(2031, 3, 3), date(2031, 3, 5))},
    "evolution": {
        "when": timed("06-30T06:00", "06-30T06:30", "Europe/Berlin"),
        "status": EventStatus.CANCELLED,
    },
    "exchange-custom-zone": {"when": timed("07-07T10:30", "07-07T11:30", None)},
    "exchange-windows-zone": {
        "when": timed("07-07T12:00", "07-07T13:00", "Europe/Berlin"),
        "title": "Visite Station 3",
        "transparent": True,
        "uid": (
            "040000008200E00074C5B7101A82E00800000000C0D7C8F0D5A6DB010000000000000000"
            "100000002A4B7D1E8A8F5B4C9B1C2F6D0F1E3A5B"
        ),
    },
    "floating": {
        "when": Floating(*map(datetime.fromisoformat, ("2031-03-03T07:30", "2031-03-03T08:00")))
    },
    "folded-inside-characters": {"title": "Müller 🦷 Übung"},
    "google-invitation": {
        "when": timed("03-03T08:00", "03-03T08:30", None),
        "attendance": Attendance.INVITED,
        "title": "Case conference",
    },
    "google-weekly": {
        "when": timed("03-03T14:00", "03-03T15:00", "America/New_York"),
        "recurring": True,
        "title": "Team hour",
    },
    "latin-1": {"title": "Müller Übung"},
    "nextcloud-declined": {"attendance": Attendance.DECLINED},
    "nextcloud-marked": {
        # 02:30 comes twice that night: the first one counts.
        "when": timed("10-26T00:30", "10-26T02:30", "Europe/Paris"),
        "is_marked": True,
        "status": EventStatus.TENTATIVE,
    },
    "orphan-occurrence": {"when": timed("03-03T10:00", "03-03T10:30", None), "recurring": True},
    "outlook-display-name-zone": {
        "when": timed("03-03T10:00", "03-03T10:30", None),
        "transparent": True,
        "title": "Erstgespräch",
    },
    "periods": {"when": timed("03-03T09:00", "03-03T10:00", None), "recurring": True},
    "small-letters": {
        "when": timed("03-03T06:30", "03-03T07:15", "Europe/Vienna"),
        "title": "Handgeschrieben   ",
    },
    "thunderbird-old-zone": {
        # 02:30 does not exist that night: as before the change, which is 03:30.
        "when": timed("03-30T01:30", "03-30T02:00", "Europe/Berlin"),
    },
    "zimbra": {"when": timed("03-03T15:00", "03-03T16:30", "Europe/Brussels")},
}
PLAIN = [
    name
    for name, body in corpus().items()
    if isinstance(event := read_event(REF, VERSION, body), RemoteEvent) and event.is_plain
]


def an_event(name: str) -> RemoteEvent:
    found = read_event(REF, VERSION, (CORPUS / f"{name}.ics").read_bytes(), owner=OWNER)
    assert isinstance(found, RemoteEvent), found
    return found


def test_every_event_of_the_corpus_has_an_expectation():
    assert EXPECTED.keys() == corpus().keys() - {"task"}


@pytest.mark.parametrize("name", EXPECTED)
def test_events_are_read_as_their_authors_meant_them(name: str):
    event = an_event(name)

    assert {field: getattr(event, field) for field in EXPECTED[name]} == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_not_said_has_its_default(name: str):
    event = an_event(name)
    defaults = {
        "status": EventStatus.CONFIRMED,
        "transparent": False,
        "attendance": Attendance.OWN,
        "recurring": False,
        "is_marked": False,
        "mark": None,
    }

    for field, default in defaults.items():
        assert field in EXPECTED[name] or getattr(event, field) == default


def test_a_task_is_not_an_event_and_nothing_is_wrong_with_it():
    found = read_event(REF, VERSION, (CORPUS / "task.ics").read_bytes())

    assert found == NotAnEvent(REF, VERSION, "VTODO")


@pytest.mark.parametrize("name", PLAIN)
def test_moving_an_event_changes_its_times_and_stamps_and_not_one_other_line(name: str):
    event = an_event(name)
    assert isinstance(event.when, Timed)
    start = event.when.start + timedelta(days=1, hours=2)
    draft = a_draft(event, start=start, end=start + timedelta(minutes=50))

    patched = patch(event.body, draft, now=NOW)

    before, after = event.body.splitlines(keepends=True), patched.splitlines(keepends=True)
    changed = {
        line.upper().partition(":")[0].partition(";")[0]
        for line in set(before) ^ set(after)
        if line[:1] not in " \t"
    }
    assert changed <= {"DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}
    assert [line for line in before if line in after] == [line for line in after if line in before]
    moved = read_event(REF, VERSION, patched)
    assert isinstance(moved, RemoteEvent)
    assert moved.when == Timed(draft.start, draft.end, event.when.zone)


@pytest.mark.parametrize("name", PLAIN)
def test_an_event_that_says_it_already_is_left_alone(name: str):
    event = an_event(name)

    assert patch(event.body, a_draft(event), now=NOW) == event.body


def a_draft(event: RemoteEvent, **changes: object) -> Draft:
    assert isinstance(event.when, Timed)
    draft = Draft(
        uid=event.uid,
        start=event.when.start,
        end=event.when.end,
        zone=event.when.zone or "Europe/Berlin",
        title=event.title,
        status=event.status,
        transparent=event.transparent,
    )
    return dataclasses.replace(draft, **changes)  # type: ignore[arg-type]


# What the libraries inside Radicale and Xandikos make of an object that is put there.
RADICALE_CUTS = {"apple-alarm": ("X-APPLE-STRUCTURED-LOCATION",)}


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - {"periods"}))  # it answers 400 there
def test_what_radicale_writes_back_lacks_only_what_it_really_destroys(name: str):
    body = decode((CORPUS / f"{name}.ics").read_bytes())

    kept = vobject.readOne(body).serialize()

    assert losses(body, kept) == RADICALE_CUTS.get(name, ())


@pytest.mark.parametrize("name", EXPECTED)
def test_what_xandikos_writes_back_means_the_same(name: str):
    body = decode((CORPUS / f"{name}.ics").read_bytes())

    kept = icalendar.Calendar.from_ical(body).to_ical().decode()

    assert losses(body, kept) == ()
    assert semantic_digest(kept) == semantic_digest(body)
