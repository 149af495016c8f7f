"""Nodes on one real SQLite ledger with calendars in memory; rounds run at once, time when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from blank_ledgers import migrate

from syncd.core.appointment import Appointment, Status
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.practice import Calendar, Practitioner
from syncd.core.remote import CalendarState
from syncd.daemon.loop import Loop
from syncd.daemon.notify import Notifier
from syncd.flows.booking import Booking, book
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Ledger, open_ledger
from syncd.ports import Access, CalendarProvider
from syncd.testing import FaultScript, FrozenClock, MemoryCalendar, MemoryKind, SeededRandomness
from syncd.testing.builders import (
    NINE,
    a_calendar,
    a_practice,
    a_practitioner,
    an_activity,
    an_appointment,
)
from syncd_config import Settings

CAUSE = Cause(actor="test:staff")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
MAIN = CalendarId("patel-main")


@dataclass
class Node:
    """One daemon. `held_back` keeps rounds from running while `slow` is set; see `let_run`."""

    loop: Loop
    around: Surroundings
    clock: FrozenClock
    slow: bool = False
    held_back: list[Callable[[], None]] = field(default_factory=list)

    @property
    def ledger(self) -> Ledger:
        return self.around.ledger

    def turn(self, times: int = 1) -> None:
        """Turns of the loop, each taking in what the one before left behind."""
        for _ in range(times):
            self.loop.listen(timedelta(0))
            self.loop.turn()

    def live(self, span: timedelta) -> None:
        """Let this much time pass, a turn a second."""
        for _ in range(int(span / SECOND)):
            self.clock.advance(SECOND)
            self.turn()
        self.turn()

    def start(self, work: Callable[[], None]) -> None:
        if self.slow:
            self.held_back.append(work)
        else:
            work()

    def let_run(self) -> None:
        """Run the rounds that were held back."""
        waiting, self.held_back = self.held_back, []
        for work in waiting:
            work()


@dataclass
class House:
    """A practice, its calendars, and as many nodes as a test wants."""

    path: Path
    clock: FrozenClock
    calendars: dict[CalendarId, MemoryCalendar]
    faults: dict[CalendarId, FaultScript]
    wanted: tuple[Calendar, ...]
    settings: Settings
    environ: dict[str, str] = field(default_factory=dict)
    ledgers: list[Ledger] = field(default_factory=list)
    notifiers: list[Notifier] = field(default_factory=list)
    opened: list[CalendarId] = field(default_factory=list)
    closed: list[CalendarId] = field(default_factory=list)
    refuse_to_open: dict[CalendarId, Exception] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.desk = self.surroundings("desk")

    def surroundings(self, node: str) -> Surroundings:
        randomness = SeededRandomness(node)
        ledger = open_ledger(
            f"sqlite:///{self.path / 'ledger.sqlite3'}",
            clock=self.clock,
            randomness=randomness,
            inline=True,
        )
        self.ledgers.append(ledger)
        return Surroundings(
            ledger=ledger,
            clock=self.clock,
            randomness=randomness,
            open_provider=self.open_provider,
            node=node,
        )

    def node(self, name: str = "a", **terms: object) -> Node:
        around = self.surroundings(name)
        settings = self.settings.model_copy(update=terms)
        notifier = Notifier(self.environ, self.clock)
        self.notifiers.append(notifier)
        node = Node(loop=None, around=around, clock=self.clock)
        node.loop = Loop(around, settings, notifier, start=node.start)
        return node

    def open_provider(self, calendar: Calendar, practitioner: Practitioner) -> CalendarProvider:
        if calendar.id in self.refuse_to_open:
            raise self.refuse_to_open[calendar.id]
        kind = MemoryKind(self.calendars, faults=self.faults.__getitem__)
        access = Access(
            calendar_id=calendar.id,
            settings=calendar.settings,
            secret=lambda reference: reference,
            zone=ZoneInfo(practitioner.timezone),
            clock=self.clock,
        )
        provider = kind.open(access)
        self.opened.append(calendar.id)
        close = provider.close

        def closing() -> None:
            self.closed.append(calendar.id)
            close()

        provider.close = closing
        return provider

    def furnish(self) -> None:
        """The practice with its calendars, as `practice apply` stores it."""
        migrate(self.desk.ledger)
        self.apply(*self.wanted)

    def apply(self, *calendars: Calendar) -> None:
        roster = Roster(
            practice=a_practice(),
            practitioners=(a_practitioner(),),
            activities=(an_activity(),),
            calendars=calendars,
        )
        apply_roster(self.desk, roster, CAUSE)

    def book(self, hours: float = 0) -> Appointment:
        wish = Booking(
            activity_id="consultation",
            practitioner_id="dr-patel",
            start=NINE + timedelta(hours=hours),
            client_name=f"Jane Doe {hours}",
            client_email="jane@example.org",
        )
        return book(self.desk, wish, CAUSE)

    def hold(self, until: datetime) -> None:
        proposed = an_appointment(
            id="", number="", client=None, status=Status.PROPOSED, hold_expires_at=until
        )
        self.desk.ledger.write(lambda tx: tx.add_appointment(proposed, CAUSE, action="hold"))

    def appointments(self) -> list[Appointment]:
        with self.desk.ledger.read() as view:
            return view.appointments()

    def state(self, name: str = "patel-main") -> CalendarState:
        with self.desk.ledger.read() as view:
            return view.calendar_state(CalendarId(name))

    def holders(self) -> dict[CalendarId, str]:
        with self.desk.ledger.read() as view:
            return view.lease_holders()

    def calls(self, name: str = "patel-main", *which: str) -> int:
        """How often the calendar was asked for changes, or listed."""
        wanted = which or ("changes", "listing")
        script = self.faults[CalendarId(name)]
        return sum(1 for each in script.seen if each.name in wanted and each.moment == "before")


def names(logs: list[Any]) -> list[str]:
    return [each["event"] for each in logs]


@pytest.fixture
def make_house(tmp_path: Path) -> Iterator[Callable[..., House]]:
    """`make_house(calendar, …)`: a furnished house with these calendars; one by default."""
    houses: list[House] = []

    def make(*calendars: Calendar, furnished: bool = True) -> House:
        wanted = calendars or (a_calendar(),)
        house = House(
            path=tmp_path,
            clock=FrozenClock(),
            calendars={each.id: MemoryCalendar(name=each.id) for each in wanted},
            faults={each.id: FaultScript() for each in wanted},
            wanted=wanted,
            settings=Settings(
                state_directory=tmp_path, database_url=f"sqlite:///{tmp_path}/ledger.sqlite3"
            ),
        )
        houses.append(house)
        if furnished:
            house.furnish()
        return house

    yield make
    for house in houses:
        for each in (*house.ledgers, *house.notifiers):
            each.close()


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()
