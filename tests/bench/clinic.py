"""A practice of one calendar on a ledger of its own, driven in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from syncd.core.ids import ActivityId, CalendarId, PracticeId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.practice import Activity, Calendar, Mode, Practice, Practitioner
from syncd.flows.booking import Booking, book
from syncd.flows.mandate import Mandate
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.ledger import Transaction, open_ledger
from syncd.ports import CalendarProvider
from syncd.wiring import SystemClock, SystemRandomness, provider_opener

CALENDAR = CalendarId("main")
CAUSE = Cause(actor="bench:bench")
HALF_HOUR = timedelta(minutes=30)


@dataclass(slots=True)
class Clinic:
    around: Surroundings
    provider: CalendarProvider
    fence: int

    def sync(self) -> Report:
        report = run_round(
            self.around, self.provider, CALENDAR, Mandate(run_id="bench", fence=self.fence)
        )
        if not report.ok:
            raise RuntimeError(report.error)
        return report

    def book(self, number: int, first: datetime) -> None:
        start = first + number * HALF_HOUR
        wish = Booking(
            activity_id=ActivityId("visit"),
            practitioner_id=PractitionerId("doctor"),
            start=start,
            client_name=f"Client {number}",
            client_email=f"client{number}@example.org",
        )
        book(self.around, wish, CAUSE)


@contextmanager
def clinic(folder: Path, settings: dict[str, str], mode: Mode = Mode.TWO_WAY) -> Iterator[Clinic]:
    clock, randomness = SystemClock(), SystemRandomness()
    ledger = open_ledger(
        f"sqlite:///{folder / 'ledger.sqlite3'}", clock=clock, randomness=randomness
    )
    ledger.migrate()
    around = Surroundings(
        ledger=ledger,
        clock=clock,
        randomness=randomness,
        open_provider=provider_opener(clock, {"PASSWORD": settings.get("password", "")}),
    )
    doctor = Practitioner(id=PractitionerId("doctor"), name="Doctor", timezone="Europe/Berlin")
    calendar = Calendar(
        id=CALENDAR,
        provider="caldav",
        practitioner_id=doctor.id,
        mode=mode,
        settings={**settings, "password": "env:PASSWORD"},
    )
    roster = Roster(
        practice=Practice(id=PracticeId("main"), name="Bench", timezone="Europe/Berlin"),
        practitioners=(doctor,),
        activities=(Activity(id=ActivityId("visit"), name="Visit", duration=HALF_HOUR),),
        calendars=(calendar,),
    )
    apply_roster(around, roster, CAUSE)

    def take(tx: Transaction) -> int:
        fence = tx.take_lease(CALENDAR, around.node, timedelta(hours=2))
        if fence is None:
            raise RuntimeError("the lease is taken")
        return fence

    fence = ledger.write(take)
    provider = around.open_provider(calendar, doctor)
    try:
        yield Clinic(around, provider, fence)
    finally:
        provider.close()
        ledger.close()
