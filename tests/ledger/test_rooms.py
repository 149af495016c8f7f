"""When rooms are taken, as both databases tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from ledger_stores import CAUSE, book, view

from syncd.core.appointment import Status
from syncd.core.ids import PractitionerId, RoomId
from syncd.core.lifecycle import Action
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.ledger import Ledger
from syncd.testing.builders import HALF_HOUR, NINE, a_practitioner

BLUE, RED, GREEN = RoomId("blue"), RoomId("red"), RoomId("green")
OTHER = PractitionerId("dr-owl")


def furnish(ledger: Ledger) -> None:
    def work(tx) -> None:
        tx.save_practitioner(a_practitioner(id=OTHER), CAUSE)
        for each in (BLUE, RED):
            tx.save_room(Room(id=each, name=each.title()), CAUSE)

    ledger.write(work)


def taken(ledger: Ledger, **more):
    within = Interval(NINE, NINE + 4 * HALF_HOUR)
    return view(ledger, lambda seen: seen.rooms_taken((BLUE, RED, GREEN), within, **more))


def test_a_room_is_taken_by_what_holds_time_in_it_and_touches_the_period(ledger: Ledger) -> None:
    furnish(ledger)
    first = book(ledger, room_id=BLUE)
    later = book(ledger, room_id=BLUE, start=NINE + 4 * HALF_HOUR, end=NINE + 5 * HALF_HOUR)
    cancelled = book(ledger, room_id=RED, practitioner_id=OTHER)
    over = replace(cancelled, status=Status.CANCELLED, version=cancelled.version + 1)
    ledger.write(lambda tx: tx.save_appointment(cancelled, over, CAUSE, action=Action.CANCEL))

    assert later.start == NINE + 4 * HALF_HOUR
    assert taken(ledger) == {BLUE: [first.interval], RED: []}
    assert taken(ledger, but_for=first.id) == {BLUE: [], RED: []}


def test_a_hold_takes_its_room_until_it_expires(ledger: Ledger, store) -> None:
    furnish(ledger)
    until = store.clock.now() + timedelta(minutes=5)
    held = book(ledger, room_id=RED, status=Status.PROPOSED, hold_expires_at=until)

    assert taken(ledger)[RED] == [held.interval]
    store.clock.advance(timedelta(minutes=5))
    assert taken(ledger)[RED] == []


def test_only_rooms_that_the_practice_names_and_uses_are_answered_for(ledger: Ledger) -> None:
    furnish(ledger)
    book(ledger, room_id=GREEN)
    gone = Room(id=RED, name="Red", active=False)
    ledger.write(lambda tx: tx.save_room(gone, CAUSE))

    assert taken(ledger) == {BLUE: []}
    assert view(ledger, lambda seen: [each.id for each in seen.rooms()]) == [BLUE, RED]
    assert view(ledger, lambda seen: [each.id for each in seen.rooms(active_only=True)]) == [BLUE]
