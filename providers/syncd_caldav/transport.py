"""Carry httpx requests over a guarded connection pool, without proxies or environment variables.

Lets the exceptions of httpcore through: `dav` is their only reader.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from functools import lru_cache

import certifi
import httpcore
import httpx

from syncd.core.errors import Forbidden
from syncd_caldav.addresses import GuardedBackend

_KEPT_ALIVE_SECONDS = 30.0


class GuardedTransport(httpx.BaseTransport):
    """`requests` counts what was handed to the network, authentication round trips included."""

    def __init__(
        self, backend: GuardedBackend, *, secure: bool, ca_file: str | None, connections: int
    ) -> None:
        self.requests = 0
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(ca_file) if secure else None,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=_KEPT_ALIVE_SECONDS,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        answer = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Stream(answer)
        )

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@lru_cache(maxsize=8)
def _trust(ca_file: str | None) -> ssl.SSLContext:
    """Certificates that are believed: the admin's file, else the system's, else those shipped.
    Made once: reading a bundle costs as much as fifty requests."""
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as exc:  # ssl.SSLError is one
        raise Forbidden("the certificates that ca_file names cannot be read") from exc
    if ca_file is None and not context.get_ca_certs() and not ssl.get_default_verify_paths().capath:
        context.load_verify_locations(certifi.where())
    return context
