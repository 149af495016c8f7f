"""Activities by HTTP: made, changed, taken out, and left alone where practice.toml says them."""

from __future__ import annotations

import pytest

from syncd.flows.practice import Roster, apply_roster
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity

from .conftest import CAUSE

WHOLE = {
    "name": "Première séance",
    "description": "A talk.",
    "durationMinutes": 30,
    "durationsMinutes": [30, 60],
    "stepMinutes": 15,
    "bufferBeforeMinutes": 5,
    "bufferAfterMinutes": 10,
    "minimumNoticeMinutes": 60,
    "daysAhead": 90,
    "maxPerDay": 8,
    "maxPerWeek": 30,
    "practitionerIds": ["dr-patel"],
    "needsConfirmation": True,
    "needsAcknowledgement": True,
    "price": {"amount": "80.00", "currency": "EUR"},
    "color": "#2f855a",
    "requiredFields": ["phone"],
    "customFieldLabel": "Insurance number",
    "meetingTypes": ["video"],
    "meetingLink": "https://meet.example.org/{id}",
}


def add(door, **changes):
    return door.post("/activities", {"name": "Lesson", "durationMinutes": 45, **changes})


def test_an_activity_is_made_read_and_booked(door):
    made = add(door)

    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/activities/lesson"
    activity = made.json()["activity"]
    assert (activity["id"], activity["keptBy"]) == ("lesson", "http")
    assert door.get("/activities/lesson").json() == activity
    assert door.booked("jane", activityId="lesson")["durationMinutes"] == 45


def test_all_that_is_said_is_kept_and_can_be_sent_back(door):
    made = door.post("/activities", WHOLE).json()["activity"]

    assert made["id"] == "premi-re-s-ance"
    assert {key: made[key] for key in WHOLE} == WHOLE
    assert door.ask("PUT", f"/activities/{made['id']}", json=made).json() == made


def test_what_everybody_offers_can_be_sent_back_and_is_offered_by_whoever_comes_later(door):
    made = add(door).json()["activity"]
    assert (made["practitionerIds"], made["offeredBy"]) == ([], ["dr-owl", "dr-patel"])

    door.ask("PUT", "/activities/lesson", json=made)
    newcomer = a_practitioner(id="dr-new", name="Dr. New")
    door.around.ledger.write(lambda tx: tx.save_practitioner(newcomer, CAUSE))

    assert door.get("/activities/lesson").json()["offeredBy"] == ["dr-new", "dr-owl", "dr-patel"]


def test_of_two_who_change_one_at_once_one_is_told(door):
    add(door)
    read = door.get("/activities/lesson").headers["etag"]
    body = {"name": "Class", "durationMinutes": 30}
    first = door.ask("PUT", "/activities/lesson", json=body, headers={"If-Match": read})

    late = door.ask("PUT", "/activities/lesson", json=body, headers={"If-Match": read})

    assert (first.status_code, late.status_code) == (200, 412)
    assert first.headers["etag"] == door.get("/activities/lesson").headers["etag"] != read


def test_names_may_be_alike_and_ids_are_not(door):
    ids = [add(door).json()["activity"]["id"] for _ in range(3)]

    assert ids == ["lesson", "lesson-2", "lesson-3"]
    taken = add(door, id="lesson")
    assert (taken.status_code, list(taken.json()["errors"])) == (422, ["id"])
    assert add(door, name="!!!").json()["activity"]["id"] == "activity"
    assert add(door, name="Public").json()["activity"]["id"] == "public-1"
    assert add(door, id="public").status_code == 422


def test_a_change_is_for_new_bookings(door):
    add(door, price={"amount": "10", "currency": "EUR"})
    made = door.booked("jane", activityId="lesson")

    changed = door.ask("PUT", "/activities/lesson", json={"name": "Class", "durationMinutes": 60})

    assert (changed.status_code, changed.json()["price"]) == (200, None)
    before = door.get(f"/appointments/{made['id']}").json()
    assert (before["activityName"], before["durationMinutes"]) == ("Lesson", 45)
    assert before["price"] == {"amount": "10", "currency": "EUR"}


