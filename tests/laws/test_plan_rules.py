"""Every law of a plan over drawn pictures: by Hypothesis, which shrinks, and at speed."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st
from laws.at_speed import (
    a_case,
    again,
    explain,
    hold_against_all,
    picks_of,
    run,
    smaller,
    violation_of,
)

import syncd.core.plan
from syncd.core.operations import Op

SECONDS = float(os.environ.get("LAWS_SECONDS", "5"))
MUTATING = "LAWS_EXAMPLES" in os.environ  # asks thousands of times, and wants the same answer
SEED = 1 if MUTATING else int.from_bytes(os.urandom(2))


@st.composite
def cases(draw):
    return a_case(lambda n: draw(st.integers(0, n - 1)))


@settings(max_examples=200)
@given(cases())
def test_all_laws_hold_for_every_plan(case):
    hold_against_all(case, look_again=True)


def test_all_laws_hold_for_thousands_of_plans():
    """`make laws` does this for longer. The seed is another one each time; a failure names it."""
    outcome = run(SEED, scenarios=1_500) if MUTATING else run(SEED, seconds=SECONDS)

    assert outcome.broken is None, "\n".join(explain(outcome.broken))
    assert outcome.scenarios > 0


# The fast loop itself.


def test_the_same_seed_draws_the_same_scenarios():
    assert picks_of(7) == picks_of(7) != picks_of(8)
    assert violation_of(again(picks_of(7))) is None
    assert list(explain(7)) == list(explain(7))


def test_a_broken_law_is_found_made_small_and_explained(monkeypatch):
    """A planner that forgets one write: nobody may do without it."""
    whole = syncd.core.plan.plan_push

    def forgetful(scene, link, appointment):
        step = whole(scene, link, appointment)
        return None if step is not None and step.op is Op.CREATE else step

    monkeypatch.setattr(syncd.core.plan, "plan_push", forgetful)

    outcome = run(1, scenarios=5_000)

    assert outcome.broken is not None
    picks = picks_of(outcome.broken)
    small = smaller(picks)
    assert violation_of(again(small)).law == violation_of(again(picks)).law
    assert sum(small) < sum(picks)
    words = "\n".join(explain(outcome.broken))
    assert "breaks a_link_is_written_or_settled_just_when_it_differs_and_may_be" in words
    assert f"SCENARIO={outcome.broken}" in words
    assert "pending-write" not in words.splitlines()[0]


def test_a_planner_that_raises_is_a_finding(monkeypatch):
    monkeypatch.setattr(syncd.core.plan, "plan_push", lambda *_: 1 / 0)

    outcome = run(1, scenarios=5_000)

    assert outcome.broken is not None
    assert "ZeroDivisionError" in "\n".join(explain(outcome.broken))
