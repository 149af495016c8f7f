"""Whoever shares a time shares its room."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.groups import BLUE, GROUP, OWL, PATEL, RED, booked, moved, offer, places, with_groups

from syncd.core.appointment import Flag
from syncd.core.errors import Invalid, SlotTaken
from syncd.core.obstacles import Reason
from syncd.flows.availability import judge
from syncd.testing.builders import HALF_HOUR, NINE


@pytest.fixture
def clinic(open_clinic):
    return with_groups(open_clinic())


def test_who_shares_a_time_shares_its_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", who=OWL)

    with_patel = [booked(clinic, name) for name in ("Ben", "Cid")]

    assert {each.room_id for each in with_patel} == {RED}
    with pytest.raises(Invalid, match="red"):
        booked(clinic, "Dan", room_id=BLUE)
    assert booked(clinic, "Dan").room_id == RED


def test_a_move_into_a_shared_time_changes_to_its_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    later = NINE + timedelta(hours=2)
    booked(clinic, "Ann", later, room_id=RED)
    second = booked(clinic, "Ben")

    assert (second.room_id, moved(clinic, second, later).room_id) == (BLUE, RED)


def test_groups_of_two_practitioners_do_not_share_a_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", who=OWL, room_id=BLUE)

    with pytest.raises(SlotTaken) as refused:
        clinic.ledger.write(
            lambda tx: tx.add_appointment(
                replace(clinic.appointments()[0], id="", practitioner_id=PATEL, client=None),
                clinic.cause,
            )
        )
    assert refused.value.resource == "room"


def test_where_those_who_are_there_have_no_room_one_is_needed(clinic):
    booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE, RED))

    assert {booked(clinic, name).room_id for name in ("Ben", "Cid")} == {BLUE}


def test_where_no_room_is_left_for_a_group_without_one_no_place_is_offered(clinic):
    booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE,))
    booked(clinic, "Owl's", who=OWL)

    assert places(clinic) == 0
    assert [each.reason for each in judge(clinic.around, GROUP, PATEL, NINE).obstacles] == [
        Reason.NO_ROOM
    ]
    with pytest.raises(SlotTaken):
        booked(clinic, "Ben")


def test_who_has_no_room_gets_one_with_a_move(clinic):
    later = NINE + timedelta(hours=2)
    first = booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ben", later, room_id=RED)

    assert moved(clinic, first, later).room_id == RED
    assert moved(clinic, first, later + timedelta(hours=1)).room_id == RED


def test_whoever_comes_next_is_where_those_are_who_are_there_rightly(clinic):
    """A colleague moved one into their time, whose own room is taken by somebody else then."""
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    later = NINE + timedelta(hours=2)
    first = booked(clinic, "Ann", room_id=BLUE)
    booked(clinic, "Ben", later, room_id=RED)
    booked(clinic, "Cid", later, who=OWL, room_id=BLUE)
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == {Flag.OVERLAP}
    assert booked(clinic, "Dan", later).room_id == RED


def test_staff_overbook_in_another_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", room_id=BLUE)

    second = booked(clinic, "Ben", room_id=RED, overbook=True, reason="a wheelchair")

    assert second.room_id == RED
