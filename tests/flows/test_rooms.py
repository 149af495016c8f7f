"""An appointment takes one of the rooms that would do, and no two are in one at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.actions import Action
from syncd.core.appointment import Flag, Party
from syncd.core.errors import Invalid, SlotTaken
from syncd.core.ids import PractitionerId, RoomId
from syncd.core.lifecycle import Command
from syncd.core.obstacles import Reason
from syncd.core.offering import Offering
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.availability import judge, list_slots
from syncd.flows.booking import Booking, book
from syncd.testing.builders import HALF_HOUR, NINE, a_practitioner, an_activity

BLUE, RED = RoomId("blue"), RoomId("red")
OWL, PATEL = PractitionerId("dr-owl"), PractitionerId("dr-patel")
ELM = PractitionerId("dr-elm")


@pytest.fixture
def clinic(open_clinic):
    """Three practitioners, and two rooms that they share."""
    clinic = open_clinic()

    def furnish(tx):
        for each in (OWL, ELM):
            tx.save_practitioner(a_practitioner(id=each, name=each), clinic.cause)
        for each in (BLUE, RED):
            tx.save_room(Room(id=each, name=each.title()), clinic.cause)
        rooms = Offering(rooms=(BLUE, RED))
        tx.save_activity(replace(an_activity(), offering=rooms), clinic.cause)

    clinic.ledger.write(furnish)
    return clinic


def booked(clinic, who, start=NINE, **more):
    wish = Booking(
        activity_id="consultation",
        practitioner_id=who,
        start=start,
        client_name=f"{who} {start}",
        **more,
    )
    return book(clinic.around, wish, clinic.cause)


def moved(clinic, appointment, start):
    interval = Interval(start, start + HALF_HOUR)
    command = Command(action=Action.RESCHEDULE, party=Party.ADMIN, interval=interval)
    return act_on(clinic.around, appointment.id, command, clinic.cause)


def test_appointments_at_one_time_are_in_different_rooms(clinic):
    assert [booked(clinic, who).room_id for who in (PATEL, OWL)] == [BLUE, RED]
    assert booked(clinic, ELM, NINE + HALF_HOUR).room_id == BLUE


@pytest.mark.parametrize("party", [Party.ADMIN, Party.CLIENT])
def test_where_every_room_is_taken_nothing_is_booked(clinic, party):
    booked(clinic, PATEL)
    booked(clinic, OWL)

    with pytest.raises(SlotTaken) as refused:
        booked(clinic, ELM, party=party)

    assert refused.value.resource == "room"
    assert len(clinic.appointments()) == 2


def test_a_room_has_to_be_free_all_the_time_that_it_takes(clinic):
    """One room free in the first half and another in the second are no room."""
    booked(clinic, PATEL, NINE, room_id=BLUE)
    booked(clinic, OWL, NINE + HALF_HOUR, room_id=RED)
    hour = replace(
        an_activity(), duration=2 * HALF_HOUR, offering=Offering(rooms=(BLUE, RED), step=HALF_HOUR)
    )
    clinic.ledger.write(lambda tx: tx.save_activity(hour, clinic.cause))

    found = judge(clinic.around, "consultation", ELM, NINE)
    period = Interval(NINE, NINE + timedelta(hours=2))
    slots = list_slots(clinic.around, "consultation", period, practitioner_id=ELM).slots

    assert [each.reason for each in found.obstacles] == [Reason.NO_ROOM]
    free = [each.start for each in slots if each.available]
    assert free[0] == NINE + HALF_HOUR


def test_a_cancelled_appointment_leaves_its_room(clinic):
    first = booked(clinic, PATEL, room_id=RED)
    booked(clinic, OWL)
    command = Command(action=Action.CANCEL, party=Party.ADMIN)
    act_on(clinic.around, first.id, command, clinic.cause)

    assert booked(clinic, ELM).room_id == RED


def test_staff_choose_a_room_that_would_do(clinic):
    assert booked(clinic, PATEL, room_id=RED).room_id == RED
    with pytest.raises(SlotTaken):
        booked(clinic, OWL, room_id=RED)
    with pytest.raises(Invalid, match="blue, red"):
        booked(clinic, OWL, room_id=RoomId("green"))


def test_what_is_overbooked_has_a_room_if_there_is_one(clinic):
    booked(clinic, PATEL)
    second = booked(clinic, PATEL, overbook=True, reason="urgent")
    third = booked(clinic, PATEL, overbook=True, reason="urgent, too")

    assert (second.room_id, third.room_id) == (RED, None)
    assert Flag.OVERBOOKED in third.flags


def test_a_move_keeps_the_room_or_takes_another(clinic):
    later = NINE + timedelta(hours=3)
    first = booked(clinic, PATEL)
    booked(clinic, OWL, later, room_id=BLUE)

    assert moved(clinic, first, NINE + HALF_HOUR).room_id == BLUE
    assert moved(clinic, first, later).room_id == RED


def test_a_move_to_where_every_room_is_taken_is_refused(clinic):
    later = NINE + timedelta(hours=3)
    first = booked(clinic, PATEL)
    booked(clinic, OWL, later)
    booked(clinic, ELM, later)

    with pytest.raises(SlotTaken):
        moved(clinic, first, later)
    assert NINE in [each.start for each in clinic.appointments()]


def test_a_room_that_is_used_no_more_is_chosen_no_more(clinic):
    kept = booked(clinic, PATEL)
    gone = Room(id=BLUE, name="Blue", active=False)
    clinic.ledger.write(lambda tx: tx.save_room(gone, clinic.cause))

    assert booked(clinic, OWL, NINE + HALF_HOUR).room_id == RED
    assert moved(clinic, kept, NINE + timedelta(hours=3)).room_id == RED


def test_a_hold_keeps_its_room_until_it_expires(clinic):
    booked(clinic, PATEL)
    booked(clinic, OWL, hold_for=timedelta(minutes=10))
    with pytest.raises(SlotTaken):
        booked(clinic, ELM)

    clinic.clock.advance(timedelta(minutes=11))

    assert booked(clinic, ELM).room_id == RED
