"""The stand-in on a socket of this machine: uvicorn in a thread, until the block ends.

TLS and other machines are nobody's business here.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from syncd_calcom.standin.announcing import release
from syncd_calcom.standin.desk import Desk
from syncd_calcom.standin.door import TRANSPORT, create_app
from syncd_calcom.standin.driving import in_a_thread, run, send_all
from syncd_calcom.standin.hooks import ping
from syncd_calcom.standin.meetings import due_meetings
from syncd_calcom.standin.rows import Hook
from syncd_calcom.standin.sending import LoopbackSender, Sender
from syncd_calcom.standin.world import World

_STOPS_WITHIN = 10.0


class _Cuttable(H11Protocol):
    """Lets the application end its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await inner({**scope, TRANSPORT: transport}, receive, send)

        self.app = app


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A server that answers at `origin`; `origin` + "/v2" is the base URL of the API. The world
    may be looked at and changed between requests."""

    origin: str
    desk: Desk

    @property
    def world(self) -> World:
        return self.desk.world

    def ping(self, hook: Hook) -> None:
        """What the test button of a webhook's page sends, from the caller's thread."""
        sender = LoopbackSender()
        run(ping(self.world, hook), send=sender)
        sender.close()

    def run_cron(self) -> None:
        """Send the MEETING_* messages that are due, from the caller's thread."""
        sender = LoopbackSender()
        send_all(due_meetings(self.world), sender)
        sender.close()

    def release_deliveries(self) -> None:
        """Send what a fault kept back, from the caller's thread."""
        sender = LoopbackSender()
        send_all(release(self.world), sender)
        sender.close()


@contextmanager
def serve(world: World, *, send: Sender | None = None, port: int = 0) -> Iterator[Running]:
    """Listens on loopback, at any port that is free unless one is named. `send` takes the place of
    HTTP for deliveries."""
    desk, sender = Desk(world), LoopbackSender()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen(64)
    config = uvicorn.Config(
        create_app(desk, in_a_thread(send or sender)),
        http=_Cuttable,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [sock]}, name="calcom-standin", daemon=True
    )
    thread.start()
    try:
        yield Running(origin=f"http://127.0.0.1:{sock.getsockname()[1]}", desk=desk)
    finally:
        server.should_exit = True
        thread.join(_STOPS_WITHIN)
        sock.close()
        sender.close()
