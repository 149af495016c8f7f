"""One writer, shared commits: a refused callable harms nobody, and a quiet one costs nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from ledger_stores import CAUSE, SOON, Store, a_draft_of, book, view, wait_until
from sqlalchemy import text

from syncd.core.appointment import Appointment
from syncd.core.errors import LedgerAway, Locked, SlotTaken, Unknown, VersionConflict
from syncd.core.ids import CalendarId
from syncd.ledger import Ledger, Transaction
from syncd.ledger.turnstile import Turnstile
from syncd.testing.builders import NINE, a_calendar, a_calendar_state, a_link

HOUR = timedelta(hours=1)
Work = Callable[[Transaction], Any]


class Refusal(Exception):
    pass


def add(tx: Transaction, hour: int) -> Appointment:
    return tx.add_appointment(a_draft_of(start=NINE + hour * HOUR), CAUSE)


def add_and_refuse(tx: Transaction) -> None:
    add(tx, 50)
    raise Refusal


def as_one_group(ledger: Ledger, works: list[Work]) -> list[Future[Any]]:
    """Hand all of them over while the writer is busy; how each of them went."""
    begun, go_on = threading.Event(), threading.Event()

    def keep_busy(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(len(works) + 1) as pool:
        pool.submit(ledger.write, keep_busy)
        assert begun.wait(10)
        futures = []
        for work in works:
            futures.append(pool.submit(ledger.write, work))
            wait_until(lambda: ledger.waiting == len(futures))
        go_on.set()
    return futures


def test_those_who_wait_together_share_one_commit_and_a_refused_one_harms_nobody(
    ledger: Ledger,
) -> None:
    works: list[Work] = [partial(add, hour=hour) for hour in range(12)]
    works[3:3] = [add_and_refuse, partial(add, hour=0)]
    before = ledger.commits

    outcomes = as_one_group(ledger, works)

    assert ledger.commits == before + 1
    assert isinstance(outcomes[3].exception(), Refusal)
    assert isinstance(outcomes[4].exception(), SlotTaken)
    stored = view(ledger, lambda seen: seen.appointments())
    assert stored == [each.result() for each in outcomes if each.exception() is None]
    assert [each.number[-4:] for each in stored] == [f"{at:04d}" for at in range(1, 13)]
    assert view(ledger, lambda seen: seen.verify_journal()).is_sound


def test_a_write_that_changes_nothing_costs_no_commit(ledger: Ledger) -> None:
    before = ledger.commits

    ledger.write(lambda tx: tx.appointments())
    ledger.write(lambda tx: tx.put_links([]))
    ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))
    ledger.write(lambda tx: tx.set_calendar_state(a_calendar_state()))

    assert ledger.commits == before


def test_what_was_acknowledged_is_there_for_whoever_opens_the_ledger_next(store: Store) -> None:
    booked = book(store.open())
    store.close()

    assert view(store.open(), lambda seen: seen.appointment(booked.number)) == booked


def test_a_view_does_not_see_what_is_written_while_it_is_open(ledger: Ledger) -> None:
    with ledger.read() as seen:
        before = seen.appointments()
        book(ledger)

        assert seen.appointments() == before == []
    assert len(view(ledger, lambda now: now.appointments())) == 1


def test_a_view_cannot_write(ledger: Ledger) -> None:
    with ledger.read() as seen, pytest.raises(Exception, match=r"read-only|ledger failed"):
        Transaction(seen.scope).put_links([a_link()])


def test_a_write_inside_a_write_is_a_mistake_that_is_said(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError, match="inside a write"):
        ledger.write(lambda _: ledger.write(lambda tx: tx.appointments()))


def test_the_callers_own_exception_comes_back_to_it(ledger: Ledger) -> None:
    with pytest.raises(Refusal):
        ledger.write(add_and_refuse)

    assert view(ledger, lambda seen: seen.appointments()) == []


def test_an_appointment_is_only_changed_at_the_version_that_was_seen(ledger: Ledger) -> None:
    seen_by_both = book(ledger)
    mine = replace(seen_by_both, reason="mine", version=2)
    theirs = replace(seen_by_both, reason="theirs", version=2)
    ledger.write(lambda tx: tx.save_appointment(seen_by_both, theirs, CAUSE))

    with pytest.raises(VersionConflict, match="version 2, not 1"):
        ledger.write(lambda tx: tx.save_appointment(seen_by_both, mine, CAUSE))

    assert view(ledger, lambda seen: seen.appointment(mine.id)) == theirs


def test_changing_what_does_not_exist_is_unknown(ledger: Ledger) -> None:
    ghost = a_draft_of(id="ghost", number="AID-20310303-0009")

    with pytest.raises(Unknown):
        ledger.write(lambda tx: tx.save_appointment(ghost, replace(ghost, version=2), CAUSE))


def test_a_change_skips_no_version(ledger: Ledger) -> None:
    booked = book(ledger)

    with pytest.raises(ValueError, match="version 1"):
        ledger.write(lambda tx: tx.save_appointment(booked, replace(booked, version=3), CAUSE))


def test_whoever_catches_a_refusal_inside_a_write_may_go_on(ledger: Ledger) -> None:
    def work(tx: Transaction) -> None:
        add(tx, 0)
        with suppress(SlotTaken):
            add(tx, 0)
        add(tx, 1)

    ledger.write(work)

    assert len(view(ledger, lambda seen: seen.appointments())) == 2
    assert view(ledger, lambda seen: seen.verify_journal()).is_sound


def test_the_journal_can_be_read_inside_the_write_that_adds_to_it(ledger: Ledger) -> None:
    """Also when an earlier one of the group is not written yet, and this one is undone."""

    def work(tx: Transaction) -> None:
        booked = add(tx, 20)
        assert [entry.action for entry in tx.history(booked.id)] == ["book"]
        raise Refusal

    outcomes = as_one_group(ledger, [partial(add, hour=0), work, partial(add, hour=1)])

    assert isinstance(outcomes[1].exception(), Refusal)
    report = view(ledger, lambda seen: seen.verify_journal())
    assert report.is_sound, report


def test_writes_run_inline_on_the_callers_thread(store: Store) -> None:
    ledger = store.open(inline=True)

    where = ledger.write(lambda _: threading.get_ident())

    assert where == threading.get_ident()


def test_a_closed_ledger_says_so(store: Store) -> None:
    ledger = store.open()
    book(ledger)
    ledger.close()
    ledger.close()

    with pytest.raises(LedgerAway, match="closed"):
        book(ledger)


def test_closing_finishes_what_waits(store: Store) -> None:
    ledger = store.open()
    begun, go_on = threading.Event(), threading.Event()

    def keep_busy(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(3) as pool:
        pool.submit(ledger.write, keep_busy)
        assert begun.wait(10)
        waiting = pool.submit(book, ledger)
        wait_until(lambda: ledger.waiting == 1)
        closing = pool.submit(ledger.close)
        go_on.set()
        closing.result(10)

        assert waiting.result(10).number == "AID-20310303-0001"


def test_whoever_waits_too_long_for_another_process_is_told_and_nothing_is_stored(
    store: Store,
) -> None:
    """The other one here is a second ledger on the same database."""
    ledger, other = store.open(wait=SOON), store.open()
    begun, go_on = threading.Event(), threading.Event()

    def keep(_: Transaction) -> None:
        begun.set()
        assert go_on.wait(10)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(other.write, keep)
        assert begun.wait(10)
        try:
            with pytest.raises(Locked):
                book(ledger)
        finally:
            go_on.set()
        held.result(10)

    assert book(ledger).number == "AID-20310303-0001"


def test_inline_writes_never_wait_for_another(store: Store) -> None:
    ledger, other = store.open(inline=True), store.open(inline=True)

    with pytest.raises(Locked):
        other.write(lambda _: book(ledger))


@pytest.mark.postgresql
def test_work_is_redone_when_postgresql_undid_it_for_the_sake_of_another(
    postgresql_store: Store,
) -> None:
    ledger, attempts = postgresql_store.open(), []

    def work(tx: Transaction) -> Appointment:
        attempts.append(1)
        booked = add(tx, 0)
        if len(attempts) < 3:
            tx.scope.write(
                text("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'deadlock_detected'; END $$")
            )
        return booked

    assert ledger.write(work).number == "AID-20310303-0001"
    assert len(attempts) == 3


@pytest.mark.postgresql
def test_a_connection_that_breaks_fails_the_write_and_not_the_next_one(
    postgresql_store: Store,
) -> None:
    ledger = postgresql_store.open()

    def work(tx: Transaction) -> None:
        add(tx, 0)
        with suppress(LedgerAway):
            tx.scope.read(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        add(tx, 1)

    with pytest.raises(LedgerAway) as away:
        ledger.write(work)

    assert not away.value.ambiguous
    assert book(ledger).number == "AID-20310303-0001"


def test_saving_an_appointment_makes_its_links_dirty_and_their_calendars_due(
    store: Store,
) -> None:
    ledger = store.open()
    other = CalendarId("patel-family")
    ledger.write(lambda tx: tx.save_calendar(a_calendar(id=other), CAUSE))
    booked = book(ledger)
    mine = a_link(appointment_id=booked.id, pushed_version=1)
    ledger.write(lambda tx: tx.put_links([mine, replace(mine, calendar_id=other)]))
    after = replace(booked, reason="moved", version=2)

    ledger.write(lambda tx: tx.save_appointment(booked, after, CAUSE, quiet_for=other))

    seen = view(ledger, lambda now: (now.dirty_links(other), now.states()))
    assert seen[0] == [(replace(mine, calendar_id=other), after)]
    assert [(each.calendar_id, each.due_at) for each in seen[1]] == [
        (other, None),
        (mine.calendar_id, store.clock.now()),
    ]


def test_between_processes_one_at_a_time_is_behind_the_turnstile(tmp_path: Path) -> None:
    here, there = (Turnstile(tmp_path / "lock", waits=False) for _ in range(2))
    here.enter()

    with pytest.raises(Locked):
        there.enter()
    here.leave()
    there.enter()
    here.close()
    there.close()
