"""Verbs that book where a calendar has the last word: it is asked before anything is printed."""

from __future__ import annotations

import pytest
from cli.conftest import NOWHERE

from syncd.cli.exits import Exit


@pytest.fixture
def strict(clinic):
    text = (clinic.folder / "practice.toml").read_text()
    (clinic.folder / "practice.toml").write_text(text + 'write_through = "refuse"\n')
    clinic.ok("practice apply")
    return clinic


def test_what_is_printed_stands_in_the_calendar_also_what_was_held_before(strict):
    booked = strict.book()

    assert (booked["status"], booked["links"][0]["state"]) == ("booked", "in-sync")
    assert list(strict.events()) == [booked["links"][0]["ref"]]
    held = strict.read(
        "appointments hold --activity consultation --practitioner dr-patel "
        "--start 2031-03-03T11:00 --name John --email john@example.org"
    )
    made = strict.read(f"appointments book {held['number']}")
    assert (made["status"], len(strict.events())) == ("booked", 2)


def test_a_calendar_that_does_not_answer_is_down_and_what_was_booked_is_cancelled(strict):
    path = strict.folder / "practice.toml"
    path.write_text(path.read_text().replace(strict.calendars["patel-main"], f"{NOWHERE}cal/"))
    strict.ok("practice apply")

    answer = strict.run(
        "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00 "
        "--name John --email john@example.org"
    )

    assert answer.code == Exit.REMOTE_DOWN
    assert "does not answer" in answer.err
    [row] = strict.read("appointments list")["appointments"]
    assert (row["status"], row["number"] in answer.err) == ("cancelled", True)
    assert strict.run("sync").code != Exit.OK
