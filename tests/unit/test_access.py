"""Roles, and tokens: what a holder spells, and what is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.access import (
    Caller,
    Role,
    Token,
    digest_of,
    is_key,
    opened_by,
    spell,
    spell_key,
    take_apart,
)
from syncd.core.appointment import Party
from syncd.core.ids import AppointmentId, ClientId, PractitionerId, RelationshipId, TokenId
from syncd.core.relations import Relationship
from syncd.testing.builders import NINE, a_client, an_appointment

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
        Role.GUARDIAN: Party.GUARDIAN,
        Role.PUBLIC: Party.CLIENT,
        Role.VISITOR: Party.CLIENT,
        Role.FEED: Party.CLIENT,
    }


PATEL, JANE, ADA = PractitionerId("dr-patel"), ClientId("client-1"), ClientId("client-3")


@pytest.mark.parametrize(
    ("caller", "owns"),
    [
        (Caller(role=Role.ADMIN, name="a"), True),
        (Caller(role=Role.PRACTITIONER, name="p", practitioner_id=PATEL), True),
        (Caller(role=Role.PRACTITIONER, name="p", practitioner_id=PractitionerId("owl")), False),
        (Caller(role=Role.CLIENT, name="c", client_id=JANE), True),
        (Caller(role=Role.CLIENT, name="c", client_id=ClientId("client-2")), False),
        (Caller(role=Role.GUARDIAN, name="g", client_id=ADA, wards=frozenset({JANE})), True),
        (Caller(role=Role.GUARDIAN, name="g", client_id=JANE), True),
        (Caller(role=Role.GUARDIAN, name="g", client_id=ADA), False),
        (Caller(role=Role.PUBLIC, name="public"), False),
        (Caller(role=Role.FEED, name="f", practitioner_id=PATEL), False),
    ],
)
def test_an_appointment_is_its_practitioners_its_clients_and_every_admins(caller, owns):
    assert caller.owns(an_appointment(practitioner_id=PATEL, client=a_client(id=JANE))) is owns


@pytest.mark.parametrize(
    ("caller", "clients"),
    [
        (Caller(role=Role.ADMIN, name="a"), None),
        (Caller(role=Role.PRACTITIONER, name="p", practitioner_id=PATEL), None),
        (Caller(role=Role.CLIENT, name="c", client_id=JANE), {JANE}),
        (Caller(role=Role.GUARDIAN, name="g", client_id=ADA, wards=frozenset({JANE})), {ADA, JANE}),
        (Caller(role=Role.PUBLIC, name="public"), set()),
        (Caller(role=Role.VISITOR, name="v", appointment_id=AppointmentId("a-1")), set()),
    ],
)
def test_staff_ask_for_anybody_and_whoever_is_not_known_for_nobody(caller, clients):
    assert caller.asking == clients


def test_a_relationship_is_over_once_it_ended():
    begun = Relationship(
        id=RelationshipId("r-1"), practitioner_id=PATEL, client_id=JANE, since=NINE
    )

    assert not begun.is_over
    assert replace(begun, ended_at=NINE + HOUR).is_over


def test_an_appointment_without_a_client_is_no_clients():
    nobody = Caller(role=Role.CLIENT, name="c")

    assert not nobody.owns(an_appointment(client=None))


def test_a_practitioner_books_with_themselves_and_others_with_anybody():
    doctor = Caller(role=Role.PRACTITIONER, name="p", practitioner_id=PATEL)

    assert doctor.may_book_with(PATEL)
    assert not doctor.may_book_with(PractitionerId("owl"))
    assert Caller(role=Role.CLIENT, name="c", client_id=JANE).may_book_with(PATEL)
    assert [each for each in Role if Caller(role=each, name="x").is_staff] == [
        Role.ADMIN,
        Role.PRACTITIONER,
    ]


def test_a_token_stands_for_its_holder_under_its_id():
    token = replace(TOKEN, role=Role.CLIENT, client_id=JANE)

    assert token.caller == Caller(role=Role.CLIENT, name="token:0123456789ab", client_id=JANE)


def test_a_key_says_which_appointment_and_another_secret_makes_another_key():
    key = spell_key(AppointmentId("a-1"), "secret")

    assert is_key(key)
    assert opened_by(key, "secret") == "a-1"
    assert opened_by(key, "another") is None
    assert opened_by(key.replace("a-1", "a-2"), "secret") is None
    assert opened_by("syncd_booking_a-1_", "secret") is None
    assert not is_key(f"{key}0")


def test_a_visitor_has_the_appointment_that_their_key_opens():
    visitor = Caller(role=Role.VISITOR, name="v", appointment_id=AppointmentId("appointment-1"))

    assert visitor.owns(an_appointment())
    assert not visitor.owns(an_appointment(id=AppointmentId("appointment-2")))
    assert [each for each in Role if Caller(role=each, name="x").is_claimed] == [
        Role.PUBLIC,
        Role.VISITOR,
    ]
