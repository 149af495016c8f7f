"""A booking that was moved keeps its number, also where the lists of one look are of two moments.

Cal.com makes a new booking of each move. A list may be read from a copy that is behind.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta

import pytest
from calcom_clinic import a_clinic
from calcom_provider import ASKING, PLAIN

from syncd.core.appointment import Status as Appointed
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Status

TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
HALF_HOUR = timedelta(minutes=30)
JUST_NOW, LONG_AGO = timedelta(seconds=40), timedelta(hours=3)
MADE, WRITTEN = "afterCreatedAt", "afterUpdatedAt"


@pytest.fixture(params=[CAL_DIY, HOSTED], ids=lambda each: each.name)
def clinic(tmp_path, request):
    with a_clinic(tmp_path, request.param) as clinic:
        yield clinic


def behind(clinic, *names):
    """From now on, those lists show the bookings as they are at this moment."""
    world, inner = clinic.cal.world, clinic.cal.transport.inner
    then = deepcopy(world.bookings)

    def before(request):
        if not any(name in request.url.params for name in names):
            return None
        today, world.bookings = world.bookings, then
        try:
            return inner.handle_request(request)
        finally:
            world.bookings = today

    clinic.cal.transport.before = before


def all_are_up_to_date(clinic):
    clinic.cal.transport.before = lambda _: None


def move(clinic, uid, start):
    return clinic.cal.move(uid, start, start + HALF_HOUR)


@pytest.mark.parametrize("list_behind", [MADE, WRITTEN])
@pytest.mark.parametrize("age", [JUST_NOW, LONG_AGO], ids=["just-made", "old"])
@pytest.mark.parametrize("event_type", [PLAIN, ASKING], ids=["plain", "asking"])
def test_a_move_of_which_only_one_list_tells_keeps_the_number(clinic, list_behind, age, event_type):
    row = clinic.cal.book(TEN, event_type=event_type)
    clinic.sync()
    clinic.clock.advance(age)
    [appointment] = clinic.appointments()

    behind(clinic, list_behind)
    moved = move(clinic, row.uid, ELEVEN)
    clinic.sync()
    all_are_up_to_date(clinic)
    clinic.settle()

    [after] = clinic.appointments()
    assert (after.number, after.start) == (appointment.number, ELEVEN)
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

    behind(clinic, WRITTEN, MADE)
    old_lists = clinic.cal.transport.before
    clinic.cal.transport.before = lambda request: (
        old_lists(request) if looks_before == 0 and WRITTEN in request.url.params else None
    )
    moved = move(clinic, uid, ELEVEN)
    for _ in range(max(1, looks_before)):
        clinic.sync()
    clinic.cal.transport.before = old_lists
    clinic.sync(in_full=in_full)
    all_are_up_to_date(clinic)
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


@pytest.mark.parametrize("list_behind", [MADE, WRITTEN])
def test_what_either_list_tells_is_heard_at_once(clinic, list_behind):
    row = clinic.cal.book(TEN)
    clinic.sync()
    clinic.clock.advance(JUST_NOW)

    behind(clinic, list_behind)
    clinic.cal.delete(row.uid)
    clinic.sync()

    [cancelled] = clinic.appointments()
    assert cancelled.status is Appointed.CANCELLED


@pytest.mark.parametrize("age", [JUST_NOW, LONG_AGO], ids=["just-made", "old"])
def test_lists_from_before_an_answer_take_it_not_back(clinic, age):
    row = clinic.cal.book(TEN, event_type=ASKING, status=Status.PENDING)
    clinic.sync()
    clinic.clock.advance(age)
    behind(clinic, WRITTEN, MADE)
    lists_behind, clinic.cal.transport.before = clinic.cal.transport.before, lambda _: None
    row.status, row.title = Status.ACCEPTED, "Half, after all"
    clinic.cal.world.write(row)
    clinic.sync()
    [answered] = clinic.appointments()
    assert answered.status is Appointed.BOOKED

    clinic.cal.transport.before = lists_behind
    for _ in range(2):
        clinic.sync()
        assert clinic.appointments() == [answered]
    all_are_up_to_date(clinic)
    clinic.settle()

    assert clinic.appointments() == [answered]
    assert clinic.writes == 0
