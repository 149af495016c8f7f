"""What an admin sees who restored yesterday's ledger, on a real server."""

from __future__ import annotations

import shutil


def test_a_restored_ledger_holds_the_calendar_until_it_is_released(clinic):
    ledger = clinic.folder / "state/ledger.sqlite3"
    first = clinic.book()
    clinic.ok("sync")
    shutil.copy(ledger, clinic.folder / "backup.sqlite3")
    lost = clinic.book("2031-03-04T09:00", "Ann Other")
    clinic.ok("sync")
    for rest in clinic.folder.glob("state/ledger.sqlite3-*"):
        rest.unlink()
    shutil.copy(clinic.folder / "backup.sqlite3", ledger)
    events = clinic.events()

    held, plan, status = clinic.run("sync"), clinic.run("plan"), clinic.run("status")
    late = clinic.book("2031-03-05T09:00", "Eve Late")
    unchanged = clinic.events()
    clinic.ok("calendars release patel-main")
    clinic.ok("sync")

    assert (held.code, plan.code, status.code) == (5, 5, 5)
    assert "1 event is of appointments that this ledger does not know" in held.out + held.err
    assert "does not know" in status.out
    assert unchanged == events
    listed = clinic.read("appointments list")["appointments"]
    assert len({first["number"], lost["number"], late["number"]} | {*numbers(listed)}) == 4
    assert lost["number"] not in numbers(listed)
    assert len(clinic.events()) == 3
    assert clinic.ok("journal verify")


def numbers(listed):
    return [each["number"] for each in listed]
