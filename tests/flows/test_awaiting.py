"""Bookings for which a calendar has the last word: one outcome, whoever learns of it first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import LinkState, Party, Status
from syncd.core.awaiting import LONGEST_WAIT, NO_ANSWER, Answer
from syncd.core.errors import Rejected, SlotTaken, Transient
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode, OnOutage
from syncd.flows.awaiting import last_word, word_about
from syncd.flows.practice import apply_roster, roster_of
from syncd.flows.upkeep import tidy
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.faults import Moment, answer_lost

FULL = Rejected("its host is busy at that time")


def a_clinic_whose(open_clinic, policy=OnOutage.REFUSE, *others, **more):
    return open_clinic(a_calendar(write_through=policy), *others, **more)


def faults(clinic, name="patel-main"):
    return clinic.faults[CalendarId(name)]


def events(clinic, name="patel-main"):
    return clinic.calendar(name).events()


def said(clinic, appointment):
    return word_about(clinic.around, appointment.id)


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


def test_a_calendar_that_loses_its_say_is_not_waited_for(open_clinic):
    clinic = a_clinic_whose(open_clinic)
    asked = clinic.book()
    plain = a_calendar(write_through=None)
    clinic.ledger.write(lambda tx: tx.save_calendar(plain, clinic.cause))

    assert last_word(clinic.around, asked.id).status is Status.BOOKED


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
