"""The stand-in on loopback, and without any network as a transport of httpx.

Adds nothing to what `Site` answers.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import httpcore
import httpx
from calendar_servers import CalendarServer

from .messages import Answer, Request, Reset
from .site import HOME, SECRET, USER, Site
from .switches import Quirks


@contextmanager
def quirky(quirks: Quirks) -> Iterator[tuple[CalendarServer, Site]]:
    """A running server: how to reach it, and its inside."""
    server = _Server(Site(quirks))
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        origin = f"http://127.0.0.1:{server.server_address[1]}"
        yield CalendarServer("quirky", origin, HOME, USER, SECRET), server.site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class InProcess(httpx.BaseTransport):
    """Hands requests to a site in this process. `requests` counts them."""

    def __init__(self, site: Site) -> None:
        self.requests = 0
        self._site = site

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        try:
            found = self._site.answer(
                _request(
                    request.method,
                    request.url.raw_path.decode(),
                    dict(request.headers),
                    request.read(),
                )
            )
        except Reset as exc:
            raise httpcore.ReadError("connection reset by the stand-in") from exc
        length = {} if found.status in (204, 304) else {"Content-Length": str(len(found.body))}
        return httpx.Response(
            found.status, headers={**found.headers, **length}, stream=httpx.ByteStream(found.body)
        )


def _request(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    return Request(
        method=method,
        path=unquote(urlsplit(target).path),
        target=target,
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site = site

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def log_message(self, *args: object) -> None:
        """Silent."""

    def version_string(self) -> str:
        return self.server.site.quirks.headers.get("Server", "quirky")

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class looks for a `do_…` of each verb."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            asked = _request(self.command, self.path, dict(self.headers), body)
            self._send(self.server.site.answer(asked))
        except Reset:
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name != "Server":
                self.send_header(name, value)
        has_body = answer.status not in (204, 304)
        if has_body:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD" and has_body:
            self.wfile.write(answer.body)
