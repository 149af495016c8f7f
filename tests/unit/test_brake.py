"""How many removals pass by themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.brake import BrakeLimits, why_braked

LIMITS = BrakeLimits(count=5, ratio=0.1, empty_from=2)


@pytest.mark.parametrize(
    ("removals", "live", "passes"),
    [
        (1, 1, True),
        (2, 2, False),
        (3, 3, False),
        (1, 2, True),
        (5, 6, True),
        (6, 59, False),
        (6, 60, True),
        (5, 100, True),
        (10, 100, True),
        (11, 100, False),
        (0, 0, True),
        (5, None, True),
        (6, None, False),
    ],
)
def test_a_few_removals_pass_and_many_or_all_wait_for_a_person(removals, live, passes):
    assert (why_braked(removals=removals, live=live, limits=LIMITS) is None) is passes


def test_the_reason_says_how_many_of_how_many():
    assert why_braked(removals=3, live=3, limits=LIMITS) == "all 3 events are gone at once"
    assert why_braked(removals=30, live=100, limits=LIMITS) == (
        "30 of 100 events are gone at once; at most 10 pass by themselves"
    )
    assert why_braked(removals=6, live=None, limits=LIMITS) == (
        "6 events are gone at once; at most 5 pass by themselves"
    )


def test_a_calendar_of_one_may_become_empty_by_itself():
    assert LIMITS.allows(1) == 5
    assert why_braked(removals=1, live=1, limits=LIMITS) is None


@given(
    st.integers(0, 50), st.integers(0, 50), st.integers(0, 10), st.floats(0, 1), st.integers(1, 5)
)
def test_more_removals_never_pass_where_fewer_wait(removals, live, count, ratio, empty_from):
    limits = BrakeLimits(count=count, ratio=ratio, empty_from=empty_from)
    waits = why_braked(removals=removals, live=live, limits=limits) is not None

    assert not waits or why_braked(removals=removals + 1, live=live, limits=limits) is not None
