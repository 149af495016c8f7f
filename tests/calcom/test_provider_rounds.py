"""Whole rounds of the real engine over a real ledger, with bookings that people make in Cal.com."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from calcom_clinic import a_clinic
from calcom_provider import ASKING, PLAIN, PRIVATE

from syncd.core.appointment import Flag, Origin
from syncd.core.appointment import Status as Appointed
from syncd.core.lifecycle import Action
from syncd.testing.builders import NINE, an_activity
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Status

TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture(params=[CAL_DIY, HOSTED], ids=lambda each: each.name)
def clinic(tmp_path, request):
    with a_clinic(tmp_path, request.param) as clinic:
        yield clinic


def test_a_booking_in_calcom_becomes_an_appointment_with_a_number(clinic):
    row = clinic.cal.book(TEN)

    clinic.sync()

    [appointment] = clinic.appointments()
    assert appointment.number.endswith("-0001")
    assert (appointment.start, appointment.end) == (TEN, TEN + HALF_HOUR)
    assert appointment.flags == {Flag.ADOPTED}
    assert clinic.link(appointment).ref == row.uid
    clinic.settle()
    assert clinic.writes == 0


def test_a_booking_is_of_the_activity_that_its_event_type_stands_for(clinic):
    clinic.cal.book(TEN, event_type=PLAIN)
    clinic.cal.book(ELEVEN, event_type=ASKING)
    clinic.cal.book(NOON, event_type=PRIVATE)

    clinic.sync()

    found = {each.start: each.activity_id for each in clinic.appointments()}
    assert found == {TEN: "consultation", ELEVEN: None, NOON: None}
    clinic.settle()


def test_a_patients_move_keeps_the_appointment_and_its_number(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()
    [appointment] = clinic.appointments()

    moved = clinic.cal.move(row.uid, ELEVEN, ELEVEN + HALF_HOUR)
    moved = clinic.cal.move(moved, NOON, NOON + HALF_HOUR)
    clinic.settle()

    [after] = clinic.appointments()
    assert (after.number, after.start) == (appointment.number, NOON)
    assert clinic.link(after).ref == moved
    assert clinic.writes == 0


def test_a_patients_cancelling_cancels_and_is_never_pushed_back(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()

    clinic.cal.delete(row.uid)
    clinic.settle()

    [appointment] = clinic.appointments()
    assert appointment.status is Appointed.CANCELLED
    assert clinic.writes == 0


def test_an_adopted_booking_that_the_practice_moves_is_moved_in_calcom(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()
    [appointment] = clinic.appointments()

    clinic.move(appointment, NOON)
    clinic.settle()

    [new] = clinic.living
    assert (new.start, new.rescheduled_from, new.status) == (NOON, row.uid, Status.ACCEPTED)
    assert clinic.link(appointment).ref == new.uid
    assert [each.number for each in clinic.appointments()] == [appointment.number]
    assert clinic.writes == 1


def test_an_adopted_booking_that_the_practice_cancels_is_cancelled_in_calcom(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()
    [appointment] = clinic.appointments()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert row.status is Status.CANCELLED
    assert row.cancellation_reason == "Cancelled by the practice"
    assert clinic.writes == 1


def test_an_appointment_of_the_ledger_is_booked_once_under_its_number(clinic):
    appointment = clinic.book(TEN)

    clinic.sync()
    clinic.settle()

    [row] = clinic.living
    assert (row.start, row.end, row.status) == (TEN, TEN + HALF_HOUR, Status.ACCEPTED)
    assert row.metadata["syncd_number"] == appointment.number
    assert row.metadata["syncd_appointment"] == appointment.id
    assert "Jane" not in str(row)
    assert "jane@" not in str(row)
    assert clinic.writes == 1


def test_ours_follows_moves_on_both_sides(clinic):
    appointment = clinic.book(TEN)
    clinic.settle()

    clinic.move(appointment, ELEVEN)
    clinic.settle()
    clinic.cal.move(clinic.row(appointment).uid, NOON, NOON + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(appointment).start == NOON
    assert [each.start for each in clinic.living] == [NOON]
    assert len(clinic.appointments()) == 1
    assert clinic.link(appointment).origin is Origin.OURS
    assert clinic.writes == 2


def test_ours_is_cancelled_on_either_side(clinic):
    first, second = clinic.book(TEN), clinic.book(ELEVEN)
    clinic.settle()

    clinic.cal.delete(clinic.row(first).uid)
    clinic.act(second, Action.CANCEL)
    clinic.settle()

    assert clinic.living == []
    assert clinic.now_is(first).status is Appointed.CANCELLED
    assert clinic.now_is(second).status is Appointed.CANCELLED
    assert clinic.writes == 3


def test_a_request_of_the_ledger_is_confirmed_in_calcom(tmp_path):
    asking = replace(an_activity(), needs_confirmation=True)
    with a_clinic(tmp_path, activity=asking, event_types=f"{ASKING}=consultation") as clinic:
        appointment = clinic.book(TEN)
        clinic.settle()
        [row] = clinic.living
        assert (row.status, row.event_type_id) == (Status.PENDING, ASKING)

        clinic.act(appointment, Action.CONFIRM)
        clinic.settle()

        assert [each.status for each in clinic.living] == [Status.ACCEPTED]
        assert clinic.writes == 2


def test_a_request_of_the_ledger_is_declined_in_calcom(tmp_path):
    asking = replace(an_activity(), needs_confirmation=True)
    with a_clinic(tmp_path, activity=asking, event_types=f"{ASKING}=consultation") as clinic:
        appointment = clinic.book(TEN)
        clinic.settle()
        [row] = clinic.living

        clinic.act(appointment, Action.REJECT, reason="no time")
        clinic.settle()

        assert row.status is Status.REJECTED


def test_a_request_in_calcom_takes_time_and_is_declined_with_the_appointment(clinic):
    row = clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    clinic.settle()
    [appointment] = clinic.appointments()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert row.status is Status.REJECTED
    assert clinic.writes == 1


def test_a_request_that_is_declined_in_calcom_cancels(clinic):
    row = clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    clinic.settle()

    row.status = Status.REJECTED
    clinic.cal.world.write(row)
    clinic.settle()

    [appointment] = clinic.appointments()
    assert appointment.status is Appointed.CANCELLED


def test_a_booking_that_is_given_to_another_host_is_cancelled_here_and_not_there(clinic):
    row, _ = clinic.cal.book(TEN), clinic.cal.book(NOON)
    clinic.settle()

    row.host_id = 102
    clinic.cal.world.write(row)
    clinic.sync(in_full=True)
    clinic.settle()

    found = {each.start: each.status for each in clinic.appointments()}
    assert found == {TEN: Appointed.CANCELLED, NOON: Appointed.BOOKED}
    assert row.status is Status.ACCEPTED
    assert clinic.writes == 0


def test_two_moves_that_both_won_are_two_appointments(clinic):
    row = clinic.cal.book(TEN)
    clinic.settle()
    [appointment] = clinic.appointments()

    first = clinic.cal.move(row.uid, ELEVEN, ELEVEN + HALF_HOUR)
    second = clinic.cal.move(row.uid, NOON, NOON + HALF_HOUR)
    clinic.settle()

    found = {each.number: clinic.link(each).ref for each in clinic.appointments()}
    assert set(found.values()) == {first, second}
    assert appointment.number in found


def test_a_moved_occurrence_of_a_series_keeps_its_number(clinic):
    rows = [clinic.cal.book(NINE + timedelta(days=7 * n), series_uid="series") for n in range(3)]
    clinic.settle()
    numbers = {each.number for each in clinic.appointments()}

    clinic.cal.pass_time(minutes=1)
    clinic.cal.move(rows[1].uid, rows[1].start + HALF_HOUR, rows[1].end + HALF_HOUR)
    clinic.settle()

    assert {each.number for each in clinic.appointments()} == numbers
    assert {each.status for each in clinic.appointments()} == {Appointed.BOOKED}
    assert len(numbers) == 3


def test_a_quiet_round_costs_two_requests(clinic):
    clinic.cal.book(TEN)
    clinic.settle()
    before = len(clinic.cal.transport.requests)

    clinic.sync()

    assert len(clinic.cal.transport.requests) - before == 2
