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
from typing import assert_never

from syncd.core.appointment import Appointment, Party
from syncd.core.ids import AppointmentId, ClientId, PractitionerId, TokenId

SECRET_SIZE = 32
"""Octets of chance in a token."""
_KEY = re.compile(r"syncd_booking_([0-9A-Za-z-]{1,64})_([0-9a-f]{64})", re.ASCII)
_TOKEN = re.compile(r"syncd_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)


class Role(StrEnum):
    """What somebody is to the practice. `GUARDIAN` is the responsible party of clients, as a
    parent is, and known to the practice like a client. `PUBLIC` is anybody whom the practice lets
    book, `VISITOR` whoever holds the key to one appointment that was booked so. `FEED` is a
    calendar program that reads one practitioner's appointments, and can do nothing else: its token
    stands in an address."""

    ADMIN = "admin"
    PRACTITIONER = "practitioner"
    CLIENT = "client"
    GUARDIAN = "guardian"
    PUBLIC = "public"
    VISITOR = "visitor"
    FEED = "feed"

    @property
    def party(self) -> Party:
        """In whose name such a person acts on appointments."""
        return _PARTIES[self]


_PARTIES = {
    Role.ADMIN: Party.ADMIN,
    Role.PRACTITIONER: Party.PRACTITIONER,
    Role.CLIENT: Party.CLIENT,
    Role.GUARDIAN: Party.GUARDIAN,
    Role.PUBLIC: Party.CLIENT,
    Role.VISITOR: Party.CLIENT,
    Role.FEED: Party.CLIENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks for something. `name` says it in the journal ("token:3f2a…"), without a person's
    name. A practitioner is one of the practice's, a client and a guardian too; these act for their
    `wards`. A visitor has one appointment."""

    role: Role
    name: str
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    wards: frozenset[ClientId] = frozenset()
    appointment_id: AppointmentId | None = None

    @property
    def clients(self) -> frozenset[ClientId]:
        """Whom they act for: themselves, if they are a client, and their wards."""
        return self.wards | ({self.client_id} if self.client_id is not None else set())

    @property
    def asking(self) -> frozenset[ClientId] | None:
        """The clients for whom they ask what can be booked, none where nobody knows; None for
        staff, who ask for anybody."""
        return None if self.is_staff else self.clients

    @property
    def is_staff(self) -> bool:
        return self.role in (Role.ADMIN, Role.PRACTITIONER)

    @property
    def is_claimed(self) -> bool:
        """Whether nobody knows that they are the client whom they booked for."""
        return self.role in (Role.PUBLIC, Role.VISITOR)

    def owns(self, appointment: Appointment) -> bool:
        """Whether the appointment is any of theirs. To anybody else it is as if there were none."""
        match self.role:
            case Role.ADMIN:
                return True
            case Role.PRACTITIONER:
                return self.practitioner_id in appointment.practitioners
            case Role.CLIENT | Role.GUARDIAN:
                client = appointment.client
                return client is not None and client.id in self.clients
            case Role.VISITOR:
                return appointment.id == self.appointment_id
            case Role.PUBLIC | Role.FEED:
                return False
            case _:
                assert_never(self.role)

    def may_book_with(self, practitioner_id: PractitionerId) -> bool:
        """A practitioner books for themselves; everybody else with whom they like."""
        return self.role is not Role.PRACTITIONER or self.practitioner_id == practitioner_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A credential as it is kept. A practitioner's names its practitioner, a client's and a
    guardian's that person. `expires_at` None: until it is revoked."""

    id: TokenId
    name: str
    role: Role
    digest: str
    created_at: datetime
    practitioner_id: PractitionerId | None = None
    client_id: ClientId | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Whom it stands for."""
        return Caller(
            role=self.role,
            name=f"token:{self.id}",
            practitioner_id=self.practitioner_id,
            client_id=self.client_id,
        )

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


def spell_key(appointment_id: AppointmentId, secret: str) -> str:
    """The key to one appointment: made of the practice's secret, and kept nowhere."""
    return f"syncd_booking_{appointment_id}_{_sealed(appointment_id, secret)}"


def opened_by(text: str, secret: str) -> AppointmentId | None:
    """The appointment that this is the key to; None for what is none, or another practice's."""
    found = _KEY.fullmatch(text)
    if found is None or not hmac.compare_digest(found[2], _sealed(found[1], secret)):
        return None
    return AppointmentId(found[1])


def is_key(text: str) -> bool:
    """Whether it looks like the key to an appointment."""
    return _KEY.fullmatch(text) is not None


def _sealed(appointment_id: str, secret: str) -> str:
    return hmac.new(secret.encode(), appointment_id.encode(), sha256).hexdigest()


def digest_of(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
