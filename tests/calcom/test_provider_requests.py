"""What is asked for in Cal.com and confirmed, declined or moved on either side, in whole rounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from calcom_clinic import a_clinic
from calcom_provider import ASKING, PLAIN

from syncd.core.appointment import Flag
from syncd.core.appointment import Status as Appointed
from syncd.core.conflict import ConflictField
from syncd.core.lifecycle import Action
from syncd.core.time import Interval
from syncd.testing.builders import NINE, an_activity
from syncd_calcom.standin import Effect, Fault
from syncd_calcom.standin.rows import Status

TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
def clinic(tmp_path):
    with a_clinic(tmp_path) as clinic:
        yield clinic


def asked(clinic, start=TEN, **more):
    """A patient's request, and the appointment that it becomes."""
    row = clinic.cal.book(start, event_type=ASKING, status=Status.PENDING, **more)
    clinic.settle()
    return row, next(each for each in clinic.appointments() if each.start == start)


def decide(clinic, row, status):
    """The host does so in Cal.com."""
    row.status = status
    clinic.cal.world.write(row)


def asked_for_anew(clinic, row, start):
    """The patient moves it, and the event type asks its host again."""
    new = clinic.cal.booking(clinic.cal.move(row.uid, start, start + HALF_HOUR))
    decide(clinic, new, Status.PENDING)
    return new


def entries_of(clinic, appointment):
    with clinic.ledger.read() as view:
        found = [each for each in view.journal() if each.subject_id == appointment.id]
    return [(each.action, each.actor) for each in found]


def test_a_request_is_pending_and_a_yes_of_the_practice_confirms_it_in_calcom(clinic):
    row, appointment = asked(clinic)
    assert (appointment.status, appointment.flags) == (Appointed.PENDING, {Flag.ADOPTED})
    assert clinic.link(appointment).base.tentative

    clinic.act(appointment, Action.CONFIRM)
    clinic.settle()

    assert row.status is Status.ACCEPTED
    assert clinic.now_is(appointment).status is Appointed.BOOKED
    assert clinic.writes == 1


def test_a_yes_of_the_practice_whose_answer_is_lost_is_said_once(clinic):
    row, appointment = asked(clinic)
    clinic.act(appointment, Action.CONFIRM)
    clinic.cal.world.faults.add(Fault(effect=Effect.LOST, method="POST"))

    clinic.sync()
    clinic.clock.advance(timedelta(hours=1))
    clinic.settle()

    assert row.status is Status.ACCEPTED
    assert clinic.now_is(appointment).status is Appointed.BOOKED
    assert clinic.writes == 1


@pytest.mark.parametrize("action", [Action.REJECT, Action.CANCEL])
def test_a_no_of_the_practice_declines_it(clinic, action):
    row, appointment = asked(clinic)

    clinic.act(appointment, action)
    clinic.settle()

    assert row.status is Status.REJECTED
    assert clinic.writes == 1


def test_a_yes_in_calcom_confirms_the_appointment_and_the_calendar_is_its_cause(clinic):
    row, appointment = asked(clinic)

    decide(clinic, row, Status.ACCEPTED)
    clinic.settle()

    after = clinic.now_is(appointment)
    assert (after.status, after.version) == (Appointed.BOOKED, 2)
    assert entries_of(clinic, appointment)[-1] == ("confirm", "calendar:patel-main")
    assert clinic.writes == 0


@pytest.mark.parametrize("event_type", [ASKING, PLAIN])
def test_what_the_practice_asked_for_is_confirmed_by_its_host_only(tmp_path, event_type):
    """An event type that asks nobody confirms at once, and the appointment waits all the same."""
    asking = replace(an_activity(), needs_confirmation=True)
    with a_clinic(tmp_path, activity=asking, event_types=f"{event_type}=consultation") as clinic:
        appointment = clinic.book(TEN)
        clinic.settle()
        [row] = clinic.living
        assert clinic.now_is(appointment).status is Appointed.PENDING

        decide(clinic, row, Status.ACCEPTED)
        clinic.settle()

        is_heard = event_type == ASKING
        status = clinic.now_is(appointment).status
        assert status is (Appointed.BOOKED if is_heard else Appointed.PENDING)
        clinic.act(appointment, Action.CANCEL)
        clinic.settle()
        assert row.status.is_over


@pytest.mark.parametrize("event_type", [ASKING, PLAIN])
def test_what_was_asked_for_and_answered_unheard_waits_for_the_practice(tmp_path, event_type):
    """Nobody saw it ask, so that nobody knows who confirmed it: the calendar itself, perhaps."""
    asking = replace(an_activity(), needs_confirmation=True)
    with a_clinic(tmp_path, activity=asking, event_types=f"{event_type}=consultation") as clinic:
        appointment = clinic.book(TEN)
        clinic.cal.world.faults.add(Fault(effect=Effect.LOST, method="POST"))
        clinic.cal.transport.before = lambda each: (
            httpx.Response(503) if each.method == "GET" and clinic.living else None
        )
        clinic.sync()
        clinic.cal.transport.before = lambda _: None
        [row] = clinic.living
        decide(clinic, row, Status.ACCEPTED)
        clinic.clock.advance(timedelta(hours=1))

        clinic.settle()

        assert clinic.now_is(appointment).status is Appointed.PENDING
        clinic.act(appointment, Action.CONFIRM)
        clinic.settle()
        assert (row.status, clinic.writes) == (Status.ACCEPTED, 1)


