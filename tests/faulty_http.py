"""HTTP servers on loopback that answer as a script says, well or badly, and a proxy that spoils.

Imports nothing of syncd.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

_HOP_BY_HOP = ("connection", "content-length", "transfer-encoding", "host", "keep-alive")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it arrived; `path` with its query, not decoded."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. `how`: "whole", "drop" (the connection ends without a word), "cut" (half of the
    announced body, then the end), "cut quietly" (the same, not announced), "hang" (nothing until
    the server stops), "trickle" (a byte now and then), "trickle head", "endless"."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    how: str = "whole"


Script = Callable[[Asked], Reply]


class ScriptedServer(ThreadingHTTPServer):
    """`script` may be exchanged at any time; `asked` lists every request in order."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.asked: list[Asked] = []
        self.stopped = threading.Event()

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is no news."""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def methods(self) -> list[str]:
        return [each.method for each in self.asked]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: ScriptedServer

    def log_message(self, *args: object) -> None:
        """Silent."""

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = Asked(self.command, self.path, dict(self.headers), body)
        self.server.asked.append(asked)
        reply = self.server.script(asked)
        try:
            self._play(reply)
        except OSError:
            self.close_connection = True

    def _play(self, reply: Reply) -> None:
        match reply.how:
            case "drop":
                self.close_connection = True
            case "hang":
                self.close_connection = True
                self.server.stopped.wait(30)
            case "trickle head":
                self.close_connection = True
                self.wfile.write(b"HTTP/1.1 207 Multi")
                self._drip(b"x")
            case "trickle" | "endless":
                self._head(reply, len(reply.body) + (1 << 40))
                self.wfile.write(reply.body)
                self._drip(b" " if reply.how == "trickle" else b" " * (1 << 20))
            case "cut":
                self._head(reply, len(reply.body))
                self.wfile.write(reply.body[: len(reply.body) // 2])
            case "cut quietly":
                self._head(reply, None)
                self.wfile.write(reply.body[: len(reply.body) // 2])
            case _:
                self._head(reply, len(reply.body))
                self.wfile.write(reply.body)
        if reply.how != "whole":
            self.close_connection = True

    def _head(self, reply: Reply, length: int | None) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
        elif reply.status != 204:
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _drip(self, drop: bytes) -> None:
        self.close_connection = True
        while not self.server.stopped.wait(0.02 if len(drop) == 1 else 0):
            self.wfile.write(drop)
            self.wfile.flush()


@contextmanager
def scripted(script: Script) -> Iterator[ScriptedServer]:
    """A server that answers as `script` says."""
    server = ScriptedServer(script)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


class Forward:
    """A script that hands requests on to `origin` and answers what comes back."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._client = httpx.Client(trust_env=False, timeout=30)

    def __call__(self, asked: Asked) -> Reply:
        headers = {k: v for k, v in asked.headers.items() if k.lower() not in _HOP_BY_HOP}
        headers["Accept-Encoding"] = "identity"
        answer = self._client.request(
            asked.method, self._origin + asked.path, content=asked.body, headers=headers
        )
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
        return Reply(status=answer.status_code, body=answer.content, headers=kept)

    def close(self) -> None:
        self._client.close()
