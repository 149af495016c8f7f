"""Book with whoever is free."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from syncd.core.appointment import Party
from syncd.core.errors import (
    Invalid,
    NotOffered,
    OutsideOpeningHours,
    SlotTaken,
    TooManyAhead,
)
from syncd.core.ids import PractitionerId
from syncd.core.practice import StalePolicy
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.flows.anyone import WHOEVER, who_is_free, with_whoever_is_free
from syncd.flows.booking import Booking, book
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar, a_practitioner
from syncd.testing.foreign import ForeignEvent

OWL, PATEL = PractitionerId("dr-owl"), PractitionerId("dr-patel")
DAY = timedelta(days=1)
SUNDAYS = (WeeklyWindow(day=Weekday.SUN, window=Window(time(9), time(10))),)


@pytest.fixture
def clinic(open_clinic):
    """Two practitioners, of whom one has a calendar."""
    clinic = open_clinic()
    clinic.ledger.write(
        lambda tx: tx.save_practitioner(a_practitioner(id=OWL, name="Dr. Owl"), clinic.cause)
    )
    clinic.settle()
    return clinic


def a_wish(start=NINE, **more):
    wish = Booking(
        activity_id="consultation",
        practitioner_id=WHOEVER,
        start=start,
        client_name="Ann",
        client_email="ann@example.org",
        party=Party.CLIENT,
    )
    return replace(wish, **more)


def with_anyone(clinic, wish):
    return with_whoever_is_free(
        clinic.around, wish, lambda each: book(clinic.around, each, clinic.cause)
    )


def test_the_one_with_the_least_to_do_on_that_day_is_booked(clinic):
    first = with_anyone(clinic, a_wish())
    assert first.practitioner_id == OWL  # by id: nobody has anything to do
    second = with_anyone(clinic, a_wish(NINE + 2 * HALF_HOUR))
    third = with_anyone(clinic, a_wish(NINE + DAY, client_name="Bo"))

    assert second.practitioner_id == PATEL
    assert third.practitioner_id == OWL


def test_who_is_busy_is_not_asked(clinic):
    clinic.calendar().colleague_adds(
        ForeignEvent(start=NINE, end=NINE + HALF_HOUR, transparent=False)
    )
    clinic.settle()

    assert who_is_free(clinic.around, a_wish()) == [OWL]


def test_one_whose_calendar_was_not_read_for_long_comes_last(clinic):
    theirs = a_calendar(id="owl-main", practitioner_id=OWL, stale_policy=StalePolicy.TENTATIVE)
    clinic.ledger.write(lambda tx: tx.save_calendar(theirs, clinic.cause))

    assert who_is_free(clinic.around, a_wish()) == [PATEL, OWL]


def test_who_was_booked_meanwhile_is_passed_over(clinic):
    tried = []

    def taken_just_now(wish):
        tried.append(wish.practitioner_id)
        if len(tried) == 1:
            raise SlotTaken("taken just now")
        return book(clinic.around, wish, clinic.cause)

    made = with_whoever_is_free(clinic.around, a_wish(), taken_just_now)

    assert tried == [OWL, PATEL]
    assert made.practitioner_id == PATEL


def test_where_nobody_is_free_somebody_says_why(clinic):
    for each in range(2):
        with_anyone(clinic, a_wish(client_name=f"Client {each}"))

    with pytest.raises(SlotTaken):
        with_anyone(clinic, a_wish(client_name="Late"))
    with pytest.raises(OutsideOpeningHours):
        with_anyone(clinic, a_wish(NINE.replace(hour=3) + DAY))
    with pytest.raises(NotOffered):
        with_anyone(clinic, a_wish(NINE + timedelta(minutes=7)))


def test_what_is_the_clients_own_affair_is_not_tried_with_others(clinic):
    clinic.practice_is(most_ahead=1)
    first = with_anyone(clinic, a_wish())
    tried = []

    def counted(wish):
        tried.append(wish.practitioner_id)
        return book(clinic.around, wish, clinic.cause)

    with pytest.raises(TooManyAhead):
        with_whoever_is_free(clinic.around, a_wish(NINE + DAY), counted)
    clinic.practice_is()
    with pytest.raises(SlotTaken) as caught:
        with_whoever_is_free(clinic.around, a_wish(client_id=first.client.id), counted)

    assert caught.value.resource == "client"
    assert len(tried) == 2


def test_an_activity_that_nobody_offers_cannot_be_booked(clinic):
    clinic.offer(practitioners=(PractitionerId("gone"),))

    with pytest.raises(NotOffered, match="nobody"):
        with_anyone(clinic, a_wish())


def test_a_length_that_cannot_be_chosen_is_refused_before_anybody_is_asked(clinic):
    with pytest.raises(Invalid):
        with_anyone(clinic, a_wish(duration=timedelta(minutes=17)))


def test_staff_find_whoever_is_free_also_off_the_grid(clinic):
    start = NINE + timedelta(minutes=10)
    busy = with_anyone(clinic, a_wish())  # with the owl, the first by id

    made = with_anyone(clinic, a_wish(start, party=Party.ADMIN, client_name="Bo"))

    assert (busy.practitioner_id, made.practitioner_id) == (OWL, PATEL)


def test_whom_to_overbook_has_to_be_said(clinic):
    wish = a_wish(party=Party.ADMIN, overbook=True, reason="urgent")

    with pytest.raises(Invalid, match="practitionerId"):
        with_anyone(clinic, wish)


def test_who_is_open_then_says_why_rather_than_who_is_not(clinic):
    closed = replace(a_practitioner(id=OWL, name="Dr. Owl"), hours=OpeningHours(weekly=SUNDAYS))
    clinic.ledger.write(lambda tx: tx.save_practitioner(closed, clinic.cause))
    with_anyone(clinic, a_wish())

    with pytest.raises(SlotTaken):
        with_anyone(clinic, a_wish(client_name="Late"))
