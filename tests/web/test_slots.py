"""Slots by HTTP: what each kind of caller is told of them, and what a calendar shows."""

from dataclasses import replace
from datetime import date, timedelta

import icalendar
import pytest

from syncd.core.ids import PractitionerId
from syncd.core.offering import Closure
from syncd.core.schedule import ScheduleException
from syncd.testing.builders import a_practitioner

from .conftest import CAUSE

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


def test_a_client_is_offered_no_time_at_which_they_are_elsewhere(door):
    door.booked("jane", practitionerId="dr-owl")
    with_patel = f"/slots?{DAY}&practitionerId=dr-patel"

    assert starts(door.get(with_patel, "jane"))[0] == "09:30"
    assert starts(door.get(with_patel, "mother"))[0] == "09:30"
    assert starts(door.get(with_patel, "john"))[0] == "09:00"
    assert starts(door.get(with_patel, "website"))[0] == "09:00"
    jane = door.get("/me", "jane").json()["clientId"]
    assert starts(door.get(f"{with_patel}&clientId={jane}"))[0] == "09:30"


def test_staff_are_told_that_the_client_is_elsewhere(door):
    door.booked("jane", practitionerId="dr-owl")
    jane = door.get("/me", "jane").json()["clientId"]
    asked = (
        "/slots/explain?activityId=consultation&practitionerId=dr-patel"
        f"&start=2031-03-03T09:00:00%2B01:00&clientId={jane}"
    )

    [why] = door.get(asked).json()["obstacles"]

    assert (why["reason"], why["until"]) == ("client-busy", "2031-03-03T09:30:00+01:00")
    assert not door.get(asked, "jane").json()["offered"]


def test_nobody_asks_for_somebody_who_is_none_of_theirs(door):
    jane = door.get("/me", "jane").json()["clientId"]
    asked = f"/slots?{DAY}&clientId="

    others = [door.get(f"{asked}{jane}", who) for who in ("john", "patel")]
    absent = [door.get(f"{asked}nobody", who) for who in ("john", "patel")]
    unknown = door.get(f"{asked}{jane}", "website")

    assert [each.status_code for each in (*others, *absent)] == [404] * 4
    assert others[0].text.replace(jane, "nobody") == absent[0].text
    assert (unknown.status_code, unknown.json()["code"]) == (403, "NOT_PERMITTED")


def test_an_appointment_is_not_in_its_own_way_when_it_moves(door):
    made = door.booked("jane", "2031-03-03T09:30:00+01:00")
    with_patel = f"/slots?{DAY}&practitionerId=dr-patel"

    assert starts(door.get(with_patel, "jane"))[:2] == ["09:00", "10:00"]
    for who in ("jane", "mother", "admin", "patel"):
        moving = door.get(f"{with_patel}&moving={made['id']}", who)
        assert starts(moving)[:3] == ["09:00", "09:30", "10:00"]
    others = [door.get(f"{with_patel}&moving={which}", "john") for which in (made["id"], "no-one")]
    assert [each.status_code for each in others] == [404, 404]
    assert others[0].text.replace(made["id"], "no-one") == others[1].text


def test_alternatives_of_a_move_may_overlap_what_is_moved(door):
    door.offer(durations=(timedelta(hours=1),), step=timedelta(minutes=30))
    made = door.booked("jane", "2031-03-03T10:00:00+01:00", durationMinutes=60)
    door.booked("john", "2031-03-03T09:00:00+01:00")

    refused = door.act(made["id"], "reschedule", "jane", start="2031-03-03T09:00:00+01:00")

    free = [each["start"][11:16] for each in refused.json()["alternatives"]]
    assert (refused.status_code, free[0]) == (409, "09:30")
    moved = door.act(made["id"], "reschedule", "jane", start="2031-03-03T09:30:00+01:00")
    assert moved.status_code == 200


def test_clients_are_offered_nothing_while_the_practice_takes_no_bookings(door):
    door.ask("PUT", "/settings/booking", json={"enabled": False})
    asked = f"/slots?{DAY}&practitionerId=dr-patel"
    explained = (
        "/slots/explain?activityId=consultation&practitionerId=dr-patel"
        "&start=2031-03-03T09:00:00%2B01:00"
    )

    shown = door.get(f"{asked}&include=unavailable", "website").json()["slots"]

    assert starts(door.get(asked, "jane")) == []
    assert {each["available"] for each in shown} == {False}
    assert starts(door.get(asked))[0] == "09:00"
    assert door.get(explained).json()["obstacles"][0]["reason"] == "booking-off"
    assert not door.get(explained, "jane").json()["offered"]


def test_a_day_off_is_explained_by_its_reason(door):
    away = ScheduleException(day=date(2031, 3, 3), windows=(), reason="Congress")
    patel = replace(a_practitioner(), hours=replace(a_practitioner().hours, exceptions=(away,)))
    door.around.ledger.write(lambda tx: tx.save_practitioner(patel, CAUSE))
    asked = (
        "/slots/explain?activityId=consultation&practitionerId=dr-patel"
        "&start=2031-03-03T09:00:00%2B01:00"
    )

    assert door.get(asked).json()["obstacles"] == [
        {"reason": "day-closed", "what": "Congress", "until": None, "practitionerId": None}
    ]
