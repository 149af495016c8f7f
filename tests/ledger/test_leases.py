"""Who may work on a calendar, and how nobody's wish for a round is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_stores import CAUSE, Store, view

from syncd.core.errors import LeaseLost, Unknown
from syncd.core.ids import CalendarId
from syncd.core.remote import CalendarState
from syncd.ledger import Ledger
from syncd.testing.builders import NINE, a_calendar, a_calendar_state

MAIN = CalendarId("patel-main")
TTL = timedelta(minutes=1)
OVER = timedelta(0)
"""A lease that is over as soon as it is taken, by any clock."""


def take(ledger: Ledger, node: str, ttl: timedelta = TTL) -> int | None:
    return ledger.write(lambda tx: tx.take_lease(MAIN, node, ttl))


def fenced(ledger: Ledger, fence: int | None) -> None:
    assert fence is not None
    ledger.write(lambda tx: tx.require_fence(MAIN, fence))


def test_one_node_at_a_time_holds_a_calendar(ledger: Ledger) -> None:
    assert take(ledger, "a") is not None
    assert take(ledger, "b") is None
    assert view(ledger, lambda seen: seen.lease_holders()) == {MAIN: "a"}


def test_a_lease_that_is_over_can_be_taken_and_fences_the_old_holder_off(ledger: Ledger) -> None:
    old = take(ledger, "a", OVER)
    fenced(ledger, old)

    new = take(ledger, "b")

    assert old is not None
    assert new is not None
    assert new > old
    fenced(ledger, new)
    with pytest.raises(LeaseLost):
        fenced(ledger, old)


def test_a_write_of_a_fenced_off_node_stores_nothing(ledger: Ledger) -> None:
    old = take(ledger, "a", OVER)
    assert old is not None
    take(ledger, "b")

    def work(tx):  # type: ignore[no-untyped-def]
        tx.set_calendar_state(a_calendar_state(cursor="stale"))
        tx.require_fence(MAIN, old)

    with pytest.raises(LeaseLost):
        ledger.write(work)

    assert view(ledger, lambda seen: seen.calendar_state(MAIN)).cursor is None


def test_a_node_that_starts_again_fences_its_former_self_off(ledger: Ledger) -> None:
    before = take(ledger, "a")
    after = take(ledger, "a")

    fenced(ledger, after)
    with pytest.raises(LeaseLost):
        fenced(ledger, before)


def test_a_released_calendar_is_free_and_its_holder_fenced_off(ledger: Ledger) -> None:
    fence = take(ledger, "a")
    ledger.write(lambda tx: tx.release_lease(MAIN, "b"))
    fenced(ledger, fence)

    ledger.write(lambda tx: tx.release_lease(MAIN, "a"))

    assert view(ledger, lambda seen: seen.lease_holders()) == {}
    with pytest.raises(LeaseLost):
        fenced(ledger, fence)
    assert take(ledger, "b") is not None


def test_one_heartbeat_prolongs_all_leases_and_records_all_reads_in_one_commit(
    store: Store,
) -> None:
    ledger = store.open()
    other, lost = CalendarId("other"), CalendarId("lost")
    for each in (other, lost):
        ledger.write(lambda tx, each=each: tx.save_calendar(a_calendar(id=each), CAUSE))  # type: ignore[misc]
    for each in (MAIN, other):
        ledger.write(lambda tx, each=each: tx.take_lease(each, "a", OVER))  # type: ignore[misc]
    ledger.write(lambda tx: tx.take_lease(lost, "b", TTL))
    before = ledger.commits

    held = ledger.write(lambda tx: tx.heartbeat("a", TTL, {MAIN: NINE, lost: NINE}))

    assert ledger.commits == before + 1
    assert held == {MAIN, other}
    with ledger.read() as seen:
        assert seen.lease_holders() == {MAIN: "a", other: "a", lost: "b"}
        reads = {each.calendar_id: each.last_read_at for each in seen.states()}
    assert reads == {MAIN: NINE, other: None, lost: None}


def test_on_one_machine_leases_end_by_its_clock(sqlite_store: Store) -> None:
    ledger = sqlite_store.open()
    take(ledger, "a")
    sqlite_store.clock.advance(TTL - timedelta(microseconds=1))
    assert take(ledger, "b") is None

    sqlite_store.clock.advance(timedelta(microseconds=1))

    assert take(ledger, "b") is not None


def test_among_nodes_leases_end_by_the_databases_clock(postgresql_store: Store) -> None:
    """A node whose clock runs ahead takes nothing away from the others."""
    ledger = postgresql_store.open()
    take(ledger, "a")

    postgresql_store.clock.advance(timedelta(days=3))

    assert take(ledger, "b") is None


def test_a_state_comes_back_as_it_was_stored(ledger: Ledger) -> None:
    state = CalendarState(
        calendar_id=MAIN,
        cursor="https://example.org/sync/7",
        last_read_at=NINE,
        last_listing_at=NINE - TTL,
        due_at=NINE + TTL,
        failures=3,
        retry_at=NINE + 2 * TTL,
        error_code="NEEDS_LOGIN",
        error="the calendar wants new credentials",
        suspended_at=NINE,
        suspended_why="12 of 20 events vanished",
        released=True,
        doubt=True,
        horizon_until=NINE + 400 * TTL,
    )

    ledger.write(lambda tx: tx.set_calendar_state(state))

    assert view(ledger, lambda seen: (seen.calendar_state(MAIN), seen.states())) == (state, [state])


def test_a_nudge_makes_a_calendar_due_until_a_round_that_saw_it_is_over(store: Store) -> None:
    ledger = store.open()
    ledger.write(lambda tx: tx.set_calendar_state(a_calendar_state(due_at=NINE + TTL)))
    ledger.write(lambda tx: tx.nudge([MAIN]))

    seen = view(ledger, lambda now: now.calendar_state(MAIN))

    assert seen.due_at == store.clock.now()
    ledger.write(lambda tx: tx.set_calendar_state(replace(seen, due_at=NINE + TTL)))
    assert view(ledger, lambda now: now.calendar_state(MAIN)).due_at == NINE + TTL


def test_a_nudge_that_comes_during_a_round_outlives_it(store: Store) -> None:
    """Also at the same instant: nudges are counted, not compared by time."""
    ledger = store.open()
    at_start = view(ledger, lambda now: now.calendar_state(MAIN))
    ledger.write(lambda tx: tx.nudge([MAIN, MAIN]))

    ledger.write(lambda tx: tx.set_calendar_state(replace(at_start, due_at=NINE + TTL)))

    assert view(ledger, lambda now: now.calendar_state(MAIN)).due_at == store.clock.now()


def test_suspending_and_releasing_are_journalled_when_somebody_is_to_blame(ledger: Ledger) -> None:
    suspended = a_calendar_state(suspended_at=NINE, suspended_why="all gone")
    ledger.write(lambda tx: tx.set_calendar_state(suspended, CAUSE))
    ledger.write(lambda tx: tx.set_calendar_state(a_calendar_state(released=True), CAUSE))

    entries = view(ledger, lambda seen: seen.history(MAIN, kind="calendar-state"))

    assert [each.action for each in entries] == ["suspend", "release"]


def test_an_unknown_calendar_has_no_state(ledger: Ledger) -> None:
    with pytest.raises(Unknown):
        view(ledger, lambda seen: seen.calendar_state(CalendarId("none")))
