"""The stand-in without a network, as a transport of httpx, in the thread of whoever asks.

Deterministic to the byte: there is no loop, no socket and no other thread. For simulations, and for
tests that ask one thing after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import httpx

from syncd_calcom.standin.desk import Desk
from syncd_calcom.standin.door import body_of, query_of
from syncd_calcom.standin.driving import Waiter, no_waiting, nothing, run
from syncd_calcom.standin.messages import Call, HungUp
from syncd_calcom.standin.sending import Sender, nobody


class InProcess(httpx.BaseTransport):
    """`requests` counts what was asked. A cut connection is `httpx.RemoteProtocolError`, as it is
    over a socket. `between` may be exchanged at any time: it is called where another request may
    run, so that a race is an order that a test chooses."""

    def __init__(self, desk: Desk, *, send: Sender = nobody, wait: Waiter = no_waiting) -> None:
        self.requests = 0
        self.between: Callable[[], None] = nothing
        self._desk, self._send, self._wait = desk, send, wait

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        try:
            found = run(
                self._desk.steps(_call(request)),
                send=self._send,
                wait=self._wait,
                between=self.between,
            )
        except HungUp as exc:
            raise httpx.RemoteProtocolError(str(exc), request=request) from exc
        body, headers = body_of(found)
        return httpx.Response(found.status, headers=headers, content=body, request=request)


def _call(request: httpx.Request) -> Call:
    target = request.url.raw_path.decode()
    path, _, query = target.partition("?")
    return Call(
        method=request.method,
        path=unquote(path),
        target=target,
        query=query_of(query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )
