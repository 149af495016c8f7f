"""Objects that a server names and does not show, and what may have moved there meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import LinkState, Status
from syncd.core.errors import SlotTaken
from syncd.core.ids import CalendarId, EventRef
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode
from syncd.flows.calendars import resync
from syncd.testing import memory_body
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_body import MemoryEvent
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import Quirks

TEN = NINE + timedelta(hours=1)
MAIN = CalendarId("patel-main")
ELSEWHERE = EventRef("/patel-main/elsewhere.ics")


@pytest.fixture
def told(open_clinic):
    """A clinic that follows its calendar's feed of versions, with one adopted event."""
    clinic = open_clinic(quirks=Quirks(bodies_in_feed=False))
    clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=TEN, title="Team"))
    clinic.settle()
    return clinic


def relocate(clinic):
    """A colleague moves the only event to another address, as it is; where it was."""
    [old] = clinic.calendar().refs
    body = clinic.calendar().stored(old).body
    clinic.calendar().colleague_deletes(old)
    clinic.calendar().put(ELSEWHERE, body, Hand.COLLEAGUE)
    return old


@pytest.fixture
def moved(told):
    """The clinic after its event moved to another address, which is not shown at three looks."""
    relocate(told)
    told.calendar().silent.add(ELSEWHERE)
    told.settle()
    return told


@pytest.fixture
def left(told):
    """The clinic after its event was deleted while another was named for the first time, and not
    shown: nobody can tell whether it moved there."""
    [old] = told.calendar().refs
    told.calendar().colleague_deletes(old)
    told.calendar().silent.add(
        told.calendar().colleague_adds(ForeignEvent(start=TEN, end=TEN + HALF_HOUR))
    )
    told.settle()
    return told


@pytest.mark.parametrize("lag", [0, 4, 8, 16])
def test_an_event_that_is_not_shown_yet_is_not_taken_for_deleted(open_clinic, lag):
    """Listing and single read are two proofs of one stale copy."""
    clinic = open_clinic(quirks=Quirks(lag=lag))
    booked = clinic.book()

    for _ in range(3):
        clinic.sync()

    assert clinic.now_is(booked).status is Status.BOOKED


def test_an_appointment_whose_event_may_have_moved_is_kept_and_takes_its_time(moved):
    [appointment] = moved.appointments()
    assert not appointment.is_over
    assert moved.link(appointment).state is LinkState.SUSPENDED
    with pytest.raises(SlotTaken):
        moved.book(NINE)


def test_both_places_are_quarantined_and_the_old_one_names_the_new_one(moved):
    reasons = {each.ref: each.reason for each in moved.quarantined()}

    assert len(reasons) == 2
    [of_the_old_place] = [why for ref, why in reasons.items() if ref != ELSEWHERE]
    assert ELSEWHERE in of_the_old_place


def test_it_is_found_again_at_the_next_round_after_it_shows_itself_without_any_news(moved):
    moved.calendar().silent.clear()
    moved.sync()

    [appointment] = moved.appointments()
    assert not appointment.is_over
    assert moved.ref(appointment) == ELSEWHERE
    assert moved.link(appointment).state is LinkState.IN_SYNC
    assert moved.quarantined() == []


def test_what_was_changed_in_the_ledger_meanwhile_is_written_to_its_new_place(moved):
    [appointment] = moved.appointments()
    moved.act(appointment, Action.CANCEL, reason="ill")
    moved.settle()
    moved.calendar().silent.clear()
    moved.settle()

    assert not moved.calendar().event(ELSEWHERE) or not moved.event(appointment).takes_time


def test_a_deleted_event_is_kept_while_an_object_that_it_may_be_is_not_shown(left):
    left.clock.advance(timedelta(days=2))
    left.settle()

    assert [each.is_over for each in left.appointments()] == [False]
    assert len(left.quarantined()) == 2


def test_it_is_gone_as_soon_as_that_object_turns_out_to_be_another(left):
    left.calendar().silent.clear()
    left.sync()

    [kept] = [each for each in left.appointments() if not each.is_over]
    assert kept.start == TEN
    assert len(left.appointments()) == 2
    assert left.quarantined() == []


def test_it_is_gone_once_that_object_is(left):
    left.calendar().colleague_deletes(left.calendar().silent.pop())
    left.settle()

    assert [each.is_over for each in left.appointments()] == [True]
    assert left.quarantined() == []


def test_it_is_its_appointments_event_again_when_it_is_back_at_its_place(left):
    [appointment] = left.appointments()
    link = left.link(appointment)
    meeting = ForeignEvent(start=NINE, end=TEN, title="Team")
    body = memory_body.to_text(MemoryEvent(uid=link.uid, content=meeting))
    left.calendar().put(link.ref, body, Hand.COLLEAGUE)
    left.settle()

    assert left.link(appointment).state is LinkState.IN_SYNC
    assert [each.ref for each in left.quarantined()] == list(left.calendar().silent)


def test_waiting_costs_one_request_a_round(left):
    assert left.sync().requests == 2


