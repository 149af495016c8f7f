"""Ask Cal.com's API v2 over HTTP: the key, the version, the rate, the time limits.

Repeats reads that got no answer, never a write. Follows no redirect, so that the key goes to the
configured origin only; uses no proxy of the environment. Judges no answer but a 429.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import sleep
from urllib.parse import quote

import httpx

from syncd.core.errors import Forbidden, NeedsLogin, Transient
from syncd.ports import Access, Clock
from syncd_calcom.answers import Answer
from syncd_calcom.failures import failure
from syncd_calcom.rate import Bucket
from syncd_calcom.settings import CalcomSettings
from syncd_calcom.versions import OLDER, version_for

MOST_BYTES = 32 << 20
"""Of one answer. A page of 250 bookings has about half a megabyte."""
_READ_AGAIN_AFTER = (timedelta(seconds=1), timedelta(seconds=3))
_WORTH_REPEATING = (502, 503, 504)
_AGENT = "syncd"

Wait = Callable[[timedelta], None]


def sleep_for(duration: timedelta) -> None:
    sleep(duration.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How the network is reached: a transport of a test's instead of the real one, how to wait,
    and the bucket that all calendars of one key share. `outward` takes the place of the network
    where a webhook is tried out."""

    transport: httpx.BaseTransport | None = None
    outward: httpx.BaseTransport | None = None
    wait: Wait = sleep_for
    bucket: Callable[[str, str, Clock], Bucket] = lambda _base, _key, clock: Bucket(clock)


class Client:
    """`bookings` is the version in which this server speaks of bookings; `account` finds it.
    `server_time` is what the server's own clock said at its last answer, if it said so."""

    def __init__(self, settings: CalcomSettings, access: Access, line: Line) -> None:
        self.requests = 0
        self.bookings = OLDER
        self.server_time: datetime | None = None
        self._base = settings.base
        self._reference = settings.api_key
        self._secret = access.secret
        self._clock = access.clock
        self._line = line
        self._key: str | None = None
        self._bucket: Bucket | None = None
        self._longest = 2.0 * settings.timeout
        self._http = httpx.Client(
            transport=line.transport,
            verify=trust(settings.ca_file),
            timeout=settings.timeout,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": _AGENT, "Accept": "application/json"},
        )

    def read(self, path: str, what: str, query: Mapping[str, str | int] | None = None) -> Answer:
        """GET. Asked again when no answer comes; `Transient` if none does."""
        for pause in (*_READ_AGAIN_AFTER, None):
            try:
                answer = self._ask("GET", path, what, query=query)
            except Transient:
                if pause is None:
                    raise
            else:
                if pause is None or answer.status not in _WORTH_REPEATING:
                    return answer
            self._line.wait(pause)
        raise AssertionError("the last try answers or raises")

    def write(self, path: str, what: str, body: Mapping[str, object]) -> Answer:
        """POST, once. `Transient` where no answer came: `ambiguous` unless it certainly never
        reached the server."""
        return self._ask("POST", path, what, body=body)

    def change(self, path: str, what: str, body: Mapping[str, object]) -> Answer:
        """PATCH, once, as `write` does."""
        return self._ask("PATCH", path, what, body=body)

    def close(self) -> None:
        self._http.close()

    def _ask(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Answer:
        answer = self._send(method, path, what, query=query, body=body)
        if answer.status in (401, 403) and self._has_new_key():
            answer = self._send(method, path, what, query=query, body=body)
        return answer

    def _send(
        self,
        method: str,
        path: str,
        what: str,
        *,
        query: Mapping[str, str | int] | None,
        body: Mapping[str, object] | None,
    ) -> Answer:
        key = self._current_key()
        bucket = self._bucket_of(key)
        wait = bucket.take()
        if wait:
            self._line.wait(wait)
        request = self._http.build_request(
            method,
            f"{self._base}{path}",
            params=dict(query) if query else None,
            content=None if body is None else json.dumps(body).encode(),
            headers=self._headers(path, key),
        )
        self.requests += 1
        answer = self._exchange(request, what, is_read=body is None)
        wanted = bucket.learn(answer.headers, is_refused=answer.status == 429)
        if answer.status == 429:
            raise failure(answer, wait=wanted)
        return answer

    def _headers(self, path: str, key: str) -> dict[str, str]:
        version = version_for(path, self.bookings)
        named = {"cal-api-version": version} if version else {}
        return {"Authorization": f"Bearer {key}", "Content-Type": "application/json"} | named

    def _exchange(self, request: httpx.Request, what: str, *, is_read: bool) -> Answer:
        until = self._clock.monotonic() + self._longest
        try:
            response = self._http.send(request, stream=True)
            try:
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise Transient(f"{what} was answered too much", ambiguous=not is_read)
                    if self._clock.monotonic() > until:
                        raise Transient(f"{what} was answered too slowly", ambiguous=not is_read)
            finally:
                response.close()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
            raise Transient(f"{what} failed: the server cannot be reached") from exc
        except (httpx.HTTPError, httpx.StreamError) as exc:
            kind = "took too long" if isinstance(exc, httpx.TimeoutException) else "got no answer"
            raise Transient(f"{what} {kind}", ambiguous=not is_read) from exc
        headers = {name.lower(): value for name, value in response.headers.items()}
        self.server_time = _date_in(headers)
        return Answer(what=what, status=response.status_code, headers=headers, body=bytes(body))

    def _current_key(self) -> str:
        if self._key is None:
            self._key = _checked(self._secret(self._reference))
        return self._key

    def _has_new_key(self) -> bool:
        """After a refusal: whether the secret was changed since it was read, so that a refreshed
        key needs no restart."""
        fresh = _checked(self._secret(self._reference))
        is_new, self._key = fresh != self._key, fresh
        return is_new

    def _bucket_of(self, key: str) -> Bucket:
        if self._bucket is None:
            self._bucket = self._line.bucket(self._base, key, self._clock)
        return self._bucket


def segment(uid: str) -> str:
    """A uid as one part of a path."""
    return quote(uid, safe="")


def _checked(secret: str) -> str:
    key = secret.strip()
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise NeedsLogin("the API key is empty or has characters that no key has")
    return key


def _date_in(headers: Mapping[str, str]) -> datetime | None:
    """RFC 9110 §6.6.1."""
    try:
        found = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


def trust(ca_file: str | None) -> ssl.SSLContext | bool:
    """Which certificates to believe: the machine's, or those of the file."""
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as exc:  # ssl.SSLError is one
        raise Forbidden("the certificates that ca_file names cannot be read") from exc
