"""The HTTP door beside the loop: it listens before the process says that it is ready, and ends
after the last round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from syncd.daemon.loop import LOOK, STOP, Loop
from syncd.flows.deliveries import require_usable
from syncd.flows.surroundings import Surroundings
from syncd.web import JwtTerms, Office, create_app
from syncd.web.server import Address, WebServer, listen
from syncd.wiring import mailbox_reader
from syncd_config import Settings, resolve_secret


@dataclass
class Door:
    """The HTTP door of this process: where it answers, and whether it ended by itself."""

    address: str
    broke: bool = False


@contextmanager
def door_beside(
    loop: Loop, settings: Settings, environ: Mapping[str, str], around: Surroundings
) -> Iterator[Door]:
    """Answer requests while the loop turns; if that ends by itself, so does the process. Raises
    Unavailable for an address that cannot be had."""
    door = Door("off")

    def broke() -> None:
        door.broke = True
        loop.ring(STOP)

    server = open_web(settings, environ, around, broke, hurry=lambda: loop.ring(LOOK))
    if server is None:
        yield door
        return
    door.address = str(server.address)
    server.start()
    loop.on_drain = server.drain
    try:
        yield door
    finally:
        server.stop()


def open_web(
    settings: Settings,
    environ: Mapping[str, str],
    around: Surroundings,
    on_end: Callable[[], None],
    *,
    hurry: Callable[[], object] = lambda: None,
) -> WebServer | None:
    """The HTTP door, listening and not yet answering; None where it is off. Raises Unavailable for
    an address that cannot be had, Invalid for a secret that cannot be read."""
    if settings.listen == "off":
        return None
    mailboxes = mailbox_reader(around.ledger, environ)
    require_usable(mailboxes())
    office = Office(
        around=around,
        origins=tuple(filter(None, map(str.strip, settings.allowed_origins.split(",")))),
        requests_a_minute=settings.requests_per_minute,
        jwt=_jwt_terms(settings, environ),
        mailboxes=mailboxes,
        hurry=hurry,
    )
    return WebServer(
        create_app(office),
        listen(Address.parse(settings.listen)),
        trusted_proxies=settings.trusted_proxies,
        on_end=on_end,
    )


def _jwt_terms(settings: Settings, environ: Mapping[str, str]) -> JwtTerms | None:
    if not settings.jwt_issuer:
        return None
    secret = settings.jwt_secret
    return JwtTerms(
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        algorithm=settings.jwt_algorithm,
        secret=resolve_secret(secret, environ) if secret else None,
        jwks_url=settings.jwt_jwks_url or None,
    )
