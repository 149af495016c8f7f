"""Beyond the horizon of stored busy time, recurring events still take theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.errors import Rejected, SlotTaken
from syncd.core.practice import Mode
from syncd.flows.picture import BUSY_UNTIL
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_provider import MOST_STEPS

HALF_HOUR = timedelta(minutes=30)
WEEK = timedelta(days=7)
FAR = NINE + 104 * WEEK


def weekly(**more: object) -> ForeignEvent:
    """Every week at nine o'clock in Berlin, from this week on."""
    nine = NINE.replace(tzinfo=None) + timedelta(hours=1)
    return ForeignEvent(
        start=nine, end=nine + HALF_HOUR, zone="Europe/Berlin", repeat=Repeat(**more)
    )


@pytest.fixture
def busy_clinic(clinic):
    assert FAR - clinic.clock.now() > BUSY_UNTIL
    clinic.calendar().colleague_adds(weekly())
    clinic.settle()
    return clinic


def test_a_weekly_event_takes_its_time_two_years_from_now(busy_clinic):
    with pytest.raises(SlotTaken, match="busy in a calendar"):
        busy_clinic.book(FAR)

    assert busy_clinic.appointments() == []
    assert busy_clinic.book(FAR + HALF_HOUR).start == FAR + HALF_HOUR


def test_nothing_is_moved_onto_it_either(busy_clinic):
    booked = busy_clinic.book(FAR + HALF_HOUR)

    with pytest.raises(SlotTaken):
        busy_clinic.move(booked, FAR)

    assert busy_clinic.now_is(booked) == booked


def test_staff_may_overbook_it(busy_clinic):
    booked = busy_clinic.book(FAR, overbook=True, reason="an emergency")

    assert "overbooked" in booked.flags


def test_a_series_that_has_ended_by_then_takes_nothing(clinic):
    clinic.calendar().colleague_adds(weekly(count=80))
    clinic.settle()

    assert clinic.book(FAR).start == FAR


def test_a_calendar_that_is_only_published_to_takes_nothing(open_clinic):
    clinic = open_clinic(a_calendar(mode=Mode.PUBLISH))
    clinic.calendar().colleague_adds(weekly())
    clinic.settle()

    assert clinic.book(FAR).start == FAR


def test_what_cannot_be_expanded_is_not_free(busy_clinic, monkeypatch):
    provider = type(busy_clinic.provider())

    def refuse(*_args):
        raise Rejected("too much work")

    monkeypatch.setattr(provider, "occurrences", refuse)

    with pytest.raises(Rejected):
        busy_clinic.book(FAR)


def test_within_the_horizon_no_calendar_is_opened(busy_clinic, monkeypatch):
    monkeypatch.setattr(type(busy_clinic.provider()), "occurrences", None)

    assert busy_clinic.book(NINE + HALF_HOUR + WEEK).start == NINE + HALF_HOUR + WEEK


def test_a_series_that_appears_between_the_look_and_the_booking_is_seen(clinic, monkeypatch):
    clinic.calendar().colleague_adds(weekly(count=2))
    clinic.settle()
    monkeypatch.setattr(clinic.around.ledger, "write", _once_after(clinic, weekly()))

    with pytest.raises(SlotTaken, match="busy in a calendar"):
        clinic.book(FAR)

    assert clinic.appointments() == []


def _once_after(clinic, series):
    """The ledger's `write`, before which a colleague's series arrives, the first time."""
    write, events = clinic.ledger.write, [series]

    def late(work):
        if events:
            clinic.calendar().colleague_adds(events.pop())
            clinic.settle()
        return write(work)

    return late


def test_a_series_that_cannot_be_read_any_more_takes_its_time_all_the_same(busy_clinic):
    [ref] = busy_clinic.calendar().refs
    busy_clinic.calendar().colleague_spoils(ref)
    busy_clinic.settle()

    with pytest.raises(SlotTaken):
        busy_clinic.book(FAR)


def test_so_does_an_appointments_event_that_became_a_series(clinic):
    appointment = clinic.book(NINE + WEEK)
    clinic.settle()
    ref = clinic.ref(appointment)
    content = clinic.calendar().content(ref)
    series = replace(content, repeat=Repeat(every_days=7))
    clinic.calendar().colleague_edits(ref, series)
    clinic.settle()
    assert clinic.conflicts()

    with pytest.raises(SlotTaken):
        clinic.book(FAR)


def test_where_the_horizon_rolls_over_a_series_that_is_too_much_work_nothing_becomes_free(clinic):
    """It could be expanded until now; from here on only what was stored is known."""
    first = clinic.clock.now() + BUSY_UNTIL - (MOST_STEPS - 10) * timedelta(days=1)
    wall = first.replace(tzinfo=None, hour=9)
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HALF_HOUR, repeat=Repeat(every_days=1))
    )
    clinic.settle()
    known_until = clinic.state().horizon_until
    clinic.clock.advance(timedelta(days=35))
    clinic.settle()

    assert clinic.state().horizon_until > known_until
    assert clinic.sync().quarantined == 1
    within = (known_until - timedelta(days=5)).replace(hour=7, minute=0)
    beyond = (known_until + timedelta(days=2)).replace(hour=7, minute=0)
    for taken in (within, beyond):
        with pytest.raises(SlotTaken):
            clinic.book(taken)
