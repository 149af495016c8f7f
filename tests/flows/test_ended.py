"""An appointment that has ended, and then has not: it was moved ahead while a calendar was read."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.appointment import LinkState
from syncd.core.conflict import Resolution
from syncd.core.ids import CalendarId
from syncd.testing.builders import NINE
from syncd.testing.faults import Moment

MAIN = CalendarId("patel-main")


def test_what_is_moved_ahead_while_its_pruned_event_is_looked_for_is_not_forgotten(clinic):
    """A phone pruned the event, so its link would end; but by then its time is to come. Removed
    there and moved here: a person decides, and it is written again."""
    appointment = clinic.book(NINE)
    clinic.settle()
    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.clock.advance(timedelta(days=1))
    later = NINE + timedelta(days=2)
    clinic.faults[MAIN].at("get_many", lambda: clinic.move(appointment, later), moment=Moment.AFTER)

    clinic.settle()

    assert clinic.link(appointment).state is LinkState.CONFLICT
    clinic.decide(Resolution.LEDGER)
    clinic.settle()
    assert clinic.event(appointment).when.start == later
