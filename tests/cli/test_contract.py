"""The JSON shapes that programs rely on: keys are only ever added."""

from datetime import datetime

import pytest

APPOINTMENT = {
    *("id", "number", "status", "payment", "acknowledgement", "activityId", "practitionerId"),
    *("client", "start", "end", "timezone", "version", "flags", "links"),
}
CALENDAR = {
    *("id", "ok", "pulled", "pushed", "conflicts", "quarantined", "requests", "seconds", "error"),
}
OPERATION = {"calendarId", "op", "ref", "number", "why"}
CONFLICT = {"id", "number", "calendarId", "field", "base", "ledger", "remote", "since"}


def test_a_booking_prints_the_appointment_itself(clinic):
    found = clinic.book()

    assert found.keys() >= APPOINTMENT
    assert found["number"].startswith("AID-")
    assert found["status"] == "booked"
    assert found["payment"] == "none"
    assert found["acknowledgement"] == "not-required"
    assert found["activityId"] == "consultation"
    assert found["practitionerId"] == "dr-patel"
    assert found["start"] == "2031-03-03T09:00:00+01:00"
    assert found["end"] == "2031-03-03T09:30:00+01:00"
    assert found["timezone"] == "Europe/Berlin"
    assert found["version"] == 1
    assert found["flags"] == []
    assert found["client"]["id"]
    del found["client"]["id"]
    assert found["client"] == {"name": "Jane Doe", "email": "jane@example.org", "phone": None}
    assert found["links"] == [{"calendarId": "patel-main", "state": "pending-write", "ref": None}]


def test_showing_an_appointment_prints_the_same_and_where_it_stands(clinic):
    booked = clinic.book()
    clinic.ok("sync")

    found = clinic.read(f"appointments show {booked['number']}")

    [link] = found.pop("links")
    booked.pop("links")
    assert found == booked
    assert link["state"] == "in-sync"
    assert list(clinic.events()) == [link["ref"]]
    assert clinic.read(f"appointments show {booked['id']}")["number"] == booked["number"]


def test_a_link_is_in_sync_only_while_the_calendar_knows_this_very_version(clinic):
    number = clinic.book()["number"]
    clinic.ok("sync")

    moved = clinic.read(f"appointments reschedule {number} --start 2031-03-03T10:00")
    listed = clinic.ok("appointments list").out
    clinic.ok("sync")

    assert moved["links"][0]["state"] == "pending-write"
    assert "pending-write" in listed
    assert clinic.read(f"appointments show {number}")["links"][0]["state"] == "in-sync"


def test_a_list_of_appointments_holds_what_show_shows(clinic):
    booked = clinic.book()

    found = clinic.read("appointments list")

    assert found == {"appointments": [clinic.read(f"appointments show {booked['number']}")]}


def test_an_adopted_event_has_no_client_and_keeps_its_title(clinic):
    clinic.put(clinic.calendars["patel-main"] + "foreign.ics", FOREIGN)
    clinic.ok("sync")

    [found] = clinic.read("appointments list")["appointments"]

    assert found.keys() >= APPOINTMENT
    assert found["client"] is None
    assert found["activityId"] is None
    assert found["flags"] == ["adopted"]
    assert found["title"] == "Follow-up"


def test_a_sync_counts_what_had_an_effect_and_no_echo_of_its_own(clinic):
    clinic.book()

    [first] = clinic.read("sync")["calendars"]
    [second] = clinic.read("sync")["calendars"]

    assert first.keys() >= CALENDAR
    assert (first["id"], first["ok"], first["error"]) == ("patel-main", True, None)
    assert (first["pulled"], first["pushed"]) == (0, 1)
    assert (first["conflicts"], first["quarantined"]) == (0, 0)
    assert first["requests"] > 0
    assert first["seconds"] >= 0
    assert (second["pulled"], second["pushed"], second["requests"]) == (0, 0, 1)


def test_a_plan_lists_its_operations_and_is_applied_by_its_id(clinic):
    booked = clinic.book()

    plan = clinic.read("plan")
    done = clinic.read(f"apply {plan['id']}")

    assert plan.keys() >= {"id", "operations", "refused"}
    [step] = plan["operations"]
    assert step.keys() == OPERATION
    assert (step["calendarId"], step["op"]) == ("patel-main", "create")
    assert (step["number"], step["ref"]) == (booked["number"], None)
    assert step["why"]
    assert plan["refused"] == []
    assert done["id"] == plan["id"]
    assert done["calendars"][0].keys() >= CALENDAR
    assert done["calendars"][0]["pushed"] == 1
    assert clinic.read("plan")["operations"] == []


def test_a_refused_plan_names_the_calendar_and_the_reason(clinic):
    for hour in (9, 10, 11):
        clinic.book(f"2031-03-03T{hour:02}:00", f"C{hour} Doe")
    clinic.ok("sync")
    for href in clinic.events():
        clinic.delete(href)

    answer = clinic.run("plan --json")

    assert answer.code == 5
    [refused] = answer.json["refused"]
    assert refused.keys() == {"calendarId", "why"}
    assert refused["calendarId"] == "patel-main"


def test_conflicts_are_listed_with_both_sides(clinic):
    booked = clinic.in_conflict()

    answer = clinic.run("conflicts list --json")

    assert answer.code == 0
    [found] = answer.json["conflicts"]
    assert found.keys() >= CONFLICT
    assert (found["number"], found["calendarId"]) == (booked["number"], "patel-main")
    assert found["field"] == "time"
    assert found["ledger"]["start"] == "2031-03-03T10:00:00+00:00"
    assert found["remote"]["start"] == "2031-03-03T13:00:00+00:00"
    assert datetime.fromisoformat(found["since"]).tzinfo is not None


def test_every_action_prints_the_appointment(clinic):
    number = clinic.book()["number"]

    moved = clinic.read(f"appointments reschedule {number} --start 2031-03-03T10:00")
    cancelled = clinic.read(f"appointments cancel {number} --reason 'is ill'")

    assert moved.keys() >= APPOINTMENT
    assert (moved["start"], moved["version"]) == ("2031-03-03T10:00:00+01:00", 2)
    assert (cancelled["status"], cancelled["version"]) == ("cancelled", 3)
    assert (cancelled["reason"], cancelled["cancelledBy"]) == ("is ill", "admin")


def test_an_error_is_a_document_too_when_json_is_asked_for(practice):
    practice.book()

    answer = practice.run(
        "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:15 "
        "--name Eve --email eve@example.org --json"
    )

    assert answer.code == 1
    assert answer.json["error"]["code"] == "SLOT_UNAVAILABLE"
    assert answer.json["error"]["problems"] == []
    assert answer.err.startswith("error: ")


@pytest.mark.parametrize("asked", ["--json", ""])
def test_a_status_is_told_for_programs_and_for_people(clinic, asked):
    clinic.ok("sync")

    answer = clinic.ok(f"status {asked}")

    if asked:
        assert answer.json["inSync"] is True
        [calendar] = answer.json["calendars"]
        assert (calendar["id"], calendar["state"]) == ("patel-main", "in-sync")
    else:
        assert "patel-main  in sync" in answer.out


FOREIGN = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:foreign-1\r\n"
    "DTSTAMP:20300101T000000Z\r\nDTSTART:20310304T100000Z\r\nDTEND:20310304T103000Z\r\n"
    "SUMMARY:Follow-up\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
