"""What happens while a round is under way: people, other nodes, lost answers, crashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import LinkState, Status
from syncd.core.conflict import Resolution
from syncd.core.errors import LeaseLost, Rejected, Transient
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action
from syncd.flows.calendars import release, resync, suspend
from syncd.flows.mandate import Mandate
from syncd.flows.resolving import resolve
from syncd.flows.sync import run_round
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.faults import Moment, answer_lost
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand
from syncd.testing.quirks import CALCOM, PROFILES, Cursors, Etag, Quirks

HALF_HOUR = timedelta(minutes=30)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
STAFF = Cause(actor="test:staff")
MAIN = CalendarId("patel-main")


def state(clinic):
    with clinic.ledger.read() as view:
        return view.calendar_state(MAIN)


def a_foreign(start=NINE, **more):
    return ForeignEvent(title="Team", start=start, end=start + HALF_HOUR, **more)


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


def test_a_lost_answer_to_a_creation_never_makes_a_second_event(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)

    assert clinic.sync().code == "CALENDAR_UNAVAILABLE"
    clinic.settle()

    assert clinic.event(appointment).when.start == NINE
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 1


def test_a_move_before_a_lost_creation_is_seen_again_wins_by_itself(clinic):
    """What was about to be written is the base: no person need decide."""
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()

    clinic.move(appointment, TEN)
    clinic.settle()

    assert clinic.conflicts() == []
    assert clinic.event(appointment).when.start == TEN


def test_a_cancellation_before_a_lost_creation_is_seen_again_deletes_it(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()

    clinic.act(appointment, Action.CANCEL)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1


def test_nor_does_a_colleagues_move_meanwhile_make_it_an_appointment_of_its_own(clinic):
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()
    [ref] = clinic.calendar().refs

    clinic.act(appointment, Action.CANCEL)
    clinic.calendar().colleague_moves(ref, TEN, TEN + HALF_HOUR)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1
    [kept] = clinic.conflicts(open_only=False)
    assert kept.remote["start"] == TEN.isoformat()


def test_a_creation_that_arrives_after_a_refused_one_is_withdrawn_with_its_appointment(clinic):
    """The refusal says nothing about the request before it, which nobody had answered."""
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost())
    clinic.sync()
    intended = clinic.link(appointment).intended
    clinic.faults[MAIN].at("create", Rejected("not this one"))
    clinic.sync()
    assert clinic.link(appointment).intended == intended

    clinic.act(appointment, Action.CANCEL)
    clinic.sync()
    late = ForeignEvent(
        start=NINE, end=NINE + HALF_HOUR, title=intended.title, zone="Europe/Berlin"
    )
    clinic.calendar().colleague_adds(late, uid=clinic.link(appointment).uid)
    clinic.settle()

    assert clinic.calendar().refs == ()
    assert len(clinic.appointments()) == 1


def test_an_event_whose_creation_was_not_answered_is_known_by_its_mark_after_a_move(open_clinic):
    """Where moving makes a new event with a new uid, only the mark is left."""
    clinic = open_clinic(quirks=CALCOM)
    appointment = clinic.book()
    clinic.faults[MAIN].at("create", answer_lost(), moment=Moment.AFTER)
    clinic.sync()
    [ref] = clinic.calendar().refs

    clinic.calendar().colleague_moves(ref, ELEVEN, ELEVEN + HALF_HOUR)
    clinic.settle()

    assert len(clinic.appointments()) == 1
    assert clinic.event(appointment).when.start in (NINE, ELEVEN)


def test_a_read_back_that_fails_costs_one_more_look_and_no_write(clinic):
    appointment = clinic.book()
    clinic.settle()
    clinic.move(appointment, TEN)
    clinic.faults[MAIN].at("get_many", Transient("no answer"))

    clinic.sync()
    writes = len(clinic.calendar().writes(Hand.SYNCD))
    clinic.settle()

    assert len(clinic.calendar().writes(Hand.SYNCD)) == writes
    assert clinic.link(appointment).intended is None


def test_a_new_event_that_is_removed_at_once_is_missed_though_no_feed_tells_of_it(open_clinic):
    """Some servers keep silent about what came and went since a cursor."""
    clinic = open_clinic(quirks=PROFILES["no word of brief lives"])
    clinic.settle()
    appointment = clinic.book()
    clinic.sync()

    clinic.calendar().colleague_deletes(clinic.ref(appointment))
    clinic.sync()

    assert clinic.now_is(appointment).status is Status.CANCELLED


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


def test_an_event_that_is_not_there_when_it_is_read_back_is_written_again(clinic):
    """A calendar that lost it, or shows an old copy, must not cost anybody their appointment; a
    colleague who was as quick as that removes it once more."""
    appointment = clinic.book()
    clinic.faults[MAIN].at(
        "create",
        lambda: clinic.calendar().colleague_deletes(clinic.calendar().refs[0]),
        moment=Moment.AFTER,
    )

    clinic.sync()
    clinic.settle()

    assert clinic.now_is(appointment).status is Status.BOOKED
    assert len(clinic.calendar().refs) == 1


def test_a_rename_between_a_write_and_its_read_back_is_no_echo(open_clinic):
    """A server that names no version when it writes cannot say whose title that is."""
    clinic = open_clinic(quirks=Quirks(answers_versions=False))
    clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()
    ref = clinic.ref(adopted)
    clinic.move(adopted, TEN)
    clinic.faults[MAIN].at(
        "update", lambda: clinic.calendar().colleague_renames(ref, "Board"), moment=Moment.AFTER
    )

    clinic.sync()
    clinic.settle()

    assert clinic.now_is(adopted).title == "Board"


@pytest.mark.parametrize(
    "quirks", [Quirks(etag=Etag.NONE), Quirks(etag=Etag.REUSED)], ids=["none", "reused"]
)
def test_an_edit_that_nobody_saw_is_not_deleted_where_versions_cannot_tell(open_clinic, quirks):
    clinic = open_clinic(quirks=quirks)
    appointment = clinic.book()
    clinic.settle()
    ref = clinic.ref(appointment)
    clinic.act(appointment, Action.CANCEL)

    def redone():
        body = clinic.calendar().stored(ref).body
        clinic.calendar().colleague_deletes(ref)
        clinic.calendar().put(ref, body, Hand.COLLEAGUE)
        clinic.calendar().colleague_moves(ref, ELEVEN, ELEVEN + HALF_HOUR)

    clinic.faults[MAIN].at("get_many", redone)
    clinic.sync()
    clinic.settle()

    assert clinic.calendar().refs == ()
    [kept] = clinic.conflicts(open_only=False)
    assert kept.remote["start"] == ELEVEN.isoformat()


def test_content_is_believed_where_versions_are_reused(open_clinic):
    """A complete listing shows the same version for another content."""
    clinic = open_clinic(quirks=Quirks(etag=Etag.REUSED))
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    [adopted] = clinic.appointments()
    body = clinic.calendar().stored(ref).body.replace("09:00", "13:00").replace("09:30", "13:30")
    clinic.calendar().colleague_deletes(ref)
    clinic.calendar().put(ref, body, Hand.COLLEAGUE)
    clinic.calendar().expire_cursors()

    clinic.settle()

    assert clinic.now_is(adopted).start == NINE + timedelta(hours=4)


def test_a_server_that_rewrites_times_is_believed_in_the_end(open_clinic):
    clinic = open_clinic(quirks=Quirks(drops_seconds=True))
    booked = clinic.book(NINE)
    late = timedelta(seconds=30)  # as from a calendar that keeps them
    after = replace(booked, start=NINE + late, end=booked.end + late, version=2)
    appointment = clinic.ledger.write(
        lambda tx: tx.save_appointment(booked, after, clinic.cause, action="reschedule")
    )

    clinic.settle()

    assert clinic.now_is(appointment).start == NINE
    assert clinic.event(appointment).when.start == NINE


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


def test_what_cannot_be_read_costs_no_commit_again_and_again(open_clinic):
    clinic = open_clinic(quirks=Quirks(cursors=Cursors.ABSENT))
    ref = clinic.calendar().colleague_adds(a_foreign())
    clinic.settle()
    clinic.calendar().colleague_spoils(ref)
    clinic.sync()
    lease = 1

    commits = clinic.commits()
    clinic.sync()

    assert clinic.commits() - commits == lease


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
