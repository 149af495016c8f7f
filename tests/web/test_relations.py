"""Guardians book and act for whom they are responsible; some activities are for a practitioner's own
clients only."""

from __future__ import annotations

from datetime import timedelta

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
    stranger = {"name": "Al", "email": "al@example.org"}
    claimed = door.book("website", TEN, client=stranger)

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


def test_a_time_that_is_taken_with_whom_the_client_is_has_alternatives_with_them(door):
    door.offer(needs_relationship=True)
    begin(door, "dr-patel")
    door.booked("admin")

    refused = door.book("jane", practitionerId=None)
    unknown = door.book("john", practitionerId=None)

    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    who = {each["practitionerId"] for each in refused.json()["alternatives"]}
    assert who == {"dr-patel"}
    assert (unknown.status_code, unknown.json()["code"]) == (403, "NO_RELATIONSHIP")


def test_a_hold_is_taken_up_only_while_the_client_is_with_the_practitioner(door):
    door.offer(needs_relationship=True)
    found = begin(door).json()
    body = {"activityId": "consultation", "practitionerId": "dr-patel", "start": TEN}
    held = door.post("/holds", body, "jane").json()["appointment"]

    door.ask("DELETE", f"/relationships/{found['id']}")

    late = door.act(held["id"], "book", "jane")
    assert (late.status_code, late.json()["code"]) == (403, "NO_RELATIONSHIP")


def test_a_key_moves_nothing_that_is_for_known_clients_whoever_it_was_booked_for(door):
    begin(door)
    both = []
    for client, start in ((None, TEN), ({"name": "Al", "email": "a@b.c"}, "2031-03-03T11:00Z")):
        more = {"client": client} if client else {}
        both.append(door.book("website", start, **more).json())
    door.offer(needs_relationship=True)

    for at, each in enumerate(both):
        door.tokens["visitor"] = each["key"]
        later = f"2031-03-04T1{at}:00:00+01:00"
        moved = door.act(each["appointment"]["id"], "reschedule", "visitor", start=later)
        assert (moved.status_code, moved.json()["code"]) == (403, "NO_RELATIONSHIP")


def test_a_key_of_before_answers_nothing_about_whom_the_guardian_is_not_for_any_more(door):
    key = {"Idempotency-Key": "k-1"}
    first = door.book("mother", headers=key)
    again = door.book("mother", headers=key)
    jane = door.get(f"/clients/{id_of(door, 'jane')}").json()
    door.post("/clients", {"name": "Ben", "guardianIds": [id_of(door, "mother")]})
    of_two = door.book("mother", headers=key)
    door.ask("PUT", f"/clients/{jane['id']}", json={**jane, "guardianIds": []})

    late = door.book("mother", headers=key)

    assert first.json() == again.json() == of_two.json()
    assert late.status_code == 404
    assert "Jane" not in late.text


def test_a_practitioner_books_by_id_for_clients_of_theirs_only(door):
    john = id_of(door, "john")
    strange = door.book("patel", clientId=john, client=None)
    absent = door.book("patel", clientId="nobody", client=None)
    begin(door, "dr-patel", "john")

    assert strange.status_code == absent.status_code == 404
    assert strange.text.replace(john, "nobody") == absent.text
    assert door.book("patel", clientId=john, client=None).status_code == 201


def test_slots_are_those_of_whom_a_client_is_with(door):
    door.offer(needs_relationship=True)
    begin(door, "dr-owl")
    asked = "/slots?activityId=consultation&start=2031-03-03&end=2031-03-03"

    def who(caller):
        return {each["practitionerId"] for each in door.get(asked, caller).json()["slots"]}

    def is_offered(caller):
        when = "&practitionerId=dr-owl&start=2031-03-03T09:00:00%2B01:00"
        answer = door.get(f"/slots/explain?activityId=consultation{when}", caller)
        return answer.json()["offered"]

    assert who("jane") == who("mother") == {"dr-owl"}
    assert who("john") == who("website") == set()
    assert who("admin") == {"dr-owl", "dr-patel"}
    assert [is_offered(each) for each in ("jane", "mother", "admin")] == [True] * 3
    assert [is_offered(each) for each in ("john", "website")] == [False] * 2


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


def test_a_guardian_who_is_a_client_books_and_sees_their_own_too(door):
    own = door.booked("mother", clientId=id_of(door, "mother"))
    of_jane = door.booked("jane", TEN)

    listed = door.get("/appointments", "mother").json()["appointments"]

    assert own["client"]["name"] == "Ada Doe"
    assert [each["id"] for each in listed] == [own["id"], of_jane["id"]]


def test_nobody_is_with_or_responsible_for_somebody_who_is_not_there_any_more(door):
    gone = door.post("/clients", {"name": "Al"}).json()["id"]
    door.ask("DELETE", f"/clients/{gone}")

    begun = door.post("/relationships", {"practitionerId": "dr-patel", "clientId": gone})
    entrusted = door.post("/clients", {"name": "Ben", "guardianIds": [gone]})

    assert begun.status_code == 404
    assert (entrusted.status_code, list(entrusted.json()["errors"])) == (422, ["guardianIds"])


def test_a_relationship_that_begins_again_is_since_then(door):
    first = begin(door).json()
    door.ask("DELETE", f"/relationships/{first['id']}")
    door.now_is(door.around.clock.now() + timedelta(days=1))

    again = begin(door).json()

    assert again["since"] > first["since"]
    with door.around.ledger.read() as view:
        entries = view.history(first["id"], kind="relationship")
    assert [each.action for each in entries] == ["begin", "end", "begin"]
    assert entries[1].state_before is not None
