"""Whole rounds over a real ledger and a calendar in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.colleagues import ELEVEN, TEN, a_foreign

from syncd.core.appointment import Flag, LinkState, Status
from syncd.core.conflict import ConflictField
from syncd.core.errors import SlotTaken
from syncd.core.events import EventStatus
from syncd.core.lifecycle import Action
from syncd.core.practice import Disclosure, Mode, OnRemoteDelete
from syncd.flows.mandate import Mandate
from syncd.flows.sync import run_round
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.foreign import Repeat
from syncd.testing.memory_calendar import Hand


def test_a_booking_is_written_once_and_then_left_alone(clinic):
    appointment = clinic.book()

    report = clinic.sync()
    clinic.settle()

    assert (report.ok, report.pushed) == (True, 1)
    assert clinic.event(appointment).title == f"Consultation · J. D. · {appointment.number}"
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1


def test_a_quiet_round_costs_one_request_and_no_commit(clinic):
    clinic.book()
    clinic.settle()
    provider = clinic.provider()
    fence = clinic.ledger.write(lambda tx: tx.take_lease("patel-main", "test", HALF_HOUR))
    requests, commits = provider.requests, clinic.commits()

    report = run_round(clinic.around, provider, "patel-main", Mandate(run_id="r", fence=fence))

    assert report.ok
    assert provider.requests - requests == 1
    assert clinic.commits() == commits


def test_a_colleagues_move_moves_the_appointment(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(appointment), TEN, TEN + HALF_HOUR)
    report = clinic.sync()

    assert report.pulled == 1
    assert clinic.now_is(appointment).start == TEN
    clinic.settle()


def test_a_removal_cancels_and_is_never_pushed_back(clinic):
    first, second, third = (clinic.book(NINE + timedelta(hours=h)) for h in (0, 1, 2))
    clinic.settle()

    clinic.calendar().colleague_deletes(clinic.ref(first))
    clinic.sync()
    clinic.settle()

    assert clinic.now_is(first).status is Status.CANCELLED
    assert clinic.now_is(second).status is Status.BOOKED
    assert clinic.now_is(third).status is Status.BOOKED
    assert len(clinic.calendar().refs) == 2


def test_a_foreign_event_becomes_an_appointment_of_its_own_number(clinic):
    ref = clinic.calendar().colleague_adds(a_foreign())

    clinic.sync()

    [adopted] = clinic.appointments()
    assert adopted.number.endswith("-0001")
    assert adopted.flags == {Flag.ADOPTED}
    assert (adopted.title, adopted.client, adopted.status) == ("Team", None, Status.BOOKED)
    clinic.settle()
    assert clinic.calendar().writes(Hand.SYNCD) == ()
    assert clinic.link(adopted).ref == ref


def test_an_adopted_event_blocks_its_time(clinic):
    clinic.calendar().colleague_adds(a_foreign())
    clinic.sync()

    with pytest.raises(SlotTaken):
        clinic.book()


def test_a_cancelled_adopted_event_stays_cancelled_and_free(clinic):
    clinic.calendar().colleague_adds(a_foreign())
    clinic.sync()
    [adopted] = clinic.appointments()

    clinic.act(adopted, Action.CANCEL)
    clinic.settle()

    event = clinic.event(adopted)
    assert (event.status, event.transparent, event.title) == (EventStatus.CANCELLED, True, "Team")


def test_a_cancelled_booking_is_deleted_in_the_calendar(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert clinic.link(appointment).state is LinkState.GONE


def test_a_recurring_event_blocks_each_week_and_is_no_appointment(clinic):
    clinic.calendar().colleague_adds(a_foreign(repeat=Repeat(every_days=7, count=4)))

    clinic.sync()

    assert clinic.appointments() == []
    assert len(clinic.busy(NINE, NINE + timedelta(days=60))) == 4
    with pytest.raises(SlotTaken):
        clinic.book(NINE + timedelta(days=7))


def test_a_double_move_is_a_conflict_that_keeps_both_and_blocks_both(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    report = clinic.sync()
    clinic.settle()

    [conflict] = clinic.conflicts()
    assert report.conflicts == 1
    assert conflict.field is ConflictField.TIME
    assert clinic.now_is(appointment).start == TEN
    assert clinic.event(appointment).when.start == ELEVEN
    for taken in (TEN, ELEVEN):
        with pytest.raises(SlotTaken):
            clinic.book(taken, "Ann Other")


def test_a_conflict_ends_when_both_sides_agree_again(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.sync()

    clinic.move(clinic.now_is(appointment), ELEVEN)
    clinic.settle()

    assert clinic.conflicts() == []
    assert clinic.link(appointment).state is LinkState.IN_SYNC
    clinic.book(TEN, "Ann Other")


def test_cancelling_an_appointment_in_conflict_ends_the_conflict_and_the_event(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.sync()

    clinic.act(clinic.now_is(appointment), Action.CANCEL)
    clinic.settle()

    assert clinic.conflicts() == []
    assert clinic.calendar().refs == ()


def test_a_mass_deletion_suspends_the_calendar_until_it_is_released(clinic):
    made = [clinic.book(NINE + timedelta(minutes=30 * n)) for n in range(10)]
    clinic.settle()
    for each in made[:7]:
        clinic.calendar().colleague_deletes(clinic.ref(each))

    report = clinic.sync()

    assert (report.ok, report.code) == (False, "BRAKE")
    assert all(each.status is Status.BOOKED for each in clinic.appointments())
    assert clinic.sync().code == "BRAKE"


def test_a_publish_calendar_shows_busy_and_is_put_right(open_clinic):
    clinic = open_clinic(a_calendar(mode=Mode.PUBLISH))
    appointment = clinic.book()
    clinic.settle()
    assert clinic.event(appointment).title == "Busy"

    clinic.calendar().colleague_moves(clinic.ref(appointment), TEN, TEN + HALF_HOUR)
    clinic.settle()
    assert clinic.event(appointment).when.start == NINE
    assert clinic.now_is(appointment).start == NINE

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.settle()
    assert clinic.event(appointment).when.start == NINE
    [kept] = clinic.conflicts(open_only=False)
    assert kept.resolved_at is not None


def test_an_adopted_event_is_shown_in_the_other_calendar_without_its_title(open_clinic):
    clinic = open_clinic(
        a_calendar(), a_calendar(id="patel-public", mode=Mode.PUBLISH, disclosure=Disclosure.BUSY)
    )
    clinic.calendar().colleague_adds(a_foreign())

    clinic.settle("patel-main", "patel-public")

    [event] = clinic.calendar("patel-public").events()
    assert event.title == "Busy"


def test_asking_about_a_removal_makes_it_a_conflict(open_clinic):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.ASK))
    appointment = clinic.book()
    clinic.settle()

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.settle()

    [conflict] = clinic.conflicts()
    assert conflict.field is ConflictField.STATUS
    assert clinic.now_is(appointment).status is Status.BOOKED


def test_an_event_that_becomes_recurring_is_a_conflict_and_nothing_is_written(clinic):
    appointment = clinic.book()
    clinic.settle()
    writes = len(clinic.calendar().writes(Hand.SYNCD))
    content = a_foreign(repeat=Repeat(every_days=7, count=3))

    clinic.calendar().colleague_edits(clinic.ref(appointment), replace(content))
    clinic.settle()

    [conflict] = clinic.conflicts()
    assert conflict.field is ConflictField.KIND
    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3
