"""`syncd clients`: what is kept about somebody, given out and emptied."""

from __future__ import annotations

import json

import pytest
from cli.test_docs import examples

from syncd.cli.exits import Exit


@pytest.fixture
def clinic(office):
    office.ok("practice apply")
    return office


def test_clients_are_listed_by_name(clinic):
    clinic.book(name="Zoe Young")
    clinic.book("2031-03-03T10:00", name="Ann Lee")

    found = clinic.read("clients list")["clients"]

    assert [each["name"] for each in found] == ["Ann Lee", "Zoe Young"]
    assert found[0]["id"] in clinic.ok("clients list").out
    assert clinic.read("clients list --limit 1 --offset 1")["clients"] == [found[1]]


def test_an_export_holds_everything_about_one_client_and_nothing_about_others(clinic):
    mine = clinic.book(name="Ann Lee")
    clinic.book("2031-03-03T10:00", name="Zoe Young")
    clinic.ok(f"appointments reschedule {mine['number']} --start 2031-03-03T12:00")

    text = clinic.ok(f"clients export {mine['client']['id']}").out

    assert "Zoe" not in text
    dossier = json.loads(text)
    [shown] = examples("dossier")
    assert dossier.keys() == shown.keys()
    assert [each["number"] for each in dossier["appointments"]] == [mine["number"]]
    assert [each["action"] for each in dossier["entries"]] == ["add", "book", "reschedule"]


def test_an_erased_client_is_nowhere_in_the_ledger_and_the_journal_stays_sound(clinic):
    booked = clinic.book(name="Ann Lee")
    client = booked["client"]["id"]
    clinic.ok(f'appointments cancel {booked["number"]} --reason "Ann is ill"')

    done = clinic.read(f"clients erase {client} --yes")

    assert done["erasedEntries"] > 0
    assert clinic.read("clients list") == {"clients": []}
    assert "Ann" not in clinic.ok(f"clients export {client}").out
    assert clinic.read("journal verify")["ok"]
    assert clinic.read(f"appointments show {booked['number']}")["status"] == "cancelled"
    assert "erased before" in clinic.ok(f"clients erase {client} --yes").err


def test_a_client_who_is_expected_is_not_erased_by_accident(clinic):
    booked = clinic.book(name="Ann Lee")
    client = booked["client"]["id"]

    refused = clinic.run(f"clients erase {client} --yes")

    assert refused.code == Exit.ERROR
    assert booked["number"] in refused.err
    assert clinic.read("clients list")["clients"]
    clinic.ok(f"clients erase {client} --yes --anyway")
    assert clinic.read("clients list") == {"clients": []}


def test_nothing_is_erased_without_saying_yes(clinic):
    client = clinic.book(name="Ann Lee")["client"]["id"]

    assert clinic.run(f"clients erase {client} --anyway").code == Exit.ERROR
    assert clinic.read("clients list")["clients"]


@pytest.mark.parametrize("verb", ["export", "erase --yes"])
def test_an_unknown_client_is_said_to_be_unknown(clinic, verb):
    answer = clinic.run(f"clients {verb} 0000")

    assert answer.code == Exit.ERROR
    assert "no client '0000'" in answer.err
