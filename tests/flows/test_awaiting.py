"""Bookings for which calendars have the last word: one outcome, whoever learns of it first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flows.last_words import FULL, a_clinic_whose, events, faults, said

from syncd.core.appointment import LinkState, Party, Status
from syncd.core.awaiting import Answer
from syncd.core.errors import SlotTaken
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode, OnOutage
from syncd.flows.awaiting import last_word
from syncd.testing.builders import NINE, a_calendar


def test_it_is_pending_and_takes_its_time_until_the_calendar_has_it(open_clinic):
    clinic = a_clinic_whose(open_clinic)

    asked = clinic.book()

    assert (asked.status, said(clinic, asked)) == (Status.PENDING, Answer.WAIT)
    with pytest.raises(SlotTaken):
        clinic.book(name="Ann Lee")
    assert clinic.sync().ok
    made = last_word(clinic.around, asked.id)
    assert (made.status, made.number, made.version) == (Status.BOOKED, asked.number, 2)
    assert clinic.event(made).status.value == "CONFIRMED"
    clinic.settle()


def test_what_the_calendar_refuses_is_cancelled_with_its_number_and_its_time_is_free(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    faults(clinic).at("create", FULL)
    asked = clinic.book()

    clinic.sync()

    with pytest.raises(SlotTaken, match=asked.number):
        last_word(clinic.around, asked.id)
    now = clinic.now_is(asked)
    assert (now.status, now.cancelled_by, now.reason) == (
        Status.CANCELLED,
        Party.SYSTEM,
        "declined",
    )
    second = clinic.book(name="Ann Lee")
    clinic.sync()
    assert last_word(clinic.around, second.id).number == asked.number[:-1] + "2"
    clinic.settle()
    assert clinic.link(asked).state is LinkState.GONE


def test_a_hold_is_kept_without_a_word_and_waits_for_one_when_it_is_booked(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    held = clinic.book(hold_for=timedelta(minutes=10))
    assert (held.status, said(clinic, held)) == (Status.PROPOSED, Answer.MADE)
    clinic.sync()
    assert events(clinic) == ()

    asked = clinic.act(held, Action.BOOK)

    assert (asked.status, said(clinic, asked)) == (Status.PENDING, Answer.WAIT)
    faults(clinic).at("create", FULL)
    clinic.sync()
    with pytest.raises(SlotTaken):
        last_word(clinic.around, asked.id)


def test_what_staff_are_to_confirm_stays_pending_once_the_calendar_has_it(open_clinic):
    other = a_calendar(id=CalendarId("patel-phone"), mode=Mode.PUBLISH)
    clinic = a_clinic_whose(open_clinic, OnOutage.REFUSE, other)
    clinic.change_activity(needs_confirmation=True)
    asked = clinic.book()
    clinic.sync("patel-phone")

    clinic.sync()

    assert last_word(clinic.around, asked.id).status is Status.PENDING
    assert clinic.event(asked).status.value == "TENTATIVE"
    assert clinic.state("patel-phone").due_at is not None
    clinic.settle()


def test_other_calendars_are_told_only_once_it_is_made(open_clinic):
    """Else the calendar that decides may see our own event in one of them, and take the time for
    busy."""
    other = a_calendar(id=CalendarId("patel-phone"), mode=Mode.PUBLISH)
    clinic = a_clinic_whose(open_clinic, OnOutage.REFUSE, other)
    asked = clinic.book()

    clinic.sync("patel-phone")
    assert events(clinic, "patel-phone") == ()
    clinic.sync()
    assert clinic.state("patel-phone").due_at is not None
    clinic.sync("patel-phone")

    assert len(events(clinic, "patel-phone")) == 1
    assert last_word(clinic.around, asked.id).status is Status.BOOKED
    clinic.settle()


def test_of_several_calendars_with_the_last_word_each_can_refuse(open_clinic):
    other = a_calendar(id=CalendarId("patel-two"), write_through=OnOutage.REFUSE)
    clinic = a_clinic_whose(open_clinic, OnOutage.REFUSE, other)
    asked = clinic.book()
    clinic.sync()
    assert (said(clinic, asked), len(events(clinic))) == (Answer.WAIT, 1)
    faults(clinic, "patel-two").at("create", FULL)

    clinic.sync("patel-two")

    with pytest.raises(SlotTaken):
        last_word(clinic.around, asked.id)
    clinic.settle()
    assert events(clinic) == ()


def test_of_several_calendars_with_the_last_word_all_must_have_it(open_clinic):
    other = a_calendar(id=CalendarId("patel-two"), write_through=OnOutage.ACCEPT)
    clinic = a_clinic_whose(open_clinic, OnOutage.REFUSE, other)
    asked = clinic.book()
    clinic.sync()
    clinic.settle("patel-main")
    assert said(clinic, asked) is Answer.WAIT

    assert last_word(clinic.around, asked.id).status is Status.PENDING
    clinic.sync("patel-two")

    assert clinic.now_is(asked).status is Status.BOOKED
    clinic.settle()


def test_a_refusal_of_the_time_that_it_was_moved_from_is_none(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()

    def moved_meanwhile():
        clinic.move(clinic.now_is(asked), NINE + timedelta(hours=2))
        raise FULL

    faults(clinic).at("create", moved_meanwhile)

    clinic.sync()
    assert said(clinic, asked) is Answer.WAIT
    clinic.sync()

    made = last_word(clinic.around, asked.id)
    assert (made.status, made.start) == (Status.BOOKED, NINE + timedelta(hours=2))


def test_staff_who_overbook_do_not_ask_whether_the_time_is_offered(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    drafts = []
    provider = clinic.provider()
    create = provider.create
    object.__setattr__(provider, "create", lambda draft: drafts.append(draft) or create(draft))
    clinic.book()
    clinic.book(name="Ann Lee", overbook=True, reason="urgent")

    clinic.sync()

    assert [each.as_offered for each in drafts] == [True, False]
