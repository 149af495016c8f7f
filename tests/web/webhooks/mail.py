"""Deliveries as Cal.com sends them, to a door with mailboxes: the stand-in writes, we carry."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from calcom_harness import Practice
from httpx import Client, Response
from web.conftest import CAUSE, Door, served

from syncd.core.delivery import Delivery
from syncd.core.ids import CalendarId
from syncd.flows.deliveries import Mailbox, Posted
from syncd.testing.builders import a_calendar
from syncd.web import create_app
from syncd.web.hooks import Intake
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.standin import HOOK_SECRET

MAIN, OTHER = CalendarId("patel-main"), CalendarId("owl-main")
ADDRESS = f"/webhooks/calcom/{MAIN}"
SIGNATURE = "X-Cal-Signature-256"
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SECRETS: dict[CalendarId, tuple[str, ...]] = {
    MAIN: (HOOK_SECRET,),
    OTHER: ("the secret of another",),
}


def signature(body: bytes, secret: str = HOOK_SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def a_body(uid: str = "uid-1", **more: Any) -> bytes:
    told = {"triggerEvent": "BOOKING_CREATED", "createdAt": "2031-03-03T08:00:00.000Z"}
    return json.dumps(told | {"payload": {"uid": uid}} | more).encode()


@dataclass
class PostOffice:
    """A clinic behind a door that takes deliveries for two calendars."""

    door: Door
    http: Client
    secrets: dict[CalendarId, tuple[str, ...]] = field(default_factory=lambda: dict(SECRETS))
    reads: int = 0
    taken_in: int = 0
    """Deliveries that were proven and wait to be stored, or are."""

    def mailboxes(self) -> list[Mailbox]:
        self.reads += 1
        return [
            Mailbox(calendar_id=key, provider="calcom", source=CalComWebhooks(), secrets=secrets)
            for key, secrets in self.secrets.items()
        ]

    def post(
        self,
        body: bytes | None = None,
        *,
        signed: str | None = None,
        to: str = ADDRESS,
        media_type: str | None = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """`signed` is the header; None: as it should be."""
        body = a_body() if body is None else body
        sent = {SIGNATURE: signature(body) if signed is None else signed, **(headers or {})}
        if media_type is not None:
            sent["Content-Type"] = media_type
        return self.http.post(to, content=body, headers=sent)

    def carry(self, delivery: Any, to: str = ADDRESS) -> Response:
        """One that the stand-in has written."""
        return self.http.post(to, content=delivery.body, headers=dict(delivery.headers))

    def inbox(self) -> list[Delivery]:
        with self.door.around.ledger.read() as view:
            return view.deliveries(limit=10_000)

    def stored(self, index: int = 0) -> Delivery:
        with self.door.around.ledger.read() as view:
            return view.delivery(view.deliveries(limit=100)[index].id)

    def looks(self) -> dict[CalendarId, Any]:
        with self.door.around.ledger.read() as view:
            return view.looks()


@contextmanager
def post_office(door: Door, **changes: Any) -> Iterator[PostOffice]:
    def furnish(tx: Any) -> None:
        for each in (MAIN, OTHER):
            tx.save_calendar(a_calendar(id=each), CAUSE)

    door.around.ledger.write(furnish)
    found = PostOffice(door, door.http)
    changes.setdefault("requests_a_minute", 100_000)
    read = lambda: found.mailboxes()  # noqa: E731, PLW0108  a test may put another in its place
    office = replace(door.office, mailboxes=read, **changes)
    with (
        counted(found),
        served(create_app(office)) as base,
        Client(base_url=base, trust_env=False) as http,
    ):
        found.http = http
        yield found


@contextmanager
def counted(office: PostOffice) -> Iterator[None]:
    real = Intake.store

    async def store(intake: Intake, posted: Posted) -> None:
        office.taken_in += 1
        await real(intake, posted)

    Intake.store = store
    try:
        yield
    finally:
        Intake.store = real


def letters(count: int = 3) -> Practice:
    """A practice of the stand-in's that has booked so often; `sent` are its deliveries."""
    practice = Practice()
    for hour in range(count):
        practice.book(f"2031-03-03T{9 + hour:02}:00:00Z")
    return practice
