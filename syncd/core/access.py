"""Who may do what: roles, and tokens that stand for them. Values.

A token is shown once, when it is made; only its digest is kept. It is 256 bits of chance, so a
plain SHA-256 keeps it (OWASP's slow hashes are for what people choose).
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from syncd.core.appointment import Party
from syncd.core.ids import ClientId, PractitionerId, TokenId

SECRET_SIZE = 32
"""Octets of chance in a token."""
_TOKEN = re.compile(r"syncd_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class Role(StrEnum):
    """What somebody is to the practice. `PUBLIC` is anybody whom the practice lets book."""

    ADMIN = "admin"
    PRACTITIONER = "practitioner"
    CLIENT = "client"
    PUBLIC = "public"

    @property
    def party(self) -> Party:
        """In whose name such a person acts on appointments."""
        return _PARTIES[self]


_PARTIES = {
    Role.ADMIN: Party.ADMIN,
    Role.PRACTITIONER: Party.PRACTITIONER,
    Role.CLIENT: Party.CLIENT,
    Role.PUBLIC: Party.CLIENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential as it is kept. A practitioner's names its practitioner, a client's its client.
    `expires_at` None: until it is revoked."""

    id: TokenId
    name: str
    role: Role
    digest: str
    created_at: datetime
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Whether it lets anybody in at that moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    def opens_for(self, secret: str) -> bool:
        """Whether this is its secret; takes as long for a near miss as for a wide one."""
        return hmac.compare_digest(self.digest, digest_of(secret))


def spell(token_id: TokenId, secret: str) -> str:
    """The token as its holder sends it: recognisable in a log that it should never be in."""
    return f"syncd_{token_id}_{secret}"


def take_apart(text: str) -> tuple[TokenId, str] | None:
    """The id and the secret of a token as it is sent; None for what is none."""
    found = _TOKEN.fullmatch(text)
    return (TokenId(found[1]), found[2]) if found else None


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
