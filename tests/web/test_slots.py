"""Slots by HTTP: what each kind of caller is told of them, and what a calendar shows."""

from datetime import date, timedelta

import icalendar
import pytest

from syncd.core.ids import PractitionerId
from syncd.core.offering import Closure

DAY = "activityId=consultation&start=2031-03-03&end=2031-03-03"


def starts(answer):
    assert answer.status_code == 200, answer.text
    return [each["start"][11:16] for each in answer.json()["slots"]]


def test_slots_are_the_free_starts_of_the_days_that_are_asked_for(door):
    door.booked(start="2031-03-03T10:00:00+01:00")

    found = door.get(f"/slots?{DAY}&practitionerId=dr-patel", "website")

    assert starts(found)[:4] == ["09:00", "09:30", "10:30", "11:00"]
    assert len(starts(found)) == 15
    assert found.json()["timezone"] == "Europe/Berlin"
    assert found.json()["slots"][0] == {
        "start": "2031-03-03T09:00:00+01:00",
        "practitionerId": "dr-patel",
        "available": True,
        "tentative": False,
        "placesLeft": 1,
        "durationsMinutes": [30],
        "obstacles": [],
    }


def test_everybody_who_offers_it_is_listed_unless_one_is_named(door):
    found = door.get(f"/slots?{DAY}").json()["slots"]

    assert {each["practitionerId"] for each in found} == {"dr-patel", "dr-owl"}
    assert (
        door.get(f"/slots?{DAY}&practitionerId=dr-who").json()["code"] == "PRACTITIONER_NOT_FOUND"
    )


def test_what_is_not_available_is_listed_too_where_that_is_wanted_with_reasons_for_staff(door):
    door.booked(start="2031-03-03T10:00:00+01:00")
    asked = f"/slots?{DAY}&practitionerId=dr-patel&include=unavailable"

    for who, told in (("jane", []), ("patel", ["taken"])):
        found = door.get(asked, who).json()["slots"]
        [taken] = [each for each in found if not each["available"]]
        assert taken["start"] == "2031-03-03T10:00:00+01:00"
        assert [each["reason"] for each in taken["obstacles"]] == told
    assert door.get(f"/slots?{DAY}&include=all").status_code == 422


def test_each_start_says_which_lengths_fit(door):
    door.offer(durations=(timedelta(minutes=60),))
    door.booked(start="2031-03-03T10:00:00+01:00")

    found = door.get(f"/slots?{DAY}&practitionerId=dr-patel").json()["slots"]

    assert [each["durationsMinutes"] for each in found][:3] == [[30, 60], [30], [30, 60]]


def test_one_time_is_explained_to_staff_and_judged_for_others(door):
    door.booked(start="2031-03-03T10:00:00+01:00")
    asked = "/slots/explain?activityId=consultation&practitionerId=dr-patel&start="

    free = door.get(f"{asked}2031-03-03T09:00:00%2B01:00", "jane").json()
    taken = door.get(f"{asked}2031-03-03T10:00:00+01:00", "jane").json()
    told = door.get(f"{asked}2031-03-03T10:00:00%2B01:00", "patel").json()

    assert (free["offered"], taken["offered"], told["offered"]) == (True, False, False)
    assert taken["obstacles"] == []
    [why] = told["obstacles"]
    assert (why["reason"], why["until"]) == ("taken", "2031-03-03T10:30:00+01:00")
    assert why["what"] == "AID-20310303-0001"
    assert (told["asOf"], told["unsure"]) == (None, [])


