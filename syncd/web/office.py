"""What the door is given: the practice's surroundings, and the choices made for HTTP."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from syncd.flows.deliveries import Mailbox
from syncd.flows.surroundings import Surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtTerms:
    """Whose JWTs are believed (RFC 7519), and for what. The algorithm is ours to choose, never the
    token's (RFC 8725 §3.1). `secret` is for HS*; `jwks_url` names the keys for all others. The
    claims say who somebody is here: a role, and the id of a practitioner or client."""

    issuer: str
    audience: str
    algorithm: str
    secret: str | None = field(default=None, repr=False)
    jwks_url: str | None = None
    role_claim: str = "syncd_role"
    id_claim: str = "syncd_id"


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """`origins` are the websites whose pages may call us (CORS); none unless named.
    `requests_a_minute` bounds each caller; `largest_body` is in octets. `mailboxes` looks up, each
    time, to whom webhooks may come, and with which secrets. `hurry` is called when somebody waits
    for a calendar: a round is due."""

    around: Surroundings
    origins: tuple[str, ...] = ()
    requests_a_minute: int = 600
    failures_a_minute: int = 20
    largest_body: int = 64 * 1024
    jwt: JwtTerms | None = None
    mailboxes: Callable[[], Sequence[Mailbox]] = tuple
    hurry: Callable[[], object] = _nothing
