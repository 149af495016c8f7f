"""Numbers that a restored ledger has lost: passed over, journalled, and never issued."""

from __future__ import annotations

from datetime import date

import pytest
from ledger_stores import CAUSE, Store, book, view

from syncd.core.journal import JournalReport
from syncd.ledger import Ledger
from syncd.testing.builders import NINE

TODAY, TOMORROW = date(2031, 3, 3), date(2031, 3, 4)


def pass_over(ledger: Ledger, shown: dict[date, int]) -> None:
    ledger.write(lambda tx: tx.pass_over(shown, CAUSE))


def verified(ledger: Ledger) -> JournalReport:
    return view(ledger, lambda seen: seen.verify_journal())


def test_the_next_number_is_beyond_all_that_are_passed_over(ledger: Ledger) -> None:
    book(ledger)
    pass_over(ledger, {TODAY: 7})

    assert book(ledger, flag_overlap=True).number == "AID-20310303-0008"
    assert verified(ledger).is_sound


def test_the_gap_is_an_entry_that_says_why(ledger: Ledger) -> None:
    book(ledger)
    pass_over(ledger, {TOMORROW: 2, TODAY: 7})

    first, second = (
        view(ledger, lambda seen, day=day: seen.history(day.isoformat(), kind="numbers"))
        for day in (TODAY, TOMORROW)
    )

    assert [(each.state_before, each.state_after) for each in first] == [({"last": 1}, {"last": 7})]
    assert [(each.action, each.note) for each in second] == [("pass-over", "because")]
    assert verified(ledger).is_sound


def test_a_counter_that_is_beyond_already_is_left_alone(ledger: Ledger) -> None:
    book(ledger)
    pass_over(ledger, {TODAY: 3})
    head = view(ledger, lambda seen: seen.journal_head())

    pass_over(ledger, {TODAY: 3})
    pass_over(ledger, {TODAY: 1})

    assert view(ledger, lambda seen: seen.journal_head()) == head
    assert book(ledger, flag_overlap=True).number == "AID-20310303-0004"


def test_several_gaps_of_a_day_add_up(ledger: Ledger) -> None:
    pass_over(ledger, {TODAY: 2})
    book(ledger)
    pass_over(ledger, {TODAY: 5})
    book(ledger, flag_overlap=True)

    assert verified(ledger).is_sound


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE numbers SET last = last + 1",
        "UPDATE numbers SET last = last - 1",
        "DELETE FROM numbers",
        "UPDATE appointments SET number = 'AID-20310303-0005' WHERE number = 'AID-20310303-0007'",
        "UPDATE appointments SET number = 'AID-20310303-0009' WHERE number = 'AID-20310303-0007'",
    ],
)
def test_any_other_gap_and_a_number_that_was_passed_over_are_still_found(
    store: Store, change: str
) -> None:
    with store.open() as ledger:
        book(ledger)
        pass_over(ledger, {TODAY: 6})
        book(ledger, start=NINE.replace(hour=14))
        book(ledger, start=NINE.replace(hour=15))
        assert verified(ledger).is_sound

    store.sql(change)

    problems = verified(store.open()).problems
    assert any("5 passed over" in each.what for each in problems)


def test_a_gap_whose_entry_was_tampered_with_is_found(store: Store) -> None:
    with store.open() as ledger:
        pass_over(ledger, {TODAY: 6})

    store.sql("UPDATE journal_texts SET before = NULL, after = NULL")

    assert not verified(store.open()).is_sound
