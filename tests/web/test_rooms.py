"""Rooms by HTTP: named, taken, and told of."""

from __future__ import annotations

import pytest

from syncd.core.practice import Room

from .conftest import CAUSE


@pytest.fixture
def rooms(door):
    """The clinic with one room, which consultations take."""
    room = Room(id="blue", name="Blue room")
    door.around.ledger.write(lambda tx: tx.save_room(room, CAUSE))
    door.offer(rooms=("blue",))
    return door


def test_whoever_books_is_told_in_which_room(rooms):
    made = rooms.booked("jane")

    assert made["roomId"] == "blue"
    assert rooms.get("/rooms", "jane").json() == {"rooms": [{"id": "blue", "name": "Blue room"}]}


def test_a_room_that_is_taken_refuses_and_alternatives_are_when_it_is_free(rooms):
    rooms.booked("jane")

    refused = rooms.book("john", practitionerId="dr-owl")
    slots = rooms.get(
        "/slots?activityId=consultation&practitionerId=dr-owl&start=2031-03-03&end=2031-03-03"
    )

    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    assert refused.json()["alternatives"][0]["start"] == "2031-03-03T09:30:00+01:00"
    assert slots.json()["slots"][0]["start"] == "2031-03-03T09:30:00+01:00"


def test_staff_are_told_why_and_choose_a_room(rooms):
    asked = "/slots/explain?activityId=consultation&practitionerId=dr-owl&start=2031-03-03T09:00%2B01:00"
    rooms.booked("admin", roomId="blue")

    told = rooms.get(asked).json()

    assert [each["reason"] for each in told["obstacles"]] == ["no-room"]
    other = rooms.book("admin", practitionerId="dr-owl", roomId="red")
    assert other.status_code == 422
    refused = rooms.book("jane", "2031-03-03T11:00:00+01:00", roomId="blue")
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["roomId"])


def test_an_activity_by_http_names_rooms_that_are_there(rooms):
    lesson = {"name": "Lesson", "durationMinutes": 30}

    wrong = rooms.post("/activities", {**lesson, "roomIds": ["green"]})
    right = rooms.post("/activities", {**lesson, "roomIds": ["blue"]})

    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["roomIds"])
    assert right.json()["activity"]["roomIds"] == ["blue"]
