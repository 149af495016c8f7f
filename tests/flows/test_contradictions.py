"""A calendar that contradicts itself within one round: nothing is concluded, the next one looks."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.errors import LedgerAway
from syncd.core.ids import CalendarId
from syncd.testing.builders import NINE
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import Quirks

HALF_HOUR = timedelta(minutes=30)
TEN = NINE + timedelta(hours=1)
MAIN = CalendarId("patel-main")


@pytest.fixture
def told(open_clinic):
    """A clinic that follows its calendar's feed of versions, with one adopted event."""
    clinic = open_clinic(quirks=Quirks(bodies_in_feed=False))
    clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=NINE + HALF_HOUR, title="Team"))
    clinic.settle()
    return clinic


def test_a_body_of_another_version_than_was_told_of_does_not_move_the_cursor(told):
    """An edit between the feed and the body looks just like an old body: both are looked at again,
    and what was seen is taken."""
    added = told.calendar().colleague_adds(ForeignEvent(start=TEN, end=TEN + HALF_HOUR, title="A"))
    told.faults[MAIN].at("get_many", lambda: told.calendar().colleague_renames(added, "B"))
    before = told.state().cursor

    told.sync()

    assert told.state().cursor == before
    assert told.state().doubt
    assert [each.title for each in told.appointments()] == ["Team", "B"]
    told.settle()
    assert told.state().cursor != before


def test_a_series_that_cannot_be_expanded_does_not_keep_the_daily_listing_from_its_end(told):
    """Its version is known and it is asked for all the same: that is no old answer."""
    long_ago = NINE.replace(year=2010, tzinfo=None)
    endless = ForeignEvent(start=long_ago, end=long_ago + HALF_HOUR, repeat=Repeat(every_days=1))
    told.calendar().colleague_adds(endless)
    told.settle()
    told.clock.advance(timedelta(hours=25))

    told.sync()

    assert told.state().last_listing_at == told.clock.now()
    assert not told.state().doubt


def test_a_series_of_a_first_reading_that_broke_off_is_expanded_to_the_whole_horizon(
    clinic, monkeypatch
):
    """It was known at its version by then, and the horizon counted from the day after."""
    wall = NINE.replace(tzinfo=None)
    clinic.calendar().colleague_adds(
        ForeignEvent(start=wall, end=wall + HALF_HOUR, repeat=Repeat(every_days=1))
    )
    clinic.calendar().colleague_adds(ForeignEvent(start=TEN, end=TEN + HALF_HOUR))
    clinic.around = replace(clinic.around, pull_batch=1)
    write, writes = clinic.ledger.write, iter(("the lease", "the first batch"))

    def write_twice(work):
        if next(writes, None) is None:
            raise LedgerAway("the database broke off")
        return write(work)

    monkeypatch.setattr(clinic.ledger, "write", write_twice)
    with suppress(LedgerAway):
        clinic.sync()
    monkeypatch.undo()
    assert clinic.state().horizon_until is None
    assert clinic.busy(NINE - timedelta(hours=1), NINE)

    clinic.clock.advance(timedelta(days=1))
    clinic.settle()

    last_day = clinic.state().horizon_until - timedelta(days=1)
    assert clinic.busy(last_day, last_day + timedelta(days=1))


def test_a_listing_that_leaves_out_what_is_there_does_not_move_the_cursor(told):
    [ref] = told.calendar().refs
    kept = told.calendar().stored(ref).body
    told.calendar().colleague_deletes(ref)
    told.faults[MAIN].at("get_many", lambda: told.calendar().put(ref, kept, Hand.COLLEAGUE))
    before = told.state().cursor

    told.sync()

    assert told.state().cursor == before
    assert [each.is_over for each in told.appointments()] == [False]
    told.settle()
    assert [each.is_over for each in told.appointments()] == [False]
