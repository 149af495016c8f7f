"""Whose yes counts, where the events of a calendar are asked for and confirmed."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from laws.merge_worlds import (
    MOVABLE,
    NOW,
    OVER,
    agreements,
    cases,
    ledger_side,
    policies,
    remote_side,
    statuses,
    times,
    when,
)

from syncd.core.appointment import Status
from syncd.core.conflict import ConflictField
from syncd.core.merge import Cancellation, Removal, Verdict, merge
from syncd.core.practice import Mode, OnRemoteDelete

LISTENING = (Mode.TWO_WAY, Mode.IMPORT)
asked = agreements(cancelled=False, tentative=True)
asking = policies(modes=LISTENING, confirms=True)
agreed_upon = statuses.filter(lambda each: each not in (*OVER, Status.PENDING, Status.PROPOSED))


def merged(base, ledger, remote, policy):
    return merge(base, ledger, remote, policy=policy, now=NOW)


@given(asking, asked)
def test_a_yes_in_the_calendar_alone_is_taken(policy, base):
    found = merged(
        base,
        ledger_side(when(base), Status.PENDING, policy, title=base.drafted_title),
        remote_side(when(base), base.title),
        policy,
    )

    assert found.confirmation is Verdict.TAKE
    assert found.time is Verdict.KEEP


@given(asking, asked, agreed_upon)
def test_a_yes_in_the_ledger_alone_is_pushed_where_the_calendar_is_written(policy, base, status):
    found = merged(
        base,
        ledger_side(when(base), status, policy),
        remote_side(when(base), base.title, tentative=True),
        policy,
    )

    pushed = Verdict.PUSH if policy.mode.writes else Verdict.KEEP
    assert (found.confirmation, found.time) == (pushed, Verdict.KEEP)
    assert found.overruled in (None, ConflictField.TITLE)


@given(asking, st.none() | agreements(cancelled=False), times, st.data())
def test_sides_that_say_the_same_need_no_yes(policy, base, here, data):
    pending = data.draw(st.booleans())
    status = Status.PENDING if pending else data.draw(agreed_upon)

    found = merged(
        base,
        ledger_side(here, status, policy),
        remote_side(data.draw(times), tentative=pending),
        policy,
    )

    assert found.confirmation is Verdict.KEEP


@given(asking, st.none() | agreements(cancelled=False, tentative=False), times, times)
def test_what_was_never_seen_to_ask_has_got_no_yes(policy, base, here, there):
    """A calendar may confirm by itself what the practice has yet to agree to."""
    found = merged(base, ledger_side(here, Status.PENDING, policy), remote_side(there), policy)

    assert found.confirmation is Verdict.KEEP


@given(asking, asked, times, st.data())
def test_a_yes_is_one_to_the_time_that_it_was_said_of(policy, base, elsewhen, data):
    """What the ledger moved meanwhile still waits; what the calendar moved is agreed to as moved."""
    assume(elsewhen != when(base))
    here = ledger_side(when(base), Status.PENDING, policy)
    there = remote_side(when(base), base.title)

    moved_here = merged(base, replace(here, start=elsewhen[0], end=elsewhen[1]), there, policy)
    moved_there = merged(base, here, replace(there, start=elsewhen[0], end=elsewhen[1]), policy)

    assert (moved_there.time, moved_there.confirmation) == (Verdict.TAKE, Verdict.TAKE)
    assert moved_here.time is moved_here.confirmation
    assert moved_here.confirmation is (Verdict.PUSH if policy.mode.writes else Verdict.KEEP)
    assert (moved_here.overruled is not None) is policy.mode.writes


@given(asking, agreements(cancelled=False), times)
def test_what_the_calendar_moves_and_asks_for_again_waits_for_a_yes_again(policy, base, there):
    """Also where the ledger has just agreed to the time before."""
    assume(there != when(base))
    here = ledger_side(when(base), Status.BOOKED, policy)

    found = merged(base, here, remote_side(there, base.title, tentative=True), policy)

    assert (found.time, found.confirmation) == (Verdict.TAKE, Verdict.TAKE)


@given(asking, agreements(cancelled=False, tentative=False), agreed_upon)
def test_what_was_agreed_to_is_confirmed_at_its_time_whoever_asks(policy, base, status):
    """As where a calendar asks for what the ledger has booked."""
    here = ledger_side(when(base), status, policy)

    found = merged(base, here, remote_side(when(base), base.title, tentative=True), policy)

    assert found.confirmation is (Verdict.PUSH if policy.mode.writes else Verdict.KEEP)


@given(cases(live=True, there=True))
def test_while_the_time_is_in_conflict_nothing_is_confirmed(case):
    found = merged(*case)

    assert found.time is not Verdict.CONFLICT or found.confirmation is Verdict.KEEP


@given(asking, asked, st.sampled_from([Removal.CANCELLED, Removal.GONE]))
def test_agreed_to_here_and_declined_there_is_for_a_person_to_decide(policy, base, removal):
    assume(base.end > NOW and policy.on_remote_delete is OnRemoteDelete.CANCEL)
    remote = remote_side(when(base), base.title, removal)

    touched = merged(base, ledger_side(when(base), Status.BOOKED, policy), remote, policy)
    untouched = merged(base, ledger_side(when(base), Status.PENDING, policy), remote, policy)

    assert touched.cancellation is Cancellation.CONFLICT
    assert untouched.cancellation is Cancellation.CANCEL_LEDGER


@given(policies(modes=(Mode.TWO_WAY,), confirms=True), asked, st.sampled_from(OVER))
def test_declined_here_and_agreed_to_there_is_declined_and_the_yes_is_kept(policy, base, status):
    found = merged(
        base,
        ledger_side(when(base), status, policy, title=base.title),
        remote_side(when(base), base.title),
        policy,
    )

    assert found.cancellation is Cancellation.CANCEL_REMOTE
    assert found.overruled is ConflictField.STATUS


@given(cases(modes=LISTENING, confirms=True))
def test_a_calendar_confirms_only_what_waits_and_asks_again_only_for_what_it_moved(case):
    base, ledger, remote, policy = case

    found = merged(*case)

    if found.confirmation is Verdict.TAKE:
        assert ledger.status in MOVABLE
        assert remote.tentative is (ledger.status is not Status.PENDING)
        assert found.time is Verdict.TAKE or not remote.tentative
        assert remote.tentative or base.tentative
    if found.confirmation is Verdict.PUSH:
        assert policy.mode.writes


@given(asking, agreements(cancelled=False))
def test_what_only_waits_for_the_calendars_own_word_asks_for_no_yes(policy, base):
    here = ledger_side(when(base), Status.PENDING, policy)
    here = replace(here, awaits_word=True)

    made = merged(base, here, remote_side(when(base), base.title), policy)
    asked_for = merged(base, here, remote_side(when(base), base.title, tentative=True), policy)

    assert made.confirmation is Verdict.KEEP
    assert asked_for.confirmation is (Verdict.PUSH if policy.mode.writes else Verdict.KEEP)