def test_requests_for_one_time_are_all_kept_and_the_later_ones_flagged(clinic):
    _, first = asked(clinic)
    clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    clinic.settle()
    second = next(each for each in clinic.appointments() if each.id != first.id)

    decide(clinic, clinic.row(second), Status.ACCEPTED)
    clinic.settle()

    after = clinic.now_is(second)
    assert (after.status, after.flags) == (Appointed.BOOKED, {Flag.ADOPTED, Flag.OVERLAP})
    assert clinic.now_is(first).status is Appointed.PENDING


def test_declined_there_while_it_is_confirmed_here_is_for_a_person_to_decide(clinic):
    row, appointment = asked(clinic)
    clinic.act(appointment, Action.CONFIRM)

    decide(clinic, row, Status.REJECTED)
    clinic.sync()

    assert [each.field for each in clinic.conflicts()] == [ConflictField.STATUS]
    assert clinic.now_is(appointment).status is Appointed.BOOKED
    assert clinic.writes == 0


def test_confirmed_there_while_it_is_cancelled_here_is_cancelled(clinic):
    row, appointment = asked(clinic)
    clinic.act(appointment, Action.CANCEL)

    decide(clinic, row, Status.ACCEPTED)
    clinic.settle()

    assert row.status is Status.CANCELLED
    with clinic.ledger.read() as view:
        [kept] = view.conflicts(open_only=False)
    assert (kept.field, kept.resolved_by) == (ConflictField.STATUS, "rule")


def test_moved_there_while_it_is_confirmed_here_waits_for_a_yes_to_the_new_time(clinic):
    row, appointment = asked(clinic)
    clinic.act(appointment, Action.CONFIRM)

    new = asked_for_anew(clinic, row, NOON)
    clinic.settle()

    after = clinic.now_is(appointment)
    assert (after.start, after.status) == (NOON, Appointed.PENDING)
    assert (new.status, clinic.writes) == (Status.PENDING, 0)
    clinic.act(appointment, Action.CONFIRM)
    clinic.settle()
    assert new.status is Status.ACCEPTED


def test_moved_here_while_it_is_confirmed_there_waits_at_the_new_time(clinic):
    row, appointment = asked(clinic)
    clinic.move(appointment, NOON)

    decide(clinic, row, Status.ACCEPTED)
    clinic.settle()

    [new] = clinic.living
    assert (new.start, new.status) == (NOON, Status.PENDING)
    assert clinic.now_is(appointment).status is Appointed.PENDING


def test_moved_and_confirmed_there_is_both(clinic):
    row, appointment = asked(clinic)

    clinic.cal.move(row.uid, NOON, NOON + HALF_HOUR)
    clinic.settle()

    after = clinic.now_is(appointment)
    assert (after.start, after.status) == (NOON, Appointed.BOOKED)
    assert clinic.writes == 0


def test_a_booked_appointment_that_a_patient_moves_is_asked_for_again(clinic):
    row = clinic.cal.book(TEN, event_type=ASKING)
    clinic.settle()
    [appointment] = clinic.appointments()

    asked_for_anew(clinic, row, NOON)
    clinic.settle()

    after = clinic.now_is(appointment)
    assert (after.number, after.status) == (appointment.number, Appointed.PENDING)
    assert after.interval == Interval(NOON, NOON + HALF_HOUR)
    assert clinic.writes == 0


def another_time(clinic, row, start):
    """The patient chooses one after the host asked for that; the new booking names the old one."""
    return clinic.cal.book(
        start,
        event_type=row.event_type_id,
        ics_uid=row.ics_uid,
        rescheduled_from=row.uid,
    )


def test_what_the_host_asks_to_move_is_cancelled_and_a_later_time_is_a_new_number(clinic):
    """What was cancelled never comes back, also where the new booking names the old one."""
    row = clinic.cal.book(TEN)
    clinic.settle()
    row.status, row.is_rescheduled = Status.CANCELLED, True
    clinic.cal.world.write(row)
    clinic.settle()
    [before] = clinic.appointments()
    assert before.status is Appointed.CANCELLED

    another_time(clinic, row, NOON)
    clinic.settle()

    old, new = sorted(clinic.appointments(), key=lambda each: each.number)
    assert (old.id, old.status, new.status) == (before.id, Appointed.CANCELLED, Appointed.BOOKED)
    assert (new.start, clinic.writes) == (NOON, 0)


def test_a_new_time_that_is_chosen_before_anybody_looked_keeps_the_number(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()
    [before] = clinic.appointments()

    row.status, row.is_rescheduled = Status.CANCELLED, True
    clinic.cal.world.write(row)
    another_time(clinic, row, NOON)
    clinic.settle()

    [after] = clinic.appointments()
    assert (after.number, after.start) == (before.number, NOON)
