"""The rules of a round by name: modes, adopting, removals, mirrors, what has ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.core.appointment import Flag, LinkState, Origin, Status
from syncd.core.conflict import Resolution
from syncd.core.events import EventStatus
from syncd.core.ids import CalendarId, EventRef
from syncd.core.lifecycle import Action
from syncd.core.practice import Adopt, Disclosure, Mode, OnRemoteDelete
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALCOM, GOOGLE

HALF_HOUR = timedelta(minutes=30)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
SECOND = "patel-second"


def a_foreign(start=NINE, *, hours=0.5, **more):
    return ForeignEvent(
        **{"title": "Team", "start": start, "end": start + timedelta(hours=hours)} | more
    )


def two_calendars(open_clinic, **second):
    return open_clinic(a_calendar(), a_calendar(id=CalendarId(SECOND), **second))


# Adopting

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


# Removals


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


# Fields


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


# Several calendars


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


# Time passes


def test_a_recurring_event_takes_time_as_far_as_the_horizon_also_later(clinic):
    clinic.calendar().colleague_adds(a_foreign(repeat=Repeat(every_days=7)))
    clinic.settle()
    far = NINE + timedelta(days=7 * 60)
    assert clinic.busy(far, far + HALF_HOUR) == []

    clinic.clock.advance(timedelta(days=40))
    clinic.settle()

    assert len(clinic.busy(far, far + HALF_HOUR)) == 1


def test_a_clock_that_is_set_back_neither_loses_nor_repeats_anything(clinic):
    appointment = clinic.book()
    clinic.settle()

    clinic.clock.jump(clinic.clock.now() - timedelta(days=2))
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1
    assert clinic.link(appointment).state is LinkState.IN_SYNC
