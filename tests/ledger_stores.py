"""Ledgers for tests: a database of each kind, empty or with a small practice in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, text

from syncd.core.appointment import Appointment
from syncd.core.ids import AppointmentId, Number
from syncd.core.journal import Cause
from syncd.ledger import Ledger, Transaction, View, open_ledger
from syncd.ledger.engine import parse_address, sqlite_module
from syncd.testing.builders import (
    a_calendar,
    a_practice,
    a_practitioner,
    an_activity,
    an_appointment,
)
from syncd.testing.clock import FrozenClock, SeededRandomness

T = TypeVar("T")

CAUSE = Cause(actor="cli:root", via={"run": "r1"}, why="because")
SOON = timedelta(milliseconds=300)
"""How long tests wait for a lock that nobody will let go of."""


@dataclass
class Store:
    """One database. Several ledgers may be opened on it, as several processes would."""

    kind: str
    url: str
    path: Path | None = None
    clock: FrozenClock = field(default_factory=FrozenClock)
    opened: list[Ledger] = field(default_factory=list)
    _seeds: Any = field(default_factory=count)

    def open(self, **choices: Any) -> Ledger:
        ledger = open_ledger(
            self.url,
            clock=choices.pop("clock", self.clock),
            randomness=SeededRandomness(f"{self.url}/{next(self._seeds)}"),
            **choices,
        )
        self.opened.append(ledger)
        return ledger

    def sql(self, statement: str, **values: object) -> list[Any]:
        """Go behind the ledger's back, as a restored dump or a curious person would."""
        address = parse_address(self.url)
        module = sqlite_module() if self.path else None
        url = f"sqlite:///{self.path}" if self.path else address.url
        engine = create_engine(url, **({"module": module} if module else {}))
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return list(result) if result.returns_rows else []
        finally:
            engine.dispose()

    def close(self) -> None:
        for ledger in self.opened:
            ledger.close()


def with_a_practice(ledger: Ledger) -> None:
    """Riverside Clinic, Dr. Patel, a consultation and a two-way calendar."""

    def work(tx: Transaction) -> None:
        tx.save_practice(a_practice(), CAUSE)
        tx.save_practitioner(a_practitioner(), CAUSE)
        tx.save_activity(an_activity(), CAUSE)
        tx.save_calendar(a_calendar(), CAUSE)

    ledger.migrate()
    ledger.write(work)


def a_draft_of(**changes: Any) -> Appointment:
    """An appointment that the ledger has yet to name and number; without a client unless given."""
    blank = {"id": AppointmentId(""), "number": Number(""), "client": None}
    return an_appointment(**blank | changes)


def book(ledger: Ledger, **changes: Any) -> Appointment:
    """Book one in a write of its own. `client` may be a name."""
    name = changes.pop("client", None)
    flag = changes.pop("flag_overlap", False)

    def work(tx: Transaction) -> Appointment:
        client = None
        if name is not None:
            client = tx.find_or_add_client(name=name, email="family@example.org", cause=CAUSE)
        return tx.add_appointment(a_draft_of(client=client, **changes), CAUSE, flag_overlap=flag)

    return ledger.write(work)


def view(ledger: Ledger, look: Callable[[View], T]) -> T:
    with ledger.read() as seen:
        return look(seen)


def wait_until(claim: Callable[[], bool], *, within: float = 10.0) -> None:
    """Return as soon as `claim` holds; fail when it does not come to hold."""
    deadline = time.monotonic() + within
    while not claim():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.001)
