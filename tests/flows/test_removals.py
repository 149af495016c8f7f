"""What it means when an event is removed, and when it comes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.colleagues import TEN

from syncd.core.appointment import LinkState, Status
from syncd.core.events import EventStatus
from syncd.core.lifecycle import Action
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.quirks import GOOGLE


@pytest.mark.parametrize(
    ("policy", "status", "open_conflicts"),
    [
        (OnRemoteDelete.CANCEL, Status.CANCELLED, 0),
        (OnRemoteDelete.RESTORE, Status.BOOKED, 0),
        (OnRemoteDelete.ASK, Status.BOOKED, 1),
    ],
)
@pytest.mark.parametrize("mode", [Mode.TWO_WAY, Mode.PUBLISH])
@pytest.mark.parametrize("how", ["deletes", "cancels"])
def test_what_a_removal_means(open_clinic, mode, how, policy, status, open_conflicts):
    clinic = open_clinic(a_calendar(mode=mode, on_remote_delete=policy))
    appointment = clinic.book()
    clinic.settle()

    getattr(clinic.calendar(), f"colleague_{how}")(clinic.ref(appointment))
    clinic.settle()

    assert clinic.now_is(appointment).status is status
    assert len(clinic.conflicts()) == open_conflicts
    if policy is OnRemoteDelete.RESTORE:
        assert clinic.event(appointment).status is EventStatus.CONFIRMED


def test_a_removal_of_a_moved_appointment_is_asked_about(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.settle()

    assert len(clinic.conflicts()) == 1
    assert clinic.now_is(appointment).status is Status.BOOKED


def test_an_event_that_has_ended_may_go_without_its_appointment(clinic):
    """Phones prune what is past."""
    appointment = clinic.book()
    clinic.settle()
    clinic.clock.advance(timedelta(days=1))

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.BOOKED
    assert clinic.link(appointment).state is LinkState.GONE


def test_an_appointment_that_was_pruned_and_is_moved_ahead_is_written_again(clinic):
    """Its link was gone for good, and nobody's calendar showed the new time."""
    appointment = clinic.book()
    clinic.settle()
    clinic.clock.advance(timedelta(days=1))
    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.settle()

    clinic.move(appointment, NINE + timedelta(days=2))
    clinic.settle()

    assert clinic.event(appointment).when.start == NINE + timedelta(days=2)


def test_a_deleted_event_of_a_cancelled_appointment_that_shows_again_is_deleted_again(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    clinic.calendar().colleague_restores(ref)
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.CANCELLED
    assert clinic.calendar().refs == ()


def test_a_cancelled_event_that_is_revived_is_a_new_appointment(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.calendar().colleague_cancels(ref)
    clinic.settle()
    content = clinic.calendar().content(ref)

    clinic.calendar().colleague_edits(ref, replace(content, status=EventStatus.CONFIRMED))
    clinic.settle()

    old, new = sorted(clinic.appointments(), key=lambda each: each.number)
    assert old.status is Status.CANCELLED
    assert (new.status, new.is_adopted) == (Status.BOOKED, True)


def test_on_a_server_that_burns_ids_a_restored_event_gets_a_new_one(open_clinic):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.RESTORE), quirks=GOOGLE)
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)

    clinic.calendar().colleague_deletes(ref)
    clinic.settle()

    assert clinic.ref(appointment) != ref
    assert clinic.link(appointment).generation == 2


def test_a_collection_that_is_not_there_deletes_nothing(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.calendar().vanish()
    report = clinic.sync()

    assert report.code == "CALENDAR_FORBIDDEN"
    assert clinic.now_is(appointment).status is Status.BOOKED
