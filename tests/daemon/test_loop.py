"""The loop over a real ledger and calendars in memory, turn by turn."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from syncd.core.appointment import Status
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
from syncd.core.journal import Cause
from syncd.daemon.loop import DAMAGED, RELOAD, STOP, UPKEEP
from syncd.flows.calendars import release, resync, suspend
from syncd.testing import ForeignEvent, Hand, Moment
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.clock import MONDAY

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MAIN = CalendarId("patel-main")
CAUSE = Cause(actor="test:staff")


def names(logs):
    return [each["event"] for each in logs]


# -- the daily round


def test_a_booking_reaches_its_calendar_within_a_turn(house):
    node = house.node()
    node.turn(2)
    house.book()

    node.live(2 * SECOND)

    assert len(house.calendars[MAIN].refs) == 1
    assert node.loop.status() == "1 calendar fresh"


def test_a_colleagues_event_is_seen_at_the_next_poll_and_not_before(house):
    node = house.node()
    node.live(10 * SECOND)
    house.calendars[MAIN].colleague_adds(
        ForeignEvent(title="Team", start=NINE, end=NINE + 30 * MINUTE)
    )

    node.live(4 * MINUTE)
    before = len(house.appointments())
    node.live(1 * MINUTE)

    assert (before, len(house.appointments())) == (0, 1)


def test_a_quiet_calendar_costs_no_commit_but_the_heartbeat(house):
    """Freshness goes with it: one commit for all calendars, every fifteen seconds."""
    house.book()
    node = house.node()
    node.live(6 * MINUTE)  # until the echo of the booking has been read
    commits, polls = node.ledger.commits, house.calls()

    node.live(20 * MINUTE)

    assert house.calls() - polls == 4
    assert node.ledger.commits - commits == 20 * 4
    assert house.state().last_read_at > MONDAY + 15 * MINUTE
    assert len(house.calendars[MAIN].writes(Hand.SYNCD)) == 1


def test_a_heartbeat_serves_all_calendars_at_once(make_house):
    house = make_house(*(a_calendar(id=CalendarId(f"c{each}")) for each in range(5)))
    node = house.node()
    node.live(MINUTE)
    commits = node.ledger.commits

    node.live(5 * MINUTE)

    assert node.ledger.commits - commits == 5 * 4
    assert node.loop.status() == "5 calendars fresh"


def test_the_first_round_of_a_process_compares_everything_the_next_ask_for_changes(house):
    first = house.node("a")
    first.live(6 * MINUTE)
    first.loop.ring(STOP)
    first.turn()
    listed, asked = house.calls(MAIN, "listing"), house.calls(MAIN, "changes")

    house.node("b").live(6 * MINUTE)

    assert (listed, asked) == (1, 1)
    assert house.calls(MAIN, "listing") == 2
    assert house.calls(MAIN, "changes") == 2


def test_a_provider_is_opened_once_and_kept(house):
    house.node().live(20 * MINUTE)

    assert house.opened == [MAIN]


def test_a_hold_that_expires_is_cancelled_by_the_clock(house):
    node = house.node()
    node.turn()
    house.hold(until=MONDAY + 5 * MINUTE)

    node.live(6 * MINUTE)
    before = [each.status for each in house.appointments()]
    node.loop.ring(UPKEEP)
    node.turn()

    assert before == [Status.PROPOSED]
    assert [each.status for each in house.appointments()] == [Status.CANCELLED]


# -- the practice comes and changes


def test_without_a_practice_it_waits_for_one(make_house):
    house = make_house(furnished=False)
    house.desk.ledger.migrate()
    node = house.node()
    node.live(3 * SECOND)
    waiting = node.loop.status()

    house.apply(*house.wanted)
    node.live(2 * SECOND)

    assert "practice apply" in waiting
    assert node.loop.status() == "1 calendar fresh"


def test_a_changed_calendar_is_opened_anew_and_read_in_full(house):
    node = house.node()
    node.live(10 * SECOND)

    house.apply(a_calendar(settings={"username": "somebody"}))
    node.live(31 * SECOND)

    assert house.opened == [MAIN, MAIN]
    assert house.closed == [MAIN]
    assert house.calls(MAIN, "listing") == 2


def test_a_calendar_that_is_no_longer_wanted_is_let_go(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    node = house.node()
    node.live(10 * SECOND)

    house.apply(a_calendar())
    node.live(31 * SECOND)

    assert house.holders() == {MAIN: "a"}
    assert house.closed == ["second"]
    assert node.loop.status() == "1 calendar fresh"


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


# -- places and the watchdog


def test_one_calendar_that_hangs_does_not_keep_the_others_waiting(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    node = house.node(workers=1)
    node.slow = True
    node.turn()
    hanging = node.held_back.pop()
    node.slow = False

    node.live(30 * SECOND)

    assert (house.calls(MAIN), house.calls("second")) == (0, 1)
    hanging()
    node.turn()
    assert node.loop.status() == "2 calendars fresh"


@pytest.fixture
def systemd(tmp_path):
    """What systemd hears; `heard()` empties the socket."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.setblocking(False)

        def heard():
            found = []
            while True:
                try:
                    found += server.recv(4096).decode().split("\n")
                except BlockingIOError:
                    return found

        yield {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "8000000"}, heard