def test_what_goes_later_than_an_object_that_is_never_shown_was_named_is_gone(told):
    told.calendar().silent.add(
        told.calendar().colleague_adds(ForeignEvent(start=TEN, end=TEN + HALF_HOUR))
    )
    told.settle()
    [appointment] = told.appointments()
    told.calendar().colleague_deletes(told.link(appointment).ref)
    told.settle()

    assert told.now_is(appointment).is_over


def test_a_place_nobody_answered_for_at_first_is_kept_like_one_that_was_gone_at_once(told):
    old = relocate(told)
    told.calendar().silent |= {old, ELSEWHERE}
    told.sync()
    told.calendar().silent.discard(old)
    told.settle()
    assert [each.is_over for each in told.appointments()] == [False]

    told.calendar().silent.clear()
    told.settle()
    [appointment] = told.appointments()
    assert told.ref(appointment) == ELSEWHERE


def test_a_place_nobody_answers_for_later_goes_on_waiting_for_where_its_event_may_be(told):
    old = relocate(told)
    told.calendar().silent.add(ELSEWHERE)
    told.sync()
    told.clock.advance(timedelta(minutes=61))
    told.calendar().silent.add(old)
    told.sync()
    told.calendar().silent.discard(old)
    told.settle()
    assert [each.is_over for each in told.appointments()] == [False]

    told.calendar().silent.clear()
    told.settle()
    [appointment] = told.appointments()
    assert told.ref(appointment) == ELSEWHERE


def test_a_busy_event_that_may_have_moved_keeps_taking_its_time(open_clinic):
    clinic = open_clinic(a_calendar(mode=Mode.BUSY), quirks=Quirks(bodies_in_feed=False))
    old = clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=TEN))
    clinic.settle()
    body = clinic.calendar().stored(old).body
    clinic.calendar().colleague_deletes(old)
    clinic.calendar().put(ELSEWHERE, body, Hand.COLLEAGUE)
    clinic.calendar().silent.add(ELSEWHERE)
    clinic.settle()
    assert len(clinic.busy(NINE, TEN)) == 1

    clinic.calendar().silent.clear()
    clinic.settle()
    assert len(clinic.busy(NINE, TEN)) == 1
    assert clinic.quarantined() == []


def test_what_may_have_moved_is_not_adopted_while_its_old_place_is_uncertain(told):
    told.calendar().silent.add(relocate(told))

    told.sync()
    told.settle()
    assert len(told.appointments()) == 1

    told.calendar().silent.clear()
    told.clock.advance(timedelta(hours=25))
    told.settle()
    [appointment] = told.appointments()
    assert not appointment.is_over
    assert told.ref(appointment) == ELSEWHERE


def test_it_takes_its_new_time_meanwhile(told):
    [old] = told.calendar().refs
    event = told.calendar().content(old)
    uid = told.calendar().event(old).uid
    told.calendar().colleague_deletes(old)
    told.calendar().silent.add(old)
    moved = replace(event, start=TEN, end=TEN + HALF_HOUR)
    told.calendar().put(
        ELSEWHERE, memory_body.to_text(MemoryEvent(uid=uid, content=moved)), Hand.COLLEAGUE
    )

    for _ in range(3):
        told.sync()
        with pytest.raises(SlotTaken):
            told.book(TEN)

    told.calendar().silent.clear()
    told.clock.advance(timedelta(hours=25))
    told.settle()
    [appointment] = told.appointments()
    assert appointment.start == TEN
    assert told.busy(NINE - HALF_HOUR, TEN + 2 * HALF_HOUR) == []


def test_a_doubt_about_something_else_does_not_cut_the_one_more_look_short(told):
    resync(told.around, MAIN)
    relocate(told)
    told.calendar().silent.add(ELSEWHERE)

    told.sync()
    told.calendar().silent.clear()
    told.settle()

    [appointment] = told.appointments()
    assert not appointment.is_over
    assert told.ref(appointment) == ELSEWHERE


def test_a_creation_in_the_same_round_is_no_second_look(told):
    relocate(told)
    told.calendar().silent.add(ELSEWHERE)
    told.book(TEN)

    told.sync()

    assert [each.is_over for each in told.appointments()] == [False, False]


def test_one_object_that_is_never_shown_holds_nothing_else_up(open_clinic):
    """Neither the first reading, nor the cursor, nor the tries of what was refused."""
    clinic = open_clinic(quirks=Quirks(bodies_in_feed=False))
    later = TEN + timedelta(days=3)
    silent = clinic.calendar().colleague_adds(ForeignEvent(start=later, end=later + HALF_HOUR))
    clinic.calendar().silent.add(silent)
    clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=NINE + HALF_HOUR))

    clinic.sync()
    assert clinic.state().doubt
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.state().last_listing_at is not None
    assert not clinic.state().doubt
    clinic.calendar().silent.clear()
    clinic.clock.advance(timedelta(hours=25))
    clinic.settle()
    assert len(clinic.appointments()) == 2


def test_nothing_is_gone_yet_while_something_new_could_not_be_read(told):
    """The one may be the other at a new address."""
    relocate(told)
    told.calendar().silent.add(ELSEWHERE)

    told.sync()
    assert [each.is_over for each in told.appointments()] == [False]

    told.calendar().silent.clear()
    told.settle()
    [appointment] = told.appointments()
    assert not appointment.is_over
    assert told.ref(appointment) == ELSEWHERE
