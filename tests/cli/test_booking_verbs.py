"""Appointments as a person at a shell books, finds and follows them, down to the journal."""

import re

import pytest

from syncd.ledger.engine import sqlite_module


@pytest.mark.parametrize("verb", ["book", "appointments hold"])
@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("practitioner", "dr-patle", "no practitioner 'dr-patle'; known: dr-patel"),
        ("activity", "consultaton", "no activity 'consultaton'; known: consultation"),
        ("email", "nobody", "e-mail address"),
        ("start", "2020-03-03T09:00", "is in the past"),
        ("start", "2031-03-01T09:00", "opening hours"),
        ("start", "2031-03-30T02:30", "does not exist in Europe/Berlin"),
    ],
)
def test_a_booking_that_cannot_be_is_refused_with_the_reason(
    practice, verb, option, value, message
):
    wish = {
        "activity": "consultation",
        "practitioner": "dr-patel",
        "start": "2031-03-03T09:00",
        "name": "Eve",
        "email": "eve@example.org",
        option: value,
    }

    answer = practice.run(f"{verb} " + " ".join(f"--{key} '{wish[key]}'" for key in wish))

    assert (answer.code, answer.out) == (1, "")
    assert message in answer.err
    assert practice.read("appointments list") == {"appointments": []}


def test_a_booking_is_told_to_a_person_with_its_number(practice):
    answer = practice.ok(
        "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00+01:00 "
        "--name 'Jane Doe' --email jane@example.org --phone 123"
    )

    assert re.match(r"AID-\d{8}-0001\n", answer.out)
    assert "Mon 3 Mar 2031 09:00-09:30 (Europe/Berlin)" in answer.out
    assert "Jane Doe (jane@example.org, 123)" in answer.out


def test_staff_may_overbook_with_a_reason_and_it_is_seen(practice):
    practice.book()
    again = "--name Eve --email eve@example.org --overbook"
    wish = "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00"

    without = practice.run(f"{wish} {again}")
    booked = practice.read(f"{wish} {again} --reason 'an emergency'")

    assert without.code == 1
    assert "needs a reason" in without.err
    assert booked["flags"] == ["overbooked"]
    assert practice.read("db check")["overlaps"] == []


def test_a_hold_keeps_the_time_and_becomes_an_appointment(clinic):
    options = "--activity consultation --practitioner dr-patel --start 2031-03-03T09:00"
    held = clinic.read(f"appointments hold {options} --name Jane --email j@example.org")
    refused = clinic.run(f"book {options} --name Eve --email eve@example.org")
    clinic.ok("sync")
    assert clinic.events() == {}

    booked = clinic.read(f"appointments book {held['number']}")
    clinic.ok("sync")

    assert (held["status"], refused.code, booked["status"]) == ("proposed", 1, "booked")
    assert held["holdExpiresAt"] is not None
    assert booked["holdExpiresAt"] is None
    assert len(clinic.events()) == 1


def test_a_request_is_confirmed_or_declined(practice):
    numbers = [
        practice.read(
            f"book --activity request --practitioner dr-patel --start 2031-03-03T{hour}:00 "
            f"--name C{hour} --email c{hour}@example.org"
        )["number"]
        for hour in (10, 12)
    ]

    confirmed = practice.read(f"appointments confirm {numbers[0]}")
    rejected = practice.read(f"appointments reject {numbers[1]}")
    twice = practice.run(f"appointments confirm {numbers[0]}")

    assert (confirmed["status"], rejected["status"]) == ("booked", "cancelled")
    assert rejected["reason"] == "declined"
    assert twice.code == 1


@pytest.mark.parametrize("action", ["complete", "no-show"])
def test_what_is_still_to_come_can_neither_have_happened_nor_been_missed(practice, action):
    number = practice.book()["number"]

    answer = practice.run(f"appointments {action} {number} --json")

    assert answer.code == 1
    assert answer.json["error"]["code"] == "TOO_EARLY"


def test_an_action_at_another_version_than_seen_is_refused(practice):
    number = practice.book()["number"]

    refused = practice.run(f"appointments cancel {number} --if-version 2 --json")
    cancelled = practice.read(f"appointments cancel {number} --if-version 1")

    assert refused.json["error"]["code"] == "VERSION_CONFLICT"
    assert cancelled["version"] == 2


def test_appointments_are_found_by_day_status_practitioner_and_count(practice):
    first = practice.book("2031-03-03T16:30", "Jane Doe")["number"]
    second = practice.book("2031-03-04T09:00", "Tom Doe")["number"]
    practice.ok(f"appointments cancel {second}")

    def numbers(options):
        found = practice.read(f"appointments list {options}")["appointments"]
        return [each["number"] for each in found]

    assert numbers("") == [first, second]
    assert numbers("--date 2031-03-03") == [first]
    assert numbers("--start 2031-03-04") == [second]
    assert numbers("--end 2031-03-04T00:00:00+01:00") == [first]
    assert numbers("--status cancelled") == [second]
    assert numbers("--status cancelled --status booked") == [first, second]
    assert numbers("--status confirmed") == [first]
    assert numbers("--status CANCELLED") == [second]
    assert practice.run("appointments list --status waitlist").code == 2
    assert numbers("--practitioner dr-owl") == []
    assert numbers("--limit 1") == [first]


def test_a_history_tells_who_did_what_and_why(practice):
    number = practice.book()["number"]
    practice.ok(f"appointments reschedule {number} --start 2031-03-03T10:00 --reason 'by phone'")

    answer = practice.ok(f"appointments history {number}")

    _, booked, moved = answer.out.splitlines()
    assert "book" in booked
    assert re.search(r"cli:\w+ +reschedule", moved)
    assert "start Mon 3 Mar 2031 09:00 → 10:00" in moved
    assert moved.endswith("by phone")


def test_the_journal_is_shown_and_verified_and_a_forgery_found(practice):
    practice.book()
    entries = practice.read("journal tail -n 2")["entries"]
    assert [each["action"] for each in entries] == ["add", "book"]
    assert practice.read("journal verify")["ok"] is True

    connection = sqlite_module().connect(str(practice.folder / "state/ledger.sqlite3"))
    connection.execute("UPDATE journal SET actor = 'cli:mallory' WHERE seq = 3")
    connection.commit()
    connection.close()

    for verb in ("journal verify", "db check"):
        answer = practice.run(f"{verb} --json")
        assert answer.code == 10
        assert answer.json["problems"][0]["seq"] == 3
    assert "entry 3: " in practice.run("journal verify").out
