"""A booking keeps its number and its end, also where lists show what was there before.

Cal.com makes a new booking of each move, and a list may be read from a copy that is behind.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest
from calcom_clinic import HERE, a_clinic
from calcom_lists import lists_show
from calcom_provider import ASKING, PLAIN
from clinic_acts import CAUSE

from syncd.core.appointment import Status as Appointed
from syncd.core.practice import Mode
from syncd.core.remote import RemoteKind
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Status

TEN, ELEVEN, NOON = (NINE + timedelta(days=1, hours=hours) for hours in (1, 2, 3))
HALF_HOUR, HOUR = timedelta(minutes=30), timedelta(hours=1)
JUST_NOW, LONG_AGO = timedelta(seconds=40), timedelta(hours=3)
BOTH = MADE, WRITTEN = "made", "written"


@pytest.fixture(params=[CAL_DIY, HOSTED], ids=lambda each: each.name)
def clinic(tmp_path, request):
    with a_clinic(tmp_path, request.param) as clinic:
        yield clinic


def rows_of_now(clinic):
    return deepcopy(clinic.cal.world.bookings)


def show(clinic, rows, lists=BOTH):
    """From now on those lists show the bookings as they were."""
    lists_show(clinic.cal, **dict.fromkeys(lists, rows))


def show_today(clinic):
    lists_show(clinic.cal)


def move(clinic, uid, start):
    return clinic.cal.move(uid, start, start + HALF_HOUR)


def statuses(clinic):
    return [each.status for each in clinic.appointments()]


# Moves


@pytest.mark.parametrize("list_behind", BOTH)
@pytest.mark.parametrize("age", [JUST_NOW, LONG_AGO], ids=["just-made", "old"])
@pytest.mark.parametrize("event_type", [PLAIN, ASKING], ids=["plain", "asking"])
def test_a_move_of_which_only_one_list_tells_keeps_the_number(clinic, list_behind, age, event_type):
    row = clinic.cal.book(TEN, event_type=event_type)
    clinic.clock.advance(age)
    clinic.cal.book(NOON)  # no list has to tell of the first one for ever
    clinic.sync()
    clinic.clock.advance(age)
    appointment, other = clinic.appointments()

    show(clinic, rows_of_now(clinic), [list_behind])
    moved = move(clinic, row.uid, ELEVEN)
    clinic.sync()
    show_today(clinic)
    clinic.settle()

    after, same = clinic.appointments()
    assert (after.number, after.start, same) == (appointment.number, ELEVEN, other)
    assert clinic.link(after).ref == moved
    assert clinic.writes == 0


@pytest.mark.parametrize("looks_before", [0, 1])
@pytest.mark.parametrize("in_full", [True, False], ids=["listing", "news"])
@pytest.mark.parametrize("age", [JUST_NOW, LONG_AGO], ids=["just-made", "old"])
@pytest.mark.parametrize("ours", [True, False], ids=["ours", "adopted"])
def test_lists_from_before_a_move_that_is_known_make_no_second_appointment(
    clinic, ours, age, in_full, looks_before
):
    uid = clinic.row(booked_here(clinic)).uid if ours else clinic.cal.book(TEN).uid
    clinic.sync()
    clinic.clock.advance(age)
    [appointment] = clinic.appointments()

    before = rows_of_now(clinic)
    moved = move(clinic, uid, ELEVEN)
    if looks_before == 0:
        show(clinic, before, [WRITTEN])
    clinic.sync()
    show(clinic, before)
    clinic.sync(in_full=in_full)
    show_today(clinic)
    for _ in range(3):
        clinic.sync()
    clinic.settle()

    [after] = clinic.appointments()
    assert (after.number, after.start) == (appointment.number, ELEVEN)
    assert clinic.link(after).ref == moved


def booked_here(clinic):
    appointment = clinic.book(TEN)
    clinic.sync()
    return appointment


def test_a_move_is_followed_where_a_listing_leaves_out_all_of_it(clinic):
    nothing = rows_of_now(clinic)
    clinic.sync()
    row = clinic.cal.book(TEN)
    clinic.sync()
    moved = move(clinic, row.uid, ELEVEN)

    show(clinic, nothing)
    clinic.sync(in_full=True)
    show_today(clinic)
    clinic.settle()

    [after] = clinic.appointments()
    assert (after.status, clinic.link(after).ref) == (Appointed.BOOKED, moved)


def test_the_place_that_a_move_left_is_known_as_nothing_until_it_shows_itself(clinic):
    """An old answer would make a new appointment of it. Of the booking itself nothing is kept."""
    row = clinic.cal.book(TEN)
    clinic.clock.advance(HOUR)
    clinic.cal.book(NOON)
    clinic.sync()
    clinic.clock.advance(HOUR)

    show(clinic, rows_of_now(clinic), [WRITTEN])
    move(clinic, row.uid, ELEVEN)
    clinic.sync()

    with clinic.ledger.read() as view:
        left = view.known(HERE, [row.uid])[row.uid]
    assert left.kind is RemoteKind.IGNORED
    assert (left.body, left.appointment_id, left.ends_at) == (None, None, None)


def test_of_two_states_of_one_millisecond_the_cancelled_one_counts(clinic):
    clinic.cal.book(NOON)
    clinic.sync()
    row = clinic.cal.book(TEN)
    booked = rows_of_now(clinic)
    move(clinic, row.uid, ELEVEN)

    show(clinic, booked, [WRITTEN])
    clinic.sync()
    show_today(clinic)
    clinic.settle()

    assert [each.start for each in clinic.appointments()] == [ELEVEN, NOON]


# Ends


@pytest.mark.parametrize("in_full", [True, False], ids=["listing", "news"])
def test_lists_from_before_a_cancellation_make_no_second_appointment(clinic, in_full):
    row = clinic.cal.book(TEN)
    clinic.sync()
    booked = rows_of_now(clinic)
    clinic.cal.delete(row.uid)
    clinic.sync()

    show(clinic, booked)
    clinic.sync(in_full=in_full)
    show_today(clinic)
    clinic.settle()

    assert statuses(clinic) == [Appointed.CANCELLED]


def test_a_cancellation_that_was_read_by_itself_is_not_taken_back(clinic):
    row = clinic.cal.book(TEN)
    clinic.sync()
    booked = rows_of_now(clinic)
    successor = clinic.cal.booking(move(clinic, row.uid, ELEVEN))
    successor.updated_at = None
    moved = rows_of_now(clinic)
    clinic.clock.advance(timedelta(seconds=5))
    clinic.cal.delete(successor.uid)

    show(clinic, booked, [MADE])
    clinic.sync()
    assert statuses(clinic) == [Appointed.CANCELLED]
    show(clinic, moved)
    clinic.sync()

    assert statuses(clinic) == [Appointed.CANCELLED]


def test_a_cancellation_by_a_server_whose_clock_is_behind_is_heard_at_once(clinic):
    row = clinic.cal.book(TEN)
    clinic.clock.advance(HOUR)
    clinic.sync()
    clinic.cal.delete(row.uid)
    row.updated_at = row.created_at - timedelta(seconds=1)

    clinic.sync()

    assert statuses(clinic) == [Appointed.CANCELLED]


def test_a_list_that_is_behind_for_long_loses_no_cancellation(clinic):
    row = clinic.cal.book(TEN)
    clinic.clock.advance(HOUR)
    clinic.cal.book(NOON)
    clinic.sync()
    clinic.clock.advance(HOUR)
    booked = rows_of_now(clinic)
    clinic.cal.delete(row.uid)
    clinic.clock.advance(timedelta(minutes=6))
    clinic.cal.book(ELEVEN)

    show(clinic, booked, [WRITTEN])
    clinic.sync()
    show_today(clinic)
    clinic.sync()

    assert Appointed.CANCELLED in statuses(clinic)


# Other changes


@pytest.mark.parametrize("list_behind", BOTH)
def test_what_either_list_tells_is_heard_at_once(clinic, list_behind):
    row = clinic.cal.book(TEN)
    clinic.sync()
    clinic.clock.advance(JUST_NOW)

    show(clinic, rows_of_now(clinic), [list_behind])
    clinic.cal.delete(row.uid)
    clinic.sync()

    assert statuses(clinic) == [Appointed.CANCELLED]


@pytest.mark.parametrize("age", [JUST_NOW, LONG_AGO], ids=["just-made", "old"])
def test_lists_from_before_an_answer_take_it_not_back(clinic, age):
    row = clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    clinic.sync()
    clinic.clock.advance(age)
    asked = rows_of_now(clinic)
    answer(clinic, row)
    clinic.sync()
    [answered] = clinic.appointments()
    assert answered.status is Appointed.BOOKED

    show(clinic, asked)
    for _ in range(2):
        clinic.sync()
        assert clinic.appointments() == [answered]
    show_today(clinic)
    clinic.settle()

    assert clinic.appointments() == [answered]
    assert clinic.writes == 0


def test_a_list_from_before_an_answer_takes_it_not_back_however_long_it_is_behind(clinic):
    row = clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    other = clinic.cal.book(NOON)
    clinic.sync()
    asked = rows_of_now(clinic)
    answer(clinic, row)
    clinic.sync()
    answered = clinic.now_is(clinic.appointments()[0])
    clinic.clock.advance(timedelta(minutes=8))
    clinic.cal.world.write(other)

    show(clinic, asked, [MADE])
    for _ in range(3):
        clinic.sync()
        assert clinic.now_is(answered) == answered


def answer(clinic, row):
    row.status, row.title = Status.ACCEPTED, "Half, after all"
    clinic.cal.world.write(row)


# What all that costs


def test_strangers_in_a_calendar_that_is_only_written_to_are_not_asked_for(clinic):
    clinic.ledger.write(
        lambda tx: tx.save_calendar(replace(tx.calendar(HERE), mode=Mode.PUBLISH), CAUSE)
    )
    rows = [clinic.cal.book(TEN + n * HALF_HOUR) for n in range(20)]
    clinic.sync()
    for row in rows:
        row.title = "Renamed"
        clinic.cal.world.write(row)

    assert clinic.sync().requests == len(BOTH)


def test_an_occurrence_that_is_over_is_asked_about_once(clinic):
    rows = [clinic.cal.book(TEN + timedelta(days=7 * n), series_uid="series") for n in range(3)]
    clinic.sync()
    clinic.cal.delete(rows[0].uid)
    clinic.sync()

    assert clinic.sync().requests == len(BOTH)
