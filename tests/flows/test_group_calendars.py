"""A group in a calendar: an event for each, and whatever colleagues make of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flows.groups import GROUP, PATEL, booked, offer, places, with_groups

from syncd.core.actions import Action
from syncd.core.appointment import Flag, Status
from syncd.core.errors import SlotTaken
from syncd.core.offering import Offering
from syncd.flows.availability import judge
from syncd.testing.builders import HALF_HOUR, NINE, an_activity


@pytest.fixture
def clinic(open_clinic):
    return with_groups(open_clinic())


def test_a_calendar_shows_each_of_those_who_share_a_time_and_moves_one_of_them(clinic):
    first, second = booked(clinic, "Ann"), booked(clinic, "Ben")
    clinic.settle()
    later = NINE + timedelta(hours=2)

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert [each.start for each in map(clinic.now_is, (first, second))] == [later, NINE]
    assert (places(clinic), places(clinic, later)) == (2, 2)

    clinic.calendar().colleague_moves(clinic.ref(first), NINE, NINE + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == frozenset()
    assert places(clinic) == 1


def test_one_that_a_colleague_moves_half_over_the_others_is_flagged(clinic):
    first, second = booked(clinic, "Ann"), booked(clinic, "Ben")
    clinic.settle()
    half = NINE + HALF_HOUR / 2

    clinic.calendar().colleague_moves(clinic.ref(first), half, half + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == {Flag.OVERLAP}
    assert clinic.now_is(second).flags == frozenset()


def test_who_is_moved_in_the_calendar_shares_as_the_activity_says_by_now(clinic):
    offer(clinic)
    first = booked(clinic, "Ann")
    offer(clinic, capacity=3)
    later = NINE + timedelta(hours=2)
    booked(clinic, "Ben", later)
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == frozenset()
    assert places(clinic, later) == 1


def test_what_came_overlapping_is_confirmed_once_there_is_a_place(clinic):
    offer(clinic, capacity=2)
    later = NINE + timedelta(hours=2)
    pair = [booked(clinic, name, later) for name in ("Ann", "Ben")]
    group = an_activity(
        id=GROUP, name="Group", offering=Offering(capacity=2), needs_confirmation=True
    )
    clinic.ledger.write(lambda tx: tx.save_activity(group, clinic.cause))
    third = booked(clinic, "Cid")
    clinic.settle()
    clinic.calendar().colleague_moves(clinic.ref(third), later, later + HALF_HOUR)
    clinic.settle()
    assert clinic.now_is(third).flags == {Flag.OVERLAP}

    with pytest.raises(SlotTaken):
        clinic.act(third, Action.CONFIRM)
    clinic.act(pair[0], Action.CANCEL)

    assert clinic.act(third, Action.CONFIRM).status is Status.BOOKED


def test_a_part_of_a_minute_is_no_place(clinic):
    first = booked(clinic, "Ann")
    clinic.settle()
    clinic.calendar().colleague_moves(
        clinic.ref(first), NINE, NINE + HALF_HOUR - timedelta(seconds=20)
    )
    clinic.settle()

    assert places(clinic) == 0
    assert judge(clinic.around, GROUP, PATEL, NINE).obstacles
