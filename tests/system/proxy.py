"""A forwarding proxy between syncd and a real server, which can be told to spoil what passes.

Imports nothing of syncd. One upstream, plain HTTP, loopback. What it forwarded is kept in `log`.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

MULTISTATUS = b'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">%s</d:multistatus>'
HTML = b"<!DOCTYPE html><html><body><h1>Please log in</h1></body></html>"
XML = "application/xml; charset=utf-8"
HOP_BY_HOP = {"connection", "host", "keep-alive", "transfer-encoding", "content-length"}
WRITES = ("PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Passed:
    """One request, and the upstream's status where it was forwarded."""

    method: str
    path: str
    forwarded: int | None


@dataclass(slots=True)
class Fault:
    """What is spoilt: only `methods` where given. One of the following happens:
    `instead` is answered and nothing forwarded; `loses` the answer after forwarding; `cuts` it in
    the middle; `hangs` until the fault is lifted."""

    instead: Callable[[str], Answer] | None = None
    loses: bool = False
    cuts: bool = False
    hangs: bool = False
    methods: tuple[str, ...] = ()
    lifted: threading.Event = field(default_factory=threading.Event)

    def means(self, method: str) -> bool:
        return not self.methods or method in self.methods


def status(code: int) -> Fault:
    return Fault(instead=lambda _: Answer(code))


def empty_multistatus() -> Fault:
    return Fault(instead=lambda _: Answer(207, MULTISTATUS % b"", XML))


def html() -> Fault:
    return Fault(instead=lambda _: Answer(200, HTML, "text/html; charset=utf-8"))


def row_says_404() -> Fault:
    """Xandikos answers so when the collection is gone: 207, with a 404 inside."""

    def answer(path: str) -> Answer:
        row = (
            f"<d:response><d:href>{path}</d:href>"
            "<d:status>HTTP/1.1 404 Not Found</d:status></d:response>"
        )
        return Answer(207, MULTISTATUS % row.encode(), XML)

    return Fault(instead=answer)


class Exchange:
    """One request that a test's `play` may answer as it likes, whole or not at all."""

    def __init__(self, handler: _Handler, body: bytes) -> None:
        self._handler = handler
        self.method: str = handler.command
        self.path: str = handler.path
        self.headers = {k: v for k, v in handler.headers.items() if k.lower() not in HOP_BY_HOP}
        self.body = body
        self.proxy: Proxy = handler.proxy

    def forward(self) -> tuple[int, list[tuple[str, str]], bytes]:
        """What the upstream says to it; may be asked more than once."""
        return self.proxy.forward(self.method, self.path, self.headers, self.body)

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """A proper answer."""
        self._handler.answer(status, headers, content)

    def write(self, raw: bytes) -> None:
        """Bytes as they are."""
        self._handler.wfile.write(raw)

    def end(self) -> None:
        """Nothing more comes on this connection."""
        self._handler.close_connection = True

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        self._handler.close_connection = True
        connection = self._handler.connection
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())


class Proxy:
    """Listens on `origin`, forwards to `upstream`. `before` and `after` are called with the number
    of each request around forwarding it; `play`, where set, says whether it has seen to a request
    itself."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self.log: list[Passed] = []
        self.fault: Fault | None = None
        self.before: Callable[[int], None] | None = None
        self.after: Callable[[int], None] | None = None
        self.play: Callable[[Exchange], bool] | None = None
        self._count = 0
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self.listen()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def listen(self) -> None:
        """Accept connections (again, at the same address)."""
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def refuse(self) -> None:
        """Refuse connections, and break those that are open."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = None
        self.break_connections()

    def break_connections(self) -> None:
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def spoilt(self, fault: Fault) -> Iterator[None]:
        self.fault = fault
        try:
            yield
        finally:
            self.fault = None
            fault.lifted.set()

    def close(self) -> None:
        if self.fault is not None:
            self.fault.lifted.set()
        self.refuse()

    def writes(self) -> list[Passed]:
        return [each for each in self.log if each.method in WRITES and each.forwarded]

    def forward(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        with self._lock:
            self._count += 1
            number = self._count
        if self.before is not None:
            self.before(number)
        upstream = http.client.HTTPConnection(
            self._upstream.hostname, self._upstream.port, timeout=30
        )
        try:
            upstream.request(method, path, body=body or None, headers=headers)
            answer = upstream.getresponse()
            content = answer.read()
        finally:
            upstream.close()
        self.log.append(Passed(method, path, answer.status))
        if self.after is not None:
            self.after(number)
        kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in HOP_BY_HOP]
        return answer.status, kept, content

    def entered(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.add(connection)

    def left(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(address, _Handler)

    def handle_error(self, request, client_address):
        """Clients that are killed in the middle of a request are what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.proxy: Proxy = self.server.proxy
        self.proxy.entered(self.connection)

    def finish(self):
        self.proxy.left(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self._pass
        raise AttributeError(name)

    def log_message(self, *_):
        """Tests read `proxy.log`."""

    def _pass(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.proxy.play is not None and self.proxy.play(Exchange(self, body)):
            return
        fault = self.proxy.fault
        if fault is not None and not fault.means(self.command):
            fault = None
        if fault is not None and (fault.hangs or fault.instead):
            self._not_forwarded(fault)
            return
        headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP_BY_HOP}
        code, kept, content = self.proxy.forward(self.command, self.path, headers, body)
        if fault is not None and fault.loses:
            self.close_connection = True
        else:
            self.answer(code, kept, content, cut=fault is not None and fault.cuts)

    def _not_forwarded(self, fault):
        self.proxy.log.append(Passed(self.command, self.path, None))
        if fault.instead is None:
            fault.lifted.wait(60)
            self.close_connection = True
            return
        answer = fault.instead(self.path)
        self.answer(answer.status, [("Content-Type", answer.content_type)], answer.body)

    def answer(self, code, headers, content, *, cut=False):
        self.send_response_only(code)
        for name, value in headers:
            self.send_header(name, value)
        if code != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut


@contextmanager
def proxy_to(upstream: str) -> Iterator[Proxy]:
    proxy = Proxy(upstream)
    try:
        yield proxy
    finally:
        proxy.close()
