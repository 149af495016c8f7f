"""Who wins, said once for each thing that can be at odds. Convergence would hide a wrong winner."""

from dataclasses import replace

from hypothesis import assume, event, given
from hypothesis import strategies as st
from laws.merge_worlds import (
    HAPPENED,
    MOVABLE,
    NOW,
    OVER,
    WANTED,
    WRITING,
    agreements,
    cases,
    ledger_side,
    policies,
    remote_side,
    statuses,
    times,
    titles,
    when,
)

from syncd.core.appointment import Origin, Status
from syncd.core.conflict import ConflictField
from syncd.core.merge import Cancellation, Removal, Verdict, merge
from syncd.core.practice import Mode, OnRemoteDelete

LISTENING = (Mode.TWO_WAY, Mode.IMPORT)
NOT_BUSY = (Mode.TWO_WAY, Mode.PUBLISH, Mode.IMPORT)
live_statuses = statuses.filter(lambda each: each not in OVER)


def merged(base, ledger, remote, policy):
    return merge(base, ledger, remote, policy=policy, now=NOW)


# A change on one side only always survives.


@given(policies(modes=LISTENING), st.data())
def test_a_move_in_the_calendar_alone_is_taken(policy, data):
    base = data.draw(agreements(cancelled=False))
    status = data.draw(st.sampled_from(MOVABLE))
    there = data.draw(times.filter(lambda each: each != when(base)))

    found = merged(
        base,
        ledger_side(when(base), status, policy),
        remote_side(there, data.draw(titles)),
        policy,
    )

    assert found.time is Verdict.TAKE
    assert found.cancellation is Cancellation.AGREED


@given(policies(modes=NOT_BUSY), live_statuses, st.data())
def test_a_move_in_the_ledger_alone_is_pushed_where_the_calendar_is_written(policy, status, data):
    base = data.draw(agreements(cancelled=False))
    here = data.draw(times.filter(lambda each: each != when(base)))

    found = merged(
        base, ledger_side(here, status, policy), remote_side(when(base), base.title), policy
    )

    assert found.time is (Verdict.PUSH if policy.mode in WRITING else Verdict.KEEP)
    assert found.overruled is None or found.title is Verdict.PUSH


@given(policies(modes=NOT_BUSY), st.data())
def test_a_cancellation_in_the_ledger_alone_reaches_the_calendar(policy, data):
    base = data.draw(agreements(cancelled=False))
    status = data.draw(st.sampled_from(OVER))
    there = remote_side(when(base), base.title, tentative=base.tentative)

    found = merged(base, ledger_side(when(base), status, policy), there, policy)

    assert found.cancellation is (
        Cancellation.CANCEL_REMOTE if policy.mode in WRITING else Cancellation.HOLD
    )
    assert found.overruled is None


# Each field of a double edit goes to its owner; one without an owner is held and nothing moves.


@given(policies(modes=LISTENING), live_statuses, st.data())
def test_a_double_move_is_a_conflict(policy, status, data):
    base = data.draw(st.none() | agreements(cancelled=False))
    known = when(base) if base else None
    here, there = data.draw(
        st.tuples(times, times).filter(lambda two: two[0] != two[1] and known not in two)
    )

    found = merged(
        base, ledger_side(here, status, policy), remote_side(there, data.draw(titles)), policy
    )

    assert found.time is Verdict.CONFLICT
    assert found.is_conflict


@given(policies(modes=LISTENING), st.data())
def test_a_move_of_what_can_no_longer_be_moved_is_a_conflict(policy, data):
    base = data.draw(agreements(cancelled=False))
    fixed = data.draw(live_statuses.filter(lambda each: each not in MOVABLE))
    there = data.draw(times.filter(lambda each: each != when(base)))

    found = merged(base, ledger_side(when(base), fixed, policy), remote_side(there), policy)

    assert found.time is Verdict.CONFLICT


@given(cases(modes=(Mode.PUBLISH,), live=True, there=True))
def test_a_publish_calendar_shows_the_ledgers_time(case):
    base, ledger, remote, policy = case

    found = merged(base, ledger, remote, policy)

    assert found.time is (Verdict.KEEP if when(ledger) == when(remote) else Verdict.PUSH)


@given(cases(modes=NOT_BUSY, live=True, there=True), times)
def test_sides_that_say_the_same_need_nothing_whatever_was_agreed_before(case, both):
    base, ledger, remote, policy = case
    ledger = replace(ledger, start=both[0], end=both[1])
    remote = replace(remote, start=both[0], end=both[1])

    assert merged(base, ledger, remote, policy).time is Verdict.KEEP


# Titles belong to whoever created the event.


