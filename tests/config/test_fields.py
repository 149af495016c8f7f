"""Single values that a person writes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd_config.durations import format_duration, parse_duration


@given(st.integers(0, 30 * 86_400).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_duration_is_read_back_as_it_was_written(duration):
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize("text", ["", "5", "5 minutes", "m", "1m1h", "-5m", "1.5h", "٣m x"])
def test_a_duration_without_a_plain_unit_is_refused(text):
    with pytest.raises(ValueError, match="must be a duration"):
        parse_duration(text)
