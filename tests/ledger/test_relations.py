"""Who is responsible for whom, and who is with whom, as both databases keep it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_stores import CAUSE, view

from syncd.core.errors import AlreadyThere
from syncd.core.ids import PractitionerId, RelationshipId
from syncd.core.relations import Relationship
from syncd.ledger import Ledger
from syncd.testing.builders import NINE


def added(ledger: Ledger, name: str):
    return ledger.write(
        lambda tx: tx.add_client(name=name, email="family@example.org", phone=None, cause=CAUSE)
    )


def test_guardians_are_set_as_a_whole_and_only_news_is_recorded(ledger: Ledger) -> None:
    ada, bob, ben = (added(ledger, name) for name in ("Ada", "Bob", "Ben"))

    for guardians in ([bob.id, ada.id], [ada.id, bob.id], [ada.id]):
        ledger.write(lambda tx, those=guardians: tx.set_guardians(ben.id, those, CAUSE))

    assert view(ledger, lambda seen: seen.guardians_of(ben.id)) == (ada.id,)
    assert view(ledger, lambda seen: seen.wards_of(ada.id)) == {ben.id}
    assert view(ledger, lambda seen: seen.wards_of(bob.id)) == set()
    history = view(ledger, lambda seen: seen.history(ben.id, kind="client"))
    assert [each.action for each in history] == ["add", "entrust", "entrust"]


def test_a_relationship_is_found_by_its_two_sides_and_ends(ledger: Ledger) -> None:
    ada = added(ledger, "Ada")
    patel = PractitionerId("dr-patel")
    begun = Relationship(
        id=RelationshipId("r-1"), practitioner_id=patel, client_id=ada.id, since=NINE
    )
    ledger.write(lambda tx: tx.save_relationship(begun, CAUSE, action="begin"))
    assert view(ledger, lambda seen: seen.relationship_of(patel, ada.id)) == begun

    ended = replace(begun, ended_at=NINE)
    ledger.write(lambda tx: tx.save_relationship(ended, CAUSE, action="end"))

    assert view(ledger, lambda seen: seen.relationships(client_ids=[ada.id])) == []
    assert view(ledger, lambda seen: seen.relationships(ended=True)) == [ended]
    assert view(ledger, lambda seen: seen.relationships(client_ids=[])) == []


def test_of_one_mailbox_and_name_there_is_one_client(ledger: Ledger) -> None:
    ada, ben = added(ledger, "Ada"), added(ledger, "Ben")

    with pytest.raises(AlreadyThere, match=ada.id):
        added(ledger, " ADA ")
    with pytest.raises(AlreadyThere, match=ada.id):
        ledger.write(lambda tx: tx.change_client(replace(ben, name="Ada"), CAUSE))
    assert ledger.write(lambda tx: tx.change_client(replace(ada, name="ADA"), CAUSE))
    assert not ledger.write(lambda tx: tx.change_client(replace(ada, name="ADA"), CAUSE))
