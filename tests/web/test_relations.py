"""Guardians book and act for whom they are responsible; some activities are for a practitioner's own
clients only."""

from __future__ import annotations

import pytest

from syncd.core.access import Role
from syncd.core.ids import ClientId

TEN = "2031-03-03T10:00:00+01:00"


def id_of(door, who):
    return ClientId(door.get("/me", who).json()["clientId"])


def begin(door, practitioner="dr-patel", client="jane"):
    body = {"practitionerId": practitioner, "clientId": id_of(door, client)}
    return door.post("/relationships", body)


def test_a_guardian_books_for_the_only_one_they_are_responsible_for(door):
    made = door.booked("mother")

    assert made["client"]["name"] == "Jane Doe"
    assert door.get(f"/appointments/{made['id']}", "jane").status_code == 200
    assert door.get(f"/appointments/{made['id']}", "john").status_code == 404


def test_a_guardian_of_several_says_for_which_and_books_for_nobody_else(door):
    ben = door.post("/clients", {"name": "Ben", "guardianIds": [id_of(door, "mother")]}).json()

    unclear = door.book("mother")
    wrong = door.book("mother", clientId=id_of(door, "john"))
    absent = door.book("mother", clientId="nobody")
    named = door.book("mother", client={"name": "Ben", "email": "b@example.org"})
    right = door.book("mother", clientId=ben["id"])

    assert (unclear.status_code, list(unclear.json()["errors"])) == (422, ["clientId"])
    assert (wrong.status_code, absent.status_code, named.status_code) == (404, 404, 422)
    assert wrong.text.replace(id_of(door, "john"), "nobody") == absent.text
    assert right.json()["appointment"]["client"]["id"] == ben["id"]


def test_a_guardian_lists_and_moves_and_cancels_what_is_of_theirs(door):
    of_jane, of_john = door.booked("jane"), door.booked("john", TEN)

    listed = door.get("/appointments", "mother").json()
    theirs = door.get("/appointments", "mother", params={"clientId": id_of(door, "john")}).json()
    gone = door.act(of_jane["id"], "cancel", "mother").json()

    assert [each["id"] for each in listed["appointments"]] == [of_jane["id"]]
    assert (theirs["total"], theirs["appointments"]) == (0, [])
    assert (gone["status"], gone["cancelledBy"]) == ("cancelled", "guardian")
    assert door.act(of_john["id"], "cancel", "mother").status_code == 404


def test_whoever_is_responsible_no_more_sees_nothing_any_more(door):
    made = door.booked("jane")
    jane = door.get(f"/clients/{id_of(door, 'jane')}").json()

    door.ask("PUT", f"/clients/{jane['id']}", json={**jane, "guardianIds": []})

    assert door.get(f"/appointments/{made['id']}", "mother").status_code == 404
    assert door.get("/appointments", "mother").json()["total"] == 0


def test_a_client_who_is_a_guardian_acts_for_themselves_only(door):
    door.grant("ada", Role.CLIENT, client_id=id_of(door, "mother"))
    made = door.booked("jane")

    assert door.get(f"/appointments/{made['id']}", "ada").status_code == 404
    assert door.get("/appointments", "ada").json()["total"] == 0


def test_what_is_for_a_practitioners_clients_is_booked_by_these_alone(door):
    door.offer(needs_relationship=True)

    before = door.book("jane")
    begin(door)
    own = door.book("jane")
    others = [door.book(who, TEN) for who in ("john", "website")]
    claimed = door.book("website", TEN)

    assert (before.status_code, before.json()["code"]) == (403, "NO_RELATIONSHIP")
    assert own.status_code == 201
    for each in (*others, claimed):
        assert (each.status_code, each.json()["code"]) == (403, "NO_RELATIONSHIP")
        assert "alternatives" not in each.json()
    assert door.book("mother", TEN).status_code == 201
    assert door.book("admin", "2031-03-03T11:00:00+01:00").status_code == 201


