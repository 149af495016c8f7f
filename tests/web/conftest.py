"""A clinic behind its HTTP door: the real application on a real ledger, served on loopback."""

from __future__ import annotations

import atexit
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from blank_ledgers import migrate
from httpx import Client, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from syncd.core.access import Role
from syncd.core.ids import ActivityId, ClientId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.offering import Offering
from syncd.core.practice import Calendar, Practitioner
from syncd.flows.surroundings import Surroundings
from syncd.flows.tokens import Grant, issue
from syncd.ledger import open_ledger
from syncd.ports import CalendarProvider
from syncd.testing.builders import a_practice, a_practitioner, an_activity
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.web import Office, create_app
from syncd.web.server import Address, WebServer, listen

CAUSE = Cause(actor="test:staff")
API = "/api/v1"
JANE = {"name": "Jane Doe", "email": "jane@example.org"}
NINE = "2031-03-03T09:00:00+01:00"
"""Monday; the clock stands at eight, in UTC."""


def wait_for(claim: Callable[[], object], within: float = 10.0) -> None:
    """Until `claim()` holds: an answer is there before its line in the log."""
    deadline = time.monotonic() + within
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def no_provider(calendar: Calendar, practitioner: Practitioner) -> CalendarProvider:
    raise AssertionError(f"{calendar.id} was opened")