def test_the_watchdog_is_fed_by_turns_and_the_status_when_it_changes(house, systemd):
    environ, heard = systemd
    house.environ = environ
    node = house.node()

    node.live(8 * SECOND)
    said = heard()

    assert said.count("WATCHDOG=1") == 4
    assert [each for each in said if each.startswith("STATUS")] == [
        "STATUS=0 of 1 calendar fresh, 1 not read yet",
        "STATUS=1 calendar fresh",
    ]


def test_the_watchdog_starves_once_every_place_is_taken_by_a_stuck_round(make_house, systemd):
    environ, heard = systemd
    house = make_house(*(a_calendar(id=CalendarId(f"c{each}")) for each in range(2)))
    house.environ = environ
    node = house.node(workers=1)
    node.slow = True
    with capture_logs() as logs:
        node.live(25 * SECOND)
        assert "WATCHDOG=1" in heard()
        for _ in range(9 * 6):
            node.live(10 * SECOND)
            assert "WATCHDOG=1" in heard()
        for _ in range(2 * 6):
            node.live(10 * SECOND)
            last = heard()

    assert "WATCHDOG=1" not in last
    assert node.loop.status().endswith("2 stuck")
    assert names(logs).count("round_stuck") == 2


def test_when_nothing_rings_the_alarm_is_wound_up_and_the_loop_goes_on(house, monkeypatch):
    """The alarm clock goes by the wall clock; set back an hour, it would ring in an hour."""
    monkeypatch.setattr("syncd.daemon.loop.PATIENCE", timedelta(milliseconds=1))
    node, wound = house.node(), []

    def rewind():
        wound.append(house.calls())
        if len(wound) == 3:
            node.loop.ring(STOP)

    assert node.loop.serve(rewind) == 0
    assert wound == [0, 1, 1]


# -- the end


def test_a_stop_lets_rounds_end_and_gives_the_leases_back_with_their_freshness(house):
    node = house.node()
    node.live(4 * SECOND)
    house.calendars[MAIN].colleague_adds(
        ForeignEvent(title="Team", start=NINE, end=NINE + 30 * MINUTE)
    )
    node.live(5 * MINUTE)

    node.loop.ring(STOP)
    node.turn()

    assert node.loop.exit_code == 0
    assert house.holders() == {}
    assert house.closed == [MAIN]
    assert house.state().last_read_at >= MONDAY + 4 * MINUTE


def test_a_round_that_is_under_way_ends_at_its_next_write_and_says_what_it_wrote(house):
    """Nothing is half done: what was sent is recorded, the rest is the next process's."""
    for each in range(3):
        house.book(each)
    node = house.node()
    house.faults[MAIN].at("create", node.loop.rounds.halt, moment=Moment.AFTER, skip=1)
    node.turn()
    node.loop.ring(STOP)

    node.turn()

    assert node.loop.exit_code == 0
    assert len(house.calendars[MAIN].refs) == 2
    with house.desk.ledger.read() as view:
        assert len(view.dirty_links(MAIN)) == 1
    assert house.state().failures == 0
    house.node("b").live(2 * SECOND)
    assert len(house.calendars[MAIN].refs) == 3


def test_a_stop_waits_for_rounds_but_not_for_ever(house):
    node = house.node()
    node.slow = True
    node.turn()
    node.loop.ring(STOP)

    node.live(24 * SECOND)
    patient = node.loop.exit_code
    with capture_logs() as logs:
        node.live(2 * SECOND)

    assert patient is None
    assert node.loop.exit_code == 0
    assert "round_abandoned" in names(logs)


def test_nothing_begins_after_a_stop(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    node = house.node(workers=1)
    node.slow = True
    node.turn()

    node.loop.ring(STOP)
    node.live(10 * SECOND)
    node.let_run()
    node.turn()

    assert house.calls() + house.calls("second") == 0
    assert node.loop.exit_code == 0


def test_changed_terms_hold_from_the_next_turn_on_and_open_calendars_anew(house):
    node = house.node()
    node.live(20 * SECOND)
    commits = node.ledger.commits
    terms = house.settings.model_copy(update={"heartbeat_every": 60 * SECOND})
    node.loop.reload = lambda: node.loop.change_terms(node.around, terms)

    node.loop.ring(RELOAD)
    node.live(MINUTE * 6)

    assert node.ledger.commits - commits == 6
    assert house.opened == [MAIN, MAIN]
