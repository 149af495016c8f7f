"""The stand-in as an ASGI application: one Starlette route that hands every request to the desk.

Only translates. A request that is to get no answer ends its connection, which the client sees as a
reset or as half a body; where there is no connection, `HungUp` comes out.
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from syncd_calcom.standin.desk import Desk
from syncd_calcom.standin.driving import AsyncSender, answer_later
from syncd_calcom.standin.messages import Answer, Call, HungUp

TRANSPORT = "calcom.transport"
"""Where a scope names the connection, if the server lets it be ended (`server`)."""
_JSON = "application/json; charset=utf-8"


def create_app(desk: Desk, send: AsyncSender) -> Starlette:
    """Answers everything below `/`, in any method."""
    return Starlette(routes=[Mount("/", app=_endpoint(desk, send))])


def _endpoint(desk: Desk, deliver: AsyncSender) -> ASGIApp:
    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        call = await _call(Request(scope, receive))
        if call.method == "OPTIONS":
            await Response(status_code=204)(scope, receive, send)
            return
        try:
            found = await answer_later(desk, call, deliver)
        except HungUp as hung_up:
            if TRANSPORT not in scope:
                raise
            await _hang_up(hung_up.part, scope[TRANSPORT], receive, send)
            return
        await response(found)(scope, receive, send)

    return endpoint


async def _call(request: Request) -> Call:
    target = request.scope.get("raw_path", b"").decode() or request.url.path
    query = request.scope["query_string"].decode()
    return Call(
        method=request.method,
        path=request.scope["path"],
        target=f"{target}?{query}" if query else target,
        query=query_of(query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.body(),
        address=request.client.host if request.client else "",
    )


def query_of(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        found[name] = (*found.get(name, ()), value)
    return found


def body_of(answer: Answer) -> tuple[bytes, dict[str, str]]:
    """The bytes, and the headers with their kind."""
    if answer.text is not None:
        return answer.text.encode(), dict(answer.headers)
    if answer.body is None:
        return b"", dict(answer.headers)
    text = json.dumps(answer.body, separators=(",", ":"), ensure_ascii=False)
    return text.encode(), {"Content-Type": _JSON, **answer.headers}


def response(answer: Answer) -> Response:
    body, headers = body_of(answer)
    return Response(body, status_code=answer.status, headers=headers)


async def _hang_up(
    part: Answer | None, transport: asyncio.Transport, receive: Receive, send: Send
) -> None:
    """Returns when the server has noticed, so that it says nothing itself."""
    if part is None:
        transport.abort()
    else:
        await _send_half(part, send)
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_half(answer: Answer, send: Send) -> None:
    """The length of all of it, and the first half."""
    body, headers = body_of(answer)
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    half = body[: len(body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
