"""Tokens as they are kept: their digests, never the tokens."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from syncd.core.access import Role, Token
from syncd.core.errors import Unknown
from syncd.core.ids import TokenId
from syncd.core.journal import Cause
from syncd.ledger.journal import JournalWrites
from syncd.ledger.tables import tokens
from syncd.ledger.unit import Unit


class TokenReads(Unit):
    def token(self, token_id: TokenId) -> Token:
        """Raises Unknown."""
        row = self._read(
            select(tokens).where(tokens.c.practice_id == self.practice_id, tokens.c.id == token_id)
        ).one_or_none()
        if row is None:
            raise Unknown("token", token_id)
        return _token(row)

    def tokens(self) -> list[Token]:
        """All that were ever made, in that order."""
        statement = (
            select(tokens)
            .where(tokens.c.practice_id == self.practice_id)
            .order_by(tokens.c.created_at, tokens.c.id)
        )
        return [_token(row) for row in self._read(statement)]


class TokenWrites(TokenReads, JournalWrites):
    def save_token(self, token: Token, cause: Cause, *, action: str) -> None:
        """Make or change a token. The journal is told what it lets its holder do."""
        row = {
            "id": token.id,
            "name": token.name,
            "role": token.role.value,
            "practitioner_id": token.practitioner_id,
            "client_id": token.client_id,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "revoked_at": token.revoked_at,
        }
        self._upsert(tokens, [{"practice_id": self.practice_id, "digest": token.digest, **row}])
        told = {key: str(value) for key, value in row.items() if value is not None}
        self._record(action, "token", token.id, cause=cause, before=None, after=told)


def _token(row: Any) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        digest=row.digest,
        created_at=row.created_at,
        practitioner_id=row.practitioner_id,
        client_id=row.client_id,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
