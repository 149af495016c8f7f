"""A delivery makes its calendar due some seconds later, whatever else happens meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.delivery import FIRST_LOOK, LATER_LOOKS, TOGETHER
from syncd.core.errors import Transient
from syncd.core.ids import CalendarId
from syncd.daemon.timetable import Entry
from syncd.flows.calendars import release, suspend
from syncd.flows.deliveries import Posted, keep, replay
from syncd.ports import Hint
from syncd.testing import ForeignEvent
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.builders import a_calendar_state as a_state
from syncd.testing.clock import MONDAY

from .conftest import CAUSE

MAIN = CalendarId("patel-main")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
SOON = FIRST_LOOK + TOGETHER + SECOND
IN_ALL = SOON + sum(LATER_LOOKS, 4 * SECOND)


@pytest.fixture
def house(make_house):
    """Polled so seldom that only a hint is in time."""
    return make_house(a_calendar(poll_every=timedelta(hours=1), stale_after=timedelta(hours=3)))


@pytest.fixture
def node(house):
    node = house.node()
    node.live(5 * SECOND)
    return node


def tell(house, body=b"x", **hint):
    """A delivery reaches the inbox."""
    posted = Posted(calendar_id=MAIN, hint=Hint(**{"about": "uid-1"} | hint), body=body)
    house.desk.ledger.write(lambda tx: keep(tx, [posted]))


def a_colleague_books(house, hours=0):
    start = NINE + timedelta(hours=hours)
    house.calendars[MAIN].colleague_adds(
        ForeignEvent(title="Team", start=start, end=start + 30 * MINUTE)
    )


def waiting(house):
    with house.desk.ledger.read() as view:
        return view.waiting_deliveries(MAIN)


def seconds_of_reads(house, node, span):
    """How many seconds after now the calendar was read, each time."""
    seen, found = house.calls(), []
    for second in range(1, int(span / SECOND) + 1):
        node.live(SECOND)
        if house.calls() != seen:
            seen, found = house.calls(), [*found, second]
    return found


def test_what_a_delivery_hints_at_is_seen_within_ten_seconds(house, node):
    a_colleague_books(house)
    tell(house)

    node.live(SOON)

    assert len(house.appointments()) == 1
    assert waiting(house) == []


def test_the_calendar_is_not_read_in_the_five_seconds_after_a_delivery(house, node):
    tell(house)

    assert seconds_of_reads(house, node, SOON)[0] >= 5


def test_what_shows_only_after_the_first_look_is_seen_by_the_next(house, node):
    tell(house)
    node.live(SOON)
    a_colleague_books(house)

    node.live(LATER_LOOKS[0] + 4 * SECOND)

    assert len(house.appointments()) == 1
    assert waiting(house) == []


def test_where_nothing_shows_it_is_looked_for_three_times_and_no_more(house, node):
    tell(house)

    reads = seconds_of_reads(house, node, 20 * MINUTE)

    assert len(reads) == 3
    assert reads[-1] <= IN_ALL / SECOND
    assert waiting(house) == []


def test_a_round_that_ran_by_chance_meanwhile_does_not_take_the_place_of_the_look(house, node):
    """A booking has the calendar read at once, before the other side knows of its own change."""
    tell(house)
    house.book(3)
    node.live(2 * SECOND)
    a_colleague_books(house)

    node.live(SOON)

    assert len(house.appointments()) == 2


def test_a_delivery_does_not_delay_a_booking(house, node):
    house.book()
    tell(house)

    node.live(2 * SECOND)

    assert len(house.calendars[MAIN].refs) == 1


def test_the_same_delivery_any_number_of_times_costs_the_looks_of_one(house, node):
    tell(house)
    once = len(seconds_of_reads(house, node, 5 * MINUTE))

    for _ in range(50):
        tell(house)
    more = seconds_of_reads(house, node, 5 * MINUTE)

    assert (once, more) == (3, [])


def test_a_flood_of_deliveries_is_a_round_in_three_seconds_and_none_is_forgotten(house, node):
    before = house.calls()

    for second in range(60):
        for each in range(5):
            tell(house, body=f"{second}/{each}".encode(), about=f"uid-{second}-{each}")
        node.live(SECOND)

    assert house.calls() - before <= 60 / 3 + 1
    node.live(IN_ALL)
    assert waiting(house) == []


def test_a_ping_is_not_looked_for(house, node):
    tell(house, is_ping=True)

    assert seconds_of_reads(house, node, MINUTE) == []


def test_a_captured_delivery_of_long_ago_is_not_looked_for(house, node):
    tell(house, sent_at=MONDAY - timedelta(days=15))

    assert seconds_of_reads(house, node, MINUTE) == []


def test_quiet_deliveries_cost_no_commit(house, node):
    tell(house)
    node.live(5 * MINUTE)
    commits = node.ledger.commits

    node.live(5 * MINUTE)

    assert node.ledger.commits - commits == 5 * 4  # the heartbeat's


def test_a_calendar_that_fails_keeps_its_deliveries_until_it_was_read(house, node):
    for name in ("changes", "listing"):
        house.faults[MAIN].at(name, Transient("down"), times=99)
    tell(house)
    node.live(3 * MINUTE)
    assert len(waiting(house)) == 1

    house.faults[MAIN]._planned.clear()
    a_colleague_books(house)
    node.live(10 * MINUTE)

    assert len(house.appointments()) == 1
    assert waiting(house) == []


def test_a_suspended_calendar_is_left_alone_until_it_is_released(house, node):
    suspend(house.desk, MAIN, CAUSE)
    tell(house)
    a_colleague_books(house)
    assert seconds_of_reads(house, node, MINUTE) == []

    release(house.desk, MAIN, CAUSE)
    node.live(3 * SECOND)

    assert len(house.appointments()) == 1
    assert waiting(house) == []


def test_another_process_takes_over_what_was_told_to_one_that_ended(house, node):
    """The hint is in the ledger, and nowhere else."""
    tell(house)
    a_colleague_books(house)
    node.loop.drain()
    node.turn()

    heir = house.node("b")
    heir.live(IN_ALL)

    assert len(house.appointments()) == 1
    assert waiting(house) == []


def test_a_person_has_a_delivery_looked_into_at_once(house, node):
    tell(house)
    node.live(5 * MINUTE)
    with house.desk.ledger.read() as view:
        [told] = view.deliveries(limit=5)
    a_colleague_books(house)

    replay(house.desk, told.id)
    node.live(2 * SECOND)

    assert len(house.appointments()) == 1


def test_all_deliveries_lost_the_poll_sees_it_within_two_periods(house, node):
    a_colleague_books(house)

    node.live(timedelta(hours=2))

    assert len(house.appointments()) == 1


def test_after_an_hour_without_anybody_to_be_told_the_first_round_finds_everything(house, node):
    """Whoever sends deliveries does not try again."""
    a_colleague_books(house)
    node.live(timedelta(hours=1))
    node.loop.drain()
    node.turn()
    for hours in (1, 2, 3):
        house.desk.clock.advance(20 * MINUTE)
        a_colleague_books(house, hours)

    house.node("b").live(5 * SECOND)

    assert len(house.appointments()) == 4


@given(
    jump=st.timedeltas(timedelta(days=-400), timedelta(days=400)),
    at=st.integers(1, 30),
)
def test_a_jump_of_the_wall_clock_neither_multiplies_looks_nor_puts_them_off(jump, at):
    """Though the ledger, which knows only the wall clock, may go on naming that moment."""
    begun, entry = [], Entry().begun(0, timedelta(hours=1)).ended(0)
    for second in range(60):
        now = MONDAY + timedelta(seconds=second) + (jump if second > at else timedelta(0))
        moment = float(second)
        entry = entry.sighted(
            a_state(), now=now, moment=moment, look_at=MONDAY + FIRST_LOOK if second else None
        )
        if entry.due_at <= moment:
            begun.append(second)
            entry = entry.begun(moment, timedelta(hours=1)).ended(moment)

    assert begun == [6]