def test_a_relationship_that_is_over_lets_a_client_cancel_and_not_move(door):
    door.offer(needs_relationship=True)
    found = begin(door).json()
    made = door.booked("jane")

    door.ask("DELETE", f"/relationships/{found['id']}")

    moved = door.act(made["id"], "reschedule", "jane", start=TEN)
    assert (moved.status_code, moved.json()["code"]) == (403, "NO_RELATIONSHIP")
    assert door.act(made["id"], "reschedule", start=TEN).status_code == 200
    assert door.act(made["id"], "cancel", "jane").status_code == 200


def test_whoever_is_free_is_one_whom_the_client_is_with(door):
    door.offer(needs_relationship=True)
    begin(door, "dr-patel")

    made = door.booked("jane", practitionerId=None)
    again = door.book("jane", TEN, practitionerId="dr-owl")

    assert made["practitionerId"] == "dr-patel"
    assert (again.status_code, again.json()["code"]) == (403, "NO_RELATIONSHIP")


def test_slots_are_those_of_whom_a_client_is_with(door):
    door.offer(needs_relationship=True)
    begin(door, "dr-owl")
    asked = "/slots?activityId=consultation&start=2031-03-03&end=2031-03-03"

    def who(caller):
        return {each["practitionerId"] for each in door.get(asked, caller).json()["slots"]}

    assert who("jane") == who("mother") == {"dr-owl"}
    assert who("john") == set()
    assert who("admin") == who("website") == {"dr-owl", "dr-patel"}


def test_a_relationship_begins_once_and_may_begin_again(door):
    first, again = begin(door), begin(door)
    where = first.headers["location"].removeprefix("/api/v1")
    for _ in range(2):
        assert door.ask("DELETE", where).status_code == 204
    over = door.get(where).json()
    anew = begin(door)

    assert (first.status_code, again.status_code, anew.status_code) == (201, 200, 201)
    assert over["endedAt"] is not None
    assert first.json()["id"] == again.json()["id"] == anew.json()["id"]
    assert anew.json()["endedAt"] is None


@pytest.mark.parametrize(
    ("body", "missing"),
    [({"practitionerId": "dr-nobody"}, "dr-nobody"), ({"clientId": "nobody"}, "nobody")],
)
def test_a_relationship_is_between_two_who_are_there(door, body, missing):
    whole = {"practitionerId": "dr-patel", "clientId": id_of(door, "jane"), **body}

    assert door.post("/relationships", whole).status_code == 404
    assert door.get("/relationships").json()["relationships"] == []


def test_everybody_sees_the_relationships_that_they_are_in(door):
    begin(door, "dr-patel", "jane")
    begin(door, "dr-owl", "john")

    def seen(who, **query):
        rows = door.get("/relationships", who, params=query).json()["relationships"]
        return {each["practitionerId"] for each in rows}

    assert seen("admin") == {"dr-patel", "dr-owl"}
    assert seen("admin", clientId=id_of(door, "john")) == {"dr-owl"}
    assert seen("patel") == seen("jane") == seen("mother") == {"dr-patel"}
    assert seen("patel", practitionerId="dr-owl") == set()
    assert seen("jane", clientId=id_of(door, "john")) == set()
    assert seen("owl") == seen("john") == {"dr-owl"}


def test_appointments_are_listed_of_one_relationship(door):
    pair = begin(door, "dr-patel", "jane").json()
    wanted = door.booked("jane")
    door.booked("john", TEN)

    def listed(who, which=pair["id"]):
        found = door.get("/appointments", who, params={"relationshipId": which}).json()
        return [each["id"] for each in found["appointments"]]

    assert listed("admin") == listed("patel") == listed("jane") == listed("mother")
    assert listed("admin") == [wanted["id"]]
    assert listed("john") == listed("owl") == listed("admin", "nobody") == []
