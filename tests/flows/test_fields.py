"""What travels between an appointment and its event, once, and what stays as somebody entered it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.colleagues import ELEVEN, TEN, a_foreign

from syncd.core.appointment import LinkState, Status
from syncd.core.events import EventStatus
from syncd.core.lifecycle import Action
from syncd.core.practice import Disclosure, Mode, OnRemoteDelete
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALCOM


def test_a_renamed_event_that_is_restored_renames_its_appointment(open_clinic):
    """Renamed and cancelled between two looks: its title is its own in any case."""
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.RESTORE))
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()

    clinic.calendar().colleague_renames(ref, "Board")
    clinic.calendar().colleague_cancels(ref)
    clinic.settle()

    assert clinic.now_is(adopted).title == "Board"
    assert clinic.event(adopted).status is EventStatus.CONFIRMED


def test_an_event_that_moves_by_being_replaced_is_followed_through_every_move(open_clinic):
    clinic = open_clinic(quirks=CALCOM)
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)

    for hours in (1, 2, 3):
        start = NINE + timedelta(hours=hours)
        ref = clinic.calendar().colleague_moves(ref, start, start + HALF_HOUR)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.now_is(appointment).start == NINE + timedelta(hours=3)
    assert clinic.ref(appointment) == ref


def test_a_colleagues_title_of_our_event_stands_until_the_ledger_asks_for_another(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.calendar().colleague_renames(clinic.ref(appointment), "Jane, bring forms")
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.settle()

    assert clinic.event(appointment).title == "Jane, bring forms"


def test_a_renamed_adopted_event_renames_its_appointment(clinic):
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()

    clinic.calendar().colleague_renames(ref, "Board")
    clinic.settle()

    [adopted] = clinic.appointments()
    assert adopted.title == "Board"
    assert clinic.calendar().writes(Hand.SYNCD) == ()


def test_what_a_colleague_entered_survives_our_writing(clinic):
    ref = clinic.calendar().colleague_adds(
        a_foreign(note="bring forms", alarm=HALF_HOUR, properties=(("X-ROOM", "3"),))
    )
    clinic.settle()
    lines = clinic.calendar().foreign_lines(ref)
    [adopted] = clinic.appointments()

    clinic.move(adopted, TEN)
    clinic.settle()

    assert clinic.calendar().foreign_lines(ref) == lines
    assert clinic.event(adopted).when.start == TEN


def test_a_tentative_event_of_a_colleagues_changes_nothing(clinic):
    appointment = clinic.book()
    clinic.settle()
    content = clinic.calendar().content(clinic.ref(appointment))

    clinic.calendar().colleague_edits(
        clinic.ref(appointment), replace(content, status=EventStatus.TENTATIVE)
    )
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.BOOKED


def test_an_import_calendar_is_never_written_to(open_clinic):
    clinic = open_clinic(a_calendar(mode=Mode.IMPORT))
    clinic.book()
    clinic.calendar().colleague_adds(a_foreign(TEN))
    clinic.settle()
    [adopted] = [each for each in clinic.appointments() if each.is_adopted]

    clinic.move(adopted, ELEVEN)
    clinic.settle()
    clinic.act(clinic.now_is(adopted), Action.CANCEL)
    clinic.settle()

    assert clinic.calendar().writes(Hand.SYNCD) == ()


@pytest.mark.parametrize(
    ("disclosure", "title"),
    [
        (Disclosure.NOTHING, ""),
        (Disclosure.BUSY, "Busy"),
        (Disclosure.NUMBER, "AID-20310303-0001"),
        (Disclosure.INITIALS, "Consultation · J. D. · AID-20310303-0001"),
        (Disclosure.FULL, "Consultation · Jane Doe · AID-20310303-0001"),
    ],
)
def test_a_calendar_is_told_what_the_practice_chose(open_clinic, disclosure, title):
    clinic = open_clinic(a_calendar(disclosure=disclosure))
    appointment = clinic.book()

    clinic.settle()

    assert clinic.event(appointment).title == title


def test_a_clock_that_is_set_back_neither_loses_nor_repeats_anything(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.clock.jump(clinic.clock.now() - timedelta(days=2))
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1
    assert clinic.link(appointment).state is LinkState.IN_SYNC
