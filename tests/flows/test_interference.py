"""What people and other nodes do while a round is under way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flows.colleagues import ELEVEN, MAIN, TEN, a_foreign

from syncd.core.appointment import LinkState, Status
from syncd.core.conflict import Resolution
from syncd.core.errors import LeaseLost
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action
from syncd.flows.calendars import release, resync, suspend
from syncd.flows.mandate import Mandate
from syncd.flows.resolving import resolve
from syncd.flows.sync import run_round
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar
from syncd.testing.faults import Moment
from syncd.testing.foreign import Repeat

STAFF = Cause(actor="test:staff")


def state(clinic):
    with clinic.ledger.read() as view:
        return view.calendar_state(MAIN)


def test_a_suspension_during_a_round_holds(clinic):
    """The round once stored what it had seen of the state before, and so took it back."""
    clinic.settle()
    clinic.calendar().colleague_adds(a_foreign())
    clinic.faults[MAIN].at("changes", lambda: suspend(clinic.around, MAIN, STAFF))

    report = clinic.sync()

    assert report.code == "BRAKE"
    assert state(clinic).suspended_at is not None
    assert clinic.appointments() == []


def test_a_suspension_during_a_push_stops_what_is_not_yet_sent(clinic):
    for each in range(60):
        clinic.book(
            NINE + timedelta(days=each // 14 % 4 + 7 * (each // 56), minutes=30 * (each % 14)),
            f"Jane {each}",
        )
    skipped = 10
    clinic.faults[MAIN].at("create", lambda: suspend(clinic.around, MAIN, STAFF), skip=skipped)

    clinic.sync()

    assert len(clinic.calendar().refs) == 50  # the batch that was under way
    assert state(clinic).suspended_at is not None


def test_a_resync_asked_for_during_a_round_is_done_at_the_next(clinic):
    clinic.settle()
    clinic.calendar().colleague_adds(a_foreign())
    clinic.faults[MAIN].at("changes", lambda: resync(clinic.around, MAIN))

    clinic.sync()

    assert "listing" in [call.name for call in clinic.faults[MAIN].seen]


def test_a_conflict_resolved_during_a_round_stays_resolved(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.sync()
    [conflict] = clinic.conflicts()
    content = clinic.calendar().content(clinic.ref(appointment))
    clinic.calendar().colleague_edits(clinic.ref(appointment), replace(content, note="bring X"))
    clinic.faults[MAIN].at(
        "changes", lambda: resolve(clinic.around, conflict.id, Resolution.LEDGER, STAFF)
    )

    clinic.sync()
    clinic.settle()

    assert clinic.conflicts() == []
    assert clinic.event(appointment).when.start == TEN
    assert clinic.link(appointment).state is LinkState.IN_SYNC


def test_an_appointment_moved_during_a_round_is_compared_again(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.calendar().colleague_moves(clinic.ref(appointment), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.faults[MAIN].at("changes", lambda: clinic.move(appointment, TEN))

    clinic.sync()

    [conflict] = clinic.conflicts()
    assert clinic.now_is(appointment).start == TEN
    assert conflict.remote["start"] == ELEVEN.isoformat()


def test_an_appointment_moved_while_its_event_is_written_is_written_again(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", lambda: clinic.move(appointment, TEN), moment=Moment.AFTER)

    clinic.sync()
    clinic.settle()

    assert clinic.event(appointment).when.start == TEN
    assert len(clinic.calendar().refs) == 1


def test_an_event_that_changes_while_its_appointment_does_is_merged_with_the_newest(clinic):
    """The answer to a losing write is compared with the appointment as it is by now."""
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)

    def both():
        clinic.calendar().colleague_renames(clinic.ref(appointment), "Renamed")
        clinic.move(clinic.now_is(appointment), ELEVEN)

    clinic.faults[MAIN].at("update", both)
    clinic.sync()
    clinic.settle()

    assert clinic.event(appointment).when.start == ELEVEN
    assert clinic.event(appointment).title == "Renamed"


def test_what_is_written_at_the_look_after_a_creation_leaves_its_doubt_too(clinic):
    """Booked in that moment, confirmed by the calendar, and not shown by it."""
    clinic.settle()
    clinic.book()
    faults, calendar = clinic.faults[MAIN], clinic.calendar()
    faults.at("changes", lambda: clinic.book(TEN, "Ann Other"), skip=1)

    def lose_it():
        [lost] = [each.ref for each in calendar.events() if each.when.start == TEN]
        calendar.colleague_deletes(lost)

    faults.at("create", lose_it, moment=Moment.AFTER, skip=1)

    clinic.sync()

    assert len(calendar.refs) == 1
    assert state(clinic).doubt
    clinic.settle()
    assert len(calendar.refs) == 2


def test_a_calendar_switched_off_before_the_look_after_a_creation_is_left_alone(clinic):
    clinic.settle()
    clinic.book()

    def switch_off():
        clinic.book(TEN, "Ann Other")
        off = replace(a_calendar(), active=False)
        clinic.ledger.write(lambda tx: tx.save_calendar(off, STAFF))

    clinic.faults[MAIN].at("create", switch_off, moment=Moment.AFTER)

    clinic.sync()

    assert len(clinic.calendar().refs) == 1


def test_what_becomes_recurring_between_look_and_write_takes_all_of_its_time(clinic):
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.move(appointment, TEN)
    content = replace(
        clinic.calendar().content(ref), repeat=Repeat(every_days=7, count=3), note="series"
    )
    clinic.faults[MAIN].at("update", lambda: clinic.calendar().colleague_edits(ref, content))

    clinic.sync()
    clinic.settle()

    assert len(clinic.conflicts()) == 1
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3


def test_a_revival_between_look_and_write_leaves_a_foreign_event_and_no_memory_of_ours(clinic):
    """The write meets an event that its link has to let go: it is looked at anew."""
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.act(appointment, Action.CANCEL)
    content = replace(clinic.calendar().content(ref), repeat=Repeat(every_days=7, count=3))
    clinic.faults[MAIN].at("delete", lambda: clinic.calendar().colleague_edits(ref, content))

    clinic.sync()
    clinic.settle()

    assert clinic.calendar().refs == (ref,)
    assert len(clinic.busy(NINE, NINE + timedelta(days=30))) == 3
    assert clinic.link(appointment).state is LinkState.GONE


def test_a_node_whose_lease_is_lost_neither_commits_nor_overwrites(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)

    def other_node():
        clinic.clock.advance(timedelta(hours=1))
        clinic.move(clinic.now_is(appointment), ELEVEN)
        fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "other", HALF_HOUR))
        kind = clinic.around.open_provider
        with clinic.ledger.read() as view:
            provider = kind(view.calendar(MAIN), view.practitioner("dr-patel"))
        run_round(clinic.around, provider, MAIN, Mandate(run_id="other", fence=fence))

    clinic.faults[MAIN].at("update", other_node)

    with pytest.raises(LeaseLost):
        clinic.sync()

    assert clinic.event(appointment).when.start == ELEVEN
    assert clinic.now_is(appointment).start == ELEVEN
    assert clinic.link(appointment).pushed_version == clinic.now_is(appointment).version


def test_objects_that_another_node_dealt_with_meanwhile_are_no_reason_to_fail(clinic):
    ref = clinic.calendar().colleague_adds(a_foreign(repeat=Repeat(every_days=7, count=3)))
    clinic.settle()
    clinic.calendar().colleague_deletes(ref)

    def other_node():
        with clinic.ledger.read() as view:
            fences = view.calendar(MAIN), view.practitioner("dr-patel")
        provider = clinic.around.open_provider(*fences)
        clinic.clock.advance(timedelta(hours=1))
        fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "other", HALF_HOUR))
        run_round(clinic.around, provider, MAIN, Mandate(run_id="other", fence=fence))

    clinic.faults[MAIN].at("check", other_node)

    assert clinic.sync().ok

    assert clinic.busy(NINE, NINE + timedelta(days=30)) == []


def test_a_release_during_a_round_is_not_used_up_by_it(clinic):
    made = [clinic.book(NINE + timedelta(minutes=30 * n), f"Jane {n}") for n in range(8)]
    clinic.settle()
    for each in made[:6]:
        clinic.calendar().colleague_deletes(clinic.ref(each))
    assert clinic.sync().code == "BRAKE"

    release(clinic.around, MAIN, STAFF)
    clinic.sync()

    gone = [each for each in clinic.appointments() if each.status is Status.CANCELLED]
    assert len(gone) == 6
    assert not state(clinic).released
