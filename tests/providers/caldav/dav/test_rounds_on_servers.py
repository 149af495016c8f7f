"""Whole rounds of the real engine against each server of the stand-in: a day in a practice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ledger_stores import CAUSE, with_a_practice
from quirky_caldav import SERVERS

from syncd.core.appointment import Appointment, Party, Status
from syncd.core.ids import ActivityId, CalendarId, EventRef, PractitionerId
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.booking import Booking, book
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, run_round
from syncd.ledger import Ledger, open_ledger
from syncd.testing import ForeignEvent
from syncd.testing.builders import HALF_HOUR, NINE, utc
from syncd.testing.clock import FrozenClock, SeededRandomness

from .standin import StandIn

MAIN = CalendarId("patel-main")
HOUR = timedelta(hours=1)


class Day:
    """One practice with one calendar, on a stand-in."""

    def __init__(self, standin: StandIn, ledger: Ledger) -> None:
        self.standin = standin
        self.ledger = ledger
        self.provider = standin.open()
        self.around = Surroundings(
            ledger=ledger,
            clock=FrozenClock(),
            randomness=SeededRandomness(),
            open_provider=lambda *_: self.provider,
        )

    def book(self, start: datetime) -> Appointment:
        wish = Booking(
            activity_id=ActivityId("consultation"),
            practitioner_id=PractitionerId("dr-patel"),
            start=start,
            client_name="Jane Doe",
            client_email="jane@example.org",
        )
        return book(self.around, wish, CAUSE)

    def act(self, appointment: Appointment, action: Action, at: Interval | None = None) -> None:
        command = Command(action=action, party=Party.ADMIN, interval=at)
        act_on(self.around, appointment.number, command, CAUSE)

    def sync(self) -> Report:
        fence = self.ledger.write(lambda tx: tx.take_lease(MAIN, "node", HOUR))
        assert fence is not None
        return run_round(self.around, self.provider, MAIN, Mandate(run_id="run", fence=fence))

    def settle(self) -> None:
        for _ in range(6):
            report = self.sync()
            assert report.ok, report
            if not (report.pulled or report.pushed):
                return
        pytest.fail("it never comes to rest")

    @property
    def appointments(self) -> dict[str, Appointment]:
        with self.ledger.read() as view:
            return {each.id: each for each in view.appointments()}

    def ref(self, appointment: Appointment) -> EventRef:
        with self.ledger.read() as view:
            link = view.link(MAIN, appointment.id)
        assert link is not None
        assert link.ref is not None
        return link.ref

    def start_there(self, appointment: Appointment) -> datetime:
        """When its event takes place, as the server shows it."""
        ref = self.ref(appointment)
        event: Any = self.provider.get_many([ref])[ref]
        start: datetime = event.when.start
        return start

    def writes(self) -> int:
        return sum(
            each.is_ours and each.method in ("PUT", "DELETE") for each in self.standin.site.seen
        )


@pytest.fixture(params=SERVERS)
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Day]:
    standin = StandIn(SERVERS[request.param])
    ledger = open_ledger(
        f"sqlite:///{tmp_path / 'ledger.sqlite3'}",
        clock=FrozenClock(),
        randomness=SeededRandomness("ledger"),
        inline=True,
    )
    with_a_practice(ledger)
    yield Day(standin, ledger)
    ledger.close()
    standin.close()


def test_a_day_in_a_practice_ends_with_both_sides_alike_and_at_rest(day: Day) -> None:
    """Booked here, moved there; moved here; added there; removed there; removed here. What a server
    makes of our events is no change of theirs."""
    booked = [day.book(NINE + number * HOUR) for number in range(4)]
    moved_there, moved_here, removed_there, removed_here = booked
    day.settle()
    start, later = utc("2031-04-07 09:00"), utc("2031-04-08 09:00")
    day.standin.move(day.ref(moved_there), start, start + HALF_HOUR)
    added = day.standin.add(
        ForeignEvent(start=later, end=later + HALF_HOUR, title="Lunch", note="with Ada")
    )
    day.standin.delete(day.ref(removed_there))
    day.act(moved_here, Action.RESCHEDULE, Interval(start + HOUR, start + HOUR + HALF_HOUR))
    day.act(removed_here, Action.CANCEL)
    day.settle()

    now = day.appointments
    assert now[moved_there.id].start == day.start_there(moved_there) == start
    assert now[moved_here.id].start == day.start_there(moved_here) == start + HOUR
    assert now[removed_there.id].status is Status.CANCELLED
    assert now[removed_here.id].status is Status.CANCELLED
    assert [each.start for each in now.values() if each.title == "Lunch"] == [later]
    assert "with Ada" in day.standin.text(added)
    assert len(day.provider.listing(bodies=False).changed) == 3

    writes, commits = day.writes(), day.ledger.commits
    report = day.sync()
    assert (report.ok, report.pulled, report.pushed, day.writes()) == (True, 0, 0, writes)
    assert day.ledger.commits == commits + 1  # the lease


def test_a_calendar_that_is_made_anew_is_not_taken_for_a_cancelled_practice(day: Day) -> None:
    booked = [day.book(NINE + number * HOUR) for number in range(7)]
    day.settle()

    day.standin.recreate()
    report = day.sync()

    assert report.code == "BRAKE"
    assert Status.CANCELLED not in [day.appointments[each.id].status for each in booked]
