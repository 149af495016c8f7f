"""A clinic on a real SQLite ledger whose one calendar is Alice's account in a stand-in for Cal.com."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from blank_ledgers import migrate
from calcom_provider import CalcomHarness
from clinic_acts import CAUSE, Acts

from syncd.core.appointment import Appointment
from syncd.core.brake import BrakeLimits
from syncd.core.ids import CalendarId
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.ledger import Ledger, open_ledger
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd_calcom.provider import CalcomProvider
from syncd_calcom.standin import CAL_DIY, Profile
from syncd_calcom.standin.rows import Booking as Row

HERE = CalendarId("patel-main")


class Clinic(Acts):
    """`cal` is the account and its world; `sync()` runs a round as the daemon would."""

    def __init__(
        self, ledger: Ledger, cal: CalcomHarness, *, limits: BrakeLimits, settings: dict[str, Any]
    ) -> None:
        self.ledger = ledger
        self.cal = cal
        self.clock = cal.clock
        self.settings = settings
        self.provider: CalcomProvider = cal.open(**settings)
        self.around = Surroundings(
            ledger=ledger,
            clock=self.clock,
            randomness=SeededRandomness(),
            open_provider=lambda *_: self.provider,
            limits=limits,
        )

    def reopen(self) -> None:
        """As after a restart."""
        self.provider = self.cal.open(**self.settings)

    def sync(self, *, in_full: bool = False) -> Report:
        fence = self.ledger.write(lambda tx: tx.take_lease(HERE, "test", timedelta(minutes=5)))
        assert fence is not None
        mandate = Mandate(run_id="run", fence=fence)
        self.clock.advance(timedelta(seconds=30))
        return run_round(self.around, self.provider, HERE, mandate, in_full=in_full)

    def settle(self, rounds: int = 3) -> None:
        """Rounds until nothing is left to do; then one more does nothing, on either side."""
        for _ in range(rounds):
            report = self.sync()
            assert report.ok, report
        for in_full in (False, True):
            writes = self.writes
            report = self.sync(in_full=in_full)
            assert (report.ok, report.pulled, report.pushed) == (True, 0, 0), report
            assert self.writes == writes

    @property
    def writes(self) -> int:
        """How many requests were sent that may change something."""
        return sum(each.method != "GET" for each in self.cal.transport.requests)

    def row(self, appointment: Appointment) -> Row:
        """The booking that the appointment is linked to."""
        ref = self.link(appointment).ref
        assert ref is not None
        return self.cal.booking(ref)

    @property
    def living(self) -> list[Row]:
        """The bookings that take time."""
        rows = self.cal.world.bookings.values()
        return [each for each in rows if not each.status.is_over]


@contextmanager
def a_clinic(
    folder: Path,
    profile: Profile = CAL_DIY,
    *,
    activity: Any = None,
    limits: BrakeLimits | None = None,
    **settings: Any,
) -> Iterator[Clinic]:
    """Dr. Patel's, whose account is Alice's."""
    cal = CalcomHarness(profile, clock=FrozenClock())
    ledger = open_ledger(
        f"sqlite:///{folder / 'ledger.sqlite3'}",
        clock=cal.clock,
        randomness=SeededRandomness(),
        inline=True,
    )
    migrate(ledger)

    def furnish(tx: Any) -> None:
        tx.save_practice(a_practice(), CAUSE)
        tx.save_practitioner(a_practitioner(), CAUSE)
        tx.save_activity(activity or an_activity(), CAUSE)
        tx.save_calendar(a_calendar(provider="calcom"), CAUSE)

    ledger.write(furnish)
    yield Clinic(ledger, cal, limits=limits or BrakeLimits(), settings=settings)
    ledger.close()
