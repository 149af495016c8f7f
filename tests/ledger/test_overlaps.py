"""Promise P2: the database refuses two appointments that hold the same time of somebody or
something, however they get there."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_stores import CAUSE, Store, a_draft_of, book, view

from syncd.core.appointment import HOLDS_TIME, Appointment, Flag, Status
from syncd.core.errors import SlotTaken
from syncd.core.ids import PractitionerId, RoomId
from syncd.ledger import Ledger
from syncd.testing.builders import NINE, a_practitioner

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OTHER = PractitionerId("dr-lund")


@pytest.fixture
def ledger(store: Store) -> Ledger:
    """With a second practitioner."""
    ledger = store.open()
    ledger.write(lambda tx: tx.save_practitioner(a_practitioner(id=OTHER), CAUSE))
    return ledger


def overlapping(**changes: object) -> dict[str, object]:
    """The second half of the hour that begins at nine, and a bit more."""
    return {"start": NINE + 15 * MINUTE, "end": NINE + 45 * MINUTE, **changes}


def save(ledger: Ledger, before: Appointment, **changes: object) -> Appointment:
    after = replace(before, version=before.version + 1, **changes)  # type: ignore[arg-type]
    return ledger.write(lambda tx: tx.save_appointment(before, after, CAUSE))


@pytest.mark.parametrize("status", sorted(HOLDS_TIME))
def test_whatever_holds_time_refuses_a_second_booking(ledger: Ledger, status: Status) -> None:
    book(ledger, status=status)

    with pytest.raises(SlotTaken) as refused:
        book(ledger, **overlapping())

    assert refused.value.resource == "practitioner"


@pytest.mark.parametrize("status", sorted(set(Status) - HOLDS_TIME))
def test_whatever_holds_no_time_refuses_nothing_and_is_refused_by_nothing(
    ledger: Ledger, status: Status
) -> None:
    book(ledger, status=status)
    book(ledger, **overlapping())
    book(ledger, **overlapping(status=status))


@pytest.mark.parametrize("status", sorted(HOLDS_TIME))
def test_no_status_that_holds_time_can_be_had_twice(ledger: Ledger, status: Status) -> None:
    book(ledger)

    with pytest.raises(SlotTaken):
        book(ledger, **overlapping(status=status))


def test_a_client_cannot_be_with_two_practitioners_at_once(ledger: Ledger) -> None:
    book(ledger, client="Jane Doe")

    with pytest.raises(SlotTaken) as refused:
        book(ledger, **overlapping(client="Jane Doe", practitioner_id=OTHER))

    assert refused.value.resource == "client"


def test_two_clients_of_one_mailbox_can(ledger: Ledger) -> None:
    book(ledger, client="Jane Doe")
    book(ledger, **overlapping(client="Tim Doe", practitioner_id=OTHER))


def test_a_room_cannot_be_used_twice_at_once(ledger: Ledger) -> None:
    book(ledger, room_id=RoomId("blue"))

    with pytest.raises(SlotTaken) as refused:
        book(ledger, **overlapping(room_id=RoomId("blue"), practitioner_id=OTHER))

    assert refused.value.resource == "room"


def test_appointments_without_a_client_do_not_share_one(ledger: Ledger) -> None:
    book(ledger)
    book(ledger, **overlapping(practitioner_id=OTHER))


def test_the_end_of_one_may_be_the_start_of_the_next(ledger: Ledger) -> None:
    book(ledger)
    book(ledger, start=NINE + 30 * MINUTE)
    book(ledger, start=NINE - 30 * MINUTE)


def test_a_hold_blocks_until_it_expires_and_not_a_microsecond_longer(store: Store) -> None:
    ledger = store.open()
    book(ledger, status=Status.PROPOSED, hold_expires_at=store.clock.now() + 10 * MINUTE)

    store.clock.advance(10 * MINUTE - timedelta(microseconds=1))
    with pytest.raises(SlotTaken):
        book(ledger)

    store.clock.advance(timedelta(microseconds=1))
    book(ledger)


def test_an_expired_hold_cannot_be_booked_over_whoever_came_next(store: Store) -> None:
    ledger = store.open()
    hold = book(ledger, status=Status.PROPOSED, hold_expires_at=store.clock.now() + MINUTE)
    store.clock.advance(2 * MINUTE)
    book(ledger)

    with pytest.raises(SlotTaken):
        save(ledger, hold, status=Status.BOOKED, hold_expires_at=None)


def test_a_hold_becomes_a_booking_of_the_same_time(store: Store) -> None:
    ledger = store.open()
    hold = book(ledger, status=Status.PROPOSED, hold_expires_at=store.clock.now() + MINUTE)

    assert save(ledger, hold, status=Status.BOOKED, hold_expires_at=None).status is Status.BOOKED


@pytest.mark.parametrize("flag", [Flag.OVERBOOKED, Flag.OVERLAP])
def test_a_flagged_one_is_stored_over_others_and_blocks_later_ones(
    ledger: Ledger, flag: Flag
) -> None:
    """An exclusion constraint cannot say this: it would let the third one through."""
    first = book(ledger)
    book(ledger, **overlapping(flags=frozenset({flag})))
    save(ledger, first, status=Status.CANCELLED)

    with pytest.raises(SlotTaken):
        book(ledger, start=NINE + 30 * MINUTE)


def test_completing_one_beside_an_overbooked_one_is_no_new_claim(ledger: Ledger) -> None:
    first = book(ledger)
    book(ledger, **overlapping(flags=frozenset({Flag.OVERBOOKED})))

    done = save(ledger, first, status=Status.FULFILLED)

    assert view(ledger, lambda seen: seen.appointment(first.id)) == done


def test_shortening_one_beside_an_overbooked_one_is_no_new_claim(ledger: Ledger) -> None:
    first = book(ledger)
    book(ledger, **overlapping(flags=frozenset({Flag.OVERBOOKED})))

    save(ledger, first, end=NINE + 20 * MINUTE)


def test_losing_the_flag_is_a_new_claim(ledger: Ledger) -> None:
    book(ledger)
    second = book(ledger, **overlapping(flags=frozenset({Flag.OVERBOOKED})))

    with pytest.raises(SlotTaken):
        save(ledger, second, flags=frozenset())


@pytest.mark.parametrize(
    "change",
    [
        {"start": NINE + 15 * MINUTE, "end": NINE + 45 * MINUTE},
        {"end": NINE + 10 * HOUR},
        {"practitioner_id": OTHER, "start": NINE + 2 * HOUR, "end": NINE + 3 * HOUR},
    ],
    ids=["moved", "longer", "given to another"],
)
def test_a_change_that_claims_taken_time_is_refused_and_changes_nothing(
    ledger: Ledger, change: dict[str, object]
) -> None:
    book(ledger, start=NINE + 40 * MINUTE)
    book(ledger, start=NINE + 2 * HOUR, practitioner_id=OTHER)
    mine = book(ledger)

    with pytest.raises(SlotTaken):
        save(ledger, mine, **change)

    assert view(ledger, lambda seen: seen.appointment(mine.id)) == mine


def test_a_cancelled_one_cannot_come_back_into_taken_time(ledger: Ledger) -> None:
    gone = book(ledger, status=Status.CANCELLED)
    book(ledger)

    with pytest.raises(SlotTaken):
        save(ledger, gone, status=Status.BOOKED)


def test_one_that_lasts_for_weeks_blocks_every_day_of_them(ledger: Ledger) -> None:
    book(ledger, end=NINE + 21 * DAY)

    with pytest.raises(SlotTaken):
        book(ledger, start=NINE + 20 * DAY)


def test_one_that_lasts_for_weeks_cannot_be_put_around_another(ledger: Ledger) -> None:
    book(ledger, start=NINE + 20 * DAY)

    with pytest.raises(SlotTaken):
        book(ledger, end=NINE + 21 * DAY)


@pytest.mark.parametrize("length", [DAY - MINUTE, DAY, DAY + timedelta(microseconds=1)])
def test_lengths_around_a_day_are_all_seen(ledger: Ledger, length: timedelta) -> None:
    """Where the two lookups of the trigger meet."""
    book(ledger, end=NINE + length)

    with pytest.raises(SlotTaken):
        book(ledger, start=NINE + length - MINUTE, end=NINE + length + DAY)
    book(ledger, start=NINE + length, end=NINE + length + MINUTE)


def test_a_batch_with_one_refused_is_refused_whole(ledger: Ledger) -> None:
    drafts = [a_draft_of(), a_draft_of(start=NINE + HOUR), a_draft_of(**overlapping())]

    with pytest.raises(SlotTaken):
        ledger.write(lambda tx: tx.add_appointments(drafts, CAUSE))

    assert view(ledger, lambda seen: seen.appointments()) == []


def test_what_overlaps_upstream_is_stored_flagged_and_the_first_of_them_is_not(
    ledger: Ledger,
) -> None:
    book(ledger)
    drafts = [
        a_draft_of(start=NINE + 2 * HOUR),
        a_draft_of(**overlapping()),
        a_draft_of(start=NINE + 2 * HOUR + 10 * MINUTE),
        a_draft_of(start=NINE + 4 * HOUR),
    ]

    added = ledger.write(lambda tx: tx.add_appointments(drafts, CAUSE, flag_overlaps=True))

    assert [Flag.OVERLAP in each.flags for each in added] == [False, True, True, False]


def test_a_move_upstream_into_taken_time_is_stored_flagged(ledger: Ledger) -> None:
    book(ledger)
    moved = book(ledger, start=NINE + HOUR)
    after = replace(moved, start=NINE, end=NINE + HOUR, version=2)

    stored = ledger.write(lambda tx: tx.save_appointment(moved, after, CAUSE, flag_overlap=True))

    assert stored.flags == {Flag.OVERLAP}
    assert view(ledger, lambda seen: seen.appointment(moved.id)) == stored


def test_a_move_upstream_over_its_own_former_time_is_not_flagged(ledger: Ledger) -> None:
    before = book(ledger)
    after = replace(before, start=NINE + 10 * MINUTE, end=NINE + 40 * MINUTE, version=2)

    assert (
        ledger.write(lambda tx: tx.save_appointment(before, after, CAUSE, flag_overlap=True)).flags
        == frozenset()
    )
