"""Roles, and tokens: what a holder spells, and what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.access import Role, Token, digest_of, spell, take_apart
from syncd.core.appointment import Party
from syncd.core.ids import TokenId
from syncd.testing.builders import NINE

SECRET = "ab" * 32
TOKEN = Token(
    id=TokenId("0123456789ab"),
    name="website",
    role=Role.PUBLIC,
    digest=digest_of(SECRET),
    created_at=NINE,
)
HOUR = timedelta(hours=1)


def test_what_is_spelled_can_be_taken_apart_and_opens():
    token_id, secret = take_apart(spell(TOKEN.id, SECRET))

    assert (token_id, secret) == (TOKEN.id, SECRET)
    assert TOKEN.opens_for(secret)
    assert not TOKEN.opens_for("ab" * 31 + "ac")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "syncd_0123456789ab_",
        f"syncd_0123456789ab_{SECRET}\n",
        f"syncd_0123456789AB_{SECRET}",
        f"bearer syncd_0123456789ab_{SECRET}",
        f"syncd_0123456789ab_{SECRET}0",
        "syncd_\N{FULLWIDTH DIGIT ZERO}123456789ab_" + SECRET,
    ],
)
def test_what_is_no_token_has_no_parts(text):
    assert take_apart(text) is None


def test_a_token_is_good_until_it_expires_or_is_revoked():
    assert TOKEN.is_good(NINE + 10_000 * HOUR)
    short = replace(TOKEN, expires_at=NINE + HOUR)
    assert short.is_good(NINE + HOUR - timedelta(microseconds=1))
    assert not short.is_good(NINE + HOUR)
    assert not replace(TOKEN, revoked_at=NINE).is_good(NINE)


def test_the_secret_is_not_in_what_is_kept():
    assert SECRET not in repr(TOKEN)


def test_each_role_acts_as_a_party_and_the_public_as_clients():
    assert {role: role.party for role in Role} == {
        Role.ADMIN: Party.ADMIN,
        Role.PRACTITIONER: Party.PRACTITIONER,
        Role.CLIENT: Party.CLIENT,
        Role.PUBLIC: Party.CLIENT,
    }