@given(cases(modes=NOT_BUSY, live=True, there=True, origin=Origin.ADOPTED))
def test_the_title_of_an_adopted_event_is_never_written(case):
    base, _, remote, _ = case
    renamed = base is not None and remote.title != base.title

    found = merged(*case)

    assert found.title is (Verdict.TAKE if renamed else Verdict.KEEP)


@given(cases(modes=(Mode.TWO_WAY,), live=True, there=True, origin=Origin.OURS))
def test_a_colleagues_title_survives_until_the_ledger_asks_for_another(case):
    base, ledger, remote, _ = case
    asks = base is None or base.drafted_title != ledger.title
    differs = remote.title.strip() != WANTED

    assert merged(*case).title is (Verdict.PUSH if asks and differs else Verdict.KEEP)


@given(cases(modes=(Mode.PUBLISH,), live=True, there=True, origin=Origin.OURS))
def test_a_publish_calendars_title_is_put_back(case):
    _, _, remote, _ = case

    assert merged(*case).title is (Verdict.KEEP if remote.title.strip() == WANTED else Verdict.PUSH)


@given(cases(origin=Origin.OURS))
def test_the_title_of_our_own_event_is_never_taken(case):
    assert merged(*case).title is not Verdict.TAKE


# A vanished event is withdrawn by policy and never pushed back by itself.


@given(
    policies(modes=NOT_BUSY),
    st.sampled_from([Removal.CANCELLED, Removal.GONE]),
    st.data(),
)
def test_a_removal_under_an_untouched_appointment_goes_by_the_practices_choice(
    policy, removal, data
):
    base = data.draw(agreements(cancelled=False))
    assume(base.end > NOW)
    asked_for = policy.confirms and base.tentative
    status = data.draw(st.sampled_from([Status.PENDING] if asked_for else MOVABLE))

    found = merged(
        base,
        ledger_side(when(base), status, policy),
        remote_side(when(base), base.title, removal),
        policy,
    )

    restore = policy.mode in WRITING
    assert (
        found.cancellation
        is {
            OnRemoteDelete.CANCEL: Cancellation.CANCEL_LEDGER,
            OnRemoteDelete.ASK: Cancellation.CONFLICT,
            OnRemoteDelete.RESTORE: Cancellation.RESTORE_REMOTE
            if restore
            else Cancellation.CONFLICT,
        }[policy.on_remote_delete]
    )


@given(
    policies(modes=NOT_BUSY, on_remote_delete=OnRemoteDelete.CANCEL),
    live_statuses,
    st.sampled_from([Removal.CANCELLED, Removal.GONE]),
    st.data(),
)
def test_a_removal_cancels_nothing_that_was_moved_meanwhile_or_is_under_way(
    policy, status, removal, data
):
    base = data.draw(st.none() | agreements(cancelled=False))
    here = data.draw(times.filter(lambda each: each[1] > NOW))
    moved = base is None or here != when(base)
    assume(moved or status not in MOVABLE)
    assume(removal is Removal.CANCELLED or status not in HAPPENED)

    found = merged(
        base,
        ledger_side(here, status, policy),
        remote_side(when(base) if base else here, "", removal),
        policy,
    )

    assert found.cancellation is Cancellation.CONFLICT


@given(
    policies(modes=WRITING, on_remote_delete=OnRemoteDelete.RESTORE),
    live_statuses,
    st.sampled_from([Removal.CANCELLED, Removal.GONE]),
    st.data(),
)
def test_a_removal_is_restored_whatever_became_of_the_appointment(policy, status, removal, data):
    """The ledger loses nothing by it, so that no person need decide."""
    base = data.draw(st.none() | agreements(cancelled=False))
    here = data.draw(times.filter(lambda each: each[1] > NOW))
    assume(removal is Removal.CANCELLED or status not in HAPPENED)

    found = merged(base, ledger_side(here, status, policy), remote_side(here, "", removal), policy)

    assert found.cancellation is Cancellation.RESTORE_REMOTE


@given(cases(modes=NOT_BUSY, live=True))
def test_an_ended_or_past_event_that_is_gone_only_ends_its_link(case):
    base, ledger, _, policy = case
    ended = ledger.end <= NOW or ledger.status in HAPPENED

    found = merged(base, ledger, remote_side(when(ledger), removal=Removal.GONE), policy)

    assert (found.cancellation is Cancellation.UNLINK) >= ended
    event("ended" if ended else "still to come")


