"""Promise P9: one entry for each change, chained, verifiable, and erasable without breaking it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_stores import CAUSE, Store, book, view

from syncd.core.appointment import Status
from syncd.core.journal import (
    FIRST_HASH,
    Cause,
    Entry,
    JournalReport,
    canonical_json,
    entry_hash,
    redacted,
    snapshot,
    text_digest,
    verify,
)
from syncd.ledger import Ledger
from syncd.testing.builders import NINE, an_activity

HOUR = timedelta(hours=1)


@pytest.fixture
def storied(store: Store) -> Store:
    """A ledger in which something happened to somebody."""
    with store.open() as ledger:
        booked = book(ledger, client="Jane Doe")
        cancelled = replace(booked, status=Status.CANCELLED, reason="she is ill", version=2)
        ledger.write(lambda tx: tx.save_appointment(booked, cancelled, CAUSE, action="cancel"))
        book(ledger, client="Jane Doe", start=NINE + HOUR)
    return store


def verified(store: Store) -> JournalReport:
    with store.open() as ledger:
        return view(ledger, lambda seen: seen.verify_journal())


def test_each_change_is_one_entry_that_says_who_how_and_why(ledger: Ledger) -> None:
    booked = book(ledger, client="Jane Doe")
    moved = replace(booked, start=NINE + HOUR, end=NINE + 2 * HOUR, version=2)
    cause = Cause(actor="calendar:patel-main", via={"version": '"7"'}, why="moved on the phone")
    ledger.write(lambda tx: tx.save_appointment(booked, moved, cause, action="reschedule"))

    first, second = view(ledger, lambda seen: seen.history(booked.id))

    assert (first.action, first.state_before) == ("book", None)
    assert first.state_after == snapshot(booked)
    assert (second.actor, second.action) == ("calendar:patel-main", "reschedule")
    assert (second.via, second.note) == ({"version": '"7"'}, "moved on the phone")
    assert second.state_before == first.state_after
    assert second.state_after == snapshot(moved)


def test_the_state_is_what_the_newest_entries_say(storied: Store) -> None:
    """State = fold(journal): nothing is in the ledger that the journal does not tell."""
    with storied.open().read() as seen:
        told: dict[str, Any] = {}
        for entry in seen.journal():
            if entry.subject_kind == "appointment":
                told[entry.subject_id] = entry.state_after

        assert told == {each.id: snapshot(each) for each in seen.appointments()}
        assert len(told) == 2


def test_entries_are_counted_without_a_gap_and_can_be_read_on_from_any(storied: Store) -> None:
    with storied.open().read() as seen:
        entries = seen.journal()

        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert seen.journal(after_seq=2, limit=3) == entries[2:5]
        assert seen.journal_head() == (entries[-1].seq, entries[-1].hash)


def test_an_untouched_journal_is_sound(storied: Store) -> None:
    report = verified(storied)

    assert report.is_sound
    assert report.count > 5


JOURNAL_TAMPERS = {
    "at": "at = (SELECT at FROM journal WHERE seq = 1) - {hour}",
    "actor": "actor = 'cli:mallory'",
    "via": "via = '{{}}'",
    "action": "action = 'other'",
    "subject kind": "subject_kind = 'client'",
    "subject": "subject_id = 'other'",
    "before digest": "before_digest = after_digest",
    "after digest": "after_digest = 'abc'",
    "note digest": "note_digest = ''",
    "predecessor": "prev_hash = hash",
    "hash": "hash = prev_hash",
    "place": "seq = seq + 1000",
}


@pytest.mark.parametrize("what", JOURNAL_TAMPERS)
def test_a_changed_column_of_an_entry_is_found(storied: Store, what: str) -> None:
    hour = "3600000000" if storied.kind == "sqlite" else "interval '1 hour'"
    cancelling = "(SELECT seq FROM (SELECT seq FROM journal WHERE action = 'cancel') AS found)"
    change = JOURNAL_TAMPERS[what].format(hour=hour)

    storied.sql(f"UPDATE journal SET {change} WHERE seq = {cancelling}")

    assert not verified(storied).is_sound


@pytest.mark.parametrize(
    "change",
    [
        "before = replace(before, 'booked', 'noshow')",
        "after = replace(after, 'cancelled', 'booked')",
        "note = 'for another reason'",
        "note = NULL",
        "salt = NULL",
    ],
)
def test_a_changed_text_is_found(storied: Store, change: str) -> None:
    change = change.replace("before", '"before"').replace("after", '"after"')
    seq = storied.sql("SELECT seq FROM journal WHERE action = 'cancel'")[0].seq

    storied.sql(f"UPDATE journal_texts SET {change} WHERE seq = :seq", seq=seq)

    report = verified(storied)
    assert [each.seq for each in report.problems] == [seq]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM journal WHERE seq = 3",
        "DELETE FROM journal WHERE seq = 1",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "DELETE FROM journal_texts WHERE seq = 3",
        "DELETE FROM journal_heads",
        "UPDATE journal_heads SET hash = 'abc'",
        "UPDATE journal_heads SET seq = seq + 1",
    ],
)
def test_a_missing_entry_or_a_wrong_head_is_found(storied: Store, statement: str) -> None:
    storied.sql(statement)

    assert not verified(storied).is_sound


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE appointments SET reason = 'another' WHERE status = 'cancelled'",
        "UPDATE appointments SET version = version + 1 WHERE status = 'cancelled'",
        "DELETE FROM appointments WHERE status = 'cancelled'",
        "UPDATE numbers SET last = last + 1",
        "UPDATE numbers SET last = last - 1",
        "DELETE FROM numbers",
    ],
)
def test_a_state_that_the_journal_does_not_tell_is_found(storied: Store, statement: str) -> None:
    storied.sql(statement)

    report = verified(storied)
    assert not report.is_sound
    assert report.count > 5


def test_erasing_a_client_empties_the_texts_and_keeps_the_chain(storied: Store) -> None:
    with storied.open() as ledger:
        booked = view(ledger, lambda seen: seen.appointments())[0]
        assert booked.client is not None
        client_id = booked.client.id
        erased = ledger.write(lambda tx: tx.erase_client(client_id, CAUSE))
        again = ledger.write(lambda tx: tx.erase_client(client_id, CAUSE))

    assert (erased, again) == (4, 0)
    report = verified(storied)
    assert report.is_sound, report
    assert report.erased == 4
    everything = "".join(
        str(row)
        for table in ("journal", "journal_texts", "clients", "appointments")
        for row in storied.sql(f"SELECT * FROM {table}")
    )
    for personal in ("Jane", "family@example.org", "she is ill"):
        assert personal not in everything


def test_erased_entries_still_tell_what_happened_when(storied: Store) -> None:
    with storied.open() as ledger:
        client = view(ledger, lambda seen: seen.clients())[0]
        ledger.write(lambda tx: tx.erase_client(client.id, CAUSE))
        cancelling = next(
            each for each in view(ledger, lambda seen: seen.journal()) if each.action == "cancel"
        )

    assert cancelling.state_after is not None
    assert cancelling.state_after["status"] == "cancelled"
    assert cancelling.state_after["reason"] is None
    assert cancelling.note is None
    assert cancelling.salt is None


def test_saving_what_is_the_same_leaves_no_entry(ledger: Ledger) -> None:
    before = view(ledger, lambda seen: seen.journal_head())

    assert ledger.write(lambda tx: tx.save_activity(an_activity(), CAUSE)) is False

    assert view(ledger, lambda seen: seen.journal_head()) == before


def test_the_chain_goes_on_when_another_process_wrote_in_between(store: Store) -> None:
    mine, theirs = store.open(), store.open()
    for hour in range(4):
        book(mine, start=NINE + 2 * hour * HOUR)
        book(theirs, start=NINE + (2 * hour + 1) * HOUR)

    assert verified(store).is_sound


TEXTS = st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(), max_size=4)


@given(state=TEXTS)
def test_canonical_json_does_not_depend_on_the_order_of_keys(state: dict[str, object]) -> None:
    backwards = dict(reversed(state.items()))

    assert canonical_json(state) == canonical_json(backwards)


@given(state=TEXTS, salt=st.binary(min_size=16, max_size=16), other=st.text())
def test_a_digest_tells_texts_apart_and_hides_equal_ones(
    state: dict[str, object], salt: bytes, other: str
) -> None:
    text = canonical_json(state)

    assert (text_digest(salt, text) == text_digest(salt, other)) is (text == other)
    assert text_digest(salt, text) != text_digest(salt[::-1] + b"x", text)
    assert text_digest(salt, None) == ""


def test_redacting_keeps_what_is_not_personal() -> None:
    text = canonical_json({"id": "a", "name": "Jane", "reason": "ill", "version": 2})

    assert redacted(text) == canonical_json({"id": "a", "name": None, "reason": None, "version": 2})
    assert redacted(None) is None


def test_a_journal_without_entries_is_sound() -> None:
    assert verify([], head_seq=0, head_hash=FIRST_HASH).is_sound


def test_an_erased_entry_that_kept_its_salt_is_found(storied: Store) -> None:
    """Whoever marks an entry as erased to hide a changed text is found out."""
    storied.sql(
        "UPDATE journal_texts SET erased_at = (SELECT at FROM journal WHERE seq = 1), note = 'x'"
        " WHERE seq = 3"
    )

    assert [each.seq for each in verified(storied).problems] == [3]


def test_the_hash_of_an_entry_is_over_all_its_columns(storied: Store) -> None:
    entry = view(storied.open(), lambda seen: seen.journal())[-1]
    not_hashed = {"hash", "salt", "before", "after", "note", "erased_at"}

    for name in Entry.__dataclass_fields__.keys() - not_hashed:
        old = getattr(entry, name)
        match old:
            case str():
                new: object = old + "x"
            case int():
                new = old + 1
            case dict():
                new = {**old, "x": "y"}
            case _:
                new = old + HOUR
        assert entry_hash(replace(entry, **{name: new})) != entry.hash, name  # type: ignore[arg-type]
