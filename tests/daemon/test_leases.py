"""Two nodes on one ledger: one of them works on a calendar at a time, whatever happens to it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from syncd.core.errors import LeaseLost
from syncd.core.ids import CalendarId
from syncd.daemon.leases import Leases
from syncd.daemon.loop import STOP
from syncd.testing import ForeignEvent, Hand, Moment
from syncd.testing.builders import NINE, a_calendar

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MAIN, SECOND_CALENDAR = CalendarId("patel-main"), CalendarId("second")
TTL = timedelta(seconds=60)


def both(first, second, span):
    """Time passes for both."""
    for _ in range(int(span / SECOND)):
        first.clock.advance(SECOND)
        first.turn()
        second.turn()


def test_of_two_nodes_one_has_each_calendar_and_the_other_leaves_it_alone(make_house):
    house = make_house(a_calendar(), a_calendar(id=SECOND_CALENDAR))
    first, second = house.node("a"), house.node("b")
    first.turn(2)

    both(first, second, 11 * MINUTE)

    assert house.holders() == {MAIN: "a", SECOND_CALENDAR: "a"}
    assert house.calls() == 3
    assert second.loop.status() == "2 calendars fresh"
    assert second.ledger.commits == 0


def test_a_booking_made_while_two_nodes_run_is_written_once(house):
    first, second = house.node("a"), house.node("b")
    both(first, second, 5 * SECOND)
    house.book()

    both(first, second, 5 * MINUTE)

    assert len(house.calendars[MAIN].writes(Hand.SYNCD)) == 1


def test_a_node_that_stops_hands_over_at_once(house):
    first, second = house.node("a"), house.node("b")
    both(first, second, 5 * SECOND)

    first.loop.ring(STOP)
    first.turn()
    second.live(2 * SECOND)

    assert house.holders() == {MAIN: "b"}


def test_a_silent_node_loses_its_calendars_after_a_minute_and_not_before(house):
    first, second = house.node("a"), house.node("b")
    both(first, second, 5 * SECOND)

    second.live(54 * SECOND)
    before = house.holders()
    second.live(2 * SECOND)

    assert before == {MAIN: "a"}
    assert house.holders() == {MAIN: "b"}


def test_a_node_that_was_away_for_too_long_writes_nothing_more(house):
    """It stopped between two writes of a push; the other node took over meanwhile."""
    for each in range(3):
        house.book(each)
    first, second = house.node("a"), house.node("b")

    def stand_still():
        second.live(timedelta(seconds=65))

    house.faults[MAIN].at("create", stand_still, moment=Moment.AFTER)
    first.turn(2)

    writes = house.calendars[MAIN].writes(Hand.SYNCD)
    assert house.holders() == {MAIN: "b"}
    assert len(writes) == len({each.ref for each in writes}) == 3
    with house.desk.ledger.read() as view:
        assert view.dirty_links(MAIN) == []
    assert house.state().failures == 0


def test_a_node_whose_lease_may_be_over_asks_for_a_new_one_before_it_writes(house):
    """Nobody took over, but it cannot know: the round ends, and begins anew behind a new fence."""
    for each in range(3):
        house.book(each)
    node = house.node("a")
    house.faults[MAIN].at("create", lambda: house.clock.advance(TTL + SECOND), moment=Moment.AFTER)

    with capture_logs() as logs:
        node.turn(2)
        written = len(house.calendars[MAIN].refs)
        node.live(10 * SECOND)

    assert written == 1
    assert len(house.calendars[MAIN].refs) == 3
    assert "calendar_elsewhere" in [each["event"] for each in logs]
    assert house.state().failures == 0


def test_a_lost_lease_is_noticed_at_the_heartbeat(house):
    first, second = house.node("a"), house.node("b")
    both(first, second, 5 * SECOND)
    house.clock.advance(timedelta(seconds=61))
    second.live(SECOND)

    with capture_logs() as logs:
        first.live(16 * SECOND)

    assert "lease_lost" in [each["event"] for each in logs]
    assert first.loop.leases.held() == frozenset()
    assert house.holders() == {MAIN: "b"}


def test_a_heartbeat_keeps_a_lease_alive_for_as_long_as_it_is_sent(house):
    first, second = house.node("a"), house.node("b")

    both(first, second, 10 * MINUTE)

    assert house.holders() == {MAIN: "a"}
    assert second.ledger.commits == 0


@pytest.fixture
def leases(house):
    return Leases(house.surroundings("a"), TTL)


def test_a_fence_is_kept_while_it_is_sure_and_renewed_when_not(house, leases):
    fence = leases.fence(MAIN)
    house.clock.advance(TTL - SECOND)
    same = leases.fence(MAIN)
    house.clock.advance(SECOND)

    assert same == fence
    assert not leases.is_sure(MAIN, fence)
    assert leases.fence(MAIN) == fence + 1


def test_a_beat_makes_it_sure_again(house, leases):
    fence = leases.fence(MAIN)
    house.clock.advance(TTL - SECOND)
    leases.beat({})
    house.clock.advance(TTL - SECOND)

    assert leases.is_sure(MAIN, fence)


def test_another_fence_is_not_ours(leases):
    fence = leases.fence(MAIN)

    assert not leases.is_sure(MAIN, fence - 1)
    assert not leases.is_sure(SECOND_CALENDAR, fence)


def test_what_another_node_has_is_not_ours(house, leases):
    assert leases.fence(MAIN) is not None

    other = Leases(house.surroundings("b"), TTL)

    assert other.fence(MAIN) is None
    assert other.held() == frozenset()


def test_what_was_released_is_fenced_off_and_its_freshness_kept(house, leases):
    fence = leases.fence(MAIN)
    fresh = house.clock.now()

    leases.release({MAIN: fresh})

    assert house.holders() == {}
    assert house.state().last_read_at == fresh
    with pytest.raises(LeaseLost):
        house.desk.ledger.write(lambda tx: tx.require_fence(MAIN, fence))


def test_releasing_nothing_costs_no_commit(house, leases):
    leases.release({})
    leases.release({}, SECOND_CALENDAR)

    assert house.ledgers[-1].commits == 0


def test_a_round_under_way_writes_nothing_about_a_calendar_that_was_pointed_elsewhere(house):
    """What it read of the old place would be taken for events that vanished from the new one."""
    node = house.node()
    node.live(2 * SECOND)
    elsewhere = a_calendar(settings={"url": "https://elsewhere.example.org/"})
    house.calendars[MAIN].colleague_adds(
        ForeignEvent(title="Team", start=NINE, end=NINE + 30 * MINUTE)
    )
    house.faults[MAIN].at("changes", lambda: house.apply(elsewhere))

    node.live(5 * MINUTE)
    during = house.state()
    adopted = house.appointments()
    node.live(10 * SECOND)

    assert during.cursor is None
    assert adopted == []
    assert node.loop.status() == "1 calendar fresh"
    assert len(house.appointments()) == 1  # the memory calendar is the same at any address


@pytest.mark.parametrize("back", [timedelta(days=10), timedelta(hours=2)])
def test_a_dead_nodes_lease_does_not_outlast_a_clock_that_was_set_back(house, back):
    house.node("a").turn(2)
    house.clock.jump(house.clock.now() - back)

    house.node("b").live(5 * SECOND)

    assert house.holders() == {MAIN: "b"}
