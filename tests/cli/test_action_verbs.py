"""Every action on an appointment, as the front desk does it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from syncd.cli.exits import Exit

LESSON = """
[[activities]]
id = "lesson"
name = "Lesson"
duration_minutes = 30
needs_acknowledgement = true
price = "40 EUR"
"""


@pytest.fixture
def clinic(office):
    office.write_practice(LESSON)
    office.ok("practice apply")
    return office


@pytest.fixture
def soon(clinic):
    """An appointment that begins in ten minutes, whatever the time is."""
    start = (datetime.now(UTC) + timedelta(minutes=10)).replace(second=0, microsecond=0)
    return clinic.read(
        f"book --activity lesson --practitioner dr-patel --start {start:%Y-%m-%dT%H:%M}+00:00"
        " --name Ann --email ann@example.org --overbook --reason now"
    )


def act(clinic, appointment, *actions):
    for action in actions:
        appointment = clinic.read(f"appointments {action} {appointment['number']}")
    return appointment


def test_a_lesson_from_its_beginning_to_its_end(clinic, soon):
    assert act(clinic, soon, "arrive")["status"] == "arrived"
    assert act(clinic, soon, "check-in")["status"] == "checked-in"
    ended = act(clinic, soon, "check-out")
    assert (ended["status"], ended["acknowledgement"]) == ("fulfilled", "awaiting")
    assert act(clinic, soon, "dispute")["acknowledgement"] == "disputed"
    refused = clinic.run(f"appointments verify {soon['number']}")
    assert (refused.code, "reason" in refused.err) == (Exit.ERROR, True)
    verified = clinic.read(f"appointments verify {soon['number']} --reason 'both were there'")
    assert verified["acknowledgement"] == "overridden"
    assert act(clinic, soon, "pay")["payment"] == "captured"
    assert act(clinic, soon, "refund")["payment"] == "refunded"
    assert clinic.run(f"appointments pay {soon['number']}").code == Exit.ERROR


def test_what_was_noted_by_mistake_is_undone(clinic, soon):
    undone = act(clinic, soon, "check-in", "check-out", "undo")

    assert (undone["status"], undone["acknowledgement"]) == ("booked", "not-required")


def test_an_appointment_that_should_never_have_been_frees_its_time_and_keeps_its_number(clinic):
    wrong = clinic.book()

    assert act(clinic, wrong, "mark-in-error")["status"] == "entered-in-error"
    assert clinic.book()["number"] != wrong["number"]
    assert clinic.run(f"appointments undo {wrong['number']}").code == Exit.ERROR


def test_nobody_arrives_a_year_ahead(clinic):
    refused = clinic.run(f"appointments arrive {clinic.book()['number']}")

    assert refused.code == Exit.ERROR
    assert "is possible from 2031-03-03T07:30Z until" in refused.err


def test_a_hold_of_what_needs_confirmation_is_pending_once_it_is_booked(clinic):
    held = clinic.read(
        "appointments hold --activity request --practitioner dr-patel --start 2031-03-03T09:00"
        " --name Ann --email ann@example.org"
    )

    assert act(clinic, held, "book")["status"] == "pending"
    assert act(clinic, held, "confirm")["status"] == "booked"


ASKING = """
custom_field = "Grade"
meeting_types = ["in-person", "video"]
meeting_link = "https://meet.example.org/{id}"
"""


def test_what_was_said_is_printed_and_can_be_amended(office):
    office.write_practice(LESSON + ASKING)
    office.ok("practice apply")
    made = office.read(
        "book --activity lesson --practitioner dr-patel --start 2031-03-03T09:00 --name Ann"
        " --email ann@example.org --notes 'fractions' --address '1 River Road' --answer 7"
        " --meeting video"
    )
    number = made["number"]
    assert made["answers"] == {
        "notes": "fractions",
        "address": "1 River Road",
        "customField": {"label": "Grade", "value": "7"},
    }
    assert made["asBooked"]["meetingLink"] == f"https://meet.example.org/{made['id']}"
    card = office.ok(f"appointments show {number}").out
    for each in ("Lesson, 40 EUR, video", "fractions", "1 River Road", "Grade", "meet.example.org"):
        assert each in card

    after = office.read(f"appointments amend {number} --notes 'decimals' --answer '' --link ''")

    assert after["answers"] == {"notes": "decimals", "address": "1 River Road", "customField": None}
    assert after["asBooked"]["meetingLink"] is None
    nothing = office.run(f"appointments amend {number}")
    assert (nothing.code, "nothing to change" in nothing.err) == (Exit.USAGE, True)
