"""One line for `systemctl status`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.daemon.health import Condition, condition_of, newly_stale, status_line
from syncd.testing.builders import a_calendar
from syncd.testing.builders import a_calendar_state as a_state
from syncd.testing.clock import MONDAY

HOUR = timedelta(hours=1)
FRESH, STALE, FAILING = Condition.FRESH, Condition.STALE, Condition.FAILING


@pytest.mark.parametrize(
    ("state", "age", "condition"),
    [
        (a_state(), timedelta(0), Condition.FRESH),
        (a_state(), HOUR, Condition.FRESH),
        (a_state(), HOUR * 1.01, Condition.STALE),
        (a_state(failures=2), HOUR / 2, Condition.FAILING),
        (a_state(failures=2), HOUR * 2, Condition.STALE),
        (a_state(), None, Condition.UNREAD),
        (a_state(failures=1), None, Condition.FAILING),
        (a_state(suspended_at=MONDAY, failures=1), HOUR * 2, Condition.SUSPENDED),
    ],
)
def test_a_calendar_is_called_what_it_is(state, age, condition):
    assert condition_of(a_calendar(stale_after=HOUR), state, age) is condition


@pytest.mark.parametrize(
    ("conditions", "conflicts", "stuck", "line"),
    [
        ([], 0, 0, "no calendars in use"),
        ([FRESH], 0, 0, "1 calendar fresh"),
        ([FRESH] * 3, 1, 0, "3 calendars fresh, 1 conflict"),
        (
            [FRESH, STALE, FAILING, FAILING],
            2,
            0,
            "1 of 4 calendars fresh, 2 failing, 1 stale, 2 conflicts",
        ),
        ([FAILING], 0, 1, "0 of 1 calendar fresh, 1 failing, 1 stuck"),
    ],
)
def test_the_status_names_what_is_not_as_it_should_be(conditions, conflicts, stuck, line):
    assert status_line(conditions, conflicts, stuck) == line


def test_growing_stale_and_recovering_are_news_once():
    assert newly_stale({"a": STALE, "b": FRESH}, known=[]) == (["a"], [])
    assert newly_stale({"a": STALE, "b": STALE}, known=["a"]) == (["b"], [])
    assert newly_stale({"a": FRESH}, known=["a", "b"]) == ([], ["a", "b"])