@given(policies(modes=NOT_BUSY), live_statuses, st.data())
def test_an_appointment_that_outlived_a_cancellation_is_shown_again_when_its_event_goes(
    policy, status, data
):
    """A person decided that it stands; that its cancelled event is cleared away decides nothing."""
    base = data.draw(agreements(cancelled=True))
    here = data.draw(times.filter(lambda each: each[1] > NOW))
    assume(status not in HAPPENED)

    gone = merged(
        base, ledger_side(here, status, policy), remote_side(here, "", Removal.GONE), policy
    )
    still = merged(
        base,
        ledger_side(here, status, policy),
        remote_side(when(base), base.title, Removal.CANCELLED),
        policy,
    )

    assert gone.cancellation is (
        Cancellation.RESTORE_REMOTE if policy.mode in WRITING else Cancellation.UNLINK
    )
    assert still.cancellation is Cancellation.HOLD


# A cancelled appointment is never resurrected.


@given(cases(modes=NOT_BUSY))
def test_nothing_in_a_calendar_brings_a_cancelled_appointment_back(case):
    base, ledger, remote, policy = case
    ledger = replace(ledger, status=Status.CANCELLED)

    found = merged(base, ledger, remote, policy)

    if remote.removal is not Removal.NONE:
        expected = Cancellation.AGREED
    elif base is not None and base.cancelled and policy.mode is not Mode.PUBLISH:
        expected = Cancellation.REVIVED
    else:
        expected = Cancellation.CANCEL_REMOTE if policy.mode in WRITING else Cancellation.HOLD
    assert found.cancellation is expected
    assert Verdict.TAKE not in (found.time, found.title, found.confirmation, found.absence)


# No silent overwrite.


@given(cases(modes=NOT_BUSY))
def test_a_remote_edit_that_is_overruled_is_named(case):
    """Overwritten is what is about to be replaced and was not agreed upon before."""
    base, ledger, remote, policy = case

    found = merged(base, ledger, remote, policy)

    known = base.title if base else ledger.title
    moved = when(remote) != when(base or ledger)
    ours = ledger.title is not None  # the title of an adopted event is never written
    renamed = ours and known is not None and remote.title.strip() != known.strip()
    said_yes = policy.confirms and base is not None and base.tentative and not remote.tentative
    lost = set()
    match found.cancellation:
        case Cancellation.RESTORE_REMOTE if remote.removal is Removal.CANCELLED:
            lost = {ConflictField.STATUS}
        case Cancellation.CANCEL_REMOTE if base is not None and base.cancelled:
            lost = {ConflictField.STATUS}  # somebody called it off, and calls it on again
        case Cancellation.CANCEL_REMOTE | Cancellation.HOLD if policy.mode in WRITING:
            lost |= {ConflictField.TIME} if moved else set()
            lost |= {ConflictField.TITLE} if renamed else set()
            if said_yes and remote.removal is Removal.NONE:
                lost.add(ConflictField.STATUS)
        case Cancellation.AGREED if remote.removal is Removal.NONE:
            if found.time is Verdict.PUSH and (base is None or moved):
                lost.add(ConflictField.TIME)
            if found.title is Verdict.PUSH and (base is None or remote.title != base.title):
                lost.add(ConflictField.TITLE)
            if found.confirmation is Verdict.PUSH and said_yes:
                lost.add(ConflictField.STATUS)
    assert found.overruled in (lost or {None})


# Modes.


@given(cases(modes=(Mode.IMPORT, Mode.BUSY)))
def test_a_calendar_that_is_not_written_to_gets_no_writes(case):
    found = merged(*case)

    assert Verdict.PUSH not in (found.time, found.title, found.confirmation, found.absence)
    assert found.cancellation not in (Cancellation.CANCEL_REMOTE, Cancellation.RESTORE_REMOTE)


@given(cases(modes=(Mode.BUSY,)))
def test_a_calendar_that_only_takes_time_says_nothing_about_appointments(case):
    found = merged(*case)

    assert found.cancellation is Cancellation.UNLINK
    assert found.overruled is None


@given(cases(modes=(Mode.PUBLISH,), on_remote_delete=OnRemoteDelete.RESTORE))
def test_a_publish_calendar_changes_nothing_in_the_ledger(case):
    found = merged(*case)

    assert found.time is not Verdict.TAKE
    assert found.cancellation is not Cancellation.CANCEL_LEDGER


# Total, and free of what must not matter.


@given(cases(confirms=False), st.booleans(), st.booleans())
def test_every_combination_has_one_answer_and_tentative_is_no_part_of_it(case, before, there):
    """Unless tentative events are confirmed there: `test_confirmation_laws`."""
    base, ledger, remote, policy = case
    base, remote = base and replace(base, tentative=before), replace(remote, tentative=there)
    other = base and replace(base, tentative=not before)
    found = merged(base, ledger, remote, policy)

    assert found == merged(other, ledger, replace(remote, tentative=not there), policy)
    assert found.confirmation is Verdict.KEEP
