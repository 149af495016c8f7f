"""Each documented exit code, as an admin's script meets it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from calendar_servers import PASSWORD_VARIABLE

from syncd.cli.exits import Exit, of_error, of_findings
from syncd.core.errors import LeaseLost, LedgerAway, LedgerUnwritable, Locked, NotAllowed
from syncd.flows import rounds
from syncd.ledger.engine import sqlite_module

NOWHERE = "http://127.0.0.1:9/dav/"
BOOK = "book --activity consultation --practitioner dr-patel --start 2031-03-03T09:00"


def test_0_a_quiet_sync(clinic):
    assert clinic.run("sync").code == 0


def test_1_a_slot_that_is_taken(practice):
    practice.book()

    answer = practice.run(f"{BOOK} --name Eve --email eve@example.org")

    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith("error: the practitioner has an appointment then")


@pytest.mark.parametrize(
    "line",
    [
        "frobnicate",
        "sync --frobnicate",
        "book --activity consultation",
        f"{BOOK} --start tomorrow --name Eve --email eve@example.org",
        "conflicts resolve x --take both",
        "appointments list --date 2031-02-30",
        "calendars discover",
    ],
)
def test_2_wrong_usage(practice, line):
    answer = practice.run(line)

    assert answer.code == 2
    assert answer.out == ""


def test_3_some_calendars_failed(clinic):
    clinic.add_calendar("holidays", NOWHERE)
    clinic.ok("practice apply")

    answer = clinic.run("sync --json")

    assert answer.code == 3
    assert [each["ok"] for each in answer.json["calendars"]] == [False, True]


def test_4_a_conflict_waits_although_the_round_went_well(clinic):
    clinic.in_conflict()

    answer = clinic.run("sync --json")

    assert answer.code == 4
    assert answer.json["calendars"][0]["ok"] is True
    assert clinic.run("status").code == 4


def test_5_the_brake_until_a_person_releases_it(clinic):
    for hour in (9, 10, 11):
        clinic.book(f"2031-03-03T{hour:02}:00", f"C{hour} Doe")
    clinic.ok("sync")
    for href in clinic.events():
        clinic.delete(href)

    braked = clinic.run("sync --json")
    status = clinic.run("status --json")
    clinic.ok("calendars release patel-main")
    released = clinic.run("sync --json")

    assert braked.code == 5
    assert braked.json["calendars"][0]["code"] == "BRAKE"
    assert status.code == 5
    assert status.json["calendars"][0]["state"] == "suspended"
    assert released.code == 0
    assert released.json["calendars"][0]["pulled"] == 3


def test_10_no_ledger_yet(office):
    answer = office.run("status")

    assert answer.code == 10
    assert "practice apply" in answer.err


def test_10_a_damaged_ledger(practice):
    path = practice.folder / "state/ledger.sqlite3"
    for each in path.parent.glob("ledger.sqlite3-*"):
        each.unlink()
    path.write_bytes(b"this was a ledger once" * 1000)

    answer = practice.run("status")

    assert answer.code == 10
    assert "error: " in answer.err


def test_10_a_newer_ledger(practice):
    connection = sqlite_module().connect(str(practice.folder / "state/ledger.sqlite3"))
    connection.execute("UPDATE syncd_schema SET version_num = '9999'")
    connection.commit()
    connection.close()

    for line in ("status", "sync", "practice apply", "db status"):
        assert practice.run(line).code == 10
    assert "newer" in practice.run("status").err


def test_11_another_process_works_on_the_calendar(clinic):
    clinic.book()
    plan = clinic.read("plan")["id"]
    with clinic.desk() as desk:
        desk.around.ledger.write(
            lambda tx: tx.take_lease("patel-main", "another", timedelta(minutes=5))
        )

    answer = clinic.run(f"apply {plan}")

    assert answer.code == 11
    assert "patel-main" in answer.err


def test_12_a_password_that_is_no_longer_right(clinic, monkeypatch):
    monkeypatch.setenv(PASSWORD_VARIABLE, "looking-glass")

    answer = clinic.run("sync --json")

    assert answer.code == 12
    assert answer.json["calendars"][0]["code"] == "NEEDS_LOGIN"
    assert clinic.run("status").code == 12
    assert clinic.run("calendars test patel-main").code == 12


def test_13_a_server_that_is_not_there(office):
    office.add_calendar(url=NOWHERE)
    office.ok("practice apply")

    answer = office.run("sync --json")

    assert answer.code == 13
    assert answer.json["calendars"][0]["code"] == "CALENDAR_UNAVAILABLE"
    assert office.run("status").code == 13
    assert office.run("plan").code == 13


def test_78_run_with_settings_that_no_restart_will_mend(office):
    (office.folder / "syncd.toml").write_text("wrokers = 3\nlease_ttl = 'soon'\n")

    answer = office.run("run")

    assert answer.code == 78
    assert answer.err.startswith("error: 2 problems")
    assert "workers" in answer.err


def test_130_an_interrupted_sync_lets_go_of_its_calendars(clinic, monkeypatch):
    def interrupt(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(rounds, "run_round", interrupt)

    answer = clinic.run("sync")

    assert answer.code == 130
    assert "Traceback" not in answer.err
    with clinic.desk() as desk, desk.around.ledger.read() as view:
        assert view.lease_holders() == {}


def test_141_nobody_reads_the_output_any_more(practice):
    reader, writer = os.pipe()
    os.close(reader)

    ended = subprocess.run(
        [sys.executable, "-m", "syncd", "config", "example"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert ended.returncode in (141, -signal.SIGPIPE)
    assert ended.stderr == ""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Locked("held"), Exit.LOCKED),
        (LeaseLost("lost"), Exit.LOCKED),
        (LedgerAway("away"), Exit.REMOTE_DOWN),
        (LedgerUnwritable("full"), Exit.LEDGER),
        (NotAllowed("no"), Exit.ERROR),
    ],
)
def test_every_kind_of_error_has_its_code(error, code):
    assert of_error(error) is code


@pytest.mark.parametrize(
    ("codes", "asked", "conflicts", "code"),
    [
        ([], 2, 0, Exit.OK),
        ([], 0, 0, Exit.OK),
        (["NEEDS_LOGIN"], 2, 0, Exit.PARTLY),
        (["NEEDS_LOGIN", "NEEDS_LOGIN"], 2, 0, Exit.CREDENTIALS),
        (["CALENDAR_UNAVAILABLE", "RATE_LIMITED"], 2, 0, Exit.REMOTE_DOWN),
        (["CALENDAR_UNAVAILABLE", "NEEDS_LOGIN"], 2, 0, Exit.PARTLY),
        (["CALENDAR_FORBIDDEN"], 1, 0, Exit.ERROR),
        (["CALENDAR_UNAVAILABLE"], 2, 1, Exit.CONFLICTS),
        (["CALENDAR_UNAVAILABLE", "BRAKE"], 2, 1, Exit.BRAKE),
    ],
)
def test_several_at_once_the_brake_before_conflicts_before_failures(codes, asked, conflicts, code):
    assert of_findings(codes, asked=asked, conflicts=conflicts) is code


def test_an_error_inside_shows_no_traceback_and_says_how_to_see_it(practice, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError("secret@example.org")

    monkeypatch.setattr("syncd.cli.status_verb.overview", fail)

    answer = practice.run("status")

    assert answer.code == 1
    assert "SYNCD_DEBUG=1" in answer.err
    assert "secret" not in answer.err
    assert "Traceback" not in answer.err
