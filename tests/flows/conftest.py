"""A clinic on a real SQLite ledger with calendars in memory, driven round by round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from blank_ledgers import migrate
from clinic_acts import CAUSE, Acts

from syncd.core.appointment import Appointment
from syncd.core.conflict import ConflictRecord, Resolution
from syncd.core.events import RemoteEvent
from syncd.core.ids import CalendarId, EventRef
from syncd.core.journal import Cause
from syncd.core.offering import Offering
from syncd.core.practice import Calendar, Practitioner
from syncd.core.remote import CalendarState, RemoteRecord
from syncd.core.time import Interval
from syncd.flows.mandate import Mandate
from syncd.flows.resolving import resolve
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.ledger import Ledger, open_ledger
from syncd.ports import Access, CalendarProvider
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.faults import FaultScript
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.memory_kind import MemoryKind
from syncd.testing.quirks import CALDAV, Quirks

HALF_HOUR = timedelta(minutes=30)


@dataclass
class Clinic(Acts):
    """One practitioner, some calendars; `sync()` runs a round as the daemon would."""

    ledger: Ledger
    clock: FrozenClock
    around: Surroundings
    calendars: dict[CalendarId, MemoryCalendar]
    faults: dict[CalendarId, FaultScript]
    opened: dict[CalendarId, CalendarProvider] = field(default_factory=dict)

    def calendar(self, name: str = "patel-main") -> MemoryCalendar:
        return self.calendars[CalendarId(name)]

    def sync(self, name: str = "patel-main", *, in_full: bool = False) -> Report:
        calendar_id = CalendarId(name)
        fence = self.ledger.write(
            lambda tx: tx.take_lease(calendar_id, "test", timedelta(minutes=5))
        )
        assert fence is not None
        return run_round(
            self.around,
            self.provider(name),
            calendar_id,
            Mandate(run_id="run", fence=fence),
            in_full=in_full,
        )

    def provider(self, name: str = "patel-main") -> CalendarProvider:
        calendar_id = CalendarId(name)
        if calendar_id not in self.opened:
            with self.ledger.read() as view:
                calendar = view.calendar(calendar_id)
                practitioner = view.practitioner(calendar.practitioner_id)
            self.opened[calendar_id] = self.around.open_provider(calendar, practitioner)
        return self.opened[calendar_id]

    def settle(self, *names: str, rounds: int = 3) -> None:
        """Rounds until nothing is left to do."""
        for _ in range(rounds):
            for name in names or tuple(self.calendars):
                report = self.sync(name)
                assert report.ok, report
        for name in names or tuple(self.calendars):
            writes = len(self.calendar(name).writes(Hand.SYNCD))
            report = self.sync(name)
            assert (report.pulled, report.pushed) == (0, 0)
            assert len(self.calendar(name).writes(Hand.SYNCD)) == writes

    def offer(self, **rules: object) -> None:
        """From now on the activity is offered so."""
        activity = replace(an_activity(), offering=Offering(**rules))
        self.ledger.write(lambda tx: tx.save_activity(activity, CAUSE))

    def change_activity(self, **changes: object) -> None:
        """From now on the activity is like that, offered as it was."""
        with self.ledger.read() as view:
            activity = replace(view.activity(an_activity().id), **changes)
        self.ledger.write(lambda tx: tx.save_activity(activity, CAUSE))

    def practice_is(self, **changes: object) -> None:
        """From now on the practice differs so from the usual one."""
        practice = replace(a_practice(), **changes)
        self.ledger.write(lambda tx: tx.save_practice(practice, CAUSE))

    def event(self, appointment: Appointment, name: str = "patel-main") -> RemoteEvent:
        ref = self.link(appointment, name).ref
        assert ref is not None
        event = self.calendar(name).event(ref)
        assert isinstance(event, RemoteEvent)
        return event

    def ref(self, appointment: Appointment, name: str = "patel-main") -> EventRef:
        return self.event(appointment, name).ref

    def quarantined(self, name: str = "patel-main") -> list[RemoteRecord]:
        with self.ledger.read() as view:
            return view.quarantined(CalendarId(name))

    def busy(self, start: datetime, end: datetime, who: str = "dr-patel") -> list[Interval]:
        with self.ledger.read() as view:
            return [block.interval for block in view.busy(who, Interval(start, end))]

    def add(self, name: CalendarId) -> None:
        """One more calendar in the world; whether the practice uses it is another matter."""
        self.replace(name, MemoryCalendar(name=name))
        self.faults.setdefault(name, FaultScript())

    def replace(self, name: CalendarId, calendar: MemoryCalendar) -> None:
        """Another calendar answers under this name from now on."""
        self.calendars[name] = calendar
        self.reopen()

    def reopen(self) -> None:
        """Let go of all connections, as after a restart."""
        self.opened.clear()

    def decide(self, side: Resolution) -> ConflictRecord:
        """Resolve the one open conflict."""
        [conflict] = self.conflicts()
        return resolve(self.around, conflict.id, side, CAUSE)

    @property
    def cause(self) -> Cause:
        return CAUSE

    def state(self, name: str = "patel-main") -> CalendarState:
        with self.ledger.read() as view:
            return view.calendar_state(CalendarId(name))

    def commits(self) -> int:
        return self.ledger.commits


@pytest.fixture
def open_clinic(tmp_path: Path) -> Iterator[object]:
    """`open_clinic(calendar, …, quirks=…)`: a clinic with these calendars. `inline=False`: its
    ledger is written by a thread of its own, for tests with several."""
    ledgers: list[Ledger] = []

    def make(*calendars: Calendar, quirks: Quirks = CALDAV, inline: bool = True) -> Clinic:
        wanted = calendars or (a_calendar(),)
        clock, randomness = FrozenClock(), SeededRandomness()
        ledger = open_ledger(
            f"sqlite:///{tmp_path / 'ledger.sqlite3'}",
            clock=clock,
            randomness=randomness,
            inline=inline,
        )
        ledgers.append(ledger)
        migrate(ledger)

        def furnish(tx: object) -> None:
            tx.save_practice(a_practice(), CAUSE)
            tx.save_practitioner(a_practitioner(), CAUSE)
            tx.save_activity(an_activity(), CAUSE)
            for calendar in wanted:
                tx.save_calendar(calendar, CAUSE)

        ledger.write(furnish)
        memory = {each.id: MemoryCalendar(quirks, name=each.id) for each in wanted}
        faults = {each.id: FaultScript() for each in wanted}
        kind = MemoryKind(memory, faults=faults.__getitem__)

        def open_provider(calendar: Calendar, practitioner: Practitioner) -> CalendarProvider:
            return kind.open(
                Access(
                    calendar_id=calendar.id,
                    settings=calendar.settings,
                    secret=lambda reference: reference,
                    zone=ZoneInfo(practitioner.timezone),
                    clock=clock,
                )
            )

        around = Surroundings(
            ledger=ledger, clock=clock, randomness=randomness, open_provider=open_provider
        )
        return Clinic(ledger=ledger, clock=clock, around=around, calendars=memory, faults=faults)

    yield make
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def clinic(open_clinic: object) -> Clinic:
    return open_clinic()
