"""Believe a JWT of the practice's identity provider, and say whom it stands for.

RFC 7519, with the cautions of RFC 8725: one algorithm, chosen by us; issuer, audience and expiry
required. Whatever is wrong with a token, its bearer hears the same.
"""

from __future__ import annotations

import re
import threading
from hashlib import sha256
from typing import Any

import jwt
import structlog

from syncd.core.access import Caller, Role
from syncd.core.errors import Unauthenticated, Unknown
from syncd.core.ids import ClientId, PractitionerId
from syncd.flows.people import with_wards
from syncd.flows.surroundings import Surroundings
from syncd.ports import Clock
from syncd.web.office import JwtTerms
from syncd.web.problems import IdentityAway

log = structlog.get_logger(__name__)

_JWT = re.compile(r"\s*[\w-]+\.[\w-]+\.[\w-]*\s*", re.ASCII)
_REQUIRED = ["exp", "iss", "aud", "sub"]
FETCH_SECONDS = 3
FETCH_PAUSE = 30.0
KEYS_LAST = 300.0
"""Seconds: how long the provider may take, how long it is left alone then, how long keys are good
without a look."""
LEEWAY = 30
"""Seconds that clocks may differ by."""
_PERSONS = frozenset({Role.CLIENT, Role.GUARDIAN})
_ROLES = frozenset({Role.ADMIN, Role.PRACTITIONER}) | _PERSONS


def is_jwt(text: str) -> bool:
    """Whether it is made of three parts, as a signed JWT is (RFC 7515 §7.1)."""
    return _JWT.fullmatch(text) is not None


class Identity:
    """One identity provider."""

    def __init__(self, terms: JwtTerms, clock: Clock) -> None:
        self._terms, self._clock = terms, clock
        self._keys = Keys(terms.jwks_url, clock) if terms.jwks_url else None

    def whose(self, text: str, around: Surroundings) -> Caller:
        """Raises Unauthenticated for whatever lets nobody in, IdentityAway where the provider's
        keys cannot be had."""
        claims = self._claims(text.strip())
        role, which = claims.get(self._terms.role_claim), claims.get(self._terms.id_claim)
        if not isinstance(role, str) or role not in _ROLES:
            raise _refusal()
        if role != Role.ADMIN and not isinstance(which, str):
            raise _refusal()
        caller = Caller(
            role=Role(role),
            name=f"jwt:{_subject(claims)}",
            practitioner_id=PractitionerId(which) if role == Role.PRACTITIONER and which else None,
            client_id=ClientId(which) if role in _PERSONS and which else None,
        )
        return self._known(caller, around)

    def _claims(self, text: str) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                text,
                self._key(text),
                algorithms=[self._terms.algorithm],
                audience=self._terms.audience,
                issuer=self._terms.issuer,
                options={"require": _REQUIRED, "verify_exp": False, "verify_nbf": False},
            )
        except (jwt.PyJWTError, ValueError) as exc:
            raise _refusal() from exc
        now = self._clock.now().timestamp()
        begins, ends = claims.get("nbf", now), claims["exp"]
        is_time = all(isinstance(each, int | float) for each in (begins, ends))
        if not is_time or not begins - LEEWAY <= now < ends + LEEWAY:
            raise _refusal()
        return claims

    def _key(self, text: str) -> Any:
        if self._keys is None:
            return self._terms.secret
        return self._keys.named(str(jwt.get_unverified_header(text).get("kid", "")))

    def _known(self, caller: Caller, around: Surroundings) -> Caller:
        """Whom it stands for must be there."""
        try:
            with around.ledger.read() as view:
                known = True
                if caller.practitioner_id is not None:
                    known = view.practitioner(caller.practitioner_id).active
                if caller.client_id is not None:
                    view.client(caller.client_id)
                    known = not view.is_erased(caller.client_id)
                caller = with_wards(view, caller)
        except Unknown as exc:
            raise _refusal() from exc
        if not known:
            raise _refusal()
        return caller


class Keys:
    """The provider's public keys (RFC 7517), read when one is not known or they are old, by one
    caller at a time and not too often; while the provider is away the last ones hold."""

    def __init__(self, url: str, clock: Clock) -> None:
        self._client = jwt.PyJWKClient(url, cache_jwk_set=False, timeout=FETCH_SECONDS)
        self._clock = clock
        self._fetching = threading.Lock()
        self._known: dict[str, jwt.PyJWK] = {}
        self._tried_at = float("-inf")
        self._read_at = float("-inf")

    def named(self, kid: str) -> jwt.PyJWK:
        """Raises IdentityAway while no keys are known at all, PyJWTError for one that is none."""
        now = self._clock.monotonic()
        wanted = kid not in self._known or now - self._read_at > KEYS_LAST
        if wanted and now - self._tried_at > FETCH_PAUSE and self._fetching.acquire(blocking=False):
            try:
                self._tried_at = now
                self._fetch(now)
            finally:
                self._fetching.release()
        if not self._known:
            raise IdentityAway("the identity provider's keys cannot be read")
        if kid not in self._known:
            raise jwt.PyJWKSetError("no such key")
        return self._known[kid]

    def _fetch(self, now: float) -> None:
        try:
            found = self._client.get_signing_keys(refresh=True)
        except jwt.PyJWTError as exc:
            log.warning("keys_not_read", kind=type(exc).__name__)
            return
        self._known = {str(each.key_id or ""): each for each in found}
        self._read_at = now


def _subject(claims: dict[str, Any]) -> str:
    """Who it is to the provider, as it can stand in a journal: a subject may be a name."""
    return sha256(str(claims["sub"]).encode()).hexdigest()[:12]


def _refusal() -> Unauthenticated:
    return Unauthenticated("this token lets nobody in")
