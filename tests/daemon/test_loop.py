"""The loop day by day, over a real ledger and calendars in memory: rounds, and a practice that changes."""

from __future__ import annotations

from syncd.core.appointment import Status
from syncd.core.ids import CalendarId
from syncd.daemon.loop import STOP, UPKEEP
from syncd.testing import ForeignEvent, Hand
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.clock import MONDAY

from .conftest import MAIN, MINUTE, SECOND

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
