"""How many removals pass at once, for every number of objects and every limit."""

from hypothesis import example, given
from hypothesis import strategies as st

from syncd.core.brake import BrakeLimits, why_braked

limits = st.builds(
    BrakeLimits,
    count=st.integers(0, 12),
    ratio=st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]),
    empty_from=st.integers(1, 6),
)
numbers = st.integers(0, 60)


def holds(removals, live, given_limits):
    return why_braked(removals=removals, live=live, limits=given_limits) is not None


@given(numbers, numbers, limits)
def test_what_leaves_something_and_is_below_both_limits_passes(removals, live, given_limits):
    over = removals > given_limits.count and removals > int(given_limits.ratio * live)
    emptied = removals >= live >= given_limits.empty_from

    assert holds(removals, live, given_limits) is (over or emptied)


@given(numbers, limits)
def test_where_nobody_counted_only_the_number_decides(removals, given_limits):
    assert holds(removals, None, given_limits) is (removals > given_limits.count)


@given(numbers, numbers, limits)
def test_more_removals_never_pass_where_fewer_are_held(removals, live, given_limits):
    assert holds(removals + 1, live, given_limits) >= holds(removals, live, given_limits)


@given(numbers, numbers, limits)
@example(6, 20, BrakeLimits())
@example(3, 3, BrakeLimits())
def test_the_reason_has_the_numbers_and_nothing_else(removals, live, given_limits):
    why = why_braked(removals=removals, live=live, limits=given_limits)

    if why is not None:
        assert "gone at once" in why
        said = {int(word) for word in why.split() if word.isdigit()}
        assert said <= {removals, live, given_limits.allows(live)}
        assert live in said


@given(st.integers(1, 60))
def test_a_calendar_that_is_suddenly_empty_is_held_unless_it_had_one_event(live):
    assert holds(live, live, BrakeLimits()) is (live >= 2)
