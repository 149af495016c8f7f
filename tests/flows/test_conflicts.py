"""Conflicts: how they arise, end, and what each side's victory leaves behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import LinkState, Status
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.errors import NotAllowed, SlotTaken
from syncd.core.events import EventStatus
from syncd.core.ids import EventRef
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action
from syncd.core.practice import OnRemoteDelete
from syncd.flows.resolving import resolve
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALCOM

HALF_HOUR = timedelta(minutes=30)
TEN, ELEVEN, NOON = (NINE + timedelta(hours=hours) for hours in (1, 2, 3))
WEEKLY = Repeat(every_days=7, count=3)
STAFF = Cause(actor="test:staff")


def decide(clinic, side):
    [conflict] = clinic.conflicts()
    return resolve(clinic.around, conflict.id, side, STAFF)


def moved_twice(clinic):
    """An appointment that was moved to ten here and to eleven there."""
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.sync()
    return appointment


def makes_recurring(clinic, ref):
    content = clinic.calendar().content(ref)
    clinic.calendar().colleague_edits(ref, replace(content, repeat=WEEKLY))


def test_the_ledgers_time_can_win_a_double_move(clinic):
    appointment = moved_twice(clinic)

    decide(clinic, Resolution.LEDGER)
    clinic.settle()

    assert clinic.now_is(appointment).start == TEN
    assert clinic.event(appointment).when.start == TEN
    clinic.book(ELEVEN, "Ann Other")


def test_the_calendars_time_can_win_a_double_move(clinic):
    appointment = moved_twice(clinic)

    decide(clinic, Resolution.REMOTE)
    clinic.settle()

    assert clinic.now_is(appointment).start == ELEVEN
    assert clinic.event(appointment).when.start == ELEVEN
    clinic.book(TEN, "Ann Other")


def test_a_time_that_is_taken_over_from_the_calendar_is_flagged_just_when_it_is_outside_hours(
    clinic,
):
    night = NINE + timedelta(hours=12)
    appointment = clinic.book()
    clinic.settle()
    for here, there, flagged in ((TEN, night, True), (ELEVEN, TEN, False)):
        clinic.move(clinic.now_is(appointment), here)
        ref = clinic.ref(appointment)
        clinic.calendar().colleague_moves(ref, there, there + HALF_HOUR)
        clinic.sync()

        decide(clinic, Resolution.REMOTE)
        clinic.settle()

        assert clinic.now_is(appointment).start == there
        assert ("outside-hours" in clinic.now_is(appointment).flags) == flagged


def test_an_overbooked_appointment_that_a_colleague_moves_overlaps_by_nobodys_wish(clinic):
    """Somebody wanted it to overlap where it was, not where it is now."""
    other = clinic.book(TEN)
    overbooked = clinic.book(NINE, "Ann Other", overbook=True, reason="an emergency")
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(overbooked), TEN, TEN + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(overbooked).flags == {"overlap"}
    assert clinic.now_is(other).flags == set()


def test_a_conflict_is_resolved_once(clinic):
    moved_twice(clinic)
    [conflict] = clinic.conflicts()
    resolve(clinic.around, conflict.id, Resolution.LEDGER, STAFF)

    with pytest.raises(NotAllowed):
        resolve(clinic.around, conflict.id, Resolution.REMOTE, STAFF)


def test_both_versions_of_a_double_move_are_kept_whole(clinic):
    moved_twice(clinic)

    [conflict] = clinic.conflicts()

    assert conflict.ledger["start"] == TEN.isoformat()
    assert conflict.remote["start"] == ELEVEN.isoformat()
    assert conflict.base["start"] == NINE.isoformat()
    assert "11:00" in conflict.remote_body or "12:00" in conflict.remote_body


def test_a_conflict_follows_its_event_when_that_is_moved_again(clinic):
    appointment = moved_twice(clinic)

    clinic.calendar().colleague_moves(clinic.ref(appointment), NOON, NOON + HALF_HOUR)
    clinic.sync()
    clinic.book(ELEVEN, "Ann Other")
    with pytest.raises(SlotTaken):
        clinic.book(NOON, "Ben Other")
    decide(clinic, Resolution.REMOTE)
    clinic.settle()

    assert clinic.now_is(appointment).start == NOON


def test_an_event_that_is_removed_during_a_conflict_leaves_one_question(clinic):
    """Two open conflicts about one event once set ledger and calendar apart for ever."""
    appointment = moved_twice(clinic)

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.sync()

    [conflict] = clinic.conflicts()
    assert conflict.field is ConflictField.STATUS
    [superseded] = [each for each in clinic.conflicts(open_only=False) if each.resolved_at]
    assert superseded.resolution is Resolution.SUPERSEDED
    clinic.book(ELEVEN, "Ann Other")


@pytest.mark.parametrize(
    ("side", "status", "events"),
    [(Resolution.LEDGER, Status.BOOKED, 1), (Resolution.REMOTE, Status.CANCELLED, 0)],
)
def test_a_removal_that_was_asked_about_ends_as_decided(open_clinic, side, status, events):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.ASK))
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.sync()

    decide(clinic, side)
    clinic.settle()

    assert clinic.now_is(appointment).status is status
    assert len(clinic.calendar().events()) == events


@pytest.mark.parametrize(
    ("side", "status", "shown"),
    [
        (Resolution.LEDGER, Status.BOOKED, EventStatus.CONFIRMED),
        (Resolution.REMOTE, Status.CANCELLED, EventStatus.CANCELLED),
    ],
)
def test_a_cancellation_that_was_asked_about_ends_as_decided(open_clinic, side, status, shown):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.ASK))
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_cancels(clinic.ref(appointment))
    clinic.sync()

    decide(clinic, side)
    clinic.settle()

    assert clinic.now_is(appointment).status is status
    assert clinic.event(appointment).status is shown


def test_where_cancelling_is_for_good_the_appointment_is_booked_anew(open_clinic):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.ASK), quirks=CALCOM)
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.calendar().colleague_cancels(ref)
    clinic.sync()

    decide(clinic, Resolution.LEDGER)
    clinic.settle(rounds=4)

    assert clinic.ref(appointment) != ref
    assert clinic.event(appointment).status is EventStatus.CONFIRMED


def test_an_appointment_stands_beside_its_event_that_became_recurring(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    makes_recurring(clinic, ref)
    clinic.sync()

    decide(clinic, Resolution.LEDGER)
    clinic.settle()

    assert clinic.ref(appointment) != ref
    assert clinic.event(appointment).when.start == NINE
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3


def test_an_event_that_became_recurring_can_end_its_appointment(clinic):
    appointment = clinic.book()
    clinic.settle()
    makes_recurring(clinic, clinic.ref(appointment))
    clinic.sync()

    decide(clinic, Resolution.REMOTE)
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.CANCELLED
    assert len(clinic.calendar().refs) == 1
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3


def test_an_event_in_conflict_takes_its_time_also_at_another_address(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    makes_recurring(clinic, ref)
    clinic.sync()

    body = clinic.calendar().stored(ref).body
    clinic.calendar().colleague_deletes(ref)
    clinic.calendar().put(EventRef("/patel-main/elsewhere.ics"), body, Hand.COLLEAGUE)
    clinic.sync()

    assert len(clinic.conflicts()) == 1
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3


def test_an_event_in_conflict_goes_on_taking_its_time_when_the_appointment_ends(clinic):
    appointment = clinic.book()
    clinic.settle()
    makes_recurring(clinic, clinic.ref(appointment))
    clinic.sync()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert clinic.conflicts() == []
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3


def test_an_event_in_conflict_that_is_gone_is_not_compared_as_if_it_were_there(clinic):
    appointment = clinic.book()
    clinic.settle()
    makes_recurring(clinic, clinic.ref(appointment))
    clinic.sync()

    clinic.move(appointment, TEN)
    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.sync()
    clinic.settle()

    [conflict] = clinic.conflicts()
    assert conflict.field is ConflictField.STATUS
    assert clinic.link(appointment).ref is None


def test_a_recurring_event_that_is_cancelled_takes_no_time(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    content = replace(clinic.calendar().content(ref), repeat=WEEKLY, status=EventStatus.CANCELLED)

    clinic.calendar().colleague_edits(ref, content)
    clinic.sync()

    assert clinic.busy(NINE, NINE + timedelta(days=30)) == []


def test_a_resolution_reads_the_event_anew_since_more_of_it_may_differ(clinic):
    """A rename beside a double move once stayed unknown to the ledger for ever."""
    clinic.calendar().colleague_adds(
        ForeignEvent(title="Team", start=NINE, end=NINE + HALF_HOUR, zone=None)
    )
    clinic.settle()
    [adopted] = clinic.appointments()
    clinic.move(adopted, TEN)
    content = clinic.calendar().content(clinic.ref(adopted))
    clinic.calendar().colleague_edits(
        clinic.ref(adopted),
        replace(content, title="Board", start=ELEVEN, end=ELEVEN + HALF_HOUR),
    )
    clinic.sync()

    decide(clinic, Resolution.REMOTE)
    clinic.settle()

    assert clinic.now_is(adopted).title == "Board"


def test_what_cannot_be_read_is_not_written_even_when_its_conflict_is_resolved(clinic):
    appointment = moved_twice(clinic)
    ref = clinic.ref(appointment)
    clinic.calendar().colleague_spoils(ref)
    clinic.sync()

    decide(clinic, Resolution.LEDGER)
    clinic.settle()

    assert clinic.link(appointment).state is LinkState.SUSPENDED
    assert clinic.calendar().stored(ref).body == "{ broken"


def test_an_appointment_that_has_happened_is_not_cancelled_by_a_resolution(open_clinic):
    clinic = open_clinic(a_calendar(on_remote_delete=OnRemoteDelete.ASK))
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_cancels(clinic.ref(appointment))
    clinic.sync()
    clinic.clock.advance(timedelta(hours=2))
    clinic.act(appointment, Action.COMPLETE)

    with pytest.raises(NotAllowed):
        decide(clinic, Resolution.REMOTE)

    assert len(clinic.conflicts()) == 1
