"""What clients and staff may book: clients what is offered, staff beyond the rules for clients."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from syncd.core.appointment import Party
from syncd.core.errors import (
    CalendarStale,
    Invalid,
    LimitReached,
    NotAllowed,
    NoticeTooShort,
    NotOffered,
    OutsideOpeningHours,
    PastTime,
    SlotTaken,
    TooFarAhead,
    TooManyAhead,
)
from syncd.core.lifecycle import Action, Command
from syncd.core.offering import Closure
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.testing.builders import NINE
from syncd.testing.foreign import ForeignEvent, Repeat

HALF_HOUR, HOUR, DAY = timedelta(minutes=30), timedelta(hours=1), timedelta(days=1)
TOMORROW = Interval(NINE + DAY, NINE + DAY + timedelta(hours=4))
"""A Tuesday, from ten o'clock on in Berlin; opening hours end at 17:00 there."""


@pytest.fixture
def clinic(open_clinic):
    """A clinic whose calendar was just read."""
    clinic = open_clinic()
    clinic.settle()
    return clinic


def as_client(clinic, start, **more):
    return clinic.book(start, party=Party.CLIENT, **more)


@pytest.mark.parametrize(
    ("rules", "start", "error"),
    [
        ({}, NINE + timedelta(minutes=10) + DAY, NotOffered),
        ({"notice": timedelta(days=2)}, TOMORROW.start, NoticeTooShort),
        ({"days_ahead": 0}, TOMORROW.start, TooFarAhead),
        ({"most_a_day": 1}, TOMORROW.start + HOUR, LimitReached),
        ({"most_a_week": 1}, TOMORROW.start + DAY, LimitReached),
        ({"most_a_week": 1}, TOMORROW.start + 3 * DAY, LimitReached),
        ({"before": HALF_HOUR}, TOMORROW.start + HALF_HOUR, SlotTaken),
        ({}, TOMORROW.start.replace(hour=20), OutsideOpeningHours),
        ({}, NINE - 2 * HOUR, PastTime),
    ],
)
def test_a_client_books_what_is_offered_and_nothing_else(clinic, rules, start, error):
    clinic.offer(**rules)
    clinic.book(TOMORROW.start, name="Ann Lee")
    numbers = len(clinic.appointments())

    with pytest.raises(error) as refused:
        as_client(clinic, start)

    assert len(clinic.appointments()) == numbers
    assert "Ann" not in str(refused.value)
    assert "AID" not in str(refused.value)


@pytest.mark.parametrize(
    "rules",
    [
        {"step": HOUR},
        {"notice": timedelta(days=2)},
        {"days_ahead": 0},
        {"most_a_day": 1},
        {"most_a_week": 1},
    ],
)
def test_staff_book_beyond_the_rules_for_clients(clinic, rules):
    clinic.offer(**rules)
    clinic.book(TOMORROW.start, name="Ann Lee")

    assert clinic.book(TOMORROW.start + HALF_HOUR).version == 1


def test_staff_heed_closures_and_buffers_unless_they_overbook(clinic):
    day = date(2031, 3, 5)
    clinic.practice_is(closures=(Closure(first=day, last=day),))
    clinic.offer(after=HALF_HOUR)
    clinic.book(TOMORROW.start, name="Ann Lee")

    with pytest.raises(SlotTaken):
        clinic.book(TOMORROW.start + HALF_HOUR)
    with pytest.raises(OutsideOpeningHours):
        clinic.book(TOMORROW.start + DAY)
    clinic.book(TOMORROW.start + HALF_HOUR, overbook=True, reason="urgent")
    clinic.book(TOMORROW.start + DAY, overbook=True, reason="urgent")


def test_a_client_cannot_book_while_a_calendar_is_stale_and_staff_can(clinic):
    clinic.clock.advance(timedelta(hours=2))

    with pytest.raises(CalendarStale):
        as_client(clinic, TOMORROW.start)
    assert clinic.book(TOMORROW.start).version == 1


def test_a_client_has_as_many_appointments_to_come_as_the_practice_allows(clinic):
    clinic.practice_is(most_ahead=2)
    first = as_client(clinic, TOMORROW.start)
    as_client(clinic, TOMORROW.start + HOUR)

    with pytest.raises(TooManyAhead):
        as_client(clinic, TOMORROW.start + 2 * HOUR)
    assert len(clinic.appointments()) == 2
    as_client(clinic, TOMORROW.start + 2 * HOUR, name="Ann Lee")
    clinic.book(TOMORROW.start + 3 * HOUR)
    clinic.act(first, Action.CANCEL, reason="ill")
    with pytest.raises(TooManyAhead):
        as_client(clinic, TOMORROW.start)
    clinic.clock.advance(2 * DAY)
    clinic.settle()
    assert as_client(clinic, TOMORROW.start + 2 * DAY).version == 1


