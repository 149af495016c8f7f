"""`syncd slots` and `syncd explain`, as somebody at a shell sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cli.test_docs import examples

from syncd.cli.exits import Exit

MONDAY = "2031-03-03"
RULES = """
[[activities]]
id = "checkup"
name = "Check-up"
duration_minutes = 30
more_durations_minutes = [60]
buffer_after_minutes = 15
practitioners = ["dr-patel"]
"""


@pytest.fixture
def clinic(office):
    """A practice without calendars, in force."""
    office.write_practice(RULES)
    text = (office.folder / "practice.toml").read_text()
    closed = 'closures = [{ first = 2031-03-05, reason = "Stock-taking" }]'
    (office.folder / "practice.toml").write_text(
        text.replace('"Europe/Berlin"\n', f'"Europe/Berlin"\n{closed}\n', 1)
    )
    office.ok("practice apply")
    return office


def test_slots_are_listed_with_the_lengths_that_fit(clinic):
    clinic.book(f"{MONDAY}T10:00")

    shown = clinic.ok(f"slots --activity checkup --from {MONDAY} --days 1").out.splitlines()

    assert shown[0].split() == ["START", "PRACTITIONER", "LASTS"]
    assert shown[1].split("  ")[0] == "Mon 3 Mar 2031 09:00"
    assert shown[1].endswith("30 min")  # the hour and its buffer would touch the appointment
    assert not any("10:00" in line for line in shown)


def test_with_all_the_others_are_there_with_their_reasons(clinic):
    number = clinic.book(f"{MONDAY}T10:00")["number"]

    shown = clinic.ok(f"slots --activity checkup --from {MONDAY} --days 1 --all").out

    [line] = [each for each in shown.splitlines() if " 10:00 " in each]
    assert f"taken by {number} until Mon 3 Mar 2031 10:30" in line


def test_no_slots_say_how_to_find_out_why(clinic):
    answer = clinic.ok("slots --activity checkup --from 2031-03-08 --days 1")

    assert answer.out == ""
    assert "syncd explain" in answer.err


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (f"{MONDAY}T08:00", "outside opening hours"),
        (f"{MONDAY}T09:10", "not on the grid"),
        (f"{MONDAY}T16:40", "ends after closing, Mon 3 Mar 2031 17:00"),
        ("2031-03-05T10:00", "closed: Stock-taking"),
        ("2020-03-02T10:00", "in the past"),
    ],
)
def test_a_time_that_is_not_offered_is_explained(clinic, start, words):
    shown = clinic.ok(f"explain --activity checkup --practitioner dr-patel --start {start}").out

    assert "not offered" in shown
    assert words in shown


def test_a_time_that_is_offered_says_so(clinic):
    found = clinic.read(
        f"explain --activity checkup --practitioner dr-patel --start {MONDAY}T09:00 --minutes 60"
    )

    assert found["offered"]
    assert found["end"] == f"{MONDAY}T10:00:00+01:00"


def test_a_time_is_explained_as_it_was(clinic):
    """Before it was booked, as the journal tells."""
    asked = f"explain --activity checkup --practitioner dr-patel --start {MONDAY}T09:00"
    before = datetime.now(UTC).isoformat()
    clinic.book(f"{MONDAY}T09:00")

    assert "was offered" in clinic.ok(f"{asked} --at {before}").out
    assert "not offered" in clinic.ok(asked).out


def test_the_documented_shapes_are_those_that_are_printed(clinic):
    clinic.book(f"{MONDAY}T09:00")

    listed = clinic.read(
        f"slots --activity consultation --practitioner dr-patel --from {MONDAY} --all"
    )
    judged = clinic.read(
        f"explain --activity consultation --practitioner dr-patel --start {MONDAY}T09:00"
    )

    [slots], [explain] = examples("slots"), examples("explain")
    assert listed.keys() == slots.keys()
    assert listed["slots"][0] == {**slots["slots"][0], "obstacles": listed["slots"][0]["obstacles"]}
    assert listed["slots"][0]["obstacles"][0].keys() == slots["slots"][0]["obstacles"][0].keys()
    assert judged.keys() == explain.keys()
    assert judged["obstacles"][0].keys() == explain["obstacles"][0].keys()


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("slots --activity chekup", Exit.ERROR, "no activity 'chekup'; known: checkup"),
        ("slots --activity checkup --practitioner dr-owl", Exit.ERROR, "no practitioner 'dr-owl'"),
        ("slots --activity checkup --days 400", Exit.USAGE, "92"),
        ("slots --activity checkup --from tomorrow", Exit.USAGE, "write 2031-03-03"),
        (
            f"explain --activity checkup --practitioner dr-patel --start {MONDAY}T09:00 --minutes 45",
            Exit.ERROR,
            "checkup lasts 30, 60 minutes, not 45",
        ),
    ],
)
def test_what_cannot_be_answered_says_why(clinic, line, code, words):
    answer = clinic.run(line)

    assert answer.code == code
    assert words in answer.err


def test_a_length_of_choice_can_be_booked(clinic):
    booked = clinic.read(
        f"book --activity checkup --practitioner dr-patel --start {MONDAY}T09:00 --minutes 60"
        " --name Ann --email ann@example.org"
    )

    assert booked["end"] == f"{MONDAY}T10:00:00+01:00"


def test_a_refused_booking_says_what_is_free_instead(clinic):
    clinic.book(f"{MONDAY}T09:00")

    answer = clinic.run(
        f"book --activity consultation --practitioner dr-patel --start {MONDAY}T09:00"
        " --name Ann --email ann@example.org"
    )

    assert answer.code == Exit.ERROR
    assert "free instead: Mon 3 Mar 2031 09:30, Mon 3 Mar 2031 10:00" in answer.err
    assert answer.out == ""
