"""A write that is in doubt, since its answer was lost or its event cannot be read back, is done once."""

from __future__ import annotations

from flows.colleagues import ELEVEN, MAIN, TEN

from syncd.core.appointment import Status
from syncd.core.errors import Rejected, Transient
from syncd.core.lifecycle import Action
from syncd.testing.builders import HALF_HOUR, NINE
from syncd.testing.faults import Moment, answer_lost
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALCOM


def test_a_lost_answer_to_a_creation_never_makes_a_second_event(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)

    assert clinic.sync().code == "CALENDAR_UNAVAILABLE"
    clinic.settle()

    assert clinic.event(appointment).when.start == NINE
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1


def test_a_move_before_a_lost_creation_is_seen_again_wins_by_itself(clinic):
    """What was about to be written is the base: no person need decide."""
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()

    clinic.move(appointment, TEN)
    clinic.settle()

    assert clinic.conflicts() == []
    assert clinic.event(appointment).when.start == TEN


def test_a_cancellation_before_a_lost_creation_is_seen_again_deletes_it(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1


def test_nor_does_a_colleagues_move_meanwhile_make_it_an_appointment_of_its_own(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()
    [ref] = clinic.calendar().refs

    clinic.act(appointment, Action.CANCEL)
    clinic.calendar().colleague_moves(ref, TEN, TEN + HALF_HOUR)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1
    [kept] = clinic.conflicts(open_only=False)
    assert kept.remote["start"] == TEN.isoformat()


def test_a_creation_that_arrives_after_a_refused_one_is_withdrawn_with_its_appointment(clinic):
    """The refusal says nothing about the request before it, which nobody had answered."""
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost())
    clinic.sync()
    intended = clinic.link(appointment).intended
    clinic.faults[MAIN].at("create", Rejected("not this one"))
    clinic.sync()
    assert clinic.link(appointment).intended == intended

    clinic.act(appointment, Action.CANCEL)
    clinic.sync()
    late = ForeignEvent(
        start=NINE, end=NINE + HALF_HOUR, title=intended.title, zone="Europe/Berlin"
    )
    clinic.calendar().colleague_adds(late, uid=clinic.link(appointment).uid)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1


def test_an_event_whose_creation_was_not_answered_is_known_by_its_mark_after_a_move(open_clinic):
    """Where moving makes a new event with a new uid, only the mark is left."""
    clinic = open_clinic(quirks=CALCOM)
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()
    [ref] = clinic.calendar().refs

    clinic.calendar().colleague_moves(ref, ELEVEN, ELEVEN + HALF_HOUR)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.event(appointment).when.start in (NINE, ELEVEN)


def test_a_read_back_that_fails_costs_one_more_look_and_no_write(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.faults[MAIN].at("get_many", Transient("no answer"))

    clinic.sync()
    writes = len(clinic.calendar().writes(Hand.SYNCD))
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes
    assert clinic.link(appointment).intended is None


def test_an_event_that_is_not_there_when_it_is_read_back_is_written_again(clinic):
    """A calendar that lost it, or shows an old copy, must not cost anybody their appointment; a
    colleague who was as quick as that removes it once more."""
    appointment = clinic.book()
    clinic.faults[MAIN].at(
        "create",
        lambda: clinic.calendar().colleague_deletes(clinic.calendar().refs[0]),
        moment=Moment.AFTER,
    )

    clinic.sync()
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.BOOKED
    assert len(clinic.calendar().refs) == 1
