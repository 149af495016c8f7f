"""The one door to a CalDAV server: five verbs over one bounded connection pool.

Knows HTTP, time limits, credentials and redirects; nothing of calendars. Writes are sent once and
never repeated here; a read is repeated once when the connection breaks. Any HTTP answer is a value;
no answer at all is `Transient`. RFC 4918, RFC 9110.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx

from syncd.core.errors import Forbidden, Transient
from syncd.ports import Clock
from syncd_caldav.addresses import (
    AddressPolicy,
    AddressRefused,
    GuardedBackend,
    Resolve,
    resolve_by_system,
)
from syncd_caldav.answers import Answer, decoded_body, redirect_target
from syncd_caldav.credentials import Credentials
from syncd_caldav.transport import GuardedTransport

USER_AGENT: Final = "syncd (CalDAV)"
LISTING_CAP: Final = 64 << 20
OBJECT_CAP: Final = 2 << 20
_MAX_REDIRECTS: Final = 3
_READS: Final = frozenset({"PROPFIND", "REPORT", "GET"})
_CONNECTIONS: Final = 2
_XML: Final = {"Content-Type": 'application/xml; charset="utf-8"'}
_ICALENDAR: Final = {"Content-Type": "text/calendar; charset=utf-8", "Accept-Encoding": "identity"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds: to connect, for one wait on a listing, for one wait otherwise. A request as a whole
    may take twice its wait."""

    connect: float = 10
    listing: float = 120
    single: float = 30


class Dav:
    """A connection to one origin (scheme, host and port). Not for two threads at once. `answered`
    tells whether the server ever did."""

    def __init__(
        self,
        url: str,
        *,
        policy: AddressPolicy,
        credentials: Credentials,
        clock: Clock,
        timeouts: Timeouts | None = None,
        ca_file: str | None = None,
        resolve: Resolve = resolve_by_system,
    ) -> None:
        problem = policy.problem_with(url)
        if problem:
            raise Forbidden(f"the calendar's address {problem}")
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self.timeouts = timeouts or Timeouts()
        self.answered = False
        self._clock = clock
        self._credentials = credentials
        self._backend = GuardedBackend(policy, clock.monotonic, resolve)
        self._transport = GuardedTransport(
            self._backend, secure=parts.scheme == "https", ca_file=ca_file, connections=_CONNECTIONS
        )
        self._client = httpx.Client(
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"},
        )

    @property
    def requests(self) -> int:
        """Requests sent so far, repeated and redirected ones included."""
        return self._transport.requests

    def close(self) -> None:
        self._client.close()

    def propfind(self, path: str, body: bytes, *, depth: str) -> Answer:
        """PROPFIND at depth "0" or "1"."""
        return self._read("PROPFIND", path, body, depth)

    def report(self, path: str, body: bytes, *, depth: str) -> Answer:
        """REPORT: sync-collection wants depth "0" (RFC 6578 §3.2), calendar-multiget "1"."""
        return self._read("REPORT", path, body, depth)

    def get(self, path: str) -> Answer:
        """GET without compression: proxies that compress rewrite entity tags."""
        return self._send("GET", path, {"Accept-Encoding": "identity", "Accept": "text/calendar"})

    def put(self, path: str, text: str, *, if_match: str | None = None) -> Answer:
        """PUT over exactly the version `if_match`, or where nothing is (None). Never repeated."""
        condition = {"If-None-Match": "*"} if if_match is None else {"If-Match": if_match}
        return self._send("PUT", path, {**_ICALENDAR, **condition}, text.encode())

    def put_regardless(self, path: str, text: str) -> Answer:
        """PUT without a condition: only for objects that have no usable version."""
        return self._send("PUT", path, _ICALENDAR, text.encode())

    def delete(self, path: str, *, if_match: str | None) -> Answer:
        """DELETE exactly the version `if_match`; None where there is no usable version."""
        condition = {} if if_match is None else {"If-Match": if_match}
        return self._send("DELETE", path, {"Accept-Encoding": "identity", **condition})

    def _read(self, method: str, path: str, body: bytes, depth: str) -> Answer:
        return self._send(method, path, {**_XML, "Depth": depth}, body)

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> Answer:
        for _ in range(_MAX_REDIRECTS + 1):
            answer = self._with_login(method, path, headers, body)
            target = self._redirected(answer)
            if target is None:
                return answer
            path = target
        raise Transient(f"the server redirects {method} in circles")

    def _redirected(self, answer: Answer) -> str | None:
        """The path of a redirect that may be followed: same origin only, and for writes only where
        the method is kept (RFC 9110 §15.4)."""
        target = answer.moved_to
        if target is None or not target.startswith(f"{self.origin}/"):
            return None
        if answer.method not in _READS and answer.status not in (307, 308):
            return None
        return None if answer.status == 303 else target[len(self.origin) :]

    def _with_login(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        answer = self._unbroken(method, path, headers, body)
        if answer.status == 401 and self._credentials.adapt(
            answer.headers.get_list("www-authenticate")
        ):
            answer = self._unbroken(method, path, headers, body)
        return answer

    def _unbroken(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        """One exchange; a read over again when the connection broke, as some servers make it."""
        try:
            return self._exchange(method, path, headers, body)
        except (httpcore.NetworkError, httpcore.RemoteProtocolError) as exc:
            if method not in _READS or isinstance(exc, httpcore.ConnectError):
                raise _no_answer(method, exc) from exc
        except _FAILURES as exc:
            raise _no_answer(method, exc) from exc
        try:
            return self._exchange(method, path, headers, body)
        except _FAILURES as exc:
            raise _no_answer(method, exc) from exc

    def _exchange(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        long = method in ("PROPFIND", "REPORT")
        wait = self.timeouts.listing if long else self.timeouts.single
        self._backend.deadline = self._clock.monotonic() + 2 * wait
        request = self._client.build_request(
            method,
            self.origin + path,
            content=body,
            headers=headers,
            timeout=httpx.Timeout(wait, connect=self.timeouts.connect),
        )
        try:
            response = self._client.send(request, stream=True, auth=self._credentials.auth())
        except AddressRefused as exc:
            raise Forbidden(str(exc)) from exc
        self.answered = True
        try:
            content = decoded_body(response, LISTING_CAP if long else OBJECT_CAP)
        except Transient as exc:
            if method not in _READS:
                raise Transient(str(exc), ambiguous=True) from exc
            raise
        finally:
            response.close()
        return Answer(
            method=method,
            path=path,
            status=response.status_code,
            headers=response.headers,
            body=content,
            moved_to=redirect_target(response, self.origin + path),
        )


_FAILURES = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
)
_NEVER_SENT = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.LocalProtocolError,
)


def _no_answer(method: str, exc: Exception) -> Transient:
    what = "did not answer in time" if isinstance(exc, httpcore.TimeoutException) else "broke off"
    if isinstance(exc, (httpcore.ConnectError, httpcore.ConnectTimeout)):
        certificate = "certificate" in str(exc).lower()
        what = "shows no valid certificate (see ca_file)" if certificate else "cannot be reached"
    ambiguous = method not in _READS and not isinstance(exc, _NEVER_SENT)
    return Transient(f"the server {what} ({method}, {type(exc).__name__})", ambiguous=ambiguous)
