"""`syncd tokens`, as an admin sees it."""

from __future__ import annotations

import pytest
from cli.test_docs import examples

from syncd.cli.exits import Exit


@pytest.fixture
def clinic(office):
    office.ok("practice apply")
    return office


def test_a_token_is_printed_alone_and_once(clinic):
    made = clinic.ok("tokens create --name website --role public --expires 90d")

    [spelled] = made.out.split()
    assert spelled.startswith("syncd_")
    assert "cannot be shown again" in made.err
    listed = clinic.ok("tokens list").out
    assert spelled.rpartition("_")[2] not in listed
    assert "website" in listed
    assert "good" in listed


def test_a_revoked_token_is_listed_as_such(clinic):
    made = clinic.read("tokens create --name x --role practitioner --practitioner dr-patel")

    clinic.ok(f"tokens revoke {made['id']}")

    [listed] = clinic.read("tokens list")["tokens"]
    assert listed["revokedAt"] is not None
    assert "revoked" in clinic.ok("tokens list").out
    assert clinic.run(f"tokens revoke {made['id']}").code == Exit.ERROR


def test_the_documented_shape_is_the_one_that_is_printed(clinic):
    made = clinic.read("tokens create --name website --role public")

    [shown] = examples("token")
    assert made.keys() == shown.keys()
    [listed] = clinic.read("tokens list")["tokens"]
    assert listed.keys() == shown.keys() - {"token"}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("create --name x --role practitioner", "names its practitioner"),
        ("create --name x --role practitioner --practitioner dr-no", "no practitioner 'dr-no'"),
        ("create --name x --role public --expires soon", "a duration with its unit"),
        ("revoke 0123", "no token '0123'"),
    ],
)
def test_what_cannot_be_done_says_why(clinic, line, words):
    answer = clinic.run(f"tokens {line}")

    assert answer.code == Exit.ERROR
    assert words in answer.err
    assert clinic.read("tokens list") == {"tokens": []}
