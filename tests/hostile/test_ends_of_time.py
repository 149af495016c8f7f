"""Times at the ends of the calendar, and in zones without a place: each stopped a whole round."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from ical_bodies import REF, VERSION, why_unreadable

from syncd.core.events import RemoteEvent, Timed
from syncd.core.time import Interval
from syncd_caldav.ical import occurrences, read_event, semantic_digest
from syncd_caldav.moments import FIRST, LAST

from .corpus_files import octets
from .front_desk import FrontDesk

MARCH = Interval(datetime(2031, 3, 1, tzinfo=UTC), datetime(2031, 4, 1, tzinfo=UTC))
NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Pacific/Kiritimati")


def the_stretch(name: str) -> Timed:
    found = read_event(REF, VERSION, octets(f"ics/{name}.ics"))
    assert isinstance(found, RemoteEvent), found
    assert isinstance(found.when, Timed)
    return found.when


def test_the_last_day_that_can_be_counted_is_quarantined():
    assert why_unreadable(octets("ics/all-day-on-the-last-day.ics")).startswith("an end beyond")


@pytest.mark.parametrize("name", ["for-ever", "for-ever-in-new-york", "since-ever"])
def test_what_lasts_for_ever_takes_its_time_and_can_be_told_on_every_wall(name: str):
    when = the_stretch(name)

    assert FIRST <= when.start < MARCH.end
    assert when.end == LAST
    for zone in (NEW_YORK, TOKYO):
        assert when.start.astimezone(zone)
        assert when.end.astimezone(zone)
    [busy] = occurrences(octets(f"ics/{name}.ics"), MARCH, NEW_YORK)
    assert busy.end == LAST


def test_the_rules_of_a_zone_may_begin_in_the_year_one():
    when = the_stretch("zone-since-the-year-one")

    assert (when.start.hour, when.end.hour) == (8, 9)


def test_a_zone_of_its_own_can_be_asked_about_the_year_one():
    assert the_stretch("year-one-in-a-zone-of-its-own").start == FIRST


@pytest.mark.parametrize("name", ["Factory", "localtime", "posixrules"])
def test_what_a_machine_keeps_beside_its_zones_is_no_zone(name: str):
    """It would become the zone of an appointment, in which no calendar can be told of it."""
    body = octets("ics/zone-that-is-no-place.ics").replace(b"Factory", name.encode())

    assert why_unreadable(body) == "a time zone that is neither known nor described"


ODD = ("all-day-on-the-last-day", "for-ever", "since-ever", "year-one-in-a-zone-of-its-own")


def test_events_at_the_ends_of_time_harm_no_neighbour(desk: FrontDesk):
    for name in (*ODD, "zone-since-the-year-one"):
        desk.calendar.put(f"{name}.ics", octets(f"ics/{name}.ics"))

    synced = desk.run("sync", "--json")

    assert synced.code == 0, synced
    [calendar] = synced.json["calendars"]
    assert calendar["quarantined"] == 1
    assert "Round table" in {each["title"] for each in desk.appointments()}
    for words in (("appointments", "list"), ("journal", "tail"), ("status",), ("sync",)):
        assert desk.run(*words).code == 0


def test_a_rule_since_the_year_one_can_be_asked_about_the_year_one():
    body = octets("ics/zone-since-the-year-one.ics").replace(b":20310303T", b":00010303T")

    found = read_event(REF, VERSION, body)

    assert isinstance(found, RemoteEvent), found


def test_a_time_without_a_zone_is_compared_without_one(monkeypatch: pytest.MonkeyPatch):
    """The digest took the machine's own zone for it, in which there may be no such time."""
    body = octets("ics/one-time-with-half-a-zone.ics")
    digests = set()
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        digests.add(semantic_digest(body))
        digests.add(semantic_digest(body.replace(b":0001", b":2031")))
    monkeypatch.undo()
    time.tzset()

    assert len(digests) == 2
    assert "" not in digests
