"""Make tokens, take them back, and say whose one is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from syncd.core.access import SECRET_SIZE, Role, Token, digest_of, spell, take_apart
from syncd.core.errors import Invalid, NotAllowed, Unauthenticated, Unknown
from syncd.core.ids import ClientId, PractitionerId, TokenId
from syncd.core.journal import Cause
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction, View

_ID_SIZE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a token shall let its holder do. `lasts` None: until it is revoked."""

    name: str
    role: Role
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    lasts: timedelta | None = None


def issue(around: Surroundings, grant: Grant, cause: Cause) -> tuple[Token, str]:
    """A new token, and how its holder spells it: that is nowhere kept, and cannot be shown again.
    Raises Invalid for a grant that does not say whose it is, Unknown where nobody has that id."""
    _check(grant)
    token_id = TokenId(around.randomness.token(_ID_SIZE).hex())
    secret = around.randomness.token(SECRET_SIZE).hex()

    def work(tx: Transaction) -> Token:
        _require_known(tx, grant)
        token = Token(
            id=token_id,
            name=grant.name.strip(),
            role=grant.role,
            digest=digest_of(secret),
            created_at=tx.now,
            practitioner_id=grant.practitioner_id,
            client_id=grant.client_id,
            expires_at=tx.now + grant.lasts if grant.lasts is not None else None,
        )
        tx.save_token(token, cause, action="issue")
        return token

    return around.ledger.write(work), spell(token_id, secret)


def revoke(around: Surroundings, token_id: TokenId, cause: Cause) -> Token:
    """From now on the token lets nobody in. Raises Unknown, or NotAllowed where it was revoked
    already."""

    def work(tx: Transaction) -> Token:
        token = tx.token(token_id)
        if token.revoked_at is not None:
            raise NotAllowed(f"token {token_id} is revoked already")
        token = replace(token, revoked_at=tx.now)
        tx.save_token(token, cause, action="revoke")
        return token

    return around.ledger.write(work)


def whose(view: View, text: str) -> Token:
    """The token that is spelled so. Raises Unauthenticated for whatever lets nobody in, without
    saying why: one that never was, was revoked, or has expired."""
    parts = take_apart(text.strip())
    if parts is not None:
        token_id, secret = parts
        try:
            token = view.token(token_id)
        except Unknown:
            token = None
        is_good = token is not None and token.opens_for(secret) and token.is_good(view.now)
        if token is not None and is_good and _is_somebodys(view, token):
            return token
    raise Unauthenticated("this token lets nobody in; `syncd tokens create` makes one")


def _is_somebodys(view: View, token: Token) -> bool:
    """Whether whom it stands for is still there."""
    if token.practitioner_id is not None:
        return view.practitioner(token.practitioner_id).active
    return token.client_id is None or not view.is_erased(token.client_id)


def _check(grant: Grant) -> None:
    if not grant.name.strip():
        raise Invalid("a token needs a name, to know it by when it has to be revoked")
    if grant.role is Role.VISITOR:
        raise Invalid("a visitor gets a key with what they book, and no token")
    wanted = (
        grant.role in (Role.PRACTITIONER, Role.FEED),
        grant.role in (Role.CLIENT, Role.GUARDIAN),
    )
    given = (grant.practitioner_id is not None, grant.client_id is not None)
    if wanted != given:
        raise Invalid(
            f"a token for a {grant.role} names "
            + ("its practitioner" if wanted[0] else "its client" if wanted[1] else "nobody")
            + " and nobody else"
        )
    if grant.lasts is not None and grant.lasts <= timedelta(0):
        raise Invalid("a token lasts for some time, or until it is revoked")


def _require_known(tx: Transaction, grant: Grant) -> None:
    if grant.practitioner_id is not None and not tx.practitioner(grant.practitioner_id).active:
        raise Unknown("practitioner", grant.practitioner_id)
    if grant.client_id is not None:
        tx.client(grant.client_id)
        if tx.is_erased(grant.client_id):
            raise Unknown("client", grant.client_id)
