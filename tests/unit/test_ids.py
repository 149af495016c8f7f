"""Numbers and derived identities."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    format_number,
    is_number,
    is_number_prefix,
    remote_uid,
)
from syncd.core.time import local_day, zone
from syncd.testing.builders import utc

words = st.text(min_size=1, max_size=8)
prefixes = st.from_regex(r"[A-Z][A-Z0-9]{0,15}", fullmatch=True)
DAY = date(2025, 9, 21)


def test_a_number_names_prefix_day_and_sequence():
    assert format_number("AID", DAY, 1) == "AID-20250921-0001"


@pytest.mark.parametrize(
    ("sequence", "digits"), [(1, "0001"), (9_999, "9999"), (10_000, "10000"), (123_456, "123456")]
)
def test_the_width_of_four_is_a_minimum(sequence, digits):
    assert format_number("AID", DAY, sequence).rpartition("-")[2] == digits


@pytest.mark.parametrize("sequence", [0, -1])
def test_counting_starts_at_one(sequence):
    with pytest.raises(ValueError, match="below 1"):
        format_number("AID", DAY, sequence)


@given(prefixes, st.dates(min_value=date(1000, 1, 1)), st.integers(1, 10**7))
def test_every_number_is_recognised_and_tells_its_parts(prefix, day, sequence):
    number = format_number(prefix, day, sequence)

    assert is_number(number)
    head, middle, tail = number.split("-")
    assert (head, middle, int(tail)) == (prefix, day.isoformat().replace("-", ""), sequence)


@given(st.dates(min_value=date(1000, 1, 1)), st.integers(1, 9_998))
def test_numbers_of_one_day_sort_as_they_were_issued(day, sequence):
    assert format_number("AID", day, sequence) < format_number("AID", day, sequence + 1)
    assert (
        format_number("AID", day, sequence)
        < format_number("AID", min(day, date.max - timedelta(days=1)) + timedelta(days=1), 1)
        or day == date.max
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AID-20250921-001",
        "AID-2025921-0001",
        "aid-20250921-0001",
        "1ID-20250921-0001",
        "AID-20250921-0001 ",
        "AID-20250921-0001\n",
        "AID-2025-09-21-0001",
        "AID-\u0662\u0660\u0662\u0665\u0660\u0669\u0662\u0661-\u0660\u0660\u0660\u0661",
        "A" * 17 + "-20250921-0001",
    ],
)
def test_other_shapes_are_no_numbers(text):
    assert not is_number(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("AID", True), ("A", True), ("P2", True), ("A" * 16, True), ("A" * 17, False)]
    + [(text, False) for text in ("", "aid", "2P", "A-B", "Ä", "AID ", "AID\n")],
)
def test_a_prefix_is_capital_letters_and_digits(text, is_one):
    assert is_number_prefix(text) is is_one


def test_the_day_of_a_number_is_that_of_the_practice():
    """A booking at 23:30 UTC belongs to the next day in Berlin and to the same in New York."""
    booked = utc("2025-09-20 23:30")

    assert format_number("AID", local_day(booked, zone("Europe/Berlin")), 1) == "AID-20250921-0001"
    assert format_number("AID", local_day(booked, zone("America/New_York")), 1) == (
        "AID-20250920-0001"
    )


@given(words, words, st.integers(1, 99))
def test_a_remote_identity_is_always_the_same(appointment, calendar, generation):
    uid = remote_uid(AppointmentId(appointment), CalendarId(calendar), generation)

    assert uid == remote_uid(AppointmentId(appointment), CalendarId(calendar), generation)
    assert str(UUID(uid)) == uid


@given(
    st.lists(st.tuples(st.uuids(), st.sampled_from(["a", "b-1"]), st.integers(1, 5)), unique=True)
)
def test_appointment_calendar_and_generation_tell_identities_apart(keys):
    uids = {remote_uid(AppointmentId(str(a)), CalendarId(c), g) for a, c, g in keys}

    assert len(uids) == len(keys)


def test_a_remote_identity_never_changes_between_releases():
    """It is on the servers: another namespace would orphan every event that was ever written."""
    assert remote_uid(AppointmentId("appointment-1"), CalendarId("patel-main"), 1) == (
        "35cc5e40-d006-5a46-9025-36f36032d773"
    )
