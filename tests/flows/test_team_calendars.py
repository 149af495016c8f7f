"""An appointment with several practitioners in the calendars of all of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest
from flows.teams import LATER, OWL, PATEL, alone, booked, with_a_team

from syncd.core.appointment import Flag
from syncd.core.conflict import Resolution
from syncd.core.errors import (
    SlotTaken,
)
from syncd.core.practice import Mode
from syncd.core.time import Interval
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar, a_practitioner
from syncd.testing.foreign import ForeignEvent


@pytest.fixture
def clinic(open_clinic):
    return with_a_team(open_clinic())


def test_each_has_its_event_and_what_one_moves_moves_for_all(clinic):
    made = booked(clinic)
    clinic.settle()
    assert clinic.event(made).uid != clinic.event(made, "owl-main").uid

    clinic.calendar("owl-main").colleague_moves(
        clinic.ref(made, "owl-main"), LATER, LATER + HALF_HOUR
    )
    clinic.settle()

    assert clinic.now_is(made).interval == Interval(LATER, LATER + HALF_HOUR)
    assert clinic.event(made).when.start == LATER
    alone(clinic, PATEL)
    alone(clinic, OWL, name="Tim Doe")


def test_what_one_removes_is_cancelled_for_all(clinic):
    made = booked(clinic)
    clinic.settle()

    clinic.calendar("owl-main").colleague_deletes(clinic.ref(made, "owl-main"))
    clinic.settle()

    assert clinic.now_is(made).is_over
    assert clinic.calendar().events() == ()
    alone(clinic, OWL)


def test_what_one_moves_over_something_of_another_is_flagged(clinic):
    made = booked(clinic)
    alone(clinic, PATEL, LATER)
    clinic.settle()

    clinic.calendar("owl-main").colleague_moves(
        clinic.ref(made, "owl-main"), LATER, LATER + HALF_HOUR
    )
    clinic.settle()

    assert Flag.OVERLAP in clinic.now_is(made).flags


def test_an_event_is_adopted_beside_the_others_appointment_and_flagged(clinic):
    booked(clinic)

    clinic.calendar("owl-main").colleague_adds(ForeignEvent(start=NINE, end=NINE + HALF_HOUR))
    clinic.settle()

    [adopted] = [each for each in clinic.appointments() if each.is_adopted]
    assert Flag.OVERLAP in adopted.flags


def test_a_calendar_that_comes_later_is_told_of_what_its_owner_takes_part_in(clinic):
    made = booked(clinic)
    clinic.add("owl-second")
    second = a_calendar(id="owl-second", practitioner_id=OWL, mode=Mode.PUBLISH)
    clinic.ledger.write(lambda tx: tx.save_calendar(second, clinic.cause))

    clinic.settle()

    assert clinic.event(made, "owl-second").when.start == NINE


def clash(clinic):
    """The appointment moved in the ledger, and otherwise in a calendar of one who takes part."""
    made = booked(clinic)
    clinic.settle()
    clinic.calendar("owl-main").colleague_moves(
        clinic.ref(made, "owl-main"), LATER, LATER + HALF_HOUR
    )
    clinic.move(made, LATER + HALF_HOUR)
    clinic.settle("owl-main")
    return made


@pytest.mark.parametrize("who", [PATEL, OWL])
def test_while_two_times_are_in_conflict_neither_is_free_for_anybody_who_takes_part(clinic, who):
    clash(clinic)
    assert len(clinic.conflicts()) == 1

    for start in (LATER, LATER + HALF_HOUR):
        with pytest.raises(SlotTaken):
            alone(clinic, who, start)


def test_once_a_conflict_is_resolved_the_other_time_is_free_for_all(clinic):
    clash(clinic)
    clinic.decide(Resolution.LEDGER)

    for who in (PATEL, OWL):
        alone(clinic, who, LATER, name=who)


def test_a_move_in_a_calendar_is_outside_of_anybodys_hours(clinic):
    early = a_practitioner().hours
    until = replace(early, weekly=tuple(map(until_noon, early.weekly)))
    patel = a_practitioner(hours=until)
    clinic.ledger.write(lambda tx: tx.save_practitioner(patel, clinic.cause))
    made = booked(clinic)
    clinic.settle()
    afternoon = NINE + timedelta(hours=5)

    clinic.calendar("owl-main").colleague_moves(
        clinic.ref(made, "owl-main"), afternoon, afternoon + HALF_HOUR
    )
    clinic.settle()

    assert clinic.now_is(made).flags == {Flag.OUTSIDE_HOURS}


def until_noon(window):
    return replace(window, window=replace(window.window, end=time(12)))
