"""The loop where something fails: a calendar alone, the clock, or the ledger."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from syncd.core.errors import (
    Forbidden,
    Invalid,
    LedgerDamaged,
    LedgerUnwritable,
    Locked,
    NeedsLogin,
    Transient,
)
from syncd.core.ids import CalendarId
from syncd.daemon.loop import DAMAGED
from syncd.flows.calendars import release, resync, suspend
from syncd.testing.builders import a_calendar

from .conftest import CAUSE, MAIN, MINUTE, SECOND, names

# -- what fails


def test_a_failing_calendar_backs_off_alone_and_recovers(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second"), poll_every=10 * SECOND))
    house.faults[MAIN].at("listing", Transient("no answer"), times=3)
    node = house.node()

    node.live(12 * SECOND)
    early, status = house.calls(), node.loop.status()
    node.live(108 * SECOND)

    assert early == 1
    assert status == "1 of 2 calendars fresh, 1 failing"
    assert house.calls() == 4
    assert house.calls("second") >= 11
    assert node.loop.status() == "2 calendars fresh"
    assert house.state().failures == 0


def test_a_booking_does_not_end_the_pause_of_a_failing_calendar_a_person_does(house):
    house.faults[MAIN].at("listing", Transient("no answer"))
    node = house.node()
    node.live(2 * SECOND)

    house.book()
    node.live(5 * SECOND)
    after_booking = house.calls()
    resync(house.desk, MAIN)
    node.live(2 * SECOND)

    assert after_booking == 1
    assert house.calls() == 3  # and one look after what was created
    assert len(house.calendars[MAIN].refs) == 1


def test_new_credentials_are_read_after_a_refusal(house):
    house.faults[MAIN].at("listing", NeedsLogin("the password is wrong"))
    node = house.node()

    node.live(20 * SECOND)

    assert house.opened == [MAIN, MAIN]
    assert node.loop.status() == "1 calendar fresh"


def test_a_secret_that_is_not_there_fails_its_calendar_alone(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    house.refuse_to_open[MAIN] = Invalid("env:PATEL_PASSWORD is not set")
    node = house.node()
    node.live(5 * SECOND)
    failed = house.state()
    house.refuse_to_open.clear()
    node.live(20 * SECOND)

    assert failed.error_code == "VALIDATION_ERROR"
    assert "PATEL_PASSWORD" in failed.error
    assert node.loop.status() == "2 calendars fresh"


def test_an_error_of_ours_is_logged_with_its_run_and_stops_only_its_calendar(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    house.faults[MAIN].at("listing", lambda: 1 // 0)
    node = house.node()

    with capture_logs() as logs:
        node.live(5 * SECOND)
    state = house.state()
    node.live(20 * SECOND)

    [broken] = [each for each in logs if each["event"] == "round_broken"]
    assert isinstance(broken["exc_info"], ZeroDivisionError)
    assert (state.failures, state.error_code) == (1, "BROKEN")
    assert house.opened == [MAIN, "second", MAIN]
    assert node.loop.status() == "2 calendars fresh"


def test_a_suspended_calendar_is_left_alone_until_released(house):
    node = house.node()
    node.live(5 * SECOND)
    suspend(house.desk, MAIN, CAUSE)
    house.book()
    calls = house.calls()
    node.live(10 * MINUTE)
    left_alone, status = house.calls() == calls, node.loop.status()

    release(house.desk, MAIN, CAUSE)
    node.live(2 * SECOND)

    assert left_alone
    assert status == "0 of 1 calendar fresh, 1 suspended"
    assert len(house.calendars[MAIN].refs) == 1


def test_a_calendar_grows_stale_once_and_says_when_it_is_back(make_house):
    house = make_house(a_calendar(stale_after=10 * MINUTE))
    node = house.node()
    node.live(5 * SECOND)
    house.faults[MAIN].at("changes", Forbidden("it is not there"), times=99)
    house.faults[MAIN].at("listing", Forbidden("it is not there"), times=99)

    with capture_logs() as logs:
        node.live(30 * MINUTE)
        stale = node.loop.status()
        house.faults[MAIN]._planned.clear()
        node.live(30 * MINUTE)

    assert stale == "0 of 1 calendar fresh, 1 stale"
    assert names(logs).count("calendar_stale") == 1
    assert names(logs).count("calendar_not_stale") == 1


@pytest.mark.parametrize("jump", [timedelta(days=-10), timedelta(hours=-1), timedelta(days=3)])
def test_a_jump_of_the_clock_makes_nothing_stale_and_skips_no_round(house, jump):
    node = house.node()
    node.live(4 * MINUTE)
    polls = house.calls()

    house.clock.jump(house.clock.now() + jump)
    node.live(5 * MINUTE)

    assert house.calls() - polls == 1
    assert node.loop.status() == "1 calendar fresh"


# -- a ledger that cannot be used


@pytest.mark.parametrize("error", [Locked("busy"), LedgerUnwritable("the disk is full")])
def test_trouble_with_the_ledger_is_waited_out(house, error, monkeypatch):
    house.book()
    node = house.node()
    node.live(20 * SECOND)
    house.book(1)
    commit = node.ledger.write

    def refuse(_work):
        raise error

    monkeypatch.setattr(node.ledger, "write", refuse)
    with capture_logs() as logs:
        node.live(20 * SECOND)
        during = node.loop.status()
        written = len(house.calendars[MAIN].refs)
        monkeypatch.setattr(node.ledger, "write", commit)
        node.live(20 * SECOND)

    assert during == f"waiting for the ledger: {error}"
    assert written == 1
    assert len(house.calendars[MAIN].refs) == 2
    assert node.loop.status() == "1 calendar fresh"
    assert names(logs).count("ledger_away") == 1
    assert names(logs).count("ledger_back") == 1


def test_a_damaged_ledger_ends_the_process(house, monkeypatch):
    node = house.node()
    node.live(2 * SECOND)

    def damaged():
        raise LedgerDamaged("the file is no database")

    monkeypatch.setattr(node.ledger, "read", damaged)
    node.turn()

    assert node.loop.exit_code == DAMAGED
