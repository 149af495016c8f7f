"""Who says that nobody came, where a calendar can say that, too."""

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st
from laws.merge_worlds import (
    NOW,
    agreements,
    cases,
    ledger_side,
    policies,
    remote_side,
    statuses,
    when,
)

from syncd.core.appointment import Status
from syncd.core.merge import Verdict, merge
from syncd.core.practice import Mode

MISSABLE = (Status.BOOKED, Status.ARRIVED)
marking = policies(modes=(Mode.TWO_WAY, Mode.IMPORT), marks_absence=True)
came = statuses.filter(lambda each: each not in (Status.NOSHOW, Status.CANCELLED))


def absence(base, ledger, remote, policy):
    return merge(base, ledger, remote, policy=policy, now=NOW).absence


def written(policy):
    return Verdict.PUSH if policy.mode.writes else Verdict.KEEP


@given(marking, agreements(cancelled=False, absent=False))
def test_what_the_ledger_says_alone_is_pushed(policy, base):
    here = ledger_side(when(base), Status.NOSHOW, policy)

    assert absence(base, here, remote_side(when(base)), policy) is written(policy)


@given(marking, agreements(cancelled=False, absent=True), st.sampled_from(MISSABLE))
def test_what_the_ledger_takes_back_alone_is_taken_back_in_the_calendar(policy, base, status):
    here = ledger_side(when(base), status, policy)

    assert absence(base, here, remote_side(when(base), absent=True), policy) is written(policy)


@given(marking, agreements(cancelled=False, absent=False), came)
def test_what_the_calendar_says_alone_is_taken_of_what_has_begun_and_can_be_missed(
    policy, base, status
):
    assume(status is not Status.ENTERED_IN_ERROR)
    here = ledger_side(when(base), status, policy)

    found = absence(base, here, remote_side(when(base), absent=True), policy)

    can = status in MISSABLE or (status is Status.PENDING and policy.confirms and base.tentative)
    assert found is (Verdict.TAKE if can and base.start <= NOW else Verdict.KEEP)


@given(marking, agreements(cancelled=False, absent=True))
def test_what_the_calendar_takes_back_is_held(policy, base):
    """Only the practice itself undoes a no-show."""
    here = ledger_side(when(base), Status.NOSHOW, policy)

    assert absence(base, here, remote_side(when(base)), policy) is Verdict.KEEP


@given(cases(marks_absence=False), st.booleans(), st.booleans())
def test_elsewhere_absence_is_no_part_of_anything(case, before, there):
    base, ledger, remote, policy = case
    base, remote = base and replace(base, absent=before), replace(remote, absent=there)
    other = base and replace(base, absent=not before)

    found = merge(base, ledger, remote, policy=policy, now=NOW)

    assert found.absence is Verdict.KEEP
    assert found == merge(other, ledger, replace(remote, absent=not there), policy=policy, now=NOW)
