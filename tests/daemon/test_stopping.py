"""The loop ends, or goes on with other terms, and nothing is half done."""

from __future__ import annotations

from structlog.testing import capture_logs

from syncd.core.ids import CalendarId
from syncd.daemon.loop import RELOAD, STOP
from syncd.testing import ForeignEvent, Moment
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.clock import MONDAY

from .conftest import MAIN, MINUTE, SECOND, names


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
