"""The application on a socket: uvicorn in a thread of its own, until it is told to stop.

The socket is opened before anything else is promised, so that an address that is taken is said at
once. TLS is a proxy's business.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncd.core.errors import Invalid, Unavailable

log = structlog.get_logger(__name__)

BACKLOG = 512
DRAIN_SECONDS = 10
"""How long requests under way may take to end."""
START_SECONDS = 10.0
IDLE_SECONDS = 30
FIRST_SECONDS = 15.0
"""How long a new connection may take to ask for something."""
MOST_AT_ONCE = 500
"""Connections beyond that are answered 503."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0 is any that is free."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """`127.0.0.1:8080`, or `[::1]:8080`. Raises Invalid."""
        host, _, port = text.strip().rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise Invalid("an address to listen on is a host and a port, as 127.0.0.1:8080")
        return cls(host, int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def listen(address: Address) -> socket.socket:
    """A socket that listens there. Raises Unavailable where that cannot be."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Named, or asyncio does not see that it is TCP, and each answer waits for an acknowledgement.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address.host, address.port))
        sock.listen(BACKLOG)
    except OSError as exc:
        sock.close()
        raise Unavailable(
            f"cannot listen on {address}: {exc.strerror}; name another address as `listen`"
        ) from exc
    return sock


class Impatient(H11Protocol):
    """Lets go of whoever connects and does not ask for anything in time."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.loop.call_later(FIRST_SECONDS, self._require_a_request)

    def _require_a_request(self) -> None:
        if self.cycle is None and not self.transport.is_closing():
            self.transport.close()


class WebServer:
    """One application on one socket."""

    def __init__(
        self,
        app: ASGIApp,
        sock: socket.socket,
        *,
        trusted_proxies: str = "",
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        """`trusted_proxies` are addresses and networks, with commas. `on_end` is called, from the
        server's thread, when it ended without being told to."""
        self._sock, self._on_end = sock, on_end
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                http=Impatient,
                lifespan="off",
                server_header=False,
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=trusted_proxies,
                date_header=True,
                limit_concurrency=MOST_AT_ONCE,
                timeout_keep_alive=IDLE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="syncd-web", daemon=True)

    @property
    def address(self) -> Address:
        host, port = self._sock.getsockname()[:2]
        return Address(host, port)

    def start(self) -> None:
        """Answer from now on. The socket listens already, so nobody is turned away meanwhile."""
        self._thread.start()

    def drain(self) -> None:
        """Take no more requests from now on; those under way may end. Does not wait."""
        self._server.should_exit = True

    def stop(self) -> None:
        """Take no more requests, and wait for those under way. Idempotent."""
        self.drain()
        if self._thread.is_alive():
            self._thread.join(DRAIN_SECONDS + START_SECONDS)
        with suppress(OSError):
            self._sock.close()

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._sock])
        except Exception as exc:  # noqa: BLE001  a thread's last words
            log.critical("door_broke", kind=type(exc).__name__)
        if not self._server.should_exit:
            self._on_end()
