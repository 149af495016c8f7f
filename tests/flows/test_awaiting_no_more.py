"""Nobody waits for a word about what is cancelled or over, or from a calendar that has no say any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.last_words import a_clinic_whose, events, said

from syncd.core.appointment import Status
from syncd.core.awaiting import LONGEST_WAIT, Answer
from syncd.core.errors import SlotTaken
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode, OnOutage
from syncd.flows.awaiting import last_word
from syncd.flows.practice import apply_roster, roster_of
from syncd.flows.upkeep import tidy
from syncd.testing.builders import a_calendar


def test_what_staff_cancelled_meanwhile_is_no_booking_whatever_the_calendar_said(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()
    clinic.act(asked, Action.CANCEL, reason="ill")

    with pytest.raises(SlotTaken):
        last_word(clinic.around, asked.id)
    clinic.clock.advance(LONGEST_WAIT)
    tidy(clinic.around)
    clinic.settle()
    assert clinic.now_is(asked).reason == "ill"
    with clinic.ledger.read() as view:
        assert view.awaited() == set()


def test_a_calendar_that_loses_its_say_is_not_waited_for(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()
    plain = a_calendar(write_through=None)
    clinic.ledger.write(lambda tx: tx.save_calendar(plain, clinic.cause))

    assert last_word(clinic.around, asked.id).status is Status.BOOKED


def undecided(clinic):
    with clinic.ledger.read() as view:
        return view.undecided()


def test_whoever_waits_for_what_is_cancelled_meanwhile_need_not_wait_on(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()

    clinic.act(asked, Action.CANCEL, reason="ill")

    with clinic.ledger.read() as view:
        assert view.awaited() == set()
    assert said(clinic, asked) is Answer.REFUSED


def test_a_mark_that_nobody_waits_for_any_more_goes_with_what_is_cancelled(open_clinic):
    """Else the other calendars were kept out of it for ever."""
    other = a_calendar(id=CalendarId("patel-phone"), mode=Mode.PUBLISH)
    clinic = a_clinic_whose(open_clinic, OnOutage.ACCEPT, other)
    pending = last_word(clinic.around, clinic.book().id)

    clinic.act(pending, Action.CANCEL, reason="ill")

    assert undecided(clinic) == set()
    clinic.settle("patel-main", "patel-phone")


@pytest.mark.parametrize(
    ("policy", "change"),
    [
        (OnOutage.ACCEPT, {"write_through": None}),
        (OnOutage.REFUSE, {"write_through": None, "mode": Mode.IMPORT}),
        (OnOutage.ACCEPT, None),
    ],
    ids=["has no say", "is only read", "is no more"],
)
def test_a_calendar_that_loses_its_say_in_the_file_leaves_nobody_waiting(
    open_clinic, policy, change
):
    other = a_calendar(id=CalendarId("patel-phone"), mode=Mode.PUBLISH)
    clinic = a_clinic_whose(open_clinic, policy, other)
    asked = clinic.book()
    if policy is OnOutage.ACCEPT:
        assert last_word(clinic.around, asked.id).status is Status.PENDING

    with clinic.ledger.read() as view:
        before = roster_of(view)
    main = () if change is None else (a_calendar(**change),)
    apply_roster(clinic.around, replace(before, calendars=(*main, other)), clinic.cause)

    assert undecided(clinic) == set()
    assert last_word(clinic.around, asked.id).status is Status.BOOKED
    with clinic.ledger.read() as view:
        why = view.history(asked.id)[-1].note
    assert why == "its calendar has no say any more"
    clinic.sync("patel-phone")
    assert len(events(clinic, "patel-phone")) == 1


def test_what_ended_before_its_calendar_could_be_asked_waits_no_more(open_clinic):
    clinic = a_clinic_whose(open_clinic, OnOutage.ACCEPT)
    last_word(clinic.around, clinic.book().id)

    clinic.clock.advance(timedelta(days=9))
    clinic.sync()

    assert undecided(clinic) == set()
