"""One appointment in two calendars of its practitioner."""

from __future__ import annotations

from flows.colleagues import ELEVEN, TEN, a_foreign

from syncd.core.appointment import Status
from syncd.core.conflict import Resolution
from syncd.core.events import EventStatus
from syncd.core.ids import CalendarId, EventRef
from syncd.core.practice import Mode
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.memory_calendar import Hand

SECOND = "patel-second"


def two_calendars(open_clinic, **second):
    return open_clinic(a_calendar(), a_calendar(id=CalendarId(SECOND), **second))


def test_an_adopted_appointment_can_be_moved_in_the_other_calendar(open_clinic):
    clinic = two_calendars(open_clinic)
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()

    clinic.calendar(SECOND).colleague_moves(clinic.ref(adopted, SECOND), TEN, TEN + HALF_HOUR)
    clinic.settle(SECOND, "patel-main")

    assert clinic.now_is(adopted).start == TEN
    assert clinic.calendar().event(ref).when.start == TEN
    assert clinic.calendar().event(ref).title == "Team"


def test_a_removal_in_the_other_calendar_cancels_the_adopted_event_and_keeps_it(open_clinic):
    clinic = two_calendars(open_clinic)
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()

    clinic.calendar(SECOND).colleague_deletes(clinic.ref(adopted, SECOND))
    clinic.settle(SECOND, "patel-main")

    assert clinic.now_is(adopted).status is Status.CANCELLED
    assert clinic.calendar().event(ref).status is EventStatus.CANCELLED
    assert clinic.calendar(SECOND).refs == ()


def test_an_event_that_another_calendar_is_linked_to_is_a_mirror(open_clinic):
    clinic = two_calendars(open_clinic, mode=Mode.IMPORT)
    appointment = clinic.book()
    clinic.settle()
    body = clinic.calendar().stored(clinic.ref(appointment)).body

    clinic.calendar(SECOND).put(EventRef("/patel-second/shared.ics"), body, Hand.COLLEAGUE)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.busy(NINE, TEN) == []


def test_a_copy_in_another_calendar_at_another_time_only_takes_that_time(open_clinic):
    clinic = two_calendars(open_clinic, mode=Mode.IMPORT)
    appointment = clinic.book()
    clinic.settle()
    body = clinic.calendar().stored(clinic.ref(appointment)).body
    ref = EventRef("/patel-second/shared.ics")
    clinic.calendar(SECOND).put(ref, body, Hand.COLLEAGUE)

    clinic.calendar(SECOND).colleague_moves(ref, TEN, TEN + HALF_HOUR)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert [each.start for each in clinic.busy(NINE, ELEVEN)] == [TEN]


def test_moves_in_both_calendars_end_in_one_conflict_and_no_ping_pong(open_clinic):
    clinic = two_calendars(open_clinic)
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_moves(clinic.ref(appointment), TEN, TEN + HALF_HOUR)
    clinic.calendar(SECOND).colleague_moves(
        clinic.ref(appointment, SECOND), ELEVEN, ELEVEN + HALF_HOUR
    )

    clinic.settle()

    [conflict] = clinic.conflicts()
    assert conflict.calendar_id == SECOND
    assert clinic.now_is(appointment).start == TEN
    assert clinic.event(appointment, SECOND).when.start == ELEVEN


def test_a_resolution_for_one_calendar_reaches_the_other(open_clinic):
    clinic = two_calendars(open_clinic)
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_moves(clinic.ref(appointment), TEN, TEN + HALF_HOUR)
    clinic.calendar(SECOND).colleague_moves(
        clinic.ref(appointment, SECOND), ELEVEN, ELEVEN + HALF_HOUR
    )
    clinic.settle()

    clinic.decide(Resolution.REMOTE)
    clinic.settle()

    assert clinic.event(appointment).when.start == ELEVEN
    assert clinic.event(appointment, SECOND).when.start == ELEVEN
