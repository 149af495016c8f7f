"""Clients by HTTP: for those who run the practice, and as far as they are theirs for others."""

from dataclasses import replace

import pytest

from syncd.core.appointment import LinkState
from syncd.core.errors import Invalid
from syncd.flows.people import Particulars, add_person, end_relationship
from syncd.testing.builders import a_calendar

from .conftest import CAUSE


def test_clients_are_listed_by_name_in_pages(door):
    found = door.get("/clients").json()

    assert [each["name"] for each in found["clients"]] == ["Ada Doe", "Jane Doe", "John Roe"]
    assert [each["name"] for each in door.get("/clients?limit=1&page=2").json()["clients"]] == [
        "Jane Doe"
    ]


def test_everything_that_is_kept_about_a_client_is_given_out(door):
    made = door.booked("jane")

    found = door.get(f"/clients/{made['client']['id']}/export").json()

    assert found["client"]["email"] == "jane@example.org"
    assert [each["number"] for each in found["appointments"]] == [made["number"]]
    assert [each["action"] for each in found["entries"]] == ["add", "entrust", "book"]
    assert door.get("/clients/nobody/export").status_code == 404


def test_a_client_is_emptied_once_nothing_is_to_come(door):
    made = door.booked("jane")
    which = made["client"]["id"]

    early = door.ask("DELETE", f"/clients/{which}")
    door.act(made["id"], "cancel")
    done = door.ask("DELETE", f"/clients/{which}")

    assert (early.status_code, early.json()["code"]) == (409, "INVALID_TRANSITION")
    assert (done.status_code, done.content) == (204, b"")
    assert door.get(f"/appointments/{made['id']}").json()["client"]["name"] == ""
    assert [each["name"] for each in door.get("/clients").json()["clients"]] == [
        "Ada Doe",
        "John Roe",
    ]
    assert door.ask("DELETE", "/clients/nobody").status_code == 404


def test_a_client_is_made_read_and_changed_as_a_whole(door):
    made = door.post("/clients", {"name": "Ben Doe", "email": "ada@example.org"})
    where = made.headers["location"].removeprefix("/api/v1")
    ben = made.json()

    put = door.ask("PUT", where, json={**ben, "phone": "+49 30 2", "guardianIds": [id_of(door)]})

    assert made.status_code == 201
    assert (ben["name"], ben["phone"], ben["guardianIds"]) == ("Ben Doe", None, [])
    assert put.status_code == 200, put.text
    assert door.get(where).json() == put.json()
    assert (put.json()["phone"], put.json()["guardianIds"]) == ("+49 30 2", [id_of(door)])
    assert ben["id"] in door.get(f"/clients/{id_of(door)}").json()["wardIds"]


def id_of(door, who="mother"):
    return door.get("/me", who).json()["clientId"]


def test_a_change_is_refused_once_somebody_else_made_one(door):
    where = f"/clients/{id_of(door, 'john')}"
    read = door.get(where)
    door.ask("PUT", where, json={"name": "John Roe", "email": "jr@example.org"})

    late = door.ask(
        "PUT", where, json={"name": "Jon Roe"}, headers={"If-Match": read.headers["etag"]}
    )

    assert (late.status_code, late.json()["code"]) == (412, "VERSION_CONFLICT")
    assert door.get(where).json()["email"] == "jr@example.org"


def test_nobody_is_made_or_becomes_like_somebody_else(door):
    jane = {"name": " jane  DOE ", "email": "Jane@example.org"}

    made = door.post("/clients", jane)
    changed = door.ask("PUT", f"/clients/{id_of(door, 'john')}", json=jane)

    for each in (made, changed):
        assert (each.status_code, each.json()["code"]) == (409, "ALREADY_EXISTS")
    assert len(door.get("/clients").json()["clients"]) == 3


def test_a_guardian_is_another_client_who_is_there(door):
    john = id_of(door, "john")
    for wanted in ([john], ["nobody"]):
        refused = door.ask("PUT", f"/clients/{john}", json={"name": "J", "guardianIds": wanted})
        assert refused.status_code == 422
        assert "guardianIds" in refused.json()["errors"]
    assert door.get(f"/clients/{john}").json()["name"] == "John Roe"


