"""Copies of an appointment's event in another calendar: they follow their appointment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.events import RemoteEvent
from syncd.core.ids import CalendarId, PractitionerId
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode
from syncd.core.remote import RemoteKind
from syncd.testing.builders import NINE, a_calendar, a_practitioner
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import Hand

TEN = NINE + timedelta(hours=1)


@pytest.fixture
def copied(open_clinic):
    """A clinic with an adopted appointment in one calendar, whose event was copied to another one
    that only takes time."""
    clinic = open_clinic(a_calendar(), a_calendar(id=CalendarId("patel-private"), mode=Mode.BUSY))
    ref = clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=TEN, title="Team"))
    clinic.settle()
    body = clinic.calendar().stored(ref).body
    clinic.calendar("patel-private").put("/patel-private/copy.ics", body, Hand.COLLEAGUE)
    clinic.settle()
    return clinic


def test_a_copy_takes_no_time_of_its_own(copied):
    assert copied.busy(NINE, TEN) == []


def test_a_copy_takes_its_time_once_its_appointment_is_cancelled(copied):
    [appointment] = copied.appointments()
    copied.act(appointment, Action.CANCEL, reason="ill")
    copied.settle()

    assert len(copied.busy(NINE, TEN)) == 1
    assert len(copied.appointments()) == 1


def test_a_copy_takes_its_time_once_its_appointment_is_moved_elsewhere(copied):
    [appointment] = copied.appointments()
    copied.move(appointment, TEN)
    copied.settle()

    assert [each.start for each in copied.busy(NINE, TEN)] == [NINE]


def test_a_copy_that_follows_takes_no_time_again(copied):
    [appointment] = copied.appointments()
    copied.move(appointment, TEN)
    copied.settle()
    private = copied.calendar("patel-private")
    [ref] = private.refs
    private.colleague_moves(ref, TEN, TEN + timedelta(hours=1))
    copied.settle()

    assert copied.busy(NINE, TEN + timedelta(hours=1)) == []


def test_a_copy_without_news_is_asked_for_once_and_costs_nothing_after_that(copied):
    [appointment] = copied.appointments()
    copied.act(appointment, Action.CANCEL, reason="ill")

    assert copied.sync("patel-private").requests == 2
    assert copied.sync("patel-private").requests == 1
    with copied.ledger.read() as view:
        [record] = view.known(CalendarId("patel-private"), ["/patel-private/copy.ics"]).values()
    assert record.kind is RemoteKind.BUSY
    assert isinstance(copied.calendar("patel-private").event(record.ref), RemoteEvent)


def test_what_another_practitioner_has_as_well_is_still_ones_own_copy(open_clinic):
    """The same invitation in the calendars of two practitioners, and on the phone of one."""
    lee = PractitionerId("dr-lee")
    clinic = open_clinic(
        a_calendar(), a_calendar(id=CalendarId("patel-phone")), a_calendar(id=CalendarId("a-lee"))
    )
    clinic.ledger.write(
        lambda tx: tx.save_practitioner(a_practitioner(id=lee, name="Dr. Lee"), clinic.cause)
    )
    clinic.ledger.write(
        lambda tx: tx.save_calendar(
            a_calendar(id=CalendarId("a-lee"), practitioner_id=lee), clinic.cause
        )
    )
    clinic.reopen()
    ref = clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=TEN, title="Team"))
    body = clinic.calendar().stored(ref).body
    clinic.calendar("a-lee").put("/a-lee/team.ics", body, Hand.COLLEAGUE)
    clinic.settle("patel-main", "a-lee")
    clinic.calendar("patel-phone").put("/patel-phone/team.ics", body, Hand.COLLEAGUE)
    clinic.settle("patel-main", "a-lee", "patel-phone")

    assert sorted(each.practitioner_id for each in clinic.appointments()) == ["dr-lee", "dr-patel"]
