"""An appointment that has ended, and then has not: it was moved ahead while a calendar was read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.appointment import LinkState
from syncd.core.conflict import Resolution
from syncd.core.errors import VersionConflict
from syncd.core.ids import CalendarId
from syncd.flows.looking import look
from syncd.flows.mandate import Mandate
from syncd.flows.push import PushTally
from syncd.flows.sync import carry_out
from syncd.testing.builders import NINE

MAIN = CalendarId("patel-main")


def test_what_is_moved_ahead_between_look_and_deed_keeps_its_link(clinic):
    """A phone pruned its event after its time, so its link was to end; but by now its time is to
    come. Removed there and moved here: a person decides, and it is written again."""
    appointment = clinic.book(NINE)
    clinic.settle()
    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.clock.advance(timedelta(days=1))
    later = NINE + timedelta(days=2)
    fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "test", timedelta(minutes=5)))
    found = look(clinic.around, clinic.provider(), MAIN)
    clinic.move(appointment, later)

    with pytest.raises(VersionConflict):
        carry_out(
            clinic.around,
            clinic.provider(),
            found,
            Mandate(run_id="run", fence=fence),
            tally=PushTally(),
        )

    assert clinic.link(appointment).state is LinkState.IN_SYNC
    clinic.settle()
    clinic.decide(Resolution.LEDGER)
    clinic.settle()
    assert clinic.event(appointment).when.start == later
