"""A calendar is as fresh as the moment at which its reading began, whatever held it up since."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.errors import Transient
from syncd.core.ids import CalendarId
from syncd.testing.builders import NINE
from syncd.testing.faults import Moment

MAIN = CalendarId("patel-main")
AN_HOUR = timedelta(hours=1)


def test_what_was_read_before_a_pause_is_as_old_as_the_pause(clinic):
    """A machine that slept between the answer and the commit knows what was there before."""
    clinic.sync()
    clinic.calendar().colleague_spoils(clinic.calendar().address("x"))
    began = clinic.clock.now()
    clinic.faults[MAIN].at("changes", lambda: clinic.clock.advance(AN_HOUR))

    report = clinic.sync()

    assert report.fresh_at == began
    assert clinic.state().last_read_at == began


def test_a_pause_during_the_writes_makes_nothing_fresher(clinic):
    clinic.sync()
    clinic.book(NINE)
    began = clinic.clock.now()
    clinic.faults[MAIN].at("create", lambda: clinic.clock.advance(AN_HOUR), moment=Moment.BEFORE)

    report = clinic.sync()

    assert (report.pushed, report.fresh_at) == (1, began)


def test_a_round_that_fails_after_reading_keeps_what_it_read(clinic):
    clinic.sync()
    clinic.clock.advance(AN_HOUR)
    clinic.book(NINE)
    began = clinic.clock.now()
    clinic.faults[MAIN].at("create", Transient("no answer"))

    report = clinic.sync()

    assert (report.ok, report.fresh_at) == (False, began)
    assert clinic.state().last_read_at == began
