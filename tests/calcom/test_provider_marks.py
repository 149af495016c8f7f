"""What syncd leaves in the bookings that it makes, and reads there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.events import Draft
from syncd.core.ids import Uid
from syncd.testing.builders import NINE
from syncd_calcom.marks import LONGEST_VALUE, cut, marks_in, metadata_for

HALF_HOUR = timedelta(minutes=30)


def a_draft(**changes):
    fields = {"uid": Uid("u"), "start": NINE, "end": NINE + HALF_HOUR, "zone": "UTC", "title": "T"}
    return Draft(**(fields | changes))


def test_the_number_stands_beside_the_title_that_shows_it():
    shown = metadata_for(a_draft(title="Check · AID-20310303-0001", mark="m"), HALF_HOUR)
    hidden = metadata_for(a_draft(title="Busy", mark="m"), HALF_HOUR)

    assert shown["syncd_number"] == "AID-20310303-0001"
    assert "syncd_number" not in hidden


def test_marks_are_read_as_they_were_left():
    draft = a_draft(mark="m", transparent=True)
    marks = marks_in(metadata_for(draft, 2 * HALF_HOUR))

    assert (marks.appointment, marks.title, marks.is_free) == ("m", "T", True)
    assert marks.length(2 * HALF_HOUR) == HALF_HOUR
    assert marks.length(3 * HALF_HOUR) is None


def test_what_is_not_ours_says_nothing_of_itself():
    assert marks_in({"syncd_title": "T", "syncd_free": "1", "syncd_minutes": "20/30"}).title == ""


@pytest.mark.parametrize("text", ["x" * 600, "\U0001f44d" * 300, "a" + "\U0001f44d" * 300])
def test_a_title_is_cut_at_what_a_value_may_have(text):
    found = cut(text)

    assert text.startswith(found)
    assert LONGEST_VALUE - 1 <= len(found.encode("utf-16-le")) // 2 <= LONGEST_VALUE
