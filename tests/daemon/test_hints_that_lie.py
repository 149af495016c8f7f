"""W2 to W4 of the proof as laws: whatever becomes of the deliveries, the ledger ends as the calendar
is, and as if there had been none.

What happens, happens at the stand-in, which writes and spoils the deliveries, and in a calendar in
memory, which is what is read.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from calcom_harness import Practice

from syncd.core.appointment import Status
from syncd.core.ids import CalendarId, EventRef
from syncd.flows.deliveries import Mailbox, Posted, keep
from syncd.testing import ForeignEvent
from syncd.testing.builders import NINE, a_calendar
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.standin import HOOK_SECRET, HookFaults, release, send_all

BOX = Mailbox(
    calendar_id=CalendarId("patel-main"),
    provider="calcom",
    source=CalComWebhooks(),
    secrets=(HOOK_SECRET,),
)
SECOND = timedelta(seconds=1)
POLL = timedelta(minutes=5)
HALF_HOUR = timedelta(minutes=30)
TROUBLES = {
    "none": HookFaults(),
    "all lost": HookFaults(dropped=1.0),
    "all twice": HookFaults(duplicated=1.0),
    "all late, in any order": HookFaults(delayed=1.0, is_shuffled=True),
    "all with a forgery": HookFaults(forged=1.0),
    "everything": HookFaults(
        dropped=0.3, duplicated=0.3, delayed=0.4, forged=0.3, is_shuffled=True
    ),
}


@dataclass
class Town:
    """Bookings at the stand-in, each with its event in the calendar that the node reads."""

    house: object
    node: object
    practice: Practice
    events: dict[str, EventRef] = field(default_factory=dict)
    captured: list[object] = field(default_factory=list)
    hour: int = 0

    def __post_init__(self) -> None:
        self.practice.looking = self.receive

    @property
    def calendar(self):
        return self.house.calendars[BOX.calendar_id]

    def receive(self, delivery) -> None:
        """What the door does with it."""
        self.captured.append(delivery)
        headers = {name.lower(): value for name, value in delivery.headers.items()}
        is_genuine = BOX.source.is_genuine(headers, delivery.body, BOX.secrets)
        assert is_genuine is not delivery.is_forged
        if is_genuine:
            hint = BOX.source.read(headers, delivery.body)
            posted = Posted(calendar_id=BOX.calendar_id, hint=hint, body=delivery.body)
            self.house.desk.ledger.write(lambda tx: keep(tx, [posted]))

    def _next(self) -> str:
        self.hour += 1
        day, hour = divmod(self.hour, 6)
        week, weekday = divmod(day, 5)
        return (NINE + timedelta(weeks=week, days=weekday, hours=hour)).isoformat()

    def book(self) -> None:
        booked = self.practice.book(self._next())
        start = NINE.fromisoformat(booked["start"])
        self.events[booked["uid"]] = self.calendar.colleague_adds(
            ForeignEvent(title="", start=start, end=start + HALF_HOUR)
        )

    def move(self, uid: str) -> None:
        moved = self.practice.move(uid, self._next(), rescheduledBy="alice@example.test")
        start = NINE.fromisoformat(moved["start"])
        ref = self.events.pop(uid)
        self.calendar.colleague_moves(ref, start=start, end=start + HALF_HOUR)
        self.events[moved["uid"]] = ref

    def cancel(self, uid: str) -> None:
        """The delivery goes out before the event is gone."""
        self.practice.cancel(uid)
        self.calendar.colleague_deletes(self.events.pop(uid))

    def act(self, chance: random.Random) -> None:
        uids = sorted(self.events)
        action = chance.choice(
            [self.book, self.move, self.cancel] if len(uids) > 2 else [self.book]
        )
        action() if action == self.book else action(chance.choice(uids))

    def in_the_ledger(self) -> list[object]:
        return sorted(
            each.start for each in self.house.appointments() if each.status is Status.BOOKED
        )

    def in_the_calendar(self) -> list[object]:
        return sorted(each.when.start for each in self.calendar.events())


@pytest.fixture
def town(make_house):
    house = make_house(a_calendar(poll_every=POLL, stale_after=10 * POLL))
    node = house.node()
    node.live(3 * SECOND)
    return Town(house, node, Practice())


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_whatever_becomes_of_the_deliveries_the_ledger_is_as_the_calendar_within_two_polls(
    town, trouble
):
    chance = random.Random(7)
    town.practice.world.faults.hooks = trouble
    for _ in range(25):
        town.act(chance)
        town.node.live(chance.randrange(20) * SECOND)
        if chance.random() < 0.3:
            send_all(release(town.practice.world), town.receive)
    send_all(release(town.practice.world), town.receive)

    town.node.live(2 * POLL)

    assert town.in_the_ledger() == town.in_the_calendar()
    numbers = [each.number for each in town.house.appointments()]
    assert len(numbers) == len(set(numbers))


def test_without_trouble_it_is_so_within_half_a_minute_of_the_last(town):
    chance = random.Random(3)
    for _ in range(20):
        town.act(chance)
        town.node.live(chance.randrange(3) * SECOND)

    town.node.live(35 * SECOND)

    assert town.in_the_ledger() == town.in_the_calendar()


def test_all_that_was_ever_sent_replayed_in_any_order_changes_nothing(town):
    """Cancellations of before a new booking among them."""
    chance = random.Random(5)
    for _ in range(20):
        town.act(chance)
    town.node.live(2 * POLL)
    before = town.house.appointments()
    captured = list(town.captured)
    chance.shuffle(captured)

    for each in captured:
        town.receive(each)
    calls = town.house.calls()
    town.node.live(timedelta(minutes=2))

    assert town.house.appointments() == before
    assert town.house.calls() - calls <= 1  # a poll's


def test_a_forged_cancellation_leads_to_nothing_not_even_a_look(town):
    town.book()
    town.node.live(2 * POLL)
    town.practice.world.faults.hooks = HookFaults(forged=1.0, dropped=1.0)
    before = town.house.appointments()

    town.practice.cancel(next(iter(town.events)))

    assert [each.is_forged for each in town.captured[-1:]] == [True]
    with town.node.ledger.read() as view:
        assert view.looks() == {}
    town.node.live(2 * POLL)
    assert town.house.appointments() == before


def test_a_genuine_cancellation_of_what_is_still_there_cancels_nothing(town):
    """The sender's word against what is read: only that counts."""
    town.book()
    town.node.live(2 * POLL)

    town.practice.cancel(next(iter(town.events)))  # and its event stays
    town.node.live(2 * POLL)

    assert town.in_the_ledger() == town.in_the_calendar()
    assert len(town.in_the_ledger()) == 1
