"""What surrounds every request and answer: an id, a bound on the body, headers that keep browsers
from doing harm, and one line in the log.

Plain ASGI: it must hold for answers that no route makes.
"""

from __future__ import annotations

import time
from asyncio import get_running_loop, wait_for
from collections.abc import Mapping

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.ports import Randomness
from syncd.web.door import refused, template_of
from syncd.web.problems import TooLarge, TooSlow

log = structlog.get_logger(__name__)

SECURITY: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""OWASP's list for APIs; what is personal is kept by no cache."""
_ID_SIZE = 8
BODY_SECONDS = 15.0
TOO_LARGE = "the body is too large"


class Envelope:
    """Wraps an application. `largest_body` in octets."""

    def __init__(self, app: ASGIApp, *, randomness: Randomness, largest_body: int) -> None:
        self._app, self._randomness, self._largest = app, randomness, largest_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = self._randomness.token(_ID_SIZE).hex()
        scope.setdefault("state", {})["request_id"] = request_id
        answer = _Answer(send, request_id)
        began = time.perf_counter()
        if _announced(scope) > self._largest:
            await _refuse(scope, receive, answer)
        else:
            await self._app(scope, _Body(receive, self._largest).receive, answer.send)
        log.info(
            "request",
            method=scope["method"],
            path=template_of(Request(scope)),
            status=answer.status,
            milliseconds=round((time.perf_counter() - began) * 1000, 1),
            request=request_id,
        )


class _Body:
    """What comes in, counted, since it may be longer than was announced, and in time, since who
    sends it was let in by what was true before."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive, self._left = receive, largest
        self._until = get_running_loop().time() + BODY_SECONDS
        self._is_whole = False

    async def receive(self) -> Message:
        if self._is_whole:  # what comes now is that the caller has gone
            return await self._receive()
        try:
            message = await wait_for(self._receive(), self._until - get_running_loop().time())
        except TimeoutError:
            raise TooSlow("the body takes too long") from None
        self._is_whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooLarge(TOO_LARGE)
        return message


class _Answer:
    """What goes out, with the headers that all answers have."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send, self._id, self.status = send, request_id, 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self._id
            for name, value in SECURITY.items():
                headers.setdefault(name, value)
        await self._send(message)


async def _refuse(scope: Scope, receive: Receive, answer: _Answer) -> None:
    response = refused(Request(scope), TooLarge(TOO_LARGE))
    await response(scope, receive, answer.send)


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdigit() else 0