def test_a_duration_of_choice_is_booked_and_any_other_refused(clinic):
    clinic.offer(durations=(HOUR,))

    booked = as_client(clinic, TOMORROW.start, duration=HOUR)

    assert booked.end - booked.start == HOUR
    with pytest.raises(Invalid, match="lasts 30, 60 minutes, not 45"):
        as_client(clinic, TOMORROW.start + HOUR, duration=timedelta(minutes=45))


def test_a_client_moves_their_appointment_to_what_is_offered_its_own_time_aside(clinic):
    clinic.offer(after=HALF_HOUR, most_a_day=1)
    booked = as_client(clinic, TOMORROW.start)

    def move(to):
        interval = Interval(to, to + HALF_HOUR)
        wish = Command(action=Action.RESCHEDULE, party=Party.CLIENT, interval=interval)
        return act_on(clinic.around, booked.number, wish, clinic.cause)

    with pytest.raises(NotOffered):
        move(TOMORROW.start + timedelta(minutes=5))
    assert move(TOMORROW.start + HALF_HOUR).start == TOMORROW.start + HALF_HOUR


def test_clients_neither_overbook_nor_choose_a_length_that_is_not_offered(clinic):
    booked = as_client(clinic, TOMORROW.start)

    with pytest.raises(NotAllowed):
        as_client(clinic, TOMORROW.start, name="Ann Lee", overbook=True, reason="please")
    longer = Interval(TOMORROW.start, TOMORROW.start + 5 * HOUR)
    wish = Command(action=Action.RESCHEDULE, party=Party.CLIENT, interval=longer)
    with pytest.raises(Invalid, match="lasts 30 minutes"):
        act_on(clinic.around, booked.number, wish, clinic.cause)


def test_a_hold_whose_time_an_event_took_is_not_booked(clinic):
    held = clinic.book(TOMORROW.start, hold_for=timedelta(minutes=10))
    clinic.calendar().colleague_adds(
        ForeignEvent(
            start=TOMORROW.start.replace(tzinfo=None) + HOUR,
            end=TOMORROW.start.replace(tzinfo=None) + HOUR + HALF_HOUR,
            repeat=Repeat(every_days=7),
        )
    )
    clinic.settle()

    with pytest.raises(SlotTaken, match="became busy"):
        clinic.act(held, Action.BOOK)


def test_a_hold_lasts_for_some_time(clinic):
    with pytest.raises(Invalid, match="some time"):
        clinic.book(TOMORROW.start, hold_for=timedelta(0))


@pytest.fixture
def adopted(clinic):
    """An appointment of a colleague's own event, which has no activity."""
    clinic.calendar().colleague_adds(
        ForeignEvent(start=TOMORROW.start, end=TOMORROW.start + HALF_HOUR)
    )
    clinic.settle()
    [appointment] = clinic.appointments()
    return appointment


def move_as_client(clinic, appointment, start):
    interval = Interval(start, start + HALF_HOUR)
    wish = Command(action=Action.RESCHEDULE, party=Party.CLIENT, interval=interval)
    return act_on(clinic.around, appointment.number, wish, clinic.cause)


def test_what_has_no_activity_is_moved_within_opening_hours_by_anybody(clinic, adopted):
    with pytest.raises(OutsideOpeningHours):
        move_as_client(clinic, adopted, TOMORROW.start.replace(hour=20))
    with pytest.raises(OutsideOpeningHours):
        clinic.move(adopted, TOMORROW.start.replace(hour=20))
    assert move_as_client(clinic, adopted, TOMORROW.start + HOUR).version == adopted.version + 1


def test_a_client_moves_nothing_while_a_calendar_is_stale(clinic, adopted):
    clinic.clock.advance(timedelta(hours=2))

    with pytest.raises(CalendarStale):
        move_as_client(clinic, adopted, TOMORROW.start + HOUR)


def test_a_move_beyond_the_horizon_heeds_buffers(clinic):
    clinic.offer(after=HALF_HOUR)
    clinic.calendar().colleague_adds(
        ForeignEvent(
            start=TOMORROW.start.replace(tzinfo=None) + 2 * HOUR,
            end=TOMORROW.start.replace(tzinfo=None) + 3 * HOUR,
            repeat=Repeat(every_days=7),
        )
    )
    clinic.settle()
    booked = clinic.book(TOMORROW.start + 3 * HOUR)

    with pytest.raises(SlotTaken):
        move_as_client(clinic, booked, TOMORROW.start + timedelta(weeks=100) + HALF_HOUR)
