"""A day on which everything happens at once: clients, their host and the practice's staff book, move,
confirm and cancel, webhooks get lost, come twice, late, in any order or from somebody else, requests
fail, and the daemon is killed. In the end the ledger says what Cal.com says. proof.md S1-S8, W1-W5.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from calendar_servers import free_port
from httpx import HTTPError
from system.calcom_practice import JANE, Cal, a_practice_with
from system.running_practice import CAUSE, MAIN, MONDAY, Practice, until
from torture.conftest import THOROUGH
from torture.table import TABLE

from syncd.core.appointment import Appointment, Party, Status
from syncd.core.conflict import Resolution
from syncd.core.errors import Refused
from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.booking import Booking, book
from syncd.flows.checking import overlapping
from syncd.flows.resolving import resolve
from syncd.testing.builders import an_activity
from syncd_calcom.standin import CAL_DIY, HOSTED, Effect, Fault, HookFaults, serve
from syncd_calcom.standin import a_practice as a_calcom
from syncd_calcom.standin.rows import Booking as Row
from syncd_calcom.standin.rows import EventType
from syncd_calcom.standin.rows import Status as Shown

pytestmark = [pytest.mark.slow, pytest.mark.server]

BOOKINGS, SAMPLE = 500, 25
PLAIN, ASKING = 305, 306
HALF_HOUR = timedelta(minutes=30)
PATEL = PractitionerId("dr-patel")
WITHIN = 240.0
POLLED = timedelta(seconds=4)
QUICK = {"calcom_every": 0.002, "heartbeat_every": 0.3, "lease_ttl": 1.5}
HOOKS = HookFaults(dropped=0.3, duplicated=0.2, delayed=0.3, forged=0.2, is_shuffled=True)
TROUBLE = (Effect.CUT, Effect.LOST, Effect.HALF, Effect.STATUS, Effect.STALE)


@pytest.fixture(params=[CAL_DIY, HOSTED] if THOROUGH else [CAL_DIY], ids=lambda each: each.name)
def cal(request: pytest.FixtureRequest) -> Iterator[Cal]:
    world = a_calcom(lambda: datetime.now(UTC), seed=7, profile=request.param)
    for number, slug in ((PLAIN, "half"), (ASKING, "asked")):
        world.event_types[number] = EventType(
            id=number, owner_id=101, slug=slug, title=slug.title(), length=30, schedule_id=203
        )
    world.event_types[ASKING].confirmation = {"type": "always"}
    with serve(world) as running:
        running.desk.limits.of_key = 10**6
        found = Cal(running)
        yield found
        found.http.close()


@dataclass
class Day:
    """Who does what, as a seed has it, and what was done."""

    practice: Practice
    cal: Cal
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)
    ended_there: set[str] = field(default_factory=set)
    ended_here: set[str] = field(default_factory=set)

    def passes(self, bookings: int, between: Callable[[int], None]) -> None:
        """Until so many were booked; `between` is called now and then."""
        deeds = [
            *(self.client_books, self.client_moves, self.client_cancels, self.host_decides),
            *(self.staff_books, self.staff_moves, self.staff_cancels, self.staff_confirms),
        ]
        turns = 0
        while self.done["client_books"] + self.done["staff_books"] < bookings:
            deed = self.chance.choice(deeds)
            self.done[deed.__name__] += deed()
            turns += 1
            between(turns)
            time.sleep(self.chance.random() / 20)

    # In Cal.com

    def client_books(self) -> bool:
        kind = self.chance.choice((PLAIN, PLAIN, ASKING))
        start = f"{self.free_time():%Y-%m-%dT%H:%M:%SZ}"
        return self.asks("/bookings", start=start, eventTypeId=kind, attendee=JANE)

    def client_moves(self) -> bool:
        row = self.some_row()
        start = f"{self.free_time():%Y-%m-%dT%H:%M:%SZ}"
        return row is not None and self.asks(f"/bookings/{row.uid}/reschedule", start=start)

    def client_cancels(self) -> bool:
        row = self.some_row()
        if row is None or self.chance.random() < 0.5:
            return False
        self.ended_there.add(row.ics_uid)
        return self.asks(f"/bookings/{row.uid}/cancel", cancellationReason="ill")

    def host_decides(self) -> bool:
        row = self.some_row(Shown.PENDING)
        if row is None:
            return False
        if self.chance.random() < 0.7:
            return self.asks(f"/bookings/{row.uid}/confirm")
        self.ended_there.add(row.ics_uid)
        return self.asks(f"/bookings/{row.uid}/decline", reason="away")

    def asks(self, path: str, **body: Any) -> bool:
        """Whether it was done, as far as they are told; what others just did is refused."""
        try:
            return bool(self.cal.http.post(path, json=body).is_success)
        except HTTPError:
            return False

    # In the practice

    def staff_books(self) -> bool:
        wish = Booking(
            activity_id=ActivityId(self.chance.choice(("consultation", "request"))),
            practitioner_id=PATEL,
            start=self.free_time(),
            client_name=f"Client {self.done['staff_books']}",
            client_email="client@example.org",
        )
        return self.tries(lambda: book(self.practice.around, wish, CAUSE))

    def staff_moves(self) -> bool:
        found, start = self.some_appointment(), self.free_time()
        interval = Interval(start, start + HALF_HOUR)
        return found is not None and self.acts(found, Action.RESCHEDULE, interval=interval)

    def staff_cancels(self) -> bool:
        found = self.some_appointment()
        if found is None or self.chance.random() < 0.5:
            return False
        self.ended_here.add(found.id)
        return self.acts(found, Action.CANCEL)

    def staff_confirms(self) -> bool:
        found = self.some_appointment(Status.PENDING)
        return found is not None and self.acts(found, Action.CONFIRM)

    def acts(self, which: Appointment, action: Action, **more: Any) -> bool:
        command = Command(action=action, party=Party.ADMIN, **more)
        return self.tries(lambda: act_on(self.practice.around, which.number, command, CAUSE))

    def tries(self, deed: Callable[[], object]) -> bool:
        try:
            deed()
        except Refused:
            return False
        return True

    # Choices

    def free_time(self) -> datetime:
        """A half hour of a weekday that nobody has, on either side."""
        taken = {each.start for each in self.cal.living()} | {
            each.start for each in self.practice.appointments() if not each.is_over
        }
        while True:
            week, day, slot = (self.chance.randrange(each) for each in (40, 5, 16))
            start = MONDAY + timedelta(weeks=week, days=day, minutes=30 * slot)
            if start not in taken:
                return start

    def some_row(self, status: Shown | None = None) -> Row | None:
        found = [each for each in self.cal.living() if status in (None, each.status)]
        return self.chance.choice(found) if found else None

    def some_appointment(self, status: Status | None = None) -> Appointment | None:
        there = self.practice.appointments()
        found = [each for each in there if not each.is_over and status in (None, each.status)]
        return self.chance.choice(found) if found else None


@dataclass
class Ending:
    """What both sides say once nothing goes wrong any more."""

    practice: Practice
    cal: Cal
    chance: random.Random

    def comes(self) -> None:
        try:
            until(self.is_there, "the same on both sides", WITHIN)
        except AssertionError:
            sys.stdout.write(f"only on one side: {self.differences()}\n{self.practice.state()}\n")
            raise

    def is_there(self) -> bool:
        time.sleep(0.2)
        self.settles_conflicts()
        return self.practice.is_settled() and not self.differences()

    def settles_conflicts(self) -> None:
        """By hand, for one side or the other."""
        around = self.practice.around
        with around.ledger.read() as view:
            found = view.conflicts(open_only=True)
        for each in found:
            for side in self.chance.sample((Resolution.LEDGER, Resolution.REMOTE), 2):
                with suppress(Refused):
                    resolve(around, each.id, side, CAUSE)
                    break

    def linked(self) -> list[tuple[Appointment, Row | None]]:
        """Every appointment with the booking that it stands for."""
        with self.practice.around.ledger.read() as view:
            links = {each.id: view.link(MAIN, each.id) for each in self.practice.appointments()}
        found = self.cal.running.world.booking
        return [
            (each, found(link.ref) if (link := links.get(each.id)) and link.ref else None)
            for each in self.practice.appointments()
        ]

    def differences(self) -> set[tuple[object, ...]]:
        """What only one side has."""
        here = {
            (row.uid if row else each.number, each.start, each.end, each.status is Status.PENDING)
            for each, row in self.linked()
            if not each.is_over
        }
        return here ^ {
            (each.uid, each.start, each.end, each.status is Shown.PENDING)
            for each in self.cal.living()
        }

    def shown(self) -> list[object]:
        """All of Cal.com that a write would change."""
        rows = self.cal.running.world.bookings.values()
        return sorted((each.uid, each.status, each.start, each.updated_at) for each in rows)

    def two_polls(self) -> None:
        for _ in range(2):
            before = self.practice.state().last_read_at
            until(lambda: self.practice.state().last_read_at != before, "a poll")  # noqa: B023


@pytest.mark.timeout(3600)
def test_whatever_happens_at_once_the_ledger_ends_as_cal_com_with_one_number_for_each_booking(
    cal: Cal,
    tmp_path: Path,
    chance: random.Random,
    *,
    thorough: bool,
    record_property: Callable[[str, object], None],
) -> None:
    port = free_port()
    activities = tuple(
        an_activity(id=ActivityId(each), needs_confirmation=each == "request")
        for each in ("consultation", "request")
    )
    with a_practice_with(
        cal,
        tmp_path,
        poll_every=POLLED,
        event_types=f"{PLAIN}=consultation, {ASKING}=request",
        activities=activities,
        SYNCD_LISTEN=f"127.0.0.1:{port}",
        SYNCD_BRAKE_COUNT="10000",
    ) as practice:
        cal.tells(f"127.0.0.1:{port}")
        practice.start(**QUICK)
        until(lambda: practice.state().last_listing_at, "a first look")
        day = Day(practice, cal, chance)
        faults = cal.running.world.faults
        faults.hooks = HOOKS

        def trouble(turn: int) -> None:
            if chance.random() < 0.05:
                faults.add(Fault(effect=chance.choice(TROUBLE), path="/v2/*"))
            if chance.random() < 0.1:
                cal.running.release_deliveries()
            if turn % 60 == 0:
                practice.daemons[-1].kill()
                practice.start(**QUICK)

        day.passes(BOOKINGS if thorough else SAMPLE, trouble)
        faults.clear()
        cal.running.release_deliveries()
        ending = Ending(practice, cal, chance)
        ending.comes()
        shown, told = ending.shown(), practice.appointments()
        ending.two_polls()

        record_property(TABLE, f"{cal.running.world.profile.name}: {dict(day.done)}")
        assert (ending.shown(), practice.appointments()) == (shown, told)  # no echo
        assert_one_number_for_each_chain(ending)
        assert_nothing_is_lost(ending.linked(), day)
        assert practice.journal_is_sound()
        with practice.around.ledger.read() as view:
            assert overlapping(view) == []


def assert_one_number_for_each_chain(ending: Ending) -> None:
    """By the uid, which a link keeps, also where its event is gone."""
    numbers = defaultdict(set)
    with ending.practice.around.ledger.read() as view:
        there = view.appointments()
        for each in there:
            if link := view.link(MAIN, each.id):
                numbers[link.uid].add(each.number)
    assert {chain: found for chain, found in numbers.items() if len(found) > 1} == {}
    assert len({each.number for each in there}) == len(there)


def assert_nothing_is_lost(linked: list[tuple[Appointment, Row | None]], day: Day) -> None:
    """What is over was ended by somebody, on one side or the other."""
    for each, row in linked:
        if each.is_over:
            by_them = row is not None and row.ics_uid in day.ended_there
            assert by_them or each.id in day.ended_here, each.number
