"""One client is one mailbox and name, since families share a mailbox."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_stores import CAUSE, Store, book, view

from syncd.core.appointment import Client
from syncd.core.errors import Unknown
from syncd.core.ids import ClientId
from syncd.ledger import Ledger


def found_or_added(
    ledger: Ledger, name: str, email: str | None, phone: str | None = None
) -> Client:
    return ledger.write(
        lambda tx: tx.find_or_add_client(name=name, email=email, phone=phone, cause=CAUSE)
    )


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Jane Doe", "jane@example.org"),
        ("  jane   DOE ", "Jane@Example.org "),
    ],
)
def test_capitals_and_spaces_make_nobody_else(ledger: Ledger, name: str, email: str) -> None:
    jane = found_or_added(ledger, "Jane Doe", "jane@example.org")

    assert found_or_added(ledger, name, email) == jane


def test_another_name_at_the_same_mailbox_is_another_client(ledger: Ledger) -> None:
    jane = found_or_added(ledger, "Jane Doe", "family@example.org")
    tim = found_or_added(ledger, "Tim Doe", "family@example.org")

    assert jane.id != tim.id
    assert view(ledger, lambda seen: seen.clients()) == [jane, tim]


def test_without_a_mailbox_nobody_is_recognised(ledger: Ledger) -> None:
    assert found_or_added(ledger, "Jane", None).id != found_or_added(ledger, "Jane", None).id


def test_a_new_phone_number_is_kept_and_no_number_changes_nothing(ledger: Ledger) -> None:
    jane = found_or_added(ledger, "Jane", "j@example.org", "+49 30 1")

    assert found_or_added(ledger, "Jane", "j@example.org") == jane
    changed = found_or_added(ledger, "Jane", "j@example.org", "+49 30 2")
    assert changed == replace(jane, phone="+49 30 2")
    assert view(ledger, lambda seen: seen.client(jane.id)) == changed
    actions = [each.action for each in view(ledger, lambda s: s.history(jane.id, kind="client"))]
    assert actions == ["add", "change"]


def test_an_unknown_client_is_unknown(ledger: Ledger) -> None:
    with pytest.raises(Unknown):
        view(ledger, lambda seen: seen.client(ClientId("nobody")))


def test_an_erased_client_is_not_found_again_and_keeps_the_appointments(store: Store) -> None:
    ledger = store.open()
    booked = book(ledger, client="Jane Doe")
    assert booked.client is not None
    client_id = booked.client.id

    ledger.write(lambda tx: tx.erase_client(client_id, CAUSE))

    with ledger.read() as seen:
        assert seen.clients() == []
        assert seen.client_like(email="family@example.org", name="Jane Doe") is None
        stored = seen.appointment(booked.id)
    assert stored.client == Client(id=client_id, name="")
    assert replace(stored, client=None) == replace(booked, client=None)
