"""Tokens: made once, known by their digest, taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.access import Role
from syncd.core.errors import Invalid, NotAllowed, Unauthenticated, Unknown
from syncd.core.ids import ClientId, PractitionerId, TokenId
from syncd.flows.tokens import Grant, issue, revoke, whose
from syncd.testing.builders import a_practitioner

WEBSITE = Grant(name="website", role=Role.PUBLIC)
PATEL = Grant(name="Dr. Patel", role=Role.PRACTITIONER, practitioner_id=PractitionerId("dr-patel"))


def make(clinic, grant=WEBSITE):
    return issue(clinic.around, grant, clinic.cause)


def ask(clinic, text):
    with clinic.ledger.read() as view:
        return whose(view, text)


def test_a_token_says_whose_it_is(clinic):
    token, spelled = make(clinic, PATEL)

    assert ask(clinic, spelled) == token
    assert (token.role, token.practitioner_id) == (Role.PRACTITIONER, "dr-patel")


def test_no_two_tokens_are_alike_and_none_is_kept(clinic):
    spelled = {make(clinic)[1] for _ in range(20)}

    assert len(spelled) == 20
    kept = (clinic.ledger.address.path).read_bytes()
    assert not any(each.rpartition("_")[2].encode() in kept for each in spelled)


def test_whatever_lets_nobody_in_is_answered_alike(clinic):
    token, spelled = make(clinic)
    short = make(clinic, Grant(name="kiosk", role=Role.PUBLIC, lasts=timedelta(hours=1)))[1]
    revoked, gone = make(clinic)
    revoke(clinic.around, revoked.id, clinic.cause)
    clinic.clock.advance(timedelta(hours=1))
    wrong = spelled[:-1] + ("0" if spelled[-1] != "0" else "1")
    unknown = "syncd_ffffffffffff_" + spelled.rpartition("_")[2]

    said = set()
    for text in (short, gone, wrong, unknown, "", "syncd", token.id):
        with pytest.raises(Unauthenticated) as refused:
            ask(clinic, text)
        said.add(str(refused.value))

    assert len(said) == 1
    assert ask(clinic, f" {spelled} ").id == token.id


def test_a_token_is_revoked_once(clinic):
    token, _ = make(clinic)
    revoke(clinic.around, token.id, clinic.cause)

    with pytest.raises(NotAllowed, match="already"):
        revoke(clinic.around, token.id, clinic.cause)
    with pytest.raises(Unknown):
        revoke(clinic.around, TokenId("nobody"), clinic.cause)


@pytest.mark.parametrize(
    ("grant", "error"),
    [
        (Grant(name=" ", role=Role.PUBLIC), Invalid),
        (Grant(name="x", role=Role.PRACTITIONER), Invalid),
        (Grant(name="x", role=Role.CLIENT), Invalid),
        (Grant(name="x", role=Role.ADMIN, practitioner_id=PractitionerId("dr-patel")), Invalid),
        (Grant(name="x", role=Role.PUBLIC, lasts=timedelta(0)), Invalid),
        (Grant(name="x", role=Role.PRACTITIONER, practitioner_id=PractitionerId("dr-no")), Unknown),
        (Grant(name="x", role=Role.CLIENT, client_id=ClientId("nobody")), Unknown),
    ],
)
def test_a_grant_that_fits_nobody_makes_no_token(clinic, grant, error):
    with pytest.raises(error):
        make(clinic, grant)
    with clinic.ledger.read() as view:
        assert view.tokens() == []


def test_the_journal_knows_who_made_and_revoked_it_and_not_its_secret(clinic):
    token, spelled = make(clinic, PATEL)
    revoke(clinic.around, token.id, clinic.cause)

    with clinic.ledger.read() as view:
        entries = [each for each in view.journal() if each.subject_kind == "token"]
        assert view.verify_journal().is_sound
    assert [each.action for each in entries] == ["issue", "revoke"]
    for each in entries:
        assert token.digest not in (each.after or "")
        assert spelled.rpartition("_")[2] not in (each.after or "")


def test_a_token_goes_with_whom_it_stands_for(clinic):
    booked = clinic.book()
    theirs = Grant(name="Jane's phone", role=Role.CLIENT, client_id=booked.client.id)
    _, client = make(clinic, theirs)
    _, patel = make(clinic, PATEL)
    clinic.ledger.write(lambda tx: tx.erase_client(booked.client.id, clinic.cause))
    gone = replace(a_practitioner(), active=False)
    clinic.ledger.write(lambda tx: tx.save_practitioner(gone, clinic.cause))

    for spelled in (client, patel):
        with pytest.raises(Unauthenticated):
            ask(clinic, spelled)
    with pytest.raises(Unknown):
        make(clinic, theirs)
    with clinic.ledger.read() as view:
        assert not any("Jane" in each.name for each in view.tokens())
        assert not any("Jane" in (each.after or "") for each in view.journal())
