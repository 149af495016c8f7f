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


def test_a_client_is_made_with_whoever_is_responsible_for_them(clinic):
    mother = clinic.read("clients add 'Ada Doe' --email ada@example.org")

    ben = clinic.read(f"clients add Ben --email ada@example.org --guardian {mother['id']}")

    [shown] = examples("person")
    assert ben.keys() == shown.keys()
    assert (ben["name"], ben["guardianIds"]) == ("Ben", [mother["id"]])
    assert clinic.read(f"clients show {mother['id']}")["wardIds"] == [ben["id"]]
    assert "guardians" in clinic.ok(f"clients show {ben['id']}").out


def test_a_change_leaves_what_is_not_named(clinic):
    ada = clinic.read("clients add Ada --email ada@example.org --phone 1")
    ben = clinic.read(f"clients add Ben --email ben@example.org --guardian {ada['id']}")

    changed = clinic.read(f"clients change {ben['id']} --phone '+49 30 2'")
    freed = clinic.read(f"clients change {ben['id']} --no-guardians --email ''")

    assert changed == {**ben, "phone": "+49 30 2"}
    assert freed == {**changed, "guardianIds": [], "email": None}
    found = clinic.ok("clients list --search ben").out
    assert "Ben" in found
    assert "Ada" not in found


@pytest.mark.parametrize(
    "words",
    [
        "clients add ' '",
        "clients add Ben --email nowhere",
        "clients add Ada --email ada@example.org",
        "clients add Ben --guardian nobody",
        "clients change {ada} --guardian {ada}",
    ],
)
def test_what_cannot_be_said_of_a_client_is_refused(clinic, words):
    ada = clinic.read("clients add Ada --email ada@example.org")

    refused = clinic.run(words.replace("{ada}", ada["id"]))

    assert refused.code == Exit.ERROR
    assert clinic.read("clients list")["clients"] == [
        {key: ada[key] for key in ("id", "name", "email", "phone")}
    ]


def test_a_change_says_one_thing_of_guardians(clinic):
    ada = clinic.read("clients add Ada --email ada@example.org")
    ben = clinic.read(f"clients add Ben --guardian {ada['id']}")

    refused = clinic.run(f"clients change {ben['id']} --guardian {ada['id']} --no-guardians")

    assert refused.code == Exit.ERROR
    assert clinic.read(f"clients show {ben['id']}") == ben


def test_a_relationship_begins_and_ends(clinic):
    ada = clinic.read("clients add Ada --email ada@example.org")

    begun = clinic.read(f"relationships begin --practitioner dr-patel --client {ada['id']}")
    clinic.ok(f"relationships begin --practitioner dr-patel --client {ada['id']}")
    listed = clinic.read("relationships list --practitioner dr-patel")["relationships"]
    told = clinic.ok(f"relationships list --client {ada['id']}").out
    ended = clinic.read(f"relationships end {begun['id']} --reason moved")

    [shown] = examples("relationship")
    assert begun.keys() == shown.keys()
    assert listed == [begun]
    assert "Ada" in told
    assert ended["endedAt"] is not None
    assert clinic.read("relationships list")["relationships"] == []
    assert clinic.read("relationships list --ended")["relationships"] == [ended]
    assert clinic.run("relationships end 0000").code == Exit.ERROR
