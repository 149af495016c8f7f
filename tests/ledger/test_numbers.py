"""Promise P5: numbers are unique, gapless, in order of booking, and never used twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_stores import CAUSE, Store, a_draft_of, book, view

from syncd.core.errors import SlotTaken, Unknown
from syncd.ledger import Ledger, Transaction
from syncd.testing.builders import NINE

HOUR = timedelta(hours=1)


class Refusal(Exception):
    pass


def test_the_first_booking_of_a_day_has_number_one(ledger: Ledger) -> None:
    assert book(ledger).number == "AID-20310303-0001"


def test_the_day_is_that_of_the_booking_on_the_practices_wall(store: Store) -> None:
    """23:30 UTC on Sunday is already Monday in Berlin, whenever the appointment itself is."""
    store.clock.jump(datetime(2031, 3, 9, 23, 30, tzinfo=UTC))

    number = book(store.open(), start=NINE + 90 * 24 * HOUR).number

    assert number == "AID-20310310-0001"


def test_each_day_begins_again_at_one(store: Store) -> None:
    ledger = store.open()
    book(ledger)
    store.clock.advance(timedelta(days=1))

    assert book(ledger, start=NINE + HOUR).number == "AID-20310304-0001"


def test_the_ten_thousandth_of_a_day_has_five_digits(store: Store) -> None:
    ledger = store.open()
    ledger.write(lambda tx: tx.new_numbers(tx.booking_day(), 9_998))

    numbers = [book(ledger, start=NINE + hours * HOUR).number for hours in range(2)]

    assert numbers == ["AID-20310303-9999", "AID-20310303-10000"]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=8))
def test_numbers_have_no_gap_whatever_is_undone(
    ledger: Ledger, batches: list[tuple[int, bool]]
) -> None:
    """Batches that raise take their numbers back; the next ones use them."""
    before = {each.number for each in view(ledger, lambda seen: seen.appointments())}

    def work(tx: Transaction, size: int, *, refused: bool) -> list[str]:
        hour = tx.new_numbers(date(2000, 1, 1), 100).start
        drafts = [a_draft_of(start=NINE + (hour + each) * HOUR) for each in range(size)]
        added = tx.add_appointments(drafts, CAUSE)
        if refused:
            raise Refusal
        return [each.number for each in added]

    issued: list[str] = []
    for size, refused in batches:
        if refused:
            with pytest.raises(Refusal):
                ledger.write(partial(work, size=size, refused=True))
        else:
            issued += ledger.write(partial(work, size=size, refused=False))

    first = len(before) + 1
    assert issued == [f"AID-20310303-{each:04d}" for each in range(first, first + len(issued))]


def test_a_refused_booking_gives_its_number_back_even_when_the_caller_goes_on(
    ledger: Ledger,
) -> None:
    """Whoever catches the refusal inside the write books again under the same number."""
    book(ledger)

    def work(tx: Transaction) -> str:
        with pytest.raises(SlotTaken):
            tx.add_appointment(a_draft_of(), CAUSE)
        return tx.add_appointment(a_draft_of(start=NINE + HOUR), CAUSE).number

    assert ledger.write(work) == "AID-20310303-0002"
    assert view(ledger, lambda seen: seen.verify_journal()).is_sound


def test_numbers_of_a_batch_follow_the_order_of_its_drafts(ledger: Ledger) -> None:
    drafts = [a_draft_of(start=NINE + hours * HOUR) for hours in (5, 1, 3)]

    added = ledger.write(lambda tx: tx.add_appointments(drafts, CAUSE))

    assert [(each.start, each.number[-4:]) for each in added] == [
        (NINE + 5 * HOUR, "0001"),
        (NINE + 1 * HOUR, "0002"),
        (NINE + 3 * HOUR, "0003"),
    ]


def test_nothing_can_be_booked_before_there_is_a_practice(empty_store: Store) -> None:
    ledger = empty_store.open()
    ledger.migrate()

    with pytest.raises(Unknown):
        book(ledger)
