"""A calm history, told to a copy of the product: nothing goes wrong, and all the same a lot happens.

A planted bug that breaks even this is a loud one, or is no plausible bug at all. Runs as a program
with the copy on its path; the exit code is 0 when everybody got what they wanted.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from syncd.core.appointment import Party, Status
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.apply import Mandate
from syncd.flows.booking import Booking, act_on, book
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import run_round
from syncd.ledger import Ledger, open_ledger
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity, utc
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.memory_provider import MemoryProvider

MAIN = CalendarId("patel-main")
CAUSE = Cause(actor="test:staff")
HALF_HOUR = timedelta(minutes=30)
TEN = utc("2031-03-04 10:00")


class Clinic:
    """One practitioner, one calendar, and nobody in a hurry."""

    def __init__(self, ledger: Ledger, clock: FrozenClock) -> None:
        self.calendar = MemoryCalendar(name=MAIN)
        self.around = Surroundings(
            ledger=ledger,
            clock=clock,
            randomness=SeededRandomness(),
            open_provider=lambda *_: MemoryProvider(self.calendar),
        )
        roster = Roster(
            practice=a_practice(),
            practitioners=(a_practitioner(),),
            activities=(an_activity(),),
            calendars=(a_calendar(id=MAIN),),
        )
        apply_roster(self.around, roster, CAUSE)

    def sync(self) -> None:
        fence = self.around.ledger.write(lambda tx: tx.take_lease(MAIN, "node", HALF_HOUR))
        provider = MemoryProvider(self.calendar)
        report = run_round(self.around, provider, MAIN, Mandate(run_id="run", fence=fence or 0))
        assert report.ok, report


def live(clinic: Clinic) -> None:
    """A booking, a colleague's event, a move on each side, a cancellation on each side."""
    ledger, calendar = clinic.around.ledger, clinic.calendar
    for hour in range(2):
        wish = Booking(
            activity_id="consultation",
            practitioner_id="dr-patel",
            start=TEN + timedelta(hours=hour),
            client_name=f"Client {hour}",
            client_email="family@example.org",
        )
        book(clinic.around, wish, CAUSE)
    noon = TEN + timedelta(hours=2)
    foreign = calendar.colleague_adds(
        ForeignEvent(start=noon, end=noon + HALF_HOUR, title="Lunch", note="with Kim")
    )
    clinic.sync()

    with ledger.read() as view:
        first, second, third = view.appointments()
    later = Interval(noon + timedelta(hours=1), noon + timedelta(hours=1) + HALF_HOUR)
    command = Command(action=Action.RESCHEDULE, party=Party.ADMIN, interval=later)
    act_on(clinic.around, first.number, command, CAUSE)
    calendar.colleague_moves(foreign, noon + HALF_HOUR, noon + 2 * HALF_HOUR)
    clinic.sync()

    act_on(clinic.around, second.number, Command(action=Action.CANCEL, party=Party.ADMIN), CAUSE)
    calendar.colleague_deletes(foreign)
    clinic.sync()
    clinic.sync()

    with ledger.read() as view:
        found = {each.id: each for each in view.appointments()}
        assert view.verify_journal().is_sound
    assert found[first.id].start == later.start
    assert {found[each.id].status for each in (second, third)} == {Status.CANCELLED}
    assert [event.when.start for event in calendar.events()] == [later.start]


def main() -> int:
    clock = FrozenClock()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'ledger.sqlite3'}"
        ledger = open_ledger(url, clock=clock, randomness=SeededRandomness(), inline=True)
        try:
            ledger.migrate()
            live(Clinic(ledger, clock))
        finally:
            ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