def test_what_is_taken_out_cannot_be_booked_and_its_appointments_stay(door):
    add(door)
    made = door.booked("jane", activityId="lesson")

    assert door.ask("DELETE", "/activities/lesson").status_code == 204

    assert door.get(f"/appointments/{made['id']}", "jane").json()["status"] == "booked"
    assert door.book("jane", "2031-03-03T11:00:00+01:00", activityId="lesson").status_code == 404
    assert door.get("/activities/lesson").status_code == 404
    assert door.ask("DELETE", "/activities/lesson").status_code == 404
    assert add(door).json()["activity"]["id"] == "lesson-2"
    moved = door.act(made["id"], "reschedule", start="2031-03-03T12:00:00+01:00")
    assert moved.status_code == 200


def test_what_stands_in_practice_toml_is_changed_there(door):
    changed = door.ask("PUT", "/activities/consultation", json={"name": "x", "durationMinutes": 5})
    dropped = door.ask("DELETE", "/activities/consultation")

    for each in (changed, dropped):
        assert (each.status_code, each.json()["code"]) == (409, "KEPT_BY_FILE")


def test_the_file_leaves_what_http_made_and_may_take_it_over(door):
    add(door)
    file = Roster(
        practice=a_practice(), practitioners=(a_practitioner(),), activities=(an_activity(),)
    )

    apply_roster(door.around, file, CAUSE)
    assert door.get("/activities/lesson").status_code == 200
    assert door.get("/activities/request").status_code == 404
    lesson = an_activity(id="lesson", name="Lesson")
    apply_roster(
        door.around,
        Roster(practice=a_practice(), practitioners=(a_practitioner(),), activities=(lesson,)),
        CAUSE,
    )

    assert door.get("/activities/lesson").json()["keptBy"] == "file"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"durationMinutes": 0}, "durationMinutes"),
        ({"durationsMinutes": [5000]}, "durationsMinutes.0"),
        ({"price": {"amount": "8,00", "currency": "EUR"}}, "price.amount"),
        ({"price": {"amount": "8", "currency": "euro"}}, "price.currency"),
        ({"color": "green"}, "color"),
        ({"id": "Lesson 1"}, "id"),
        ({"practitionerIds": ["nobody"]}, "practitionerIds"),
        ({"meetingTypes": ["in-person"], "meetingLink": "https://x.example.org/"}, "meetingLink"),
        ({"meetingTypes": ["video"], "meetingLink": "http://x.example.org/"}, "meetingLink"),
        ({"requiredFields": ["fax"]}, "requiredFields.0"),
        ({"hours": 3}, "hours"),
    ],
)
def test_what_cannot_be_offered_is_named(door, changes, field):
    refused = add(door, **changes)

    assert refused.status_code == 422, refused.text
    assert list(refused.json()["errors"]) == [field]
    assert door.get("/activities/lesson").status_code == 404


def test_an_activity_is_the_one_of_its_address(door):
    add(door)
    body = {"id": "other", "name": "x", "durationMinutes": 30}

    assert door.ask("PUT", "/activities/lesson", json=body).status_code == 422
    assert door.ask("PUT", "/activities/absent", json={**body, "id": None}).status_code == 404


def test_a_new_name_is_shown_in_every_calendar(door):
    add(door)
    door.around.ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))

    def is_looked_at_again():
        with door.around.ledger.read() as view:
            return view.calendar_state(a_calendar().id).doubt

    door.ask("PUT", "/activities/lesson", json={"name": "Lesson", "durationMinutes": 30})
    assert not is_looked_at_again()

    door.ask("PUT", "/activities/lesson", json={"name": "Class", "durationMinutes": 30})

    assert door.get("/activities/lesson").json()["name"] == "Class"
    assert is_looked_at_again()
