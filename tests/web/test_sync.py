"""Calendars and conflicts by HTTP: how they stand, and what a person decides."""

import pytest

from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.ids import AppointmentId, CalendarId, ConflictId, PractitionerId
from syncd.testing.builders import NINE, a_calendar

from .conftest import CAUSE


@pytest.fixture
def synced(door):
    """Two calendars that were never read, one for each practitioner."""
    owls = a_calendar(id=CalendarId("owl-main"), practitioner_id=PractitionerId("dr-owl"))
    for each in (a_calendar(), owls):
        door.around.ledger.write(lambda tx, each=each: tx.save_calendar(each, CAUSE))
    return door


def disputed(door, **changes):
    made = door.booked("admin", **changes)
    record = ConflictRecord(
        id=ConflictId(""),
        appointment_id=AppointmentId(made["id"]),
        calendar_id=CalendarId("patel-main"),
        field=ConflictField.STATUS,
        base=None,
        ledger={"status": "booked"},
        remote=None,
        since=NINE,
    )
    return made, door.around.ledger.write(lambda tx: tx.open_conflict(record, CAUSE)).id


def test_calendars_say_how_they_stand_to_those_whose_they_are(synced):
    everyones = synced.get("/calendars").json()["calendars"]
    owls = synced.get("/calendars", "owl").json()["calendars"]

    assert [(each["id"], each["state"]) for each in everyones] == [
        ("owl-main", "never-read"),
        ("patel-main", "never-read"),
    ]
    assert [each["id"] for each in owls] == ["owl-main"]
    assert synced.get("/readyz").json() == {"status": "ready", "calendars": {"never-read": 2}}


def test_a_calendar_is_suspended_released_and_read_anew_by_an_admin(synced):
    def act(action, who="admin", which="patel-main"):
        return synced.post(
            f"/calendars/{which}/actions", {"action": action, "reason": "holiday"}, who
        )

    suspended = act("suspend").json()
    again = act("suspend")
    released = act("release").json()

    assert (suspended["state"], suspended["suspendedWhy"]) == ("suspended", "holiday")
    assert (again.status_code, again.json()["code"]) == (409, "INVALID_TRANSITION")
    assert released["state"] == "never-read"
    assert act("resync").status_code == 200
    assert act("erase").status_code == 422
    assert act("suspend", "patel").status_code == 403
    assert act("suspend", which="none").status_code == 404


def test_a_conflict_is_shown_to_and_decided_by_those_whose_it_is(synced):
    made, which = disputed(synced)

    [found] = synced.get("/conflicts", "patel").json()["conflicts"]
    assert (found["id"], found["number"], found["field"]) == (which, made["number"], "status")
    assert (found["ledger"], found["remote"]) == ({"status": "booked"}, None)
    assert synced.get("/conflicts", "owl").json() == {"conflicts": []}
    assert synced.get("/conflicts", "jane").status_code == 403

    theirs = synced.post(f"/conflicts/{which}/resolve", {"take": "ledger"}, "owl")
    absent = synced.post("/conflicts/none/resolve", {"take": "ledger"}, "owl")
    assert (theirs.status_code, theirs.text.replace(which, "none")) == (404, absent.text)

    done = synced.post(f"/conflicts/{which}/resolve", {"take": "ledger"}, "patel").json()
    assert done["resolution"] == "ledger"
    assert synced.get("/conflicts").json() == {"conflicts": []}
    assert len(synced.get("/conflicts?resolved=true").json()["conflicts"]) == 1
    twice = synced.post(f"/conflicts/{which}/resolve", {"take": "remote"}, "patel")
    assert twice.status_code == 409
    assert synced.post(f"/conflicts/{which}/resolve", {"take": "agreed"}).status_code == 422


def test_taking_the_calendars_side_cancels_what_was_removed_there(synced):
    made, which = disputed(synced)

    synced.post(f"/conflicts/{which}/resolve", {"take": "remote", "reason": "she called"}, "patel")

    now = synced.get(f"/appointments/{made['id']}").json()
    assert now["status"] == "cancelled"
    last = synced.get(f"/appointments/{made['id']}/history").json()["entries"][-1]
    assert last["why"]
