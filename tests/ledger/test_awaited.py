"""Links whose calendars have the last word, and the answers that wait for it, on either database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledger_stores import CAUSE, Store, book, view

from syncd.core.appointment import Awaited, Status
from syncd.core.ids import CalendarId
from syncd.core.practice import OnOutage
from syncd.ledger import Answered, Ledger, Transaction
from syncd.testing.builders import NINE, a_calendar, a_link

MAIN, PHONE = CalendarId("patel-main"), CalendarId("patel-phone")
UNTIL = NINE + timedelta(seconds=30)
MARK = Awaited(becomes=Status.BOOKED, until=UNTIL)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """With a calendar that has the last word, and one that has none."""
    ledger = store.open()

    def work(tx: Transaction) -> None:
        tx.save_calendar(a_calendar(write_through=OnOutage.ACCEPT), CAUSE)
        tx.save_calendar(a_calendar(id=PHONE), CAUSE)

    ledger.write(work)
    return ledger


def test_a_mark_stays_as_it_was_set_whatever_a_round_puts_and_holds_others_back(
    ledger: Ledger,
) -> None:
    booked = book(ledger, status=Status.PENDING)
    here, there = (a_link(appointment_id=booked.id, calendar_id=each) for each in (MAIN, PHONE))
    ledger.write(lambda tx: tx.put_links([here, there]))
    ledger.write(lambda tx: tx.set_awaited(booked.id, {MAIN: MARK}))
    ledger.write(lambda tx: tx.put_links([here, there]))

    with ledger.read() as seen:
        assert seen.calendar(MAIN).write_through is OnOutage.ACCEPT
        assert [each.awaited for each in seen.links_of([booked.id])[booked.id]] == [MARK, None]
        assert [link.awaited for link, _ in seen.dirty_links(MAIN)] == [MARK]
        assert seen.dirty_links(PHONE) == []
        assert seen.awaited() == seen.awaited(calendar_id=MAIN, until=UNTIL) == {booked.id}
        assert seen.awaited(calendar_id=PHONE) == set()
        assert seen.awaited(until=UNTIL - timedelta(seconds=1)) == set()

    for_later = Awaited(becomes=Status.BOOKED, until=None)
    ledger.write(lambda tx: tx.set_awaited(booked.id, {MAIN: for_later}))
    assert view(ledger, lambda seen: (seen.awaited(), seen.dirty_links(PHONE))) == (set(), [])
    assert view(ledger, lambda seen: seen.undecided()) == {booked.id}
    ledger.write(lambda tx: tx.set_awaited(booked.id, {MAIN: None}))
    assert view(ledger, lambda seen: len(seen.dirty_links(PHONE))) == 1
    assert view(ledger, lambda seen: seen.undecided()) == set()


def test_an_answer_that_is_owed_can_be_forgotten_and_one_that_was_given_cannot(
    ledger: Ledger,
) -> None:
    booked = book(ledger)
    owed, given = (
        Answered(caller="web", key=each, fingerprint="", appointment_id=booked.id, answer=each)
        for each in ("", "given")
    )
    ledger.write(lambda tx: tx.keep_answer(owed))
    ledger.write(lambda tx: tx.keep_answer(given))

    ledger.write(lambda tx: tx.drop_answers_owed(booked.id))

    assert view(ledger, lambda seen: seen.answered("web", "")) is None
    assert view(ledger, lambda seen: seen.answered("web", "given")) == given