@dataclass
class Door:
    """The clinic, called as somebody: `door.as_(Role.CLIENT)` has that role's token."""

    around: Surroundings
    office: Office
    http: Client
    tokens: dict[str, str]

    def ask(self, method: str, path: str, who: str | None = "admin", **more: Any) -> Response:
        headers = dict(more.pop("headers", {}))
        if who is not None:
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        where = path if path.startswith(("/livez", "/readyz", "/feeds")) else f"{API}{path}"
        return self.http.request(method, where, headers=headers, **more)

    def get(self, path: str, who: str | None = "admin", **more: Any) -> Response:
        return self.ask("GET", path, who, **more)

    def post(self, path: str, body: Any, who: str | None = "admin", **more: Any) -> Response:
        return self.ask("POST", path, who, json=body, **more)

    def book(self, who: str | None = "admin", start: str = NINE, **more: Any) -> Response:
        headers = more.pop("headers", {})
        body = {
            "activityId": "consultation",
            "practitionerId": "dr-patel",
            "start": start,
            **({} if who in ("jane", "john", "mother") else {"client": JANE}),
            **more,
        }
        body = {key: value for key, value in body.items() if value is not None}
        return self.post("/appointments", body, who, headers=headers)

    def booked(self, who: str = "admin", start: str = NINE, **more: Any) -> dict[str, Any]:
        answer = self.book(who, start, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()["appointment"]

    def act(self, which: str, action: str, who: str | None = "admin", **more: Any) -> Response:
        headers = more.pop("headers", {})
        body = {"action": action, **more}
        return self.post(f"/appointments/{which}/actions", body, who, headers=headers)

    def practice_is(self, **changes: object) -> None:
        practice = replace(a_practice(), **changes)
        self.around.ledger.write(lambda tx: tx.save_practice(practice, CAUSE))

    def offer(self, *, needs_confirmation: bool = False, **rules: object) -> None:
        activity = replace(
            an_activity(), offering=Offering(**rules), needs_confirmation=needs_confirmation
        )
        self.around.ledger.write(lambda tx: tx.save_activity(activity, CAUSE))

    def now_is(self, moment: datetime) -> None:
        self.around.clock.advance(moment - self.around.clock.now())

    def grant(self, name: str, role: Role, **whose: object) -> str:
        _, self.tokens[name] = issue(self.around, Grant(name=name, role=role, **whose), CAUSE)
        return self.tokens[name]


class Stage:
    """A server that outlives its applications, for to stop one takes longer than most tests."""

    idle: ClassVar[list[Stage]] = []

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.server = WebServer(self, listen(Address("127.0.0.1", 0)))
        self.server.start()
        atexit.register(self.server.stop)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The application on a port of loopback; its address."""
    stage = Stage.idle.pop() if Stage.idle else Stage()
    stage.app = app
    try:
        yield f"http://{stage.server.address}"
    finally:
        stage.app = None
        Stage.idle.append(stage)


@contextmanager
def served_behind(app: ASGIApp, trusted_proxies: str) -> Iterator[str]:
    """The same on a server of its own that believes those proxies."""
    server = WebServer(app, listen(Address("127.0.0.1", 0)), trusted_proxies=trusted_proxies)
    server.start()
    try:
        yield f"http://{server.address}"
    finally:
        server.stop()


@dataclass(frozen=True)
class Mould:
    """A clinic that was furnished once, closed, and is only copied since. `made` is whatever was
    booked there."""

    ledger: Path
    clock: FrozenClock
    randomness: SeededRandomness
    tokens: Mapping[str, str]
    made: Any

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Door]:
        path = folder / "ledger.sqlite3"
        shutil.copy(self.ledger, path)
        with _opened(f"sqlite:///{path}", deepcopy(self.clock), deepcopy(self.randomness)) as door:
            door.tokens.update(self.tokens)
            yield door


def mould(folder: Path, furnish: Callable[[Door], object]) -> Mould:
    """The clinic as `furnish` leaves it."""
    path, clock, randomness = folder / "mould.sqlite3", FrozenClock(), SeededRandomness(7)
    with _opened(f"sqlite:///{path}", clock, randomness) as door:
        _furnish(door)
        made = furnish(door)
    return Mould(path, clock, randomness, door.tokens, made)


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Mould:
    return mould(tmp_path_factory.mktemp("clinic"), lambda _: None)


@pytest.fixture
def door(furnished: Mould, tmp_path: Path) -> Iterator[Door]:
    with furnished.copy(tmp_path) as found:
        yield found


@contextmanager
def a_door(url: str) -> Iterator[Door]:
    """The clinic on a new ledger in that database."""
    with _opened(url, FrozenClock(), SeededRandomness(7)) as found:
        _furnish(found)
        yield found


@contextmanager
def _opened(url: str, clock: FrozenClock, randomness: SeededRandomness) -> Iterator[Door]:
    with open_ledger(url, clock=clock, randomness=randomness) as ledger:
        migrate(ledger)
        around = Surroundings(
            ledger=ledger, clock=clock, randomness=randomness, open_provider=no_provider
        )
        office = Office(around=around)
        with served(create_app(office)) as base, Client(base_url=base, trust_env=False) as http:
            yield Door(around, office, http, {})


def _furnish(door: Door) -> None:
    """Two practitioners, two activities, two clients and the mother of one of them, and a token for
    each kind of caller."""

    def work(tx: Any) -> tuple[ClientId, ClientId, ClientId]:
        tx.save_practice(a_practice(), CAUSE)
        for each in (a_practitioner(), a_practitioner(id=PractitionerId("dr-owl"), name="Dr. Owl")):
            tx.save_practitioner(each, CAUSE)
        tx.save_activity(an_activity(), CAUSE)
        tx.save_activity(
            an_activity(id=ActivityId("request"), name="On request", needs_confirmation=True), CAUSE
        )
        jane = tx.find_or_add_client(**JANE, phone="+49 30 1", cause=CAUSE)
        john = tx.find_or_add_client(name="John Roe", email="john@example.org", cause=CAUSE)
        mother = tx.find_or_add_client(name="Ada Doe", email="ada@example.org", cause=CAUSE)
        tx.set_guardians(jane.id, [mother.id], CAUSE)
        return jane.id, john.id, mother.id

    jane, john, mother = door.around.ledger.write(work)
    door.grant("admin", Role.ADMIN)
    door.grant("patel", Role.PRACTITIONER, practitioner_id=PractitionerId("dr-patel"))
    door.grant("owl", Role.PRACTITIONER, practitioner_id=PractitionerId("dr-owl"))
    door.grant("jane", Role.CLIENT, client_id=jane)
    door.grant("john", Role.CLIENT, client_id=john)
    door.grant("mother", Role.GUARDIAN, client_id=mother)
    door.grant("website", Role.PUBLIC)
    door.grant("feed", Role.FEED, practitioner_id=PractitionerId("dr-patel"))
    door.grant("short", Role.ADMIN, lasts=timedelta(hours=1))
