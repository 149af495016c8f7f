"""Whoever books on a website without an account keeps a key, and with it what they booked."""

from __future__ import annotations

import pytest

from syncd.core.access import Role, is_key, spell_key
from syncd.core.errors import Invalid
from syncd.core.ids import AppointmentId

from .conftest import JANE, NINE

TEN = "2031-03-03T10:00:00+01:00"
ELEVEN = "2031-03-03T11:00:00+01:00"


@pytest.fixture
def booked(door):
    """What a visitor who says that she is Jane booked; her key is the visitor's."""
    answer = door.book("website", notes="left knee").json()
    door.tokens["visitor"] = answer["key"]
    return answer["appointment"]


def test_a_visitor_reads_what_they_booked_and_not_what_is_known_of_whom_they_named(door, booked):
    mine = door.get(f"/appointments/{booked['id']}", "visitor")

    assert mine.status_code == 200
    assert mine.json()["number"] == booked["number"]
    assert mine.json()["client"] is None
    assert mine.json()["actions"] == ["cancel", "reschedule", "amend", "arrive", "check-in"]
    assert door.get(f"/appointments/{booked['number']}.ics", "visitor").status_code == 200


def test_a_visitor_is_not_told_what_the_client_or_the_practice_wrote_later(door, booked):
    door.act(booked["id"], "amend", "jane", address="1 River Road", notes="my own")
    door.act(booked["id"], "cancel", "patel", reason="in hospital")

    told = door.get(f"/appointments/{booked['id']}", "visitor")

    assert told.json()["status"] == "cancelled"
    assert [told.json()[key] for key in ("address", "notes", "reason")] == [None] * 3


def test_a_visitor_moves_and_cancels_it(door, booked):
    moved = door.act(booked["id"], "reschedule", "visitor", start=TEN)
    assert (moved.status_code, moved.json()["start"]) == (200, TEN)

    gone = door.act(booked["id"], "cancel", "visitor", reason="ill")

    assert gone.json()["cancelledBy"] == "client"
    history = door.get(f"/appointments/{booked['id']}/history").json()["entries"]
    assert [each["actor"] for each in history[1:]] == [f"booking:{booked['id']}"] * 2


def test_a_key_opens_nothing_else(door, booked):
    other = door.booked("jane", ELEVEN)

    assert door.get(f"/appointments/{other['id']}", "visitor").status_code == 404
    assert door.act(other["id"], "cancel", "visitor").status_code == 404
    assert door.get("/appointments", "visitor").status_code == 403
    assert door.book("visitor", TEN).status_code == 403
    assert door.get("/me", "visitor").json()["role"] == "visitor"


def test_a_visitor_does_not_learn_what_else_their_client_has(door, booked):
    door.booked("jane", TEN, practitionerId="dr-owl")

    refused = door.act(booked["id"], "reschedule", "visitor", start=TEN)

    assert refused.json()["code"] == "SLOT_UNAVAILABLE"
    assert "client" not in refused.text


def test_only_visitors_get_a_key_and_each_another_one(door):
    first, second = (door.book("website", start).json()["key"] for start in (NINE, TEN))

    assert first != second
    assert door.book("jane", ELEVEN).json()["key"] is None


def test_whoever_asks_twice_gets_the_same_key_and_the_ledger_keeps_none(door, tmp_path):
    twice = [door.book("website", headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert twice[0].text == twice[1].text
    key = twice[0].json()["key"]
    assert is_key(key)
    files = [each.read_bytes() for each in tmp_path.iterdir()]
    assert files
    assert not any(key.encode() in each or key[-64:].encode() in each for each in files)


@pytest.mark.parametrize(
    "change", [lambda key: key[:-1] + "0123"[key[-1] == "0"], lambda key: key[:-64] + "0" * 64]
)
def test_a_key_that_is_not_quite_right_opens_nothing(door, booked, change):
    door.tokens["visitor"] = change(door.tokens["visitor"])

    assert door.get("/me", "visitor").status_code == 401


def test_a_key_to_an_appointment_that_never_was_opens_nothing(door, booked):
    with door.around.ledger.read() as view:
        door.tokens["visitor"] = spell_key(AppointmentId("never"), view.booking_secret())

    assert door.get("/me", "visitor").status_code == 401


def test_before_there_is_any_key_nothing_is_one(door):
    door.tokens["visitor"] = spell_key(AppointmentId("a"), "guess")

    assert door.get("/me", "visitor").status_code == 401


def test_a_key_opens_nothing_after_its_client_was_erased(door, booked):
    client = door.get(f"/appointments/{booked['id']}").json()["client"]["id"]
    door.ask("DELETE", f"/clients/{client}?anyway=true")

    assert door.get("/me", "visitor").status_code == 401


def test_no_token_makes_a_visitor(door):
    with pytest.raises(Invalid, match="key"):
        door.grant("x", Role.VISITOR)


def test_whom_a_visitor_named_is_still_themselves(door, booked):
    assert (
        door.get(f"/appointments/{booked['id']}", "jane").json()["client"]["name"] == JANE["name"]
    )
