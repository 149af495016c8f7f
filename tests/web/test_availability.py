"""Opening hours by HTTP: read, changed, and left alone where practice.toml says them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.practice import Keeper
from syncd.core.schedule import OpeningHours
from syncd.flows.practice import Roster, apply_roster
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity

from .conftest import CAUSE, NINE

WEEK = {
    "weeklySlots": [
        {"day": "mon", "startTime": "13:00", "endTime": "24:00"},
        {"day": "mon", "startTime": "09:00", "endTime": "12:30"},
    ],
    "exceptions": [
        {"date": "2031-03-10", "closed": True, "reason": "Away"},
        {"date": "2031-03-04", "windows": [{"startTime": "10:00", "endTime": "11:00"}]},
    ],
}


@pytest.fixture
def here(door):
    """Dr. Patel's hours are kept by HTTP; there are none yet."""
    patel = replace(a_practitioner(), hours=OpeningHours(), hours_kept_by=Keeper.HTTP)
    door.around.ledger.write(lambda tx: tx.save_practitioner(patel, CAUSE))
    return door


def put(door, body, who="patel", path="/availability", **more):
    return door.ask("PUT", path, who, json=body, **more)


def starts(door, day):
    found = door.get(
        f"/slots?activityId=consultation&practitionerId=dr-patel&start={day}&end={day}"
    )
    return [each["start"][11:16] for each in found.json()["slots"]]


def test_a_whole_week_is_set_and_read_back_in_order(here):
    answer = put(here, WEEK)

    assert answer.status_code == 200, answer.text
    assert answer.json() == here.get("/availability", "patel").json()
    assert answer.json()["keptBy"] == "http"
    assert answer.json()["timezone"] == "Europe/Berlin"
    assert answer.json()["weeklySlots"] == [
        {"id": "mon-0900-1230", "day": "mon", "startTime": "09:00", "endTime": "12:30"},
        {"id": "mon-1300-2400", "day": "mon", "startTime": "13:00", "endTime": "24:00"},
    ]
    assert [each["id"] for each in answer.json()["exceptions"]] == ["2031-03-04", "2031-03-10"]


def test_slots_follow_at_once(here):
    assert starts(here, "2031-03-03") == []

    put(here, WEEK)

    assert starts(here, "2031-03-03")[:2] == ["09:00", "09:30"]
    assert starts(here, "2031-03-03")[-1] == "23:30"
    assert starts(here, "2031-03-04") == ["10:00", "10:30"]
    assert starts(here, "2031-03-10") == []


def test_windows_are_added_changed_and_taken_away(here):
    put(here, WEEK)
    added = here.post(
        "/availability/windows", {"day": "sat", "startTime": "09:00", "endTime": "10:00"}, "patel"
    )
    assert added.status_code == 201
    changed = put(
        here,
        {"day": "sat", "startTime": "09:30", "endTime": "11:00"},
        path="/availability/windows/sat-0900-1000",
    )
    assert [each["id"] for each in changed.json()["weeklySlots"]][-1] == "sat-0930-1100"
    gone = here.ask("DELETE", "/availability/windows/mon-0900-1230", "patel")

    assert [each["id"] for each in gone.json()["weeklySlots"]] == ["mon-1300-2400", "sat-0930-1100"]
    for path in ("windows/mon-0900-1230", "exceptions/2031-05-05"):
        assert here.ask("DELETE", f"/availability/{path}", "patel").status_code == 404


def test_the_last_window_stays_or_nobody_would_be_held_out(here):
    one = {"weeklySlots": [{"day": "mon", "startTime": "09:00", "endTime": "10:00"}]}
    put(here, one)

    refused = here.ask("DELETE", "/availability/windows/mon-0900-1000", "patel")

    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["weekly"])
    assert here.book(start="2031-03-04T03:00:00+01:00").json()["code"] == "OUTSIDE_BUSINESS_HOURS"


def test_a_date_is_closed_and_open_again(here):
    put(here, WEEK)

    closed = put(here, {"closed": True}, path="/availability/exceptions/2031-03-03")
    assert closed.status_code == 200
    assert starts(here, "2031-03-03") == []
    again = here.ask("DELETE", "/availability/exceptions/2031-03-03", "patel")

    assert again.status_code == 200
    assert starts(here, "2031-03-03") != []


