"""A ledger that was restored from an older backup: it notices, forgets nobody and reuses nothing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import Flag, Status
from syncd.core.errors import VersionConflict
from syncd.core.ids import AppointmentId, CalendarId, remote_uid
from syncd.core.practice import Mode
from syncd.flows.calendars import release, suspend
from syncd.flows.looking import look
from syncd.flows.mandate import Mandate
from syncd.flows.planning import survey
from syncd.flows.push import PushTally
from syncd.flows.sync import carry_out
from syncd.ledger import open_ledger
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.clock import SeededRandomness
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import Hand

HALF_HOUR = timedelta(minutes=30)
MAIN, SECOND = CalendarId("patel-main"), CalendarId("patel-second")
STRANGE = AppointmentId("7e0a3b52-0c2e-4d7e-9a55-2f5b1f0f9a11")


@pytest.fixture
def turned_back(tmp_path):
    """`with turned_back(clinic): …` works on after a backup, which then is restored."""
    backup = tmp_path / "backup.sqlite3"
    with ExitStack() as opened:

        class TurnedBack:
            def __init__(self, clinic):
                self.clinic = clinic

            def __enter__(self):
                self.clinic.ledger.back_up(backup)

            def __exit__(self, *_):
                clinic, randomness = self.clinic, SeededRandomness("after the backup")
                ledger = open_ledger(
                    f"sqlite:///{backup}", clock=clinic.clock, randomness=randomness, inline=True
                )
                opened.callback(ledger.close)
                clinic.ledger = ledger
                clinic.around = replace(clinic.around, ledger=ledger, randomness=randomness)
                clinic.reopen()

        yield TurnedBack


def book_three(clinic, turned_back):
    """One appointment in the backup, two that only the calendar knows of."""
    clinic.book()
    clinic.settle()
    with turned_back(clinic):
        for n in (1, 2):
            clinic.book(NINE + n * HALF_HOUR, f"Jane {n}")
        clinic.settle()


def numbers(clinic):
    return sorted(each.number for each in clinic.appointments())


def is_sound(clinic):
    with clinic.ledger.read() as view:
        return view.verify_journal().is_sound


def passed_over(clinic):
    with clinic.ledger.read() as view:
        return [
            (each.subject_id, each.state_before, each.state_after)
            for each in view.journal()
            if each.action == "pass-over"
        ]


def test_events_that_the_ledger_has_forgotten_hold_the_calendar_and_nothing_is_written(
    clinic, turned_back
):
    book_three(clinic, turned_back)
    late = clinic.book(NINE + 4 * HALF_HOUR, "Ann Late")
    before, cursor = clinic.calendar().history[:], clinic.state().cursor

    report = clinic.sync()

    assert report.code == "BRAKE"
    assert report.error.startswith("2 events are of appointments that this ledger does not know")
    assert clinic.state().suspended_why == report.error
    assert clinic.calendar().history == before
    assert clinic.state().cursor == cursor
    assert len(clinic.appointments()) == 2
    assert clinic.link(late).ref is None
    assert clinic.sync().requests == 0


def test_the_plan_says_so_before_any_round(clinic, turned_back):
    book_three(clinic, turned_back)

    found = survey(clinic.around, clinic.provider, [MAIN])

    assert "does not know" in found.plans[0].refused
    assert found.plans[0].steps == ()


def test_no_number_that_a_calendar_shows_is_issued_again(clinic, turned_back):
    book_three(clinic, turned_back)

    clinic.sync()

    assert clinic.book(NINE + 4 * HALF_HOUR, "Ann Late").number == "AID-20310303-0004"
    assert passed_over(clinic) == [("2031-03-03", {"last": 1}, {"last": 3})]
    assert is_sound(clinic)


def test_once_released_they_are_appointments_with_numbers_of_their_own(clinic, turned_back):
    book_three(clinic, turned_back)
    clinic.sync()
    titles = sorted(event.title for event in clinic.calendar().events())

    release(clinic.around, MAIN, clinic.cause)
    clinic.settle()

    assert numbers(clinic) == [f"AID-20310303-{n:04d}" for n in (1, 4, 5)]
    assert sum(Flag.ADOPTED in each.flags for each in clinic.appointments()) == 2
    assert sorted(event.title for event in clinic.calendar().events()) == titles
    assert is_sound(clinic)


def test_they_are_known_from_then_on(clinic, turned_back):
    book_three(clinic, turned_back)
    clinic.sync()
    release(clinic.around, MAIN, clinic.cause)
    clinic.settle()

    for event in clinic.calendar().events():
        clinic.calendar().colleague_renames(event.ref, "Renamed")
    clinic.settle()
    report = clinic.sync(in_full=True)

    assert report.ok
    assert len(clinic.appointments()) == 3


def test_numbers_are_passed_over_also_where_a_person_let_the_round_pass_beforehand(
    clinic, turned_back
):
    book_three(clinic, turned_back)
    suspend(clinic.around, MAIN, clinic.cause)
    release(clinic.around, MAIN, clinic.cause)

    assert clinic.sync().ok

    assert numbers(clinic) == [f"AID-20310303-{n:04d}" for n in (1, 4, 5)]
    assert is_sound(clinic)


def test_what_was_removed_since_the_backup_stays_removed(clinic, turned_back):
    kept, removed, cancelled = (clinic.book(NINE + n * HALF_HOUR, f"Jane {n}") for n in range(3))
    clinic.settle()
    with turned_back(clinic):
        clinic.calendar().colleague_deletes(clinic.ref(removed))
        clinic.act(cancelled, "cancel")
        clinic.settle()
    writes = len(clinic.calendar().writes(Hand.SYNCD))

    clinic.settle()

    assert [clinic.now_is(each).status for each in (kept, removed, cancelled)] == [
        Status.BOOKED,
        Status.CANCELLED,
        Status.CANCELLED,
    ]
    assert len(clinic.calendar().refs) == 1
    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes


def test_what_was_moved_since_the_backup_is_moved_again(clinic, turned_back):
    appointment = clinic.book()
    clinic.settle()
    with turned_back(clinic):
        clinic.move(appointment, NINE + 3 * HALF_HOUR)
        clinic.settle()

    clinic.settle()

    assert clinic.now_is(appointment).start == NINE + 3 * HALF_HOUR


def test_both_reasons_are_given_where_many_are_gone_as_well(clinic, turned_back):
    """One release lets both pass, so a person must have read of both."""
    made = [clinic.book(NINE + n * HALF_HOUR, f"Jane {n}") for n in range(7)]
    clinic.settle()
    with turned_back(clinic):
        for each in made[1:]:
            clinic.act(each, "cancel")
        clinic.book(NINE + 8 * HALF_HOUR, "Ann Late")
        clinic.settle()

    why = clinic.sync().error

    assert why.startswith("1 event is of appointments that this ledger does not know")
    assert why.endswith("; 6 of 7 events are gone at once; at most 5 pass by themselves")


@pytest.mark.parametrize("mode", [Mode.PUBLISH, Mode.BUSY])
def test_where_nothing_is_adopted_they_are_held_once_and_then_left_alone(
    open_clinic, turned_back, mode
):
    clinic = open_clinic()
    book_three(clinic, turned_back)
    clinic.ledger.write(lambda tx: tx.save_calendar(a_calendar(mode=mode), clinic.cause))
    clinic.reopen()
    assert clinic.sync().code == "BRAKE"
    release(clinic.around, MAIN, clinic.cause)
    assert clinic.sync().ok

    for ref in clinic.calendar().refs:
        clinic.calendar().colleague_renames(ref, "Renamed")

    assert clinic.sync().ok
    assert len(clinic.appointments()) == 1
    assert len(clinic.calendar().refs) == 3


def two_calendars(open_clinic, turned_back):
    """An appointment that two calendars show and the ledger has forgotten."""
    clinic = open_clinic(a_calendar(), a_calendar(id=SECOND))
    clinic.settle()
    with turned_back(clinic):
        lost = clinic.book()
        clinic.settle()
    return clinic, lost


@pytest.mark.parametrize("order", [(MAIN, SECOND), (SECOND, MAIN)])
def test_what_two_calendars_show_is_one_appointment_again(open_clinic, turned_back, order):
    clinic, lost = two_calendars(open_clinic, turned_back)
    for name in order:
        assert clinic.sync(name).code == "BRAKE"

    for name in order:
        release(clinic.around, name, clinic.cause)
        assert clinic.sync(name).ok
    clinic.settle()

    [back] = clinic.appointments()
    assert (back.id, back.start, back.number) == (lost.id, lost.start, "AID-20310303-0002")
    assert [len(clinic.calendar(name).refs) for name in order] == [1, 1]
    assert clinic.conflicts() == []
    assert is_sound(clinic)


def test_a_calendar_that_was_not_read_yet_is_not_held_for_what_another_brought_back(
    open_clinic, turned_back
):
    clinic, _ = two_calendars(open_clinic, turned_back)
    clinic.sync()
    release(clinic.around, MAIN, clinic.cause)
    clinic.sync()

    assert clinic.sync(SECOND).ok
    assert len(clinic.appointments()) == 1


def test_who_looked_before_another_calendar_brought_it_back_looks_again(open_clinic, turned_back):
    clinic, _ = two_calendars(open_clinic, turned_back)
    for name in (MAIN, SECOND):
        suspend(clinic.around, name, clinic.cause)
        release(clinic.around, name, clinic.cause)
    found = look(clinic.around, clinic.provider(), MAIN)
    fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "test", HALF_HOUR))
    clinic.sync(SECOND)

    with pytest.raises(VersionConflict):
        carry_out(
            clinic.around,
            clinic.provider(),
            found,
            Mandate(run_id="run", fence=fence),
            tally=PushTally(),
        )

    clinic.settle()
    assert len(clinic.appointments()) == 1


def an_event(clinic, *, uid, mark):
    late = NINE + 6 * HALF_HOUR
    event = ForeignEvent(start=late, end=late + HALF_HOUR, title="AID-20310303-0077")
    clinic.calendar().colleague_adds(event, uid=uid, mark=mark)


def test_a_copy_of_an_event_that_is_known_does_not_hold_the_calendar(clinic):
    appointment = clinic.book()
    clinic.settle()

    an_event(clinic, uid="copy@phone", mark=appointment.id)
    an_event(clinic, uid=remote_uid(appointment.id, MAIN, 2), mark=appointment.id)

    assert clinic.sync().ok
    assert passed_over(clinic) == []


def test_what_another_ledger_marked_does_not_hold_the_calendar(clinic):
    an_event(clinic, uid="other@phone", mark=STRANGE)
    an_event(clinic, uid=remote_uid(STRANGE, CalendarId("elsewhere"), 1), mark=STRANGE)

    assert clinic.sync().ok
    assert numbers(clinic) == ["AID-20310303-0001", "AID-20310303-0002"]


def test_what_could_not_be_read_holds_the_calendar_once_it_can(clinic, turned_back):
    book_three(clinic, turned_back)
    refs = [event.ref for event in clinic.calendar().events() if event.when.start > NINE]
    bodies = {ref: clinic.calendar().stored(ref).body for ref in refs}
    for ref in refs:
        clinic.calendar().colleague_spoils(ref)
    assert clinic.sync().ok

    for ref, body in bodies.items():
        clinic.calendar().put(ref, body, Hand.COLLEAGUE)

    assert clinic.sync().code == "BRAKE"
