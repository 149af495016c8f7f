"""Arguments that nobody means: told as wrong usage or refused, never a failure inside."""

from __future__ import annotations

import pytest

from .front_desk import FrontDesk, Said

BOOK = "book --activity consultation --practitioner dr-patel --name Jane --email jane@example.org"
ODD_STARTS = [
    "9999-12-31T23:59Z",
    "9999-12-31T23:59",
    "9999-12-31T23:59-23:59",
    "0001-01-01T00:00",
    "0001-01-01T00:00+23:59",
]


def is_told(said: Said) -> bool:
    return said.code in (1, 2) and "inside" not in said.text and "Traceback" not in said.text


@pytest.mark.parametrize("start", ODD_STARTS)
def test_nothing_is_booked_at_the_ends_of_the_calendar(desk: FrontDesk, start: str):
    said = desk.run(*BOOK.split(), "--start", start)

    assert said.code == 2, said
    assert is_told(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--date", "9999-12-31"),
        ("--date", "0001-01-01"),
        ("--start", "0001-01-01"),
        ("--end", "9999-12-31"),
        ("--limit", "9" * 20),
    ],
)
def test_a_search_beyond_what_can_be_counted_is_wrong_usage(
    desk: FrontDesk, arguments: tuple[str, str]
):
    said = desk.run("appointments", "list", *arguments)

    assert said.code == 2, said
    assert is_told(said)