@pytest.mark.parametrize(
    ("body", "field", "what"),
    [
        ({"weeklySlots": [*WEEK["weeklySlots"], {"day": "mon", "startTime": "12:00", "endTime": "14:00"}]}, "weekly", "overlaps"),
        ({"weeklySlots": [{"day": "mon", "startTime": "12:00", "endTime": "12:00"}]}, "endTime", "24:00"),
        ({"weeklySlots": [{"day": "mon", "startTime": "24:00", "endTime": "24:00"}]}, "startTime", "of that day"),
        ({"weeklySlots": [{"day": "mon", "startTime": "9:00", "endTime": "12:00"}]}, "weeklySlots.0.startTime", "09:00"),
        ({"weeklySlots": [{"day": "monday", "startTime": "09:00", "endTime": "12:00"}]}, "weeklySlots.0.day", "mon"),
        ({"weeklySlots": [], "exceptions": [{"date": "2031-03-03"}]}, "closed", "windows"),
        ({"weeklySlots": [], "exceptions": [{"closed": True}]}, "date", "needed"),
        ({"weeklySlots": [], "exceptions": [{"date": "2031-02-30", "closed": True}]}, "date", "2031-03-03"),
        ({**WEEK, "exceptions": [{"date": "2031-03-03", "closed": True}] * 2}, "exceptions", "twice"),
        ({"weeklySlots": []}, "weekly", "at least one"),
        ({}, "weeklySlots", "required"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused_and_nothing_is_changed(here, body, field, what):
    refused = put(here, body)

    assert refused.status_code == 422, refused.text
    [found] = refused.json()["errors"].items()
    assert found[0] == field
    assert what in found[1][0]
    assert here.get("/availability", "patel").json()["weeklySlots"] == []


def test_an_exception_is_about_the_date_of_its_address(here):
    other = {"date": "2031-03-05", "closed": True}

    assert put(here, other, path="/availability/exceptions/2031-03-03").status_code == 422
    assert put(here, {"closed": True}, path="/availability/exceptions/march").status_code == 422


def test_hours_that_stand_in_practice_toml_are_changed_there(door):
    refused = put(door, WEEK)

    assert (refused.status_code, refused.json()["code"]) == (409, "KEPT_BY_FILE")
    assert door.get("/availability", "patel").json()["keptBy"] == "file"


def test_of_two_who_change_them_at_once_one_is_told(here):
    read = here.get("/availability", "patel").headers["etag"]
    put(here, WEEK, headers={"If-Match": read})

    late = put(here, {"weeklySlots": []}, headers={"If-Match": read})
    unreadable = put(here, {"weeklySlots": []}, headers={"If-Match": "x"})
    weak = put(here, WEEK, headers={"If-Match": f"W/{read}"})

    assert (late.status_code, late.json()["code"]) == (412, "VERSION_CONFLICT")
    assert unreadable.status_code == 422
    assert weak.status_code == 412
    assert put(here, WEEK, headers={"If-Match": "*"}).status_code == 200


def test_an_admin_says_whose_and_a_practitioner_has_none_but_their_own(here):
    assert here.get("/availability").status_code == 422
    assert here.get("/availability?practitionerId=dr-patel").status_code == 200
    assert here.get("/availability?practitionerId=nobody").status_code == 404
    assert here.get("/availability?practitionerId=dr-patel", "owl").status_code == 403


def test_who_changed_them_is_in_the_journal_and_the_same_again_is_no_change(here):
    put(here, WEEK)
    put(here, WEEK)

    with here.around.ledger.read() as view:
        entries = view.history("dr-patel", kind="practitioner")
        assert view.verify_journal().is_sound
    assert [each.action for each in entries[-2:]] == ["save", "save"]
    assert entries[-1].actor.startswith("token:")
    assert entries[-1].state_after["hours"]["weekly"]


def test_a_file_without_hours_leaves_those_that_http_set_and_one_with_hours_takes_over(here):
    put(here, WEEK)
    without = replace(a_practitioner(), hours=OpeningHours(), hours_kept_by=Keeper.HTTP)
    parts = {"practice": a_practice(), "activities": (an_activity(),)}

    apply_roster(here.around, Roster(practitioners=(without,), **parts), CAUSE)
    assert len(here.get("/availability", "patel").json()["weeklySlots"]) == 2
    apply_roster(here.around, Roster(practitioners=(a_practitioner(),), **parts), CAUSE)

    assert here.get("/availability", "patel").json()["keptBy"] == "file"
    assert put(here, WEEK).status_code == 409
    apply_roster(here.around, Roster(practitioners=(without,), **parts), CAUSE)
    assert len(here.get("/availability", "patel").json()["weeklySlots"]) == 5


def test_appointments_outside_of_the_new_hours_stay_and_calendars_are_looked_at_again(here):
    put(here, WEEK)
    here.around.ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))
    made = here.booked(start=NINE)
    with here.around.ledger.read() as view:
        assert not view.calendar_state(a_calendar().id).doubt

    put(here, {"weeklySlots": [{"day": "sun", "startTime": "09:00", "endTime": "10:00"}]})

    assert here.get(f"/appointments/{made['id']}").json()["status"] == "booked"
    with here.around.ledger.read() as view:
        assert view.calendar_state(a_calendar().id).doubt


def test_what_was_read_can_be_sent_back_as_it_is(here):
    exception = {"date": "2031-12-24", "closed": True, "reason": "Christmas"}
    put(here, {**WEEK, "exceptions": [exception]})
    read = here.get("/availability", "patel")

    again = put(here, read.json(), headers={"If-Match": read.headers["etag"]})
    of_another = put(here, {**read.json(), "practitionerId": "dr-owl"})

    assert (again.status_code, again.json()) == (200, read.json())
    assert list(of_another.json()["errors"]) == ["practitionerId"]


def test_admins_are_told_where_to_say_whose_hours(here):
    unclear = here.ask("PUT", "/availability", json={**WEEK, "practitionerId": "dr-patel"})

    assert "in the address" in unclear.json()["errors"]["practitionerId"][0]