def test_everybody_sees_the_clients_that_are_theirs(door):
    door.post("/relationships", {"practitionerId": "dr-patel", "clientId": id_of(door, "john")})

    def seen(who):
        return [each["name"] for each in door.get("/clients", who).json()["clients"]]

    assert seen("mother") == ["Ada Doe", "Jane Doe"]
    assert seen("jane") == ["Jane Doe"]
    assert seen("patel") == ["John Roe"]
    assert seen("owl") == []
    assert door.get(f"/clients/{id_of(door, 'jane')}", "mother").status_code == 200
    assert door.get(f"/clients/{id_of(door, 'john')}", "patel").status_code == 200
    assert door.get(f"/clients/{id_of(door, 'john')}", "owl").status_code == 404


def test_clients_are_searched_by_name_and_mailbox(door):
    def found(words):
        answer = door.get("/clients", params={"search": words}).json()
        return [each["name"] for each in answer["clients"]]

    assert found("doe") == ["Ada Doe", "Jane Doe"]
    assert found("JOHN@") == ["John Roe"]
    assert found("%") == []


def test_of_somebody_who_was_erased_nobody_is_responsible(door):
    jane, mother = id_of(door, "jane"), id_of(door)
    door.post("/relationships", {"practitionerId": "dr-patel", "clientId": jane})

    door.ask("DELETE", f"/clients/{jane}")

    assert door.get(f"/clients/{mother}").json()["wardIds"] == []
    assert door.get("/relationships").json()["relationships"] == []
    assert door.get(f"/clients/{jane}").status_code == 404
    assert door.ask("PUT", f"/clients/{jane}", json={"name": "Jane"}).status_code == 404


def test_a_new_name_is_written_to_the_calendars_that_show_the_client(door):
    door.around.ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))
    made = door.booked("admin", client={"name": "Ben", "email": "ben@example.org"})

    def link():
        with door.around.ledger.read() as view:
            return view.link(a_calendar().id, made["id"])

    done = replace(link(), state=LinkState.IN_SYNC, pushed_version=made["version"])
    door.around.ledger.write(lambda tx: tx.put_links([done]))
    with door.around.ledger.read() as view:
        nudges = view.calendar_state(a_calendar().id).nudges
    door.ask("PUT", f"/clients/{made['client']['id']}", json={"name": "Benedict"})

    assert link().pushed_version != made["version"]
    with door.around.ledger.read() as view:
        assert view.calendar_state(a_calendar().id).nudges == nudges + 1
    assert door.get(f"/appointments/{made['id']}").json()["client"]["name"] == "Benedict"


def test_what_is_said_of_a_relationship_is_given_out_and_emptied_too(door):
    jane = id_of(door, "jane")
    pair = door.post("/relationships", {"practitionerId": "dr-patel", "clientId": jane}).json()
    cause = replace(CAUSE, why="Jane Doe moved")
    end_relationship(door.around, pair["id"], cause)

    before = door.get(f"/clients/{jane}/export")
    door.ask("DELETE", f"/clients/{jane}")

    assert [each["why"] for each in before.json()["entries"]][-1] == "Jane Doe moved"
    assert "Jane" not in door.get(f"/clients/{jane}/export").text
    with door.around.ledger.read() as view:
        assert "Jane" not in str([each.note for each in view.journal()])


def test_what_the_command_line_says_is_held_to_the_same_rules(door):
    for wrong in (
        Particulars(name=""),
        Particulars(name="A\x1b[2J"),
        Particulars(name="A" * 201),
        Particulars(name="A", email="a b@c d"),
        Particulars(name="A", phone=""),
    ):
        with pytest.raises(Invalid):
            add_person(door.around, wrong, CAUSE)
    assert len(door.get("/clients").json()["clients"]) == 3


@pytest.mark.parametrize("who", ["patel", "jane", "john", "mother"])
def test_absent_and_another_ones_client_and_relationship_are_answered_alike(door, who):
    al = door.post("/clients", {"name": "Al"}).json()["id"]
    pair = door.post("/relationships", {"practitionerId": "dr-owl", "clientId": al}).json()["id"]

    for where, theirs in (("clients", al), ("relationships", pair)):
        other, absent = (door.get(f"/{where}/{each}", who) for each in (theirs, "absent"))
        assert other.status_code == absent.status_code == 404
        assert other.text.replace(theirs, "absent") == absent.text
