"""Two at once, in an order that the test chooses: the second runs between check and write."""

import pytest
from calcom_harness import JANE, MONDAY, Practice


@pytest.fixture
def practice():
    return Practice()


def at(time):
    return f"{MONDAY}T{time}:00Z"


def meanwhile(practice, act):
    """Once, at the next moment that belongs to nobody."""

    def between():
        practice.transport.between = lambda: None
        act()

    practice.transport.between = between


def booked(practice, start):
    body = {"start": start, "eventTypeId": 301, "attendee": JANE}
    return practice.ask("POST", "/v2/bookings", body)


def test_of_two_for_one_slot_the_slower_is_a_conflict_and_has_used_up_an_id(practice):
    meanwhile(practice, lambda: booked(practice, at("09:00")))

    slower = booked(practice, at("09:00"))

    assert (slower.status_code, slower.json()["message"]) == (409, "booking_conflict_error")
    assert booked(practice, at("10:00")).json()["data"]["id"] == 3


def test_of_two_that_overlap_both_win(practice):
    meanwhile(practice, lambda: booked(practice, at("09:15")))

    assert booked(practice, at("09:00")).status_code == 201
    assert len(practice.world.bookings) == 2


def test_of_two_moves_both_win_and_the_old_one_names_the_first(practice):
    old = practice.book(at("09:00"))["uid"]
    moved = []
    meanwhile(practice, lambda: moved.append(practice.move(old, at("11:00"))["uid"]))

    moved.append(practice.move(old, at("12:00"))["uid"])

    assert practice.read(old)["rescheduledToUid"] == moved[0]
    assert [practice.read(uid)["status"] for uid in moved] == ["accepted", "accepted"]


def test_a_cancellation_while_a_move_is_made_leaves_the_moved_one_alive(practice):
    old = practice.book(at("09:00"))["uid"]
    meanwhile(practice, lambda: practice.cancel(old))

    new = practice.move(old, at("11:00"))

    assert (practice.read(old)["status"], new["status"]) == ("cancelled", "accepted")
    assert practice.triggers == ["BOOKING_CREATED", "BOOKING_CANCELLED", "BOOKING_RESCHEDULED"]
