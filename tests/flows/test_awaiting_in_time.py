"""A last word that comes late, or not in time, or while its calendar is known to be away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flows.last_words import FULL, a_clinic_whose, events, faults, said

from syncd.core.appointment import Status
from syncd.core.awaiting import LONGEST_WAIT, NO_ANSWER, Answer
from syncd.core.errors import Transient
from syncd.core.practice import OnOutage
from syncd.flows.awaiting import last_word
from syncd.flows.upkeep import tidy
from syncd.testing.faults import Moment, answer_lost


def test_a_deadline_that_passes_cancels_and_a_late_event_is_undone(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    faults(clinic).at("create", answer_lost(), moment=Moment.AFTER)
    asked = clinic.book()
    clinic.sync()
    assert said(clinic, asked) is Answer.WAIT
    assert len(events(clinic)) == 1

    with pytest.raises(Transient):
        last_word(clinic.around, asked.id)

    assert clinic.now_is(asked).reason == NO_ANSWER
    clinic.clock.advance(LONGEST_WAIT)
    clinic.settle()
    assert len(events(clinic)) == 0


def test_an_event_whose_answer_was_lost_is_found_in_time_and_is_the_only_one(open_clinic):
    """As after a kill -9 between the write and its record."""
    clinic = a_clinic_whose(open_clinic)
    faults(clinic).at("create", answer_lost(), moment=Moment.AFTER)
    asked = clinic.book()
    clinic.sync()

    clinic.reopen()
    clinic.sync(in_full=True)

    assert last_word(clinic.around, asked.id).status is Status.BOOKED
    clinic.clock.advance(LONGEST_WAIT)
    clinic.settle()
    assert len(events(clinic)) == 1
    assert clinic.now_is(asked).status is Status.BOOKED


def test_a_deadline_in_the_middle_of_the_write_wins_and_the_event_goes(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()

    def nobody_waits_any_more():
        with pytest.raises(Transient):
            last_word(clinic.around, asked.id)

    faults(clinic).at("create", nobody_waits_any_more, moment=Moment.AFTER)
    clinic.sync()

    with pytest.raises(Transient):
        last_word(clinic.around, asked.id)
    clinic.settle()
    assert events(clinic) == ()


def test_a_word_that_came_before_the_deadline_stands_whoever_asks_when(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()
    clinic.sync()
    clinic.clock.advance(2 * LONGEST_WAIT)

    tidy(clinic.around)

    assert last_word(clinic.around, asked.id).status is Status.BOOKED


def test_upkeep_gives_up_on_what_nobody_waits_for_any_more(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()
    commits = clinic.commits()
    tidy(clinic.around)
    assert (said(clinic, asked), clinic.commits()) == (Answer.WAIT, commits)

    clinic.clock.advance(LONGEST_WAIT)
    tidy(clinic.around)

    assert said(clinic, asked) is Answer.AWAY
    clinic.settle()
    assert events(clinic) == ()


def test_a_calendar_that_will_not_be_tried_in_time_is_given_up_on_at_once(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    faults(clinic).at("listing", Transient("down"), times=9)
    asked = clinic.book()
    clinic.sync()
    assert said(clinic, asked) is Answer.WAIT

    clinic.clock.advance(timedelta(seconds=15))
    clinic.sync()

    assert said(clinic, asked) is Answer.AWAY
    for _ in range(4):
        clinic.sync()
    with pytest.raises(Transient, match="out of reach") as refusal:
        clinic.book()
    assert refusal.value.retry_after <= timedelta(minutes=2)
    assert [each.number for each in clinic.appointments()] == [asked.number]


@pytest.mark.parametrize("word", [None, FULL], ids=["made", "refused"])
def test_where_outages_are_accepted_it_is_pending_until_the_calendar_has_said_its_word(
    open_clinic, word
):
    clinic = a_clinic_whose(open_clinic, OnOutage.ACCEPT)
    asked = clinic.book()

    pending = last_word(clinic.around, asked.id)

    assert (pending.status, said(clinic, asked)) == (Status.PENDING, Answer.MADE)
    if word is not None:
        faults(clinic).at("create", word)
    clinic.sync()
    late = clinic.now_is(asked)
    assert late.status is (Status.CANCELLED if word else Status.BOOKED)
    clinic.settle()
    assert len(events(clinic)) == (word is None)


def test_where_outages_are_accepted_a_known_one_makes_nobody_wait(open_clinic):
    clinic = a_clinic_whose(open_clinic, OnOutage.ACCEPT)
    faults(clinic).at("listing", Transient("down"), times=4)
    for _ in range(4):
        clinic.sync()

    asked = clinic.book()

    assert (asked.status, said(clinic, asked)) == (Status.PENDING, Answer.MADE)
    clinic.sync()
    assert clinic.now_is(asked).status is Status.BOOKED
