"""Who we are to a server: Basic, Digest or a bearer token, resolved at the moment of use.

The secret is looked up again when the server refuses it, so that a rotated one needs no restart.
RFC 7617, RFC 7616, RFC 6750.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import httpx

from syncd.core.errors import NeedsLogin


class Credentials:
    """`secret` resolves the reference to a password (with `username`) or a token (without one);
    no reference at all sends none. Never shown: this class has no text form."""

    def __init__(
        self,
        *,
        username: str | None = None,
        reference: str | None = None,
        secret: Callable[[str], str],
    ) -> None:
        self._username = username
        self._reference = reference
        self._secret = secret
        self._value: str | None = None
        self._auth: httpx.Auth | None = None
        self._digest = False

    def auth(self) -> httpx.Auth | None:
        """What to send with the next request."""
        if self._reference is None:
            return None
        if self._auth is None:
            self._value = self._secret(self._reference)
            self._auth = self._made(self._value)
        return self._auth

    def adapt(self, challenges: list[str]) -> bool:
        """After a 401: whether another attempt makes sense, because the server wants Digest, or
        because the secret has changed since it was read."""
        if self._reference is None:
            return False
        offered = {challenge.strip().partition(" ")[0].lower() for challenge in challenges}
        fresh = self._secret(self._reference)
        digest = self._username is not None and "digest" in offered and "basic" not in offered
        if fresh == self._value and digest == self._digest:
            return False
        self._value, self._digest = fresh, digest
        self._auth = self._made(fresh)
        return True

    def _made(self, secret: str) -> httpx.Auth:
        if self._username is None:
            return _Bearer(secret)
        kind = _Digest if self._digest else httpx.BasicAuth
        return kind(self._username, secret)


class _Digest(httpx.DigestAuth):
    """A challenge that the library trips over is a login that cannot be done."""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        try:
            yield from super().auth_flow(request)
        except (ValueError, LookupError, NotImplementedError, httpx.ProtocolError) as exc:
            raise NeedsLogin(
                "the server asks for a kind of Digest login that syncd does not know; "
                "is there an app password or a token?"
            ) from exc


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._header = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._header
        yield request
