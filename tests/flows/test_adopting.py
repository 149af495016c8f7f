"""What a foreign event is here: an appointment, busy time or neither; and whose, when it moves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flows.colleagues import ELEVEN, TEN, a_foreign

from syncd.core.appointment import Flag, Origin, Status
from syncd.core.events import EventStatus
from syncd.core.ids import EventRef
from syncd.core.practice import Adopt, Mode
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.foreign import Repeat
from syncd.testing.memory_calendar import Hand

ALL_DAY = {"start": date(2031, 3, 4), "end": date(2031, 3, 5)}
FLOATING = {
    "start": (NINE + timedelta(days=1)).replace(tzinfo=None),
    "end": (TEN + timedelta(days=1)).replace(tzinfo=None),
}
ENDED = {"start": NINE - timedelta(days=1), "end": TEN - timedelta(days=1)}


@pytest.mark.parametrize(
    ("how", "adopted", "busy"),
    [
        ({}, 1, 0),
        ({"repeat": Repeat(every_days=7, count=2)}, 0, 2),
        (ALL_DAY, 0, 1),
        (FLOATING, 0, 1),
        (ENDED, 0, 1),
        ({"transparent": True}, 0, 0),
        ({"status": EventStatus.CANCELLED}, 0, 0),
        ({"status": EventStatus.TENTATIVE}, 1, 0),
    ],
    ids=["plain", "recurring", "all day", "floating", "ended", "free", "cancelled", "tentative"],
)
@pytest.mark.parametrize("mode", [Mode.TWO_WAY, Mode.IMPORT])
def test_what_a_foreign_event_is(open_clinic, mode, how, adopted, busy):
    clinic = open_clinic(a_calendar(mode=mode))
    clinic.calendar().colleague_adds(a_foreign(**how))

    clinic.settle()

    days = timedelta(days=3), timedelta(days=30)
    assert len(clinic.appointments()) == adopted
    assert len(clinic.busy(NINE - days[0], NINE + days[1])) == busy
    assert clinic.calendar().writes(Hand.SYNCD) == ()


@pytest.mark.parametrize(
    ("mode", "adopt", "adopted", "busy"),
    [
        (Mode.TWO_WAY, Adopt.NONE, 0, 2),
        (Mode.TWO_WAY, Adopt.MARKED, 1, 1),
        (Mode.IMPORT, Adopt.MARKED, 1, 1),
        (Mode.BUSY, Adopt.ALL, 0, 2),
        (Mode.PUBLISH, Adopt.ALL, 0, 0),
    ],
)
def test_which_foreign_events_become_appointments(open_clinic, mode, adopt, adopted, busy):
    clinic = open_clinic(a_calendar(mode=mode, adopt=adopt))
    clinic.calendar().colleague_adds(a_foreign())
    clinic.calendar().colleague_adds(a_foreign(TEN, categories=("Appointment",)))

    clinic.settle()

    assert len(clinic.appointments()) == adopted
    assert len(clinic.busy(NINE, ELEVEN)) == busy


def test_an_adopted_event_outside_the_opening_hours_is_flagged_not_refused(clinic):
    clinic.calendar().colleague_adds(a_foreign(NINE + timedelta(hours=12)))

    clinic.settle()

    [adopted] = clinic.appointments()
    assert adopted.flags == {Flag.ADOPTED, Flag.OUTSIDE_HOURS}


def test_an_adopted_event_that_overlaps_is_flagged_until_it_is_moved_away(clinic):
    clinic.book()
    clinic.settle()
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = [each for each in clinic.appointments() if each.is_adopted]
    assert Flag.OVERLAP in adopted.flags

    clinic.calendar().colleague_moves(ref, TEN, TEN + HALF_HOUR)
    clinic.settle()

    assert Flag.OVERLAP not in clinic.now_is(adopted).flags


def test_an_adopted_event_keeps_its_own_zone(clinic):
    naive = NINE.replace(tzinfo=None)
    clinic.calendar().colleague_adds(
        a_foreign(start=naive, end=naive + HALF_HOUR, zone="America/New_York")
    )

    clinic.settle()

    [adopted] = clinic.appointments()
    assert adopted.timezone == "America/New_York"
    assert adopted.start == NINE + timedelta(hours=5)


def test_a_copy_of_our_event_while_that_lives_is_foreign(clinic):
    appointment = clinic.book()
    clinic.settle()
    body = clinic.calendar().stored(clinic.ref(appointment)).body
    ref = clinic.calendar().put(EventRef("/patel-main/copy.ics"), body, Hand.COLLEAGUE).ref
    clinic.calendar().colleague_moves(ref, TEN, TEN + HALF_HOUR)

    clinic.settle()

    first, second = clinic.appointments()
    assert (first.number, second.is_adopted) == (appointment.number, True)
    assert clinic.link(second).origin is Origin.ADOPTED
    assert clinic.ref(appointment) != ref


def test_an_event_that_moves_to_another_address_keeps_its_appointment(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    body = clinic.calendar().stored(ref).body

    clinic.calendar().colleague_deletes(ref)
    clinic.calendar().put(EventRef("/patel-main/elsewhere.ics"), body, Hand.COLLEAGUE)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.ref(appointment) == "/patel-main/elsewhere.ics"
    assert clinic.now_is(appointment).status is Status.BOOKED


def test_another_event_in_the_place_of_ours_is_a_removal_and_a_new_one(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    other = clinic.calendar().colleague_adds(a_foreign(TEN))
    body = clinic.calendar().stored(other).body
    clinic.calendar().colleague_deletes(other)
    clinic.calendar().put(ref, body, Hand.COLLEAGUE)

    clinic.settle()

    assert clinic.now_is(appointment).status is Status.CANCELLED
    [adopted] = [each for each in clinic.appointments() if each.is_adopted]
    assert (clinic.ref(adopted), adopted.start) == (ref, TEN)


def test_an_event_that_was_removed_and_restored_before_keeps_its_newest_appointment(clinic):
    """Two appointments of one uid, and the event moves to another address."""
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    clinic.calendar().colleague_deletes(ref)
    clinic.settle()
    clinic.calendar().colleague_restores(ref)
    clinic.settle()
    body = clinic.calendar().stored(ref).body

    clinic.calendar().colleague_deletes(ref)
    clinic.calendar().put(EventRef("/patel-main/elsewhere.ics"), body, Hand.COLLEAGUE)
    clinic.settle()

    states = [each.status for each in sorted(clinic.appointments(), key=lambda each: each.number)]
    assert states == [Status.CANCELLED, Status.BOOKED]


def test_a_recurring_event_takes_time_as_far_as_the_horizon_also_later(clinic):
    clinic.calendar().colleague_adds(a_foreign(repeat=Repeat(every_days=7)))
    clinic.settle()
    far = NINE + timedelta(days=7 * 60)
    assert clinic.busy(far, far + HALF_HOUR) == []

    clinic.clock.advance(timedelta(days=40))
    clinic.settle()

    assert len(clinic.busy(far, far + HALF_HOUR)) == 1