def test_staff_are_told_how_it_was_and_others_are_not(door):
    asked = (
        "/slots/explain?activityId=consultation&practitionerId=dr-patel"
        "&start=2031-03-03T10:00:00%2B01:00&at="
    )
    minute = timedelta(minutes=1)
    door.around.clock.advance(minute)
    before = f"{door.around.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    door.around.clock.advance(minute)
    door.booked(start="2031-03-03T10:00:00+01:00")

    then = door.get(asked + before).json()
    refused = door.get(asked + before, "jane")
    to_come = door.get(f"{asked}2031-03-03T12:00:00Z")

    assert (then["offered"], then["asOf"]) == (True, "2031-03-03T09:01:00+01:00")
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_PERMITTED")
    assert (to_come.status_code, to_come.json()["code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    "wrong",
    [
        "start=2031-03-04&end=2031-03-03",
        "start=2031-03-03&end=2031-09-03",
        "start=2031-03-03T09:00:00&end=2031-03-04",
        "start=2031-02-30&end=2031-03-04",
        "start=0001-01-01&end=0001-01-02",
        "start=9999-12-31&end=9999-12-31",
        "start=2031-03-03",
    ],
)
def test_a_period_that_cannot_be_listed_is_refused(door, wrong):
    assert door.get(f"/slots?activityId=consultation&{wrong}").status_code in (200, 422)
    if "0001" not in wrong:
        assert door.get(f"/slots?activityId=consultation&{wrong}").status_code == 422


def test_activities_are_listed_whole_for_staff_and_as_far_as_needed_for_others(door):
    door.offer(notice=timedelta(hours=2), most_a_day=8, practitioners=(PractitionerId("dr-owl"),))

    whole = door.get("/activities").json()["activities"][0]
    public = door.get("/activities/public?ids=consultation", "website").json()["activities"]

    assert (whole["minimumNoticeMinutes"], whole["maxPerDay"]) == (120, 8)
    assert [each["practitionerIds"] for each in public] == [["dr-owl"]]
    assert "maxPerDay" not in public[0]
    assert door.get("/activities/public?ids=none", "website").json() == {"activities": []}
    assert door.get("/activities/consultation").json() == whole
    assert door.get("/activities/surgery").status_code == 404


def test_a_calendar_shows_opening_hours_and_appointments_as_blocks(door):
    made = door.booked(start="2031-03-03T10:00:00+01:00")

    events = door.get("/calendar?start=2031-03-03&end=2031-03-03", "patel").json()["events"]

    assert [(each["type"], each["start"][11:16], each["end"][11:16]) for each in events] == [
        ("availability", "09:00", "17:00"),
        ("appointment", "10:00", "10:30"),
    ]
    assert events[1]["appointmentId"] == made["id"]
    assert events[1]["clientName"] == "Jane Doe"
    assert door.get("/calendar?start=2031-03-03&end=2031-09-03").status_code == 422
    assert (
        door.get(
            "/calendar?start=2031-03-03&end=2031-03-03&practitionerId=dr-owl", "patel"
        ).status_code
        == 404
    )


def test_a_closed_day_shows_no_opening_hours(door):
    door.practice_is(closures=(Closure(first=date(2031, 3, 3), last=date(2031, 3, 3)),))

    assert door.get("/calendar?start=2031-03-03&end=2031-03-03").json()["events"] == []


def test_an_appointment_is_an_event_for_its_clients_calendar(door):
    made = door.booked("jane")

    answer = door.get(f"/appointments/{made['number']}.ics", "jane")

    assert answer.headers["content-type"].startswith("text/calendar")
    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["DTSTART"].dt.isoformat() == "2031-03-03T09:00:00+01:00"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert (event["SUMMARY"], event["STATUS"]) == ("Consultation · Dr. Priya Patel", "CONFIRMED")
    assert made["number"] in event["DESCRIPTION"]
    door.act(made["id"], "cancel", "jane")
    again = door.get(f"/appointments/{made['number']}.ics", "jane").content
    [gone] = icalendar.Calendar.from_ical(again).walk("VEVENT")
    assert (gone["STATUS"], gone["UID"], gone["SEQUENCE"]) == ("CANCELLED", event["UID"], 2)


def test_a_feed_shows_a_practitioners_living_appointments_and_no_names(door):
    door.booked("jane")
    other = door.booked("john", "2031-03-03T11:00:00+01:00")
    door.booked("john", "2031-03-03T12:00:00+01:00", practitionerId="dr-owl")
    door.act(other["id"], "cancel")

    answer = door.http.get(f"/feeds/{door.tokens['feed']}.ics")

    [event] = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["SUMMARY"] == "Consultation · J. D. · AID-20310303-0001"
    assert "Doe" not in answer.text
    assert "jane" not in answer.text
