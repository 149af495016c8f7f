"""Several clients share a time of an activity with a capacity, each with an own appointment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.actions import Action
from syncd.core.appointment import Flag, Party, Status
from syncd.core.errors import Invalid, Refused, SlotTaken
from syncd.core.ids import ActivityId, PractitionerId, RoomId
from syncd.core.lifecycle import Command
from syncd.core.obstacles import Reason
from syncd.core.offering import Offering
from syncd.core.practice import Room
from syncd.core.time import Interval
from syncd.flows.acting import act_on
from syncd.flows.anyone import WHOEVER, with_whoever_is_free
from syncd.flows.availability import judge, list_slots
from syncd.flows.booking import Booking, book
from syncd.flows.checking import overlapping
from syncd.testing.builders import HALF_HOUR, NINE, a_practitioner, an_activity

BLUE, RED = RoomId("blue"), RoomId("red")
OWL, PATEL = PractitionerId("dr-owl"), PractitionerId("dr-patel")
GROUP = ActivityId("group")


@pytest.fixture
def clinic(open_clinic):
    """Two practitioners who offer a group of three, and talks to one."""
    clinic = open_clinic()

    def furnish(tx):
        tx.save_practitioner(a_practitioner(id=OWL, name="Dr. Owl"), clinic.cause)
        for each in (BLUE, RED):
            tx.save_room(Room(id=each, name=each.title()), clinic.cause)

    clinic.ledger.write(furnish)
    clinic.sync()
    offer(clinic, capacity=3)
    return clinic


def offer(clinic, **rules):
    group = an_activity(id=GROUP, name="Group", offering=Offering(**rules))
    clinic.ledger.write(lambda tx: tx.save_activity(group, clinic.cause))


def booked(clinic, name, start=NINE, activity=GROUP, who=PATEL, **more):
    wish = Booking(activity_id=activity, practitioner_id=who, start=start, client_name=name, **more)
    return book(clinic.around, wish, clinic.cause)


def moved(clinic, appointment, start, length=HALF_HOUR):
    command = Command(
        action=Action.RESCHEDULE, party=Party.ADMIN, interval=Interval(start, start + length)
    )
    return act_on(clinic.around, appointment.id, command, clinic.cause)


def places(clinic, start=NINE, who=PATEL):
    period = Interval(start, start + timedelta(minutes=1))
    [slot] = list_slots(clinic.around, GROUP, period, practitioner_id=who).slots
    return slot.places


@pytest.mark.parametrize("party", [Party.ADMIN, Party.CLIENT])
def test_as_many_share_a_time_as_the_activity_has_places(clinic, party):
    left = [places(clinic)]
    for name in ("Ann", "Ben", "Cid"):
        booked(clinic, name, party=party)
        left.append(places(clinic))

    with pytest.raises(SlotTaken):
        booked(clinic, "Dan", party=party)

    assert left == [3, 2, 1, 0]
    assert len({each.number for each in clinic.appointments()}) == 3


def test_whoever_is_there_says_why_no_place_is_left(clinic):
    there = [booked(clinic, name).number for name in ("Ann", "Ben", "Cid")]

    found = judge(clinic.around, GROUP, PATEL, NINE).obstacles

    assert [(each.reason, each.what) for each in found] == [(Reason.TAKEN, each) for each in there]


@pytest.mark.parametrize(
    "other",
    [
        {"activity": ActivityId("consultation")},
        {"start": NINE + timedelta(minutes=15)},
    ],
)
def test_nothing_else_shares_the_time(clinic, other):
    booked(clinic, "Ann")

    with pytest.raises(SlotTaken):
        booked(clinic, "Ben", **other)
    assert booked(clinic, "Ben", who=OWL, **other).practitioner_id == OWL


def test_a_client_takes_one_place_of_a_time(clinic):
    booked(clinic, "Ann", client_email="ann@example.org")

    with pytest.raises(SlotTaken) as refused:
        booked(clinic, "Ann", client_email="ann@example.org")
    assert refused.value.resource == "client"


def test_a_cancelled_appointment_leaves_its_place(clinic):
    first, *_ = [booked(clinic, name) for name in ("Ann", "Ben", "Cid")]
    clinic.act(first, Action.CANCEL)

    assert places(clinic) == 1
    booked(clinic, "Dan")


def test_a_hold_keeps_its_place_until_it_expires(clinic):
    booked(clinic, "Ann")
    booked(clinic, "Ben")
    booked(clinic, "Cid", hold_for=timedelta(minutes=10))
    assert places(clinic) == 0

    clinic.clock.advance(timedelta(minutes=11))

    assert places(clinic) == 1
    booked(clinic, "Dan")


def test_a_move_takes_a_place_where_one_is_left(clinic):
    later = NINE + timedelta(hours=2)
    for name in ("Ann", "Ben"):
        booked(clinic, name, later)
    third, fourth = booked(clinic, "Cid"), booked(clinic, "Dan")

    assert moved(clinic, third, later).start == later
    with pytest.raises(SlotTaken):
        moved(clinic, fourth, later)
    assert (places(clinic, later), places(clinic)) == (0, 2)


def test_who_was_booked_alone_stays_alone(clinic):
    """An activity that gets places gets them for what is booked from then on, or moved."""
    offer(clinic)
    first = booked(clinic, "Ann")
    offer(clinic, capacity=3)

    with pytest.raises(SlotTaken):
        booked(clinic, "Ben")
    assert places(clinic) == 0

    later = NINE + timedelta(hours=2)
    moved(clinic, first, later)
    assert booked(clinic, "Ben", later).start == later


def test_who_shares_a_time_keeps_it_when_there_are_fewer_places(clinic):
    there = [booked(clinic, name) for name in ("Ann", "Ben", "Cid")]
    offer(clinic, capacity=2)

    with pytest.raises(SlotTaken):
        booked(clinic, "Dan")
    done = clinic.act(there[0], Action.CANCEL)

    assert done.is_over
    assert places(clinic) == 0
    with pytest.raises(SlotTaken):
        booked(clinic, "Dan")


def test_one_more_than_there_are_places_is_overbooked(clinic):
    for name in ("Ann", "Ben", "Cid"):
        booked(clinic, name)

    fourth = booked(clinic, "Dan", overbook=True, reason="her sister is there")

    assert Flag.OVERBOOKED in fourth.flags
    assert places(clinic) == 0


def test_who_shares_a_time_shares_its_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", who=OWL)

    with_patel = [booked(clinic, name) for name in ("Ben", "Cid")]

    assert {each.room_id for each in with_patel} == {RED}
    with pytest.raises(Invalid, match="red"):
        booked(clinic, "Dan", room_id=BLUE)
    assert booked(clinic, "Dan").room_id == RED


def test_a_move_into_a_shared_time_changes_to_its_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    later = NINE + timedelta(hours=2)
    booked(clinic, "Ann", later, room_id=RED)
    second = booked(clinic, "Ben")

    assert (second.room_id, moved(clinic, second, later).room_id) == (BLUE, RED)


def test_another_length_is_another_time(clinic):
    offer(clinic, capacity=3, durations=(2 * HALF_HOUR,), step=HALF_HOUR)
    booked(clinic, "Ann")

    with pytest.raises(SlotTaken):
        booked(clinic, "Ben", duration=2 * HALF_HOUR)
    assert places(clinic) == 2


def test_whoever_books_with_anybody_joins_those_who_are_there(clinic):
    """Rather than beginning a second group with somebody who has less to do."""
    booked(clinic, "Ann")
    wish = Booking(activity_id=GROUP, practitioner_id=WHOEVER, start=NINE, client_name="Ben")

    made = with_whoever_is_free(
        clinic.around, wish, lambda asked: book(clinic.around, asked, clinic.cause)
    )

    assert made.practitioner_id == PATEL


def test_of_many_who_book_the_last_places_at_once_just_so_many_get_them(clinic):
    def attempt(count):
        try:
            return booked(clinic, f"Client {count}")
        except Refused as exc:
            return exc

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(16)))

    assert sum(not isinstance(each, Exception) for each in answers) == 3
    assert all(isinstance(each, SlotTaken) for each in answers if isinstance(each, Exception))
    assert len(clinic.appointments()) == 3


def test_nobody_is_made_longer_over_the_others_of_a_group(clinic):
    first, second = booked(clinic, "Ann"), booked(clinic, "Ben")
    with pytest.raises(SlotTaken):
        moved(clinic, first, NINE, 2 * HALF_HOUR)
    assert clinic.appointments() == [first, second]


def test_a_calendar_shows_each_of_those_who_share_a_time_and_moves_one_of_them(clinic):
    first, second = booked(clinic, "Ann"), booked(clinic, "Ben")
    clinic.settle()
    later = NINE + timedelta(hours=2)

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert [each.start for each in map(clinic.now_is, (first, second))] == [later, NINE]
    assert (places(clinic), places(clinic, later)) == (2, 2)

    clinic.calendar().colleague_moves(clinic.ref(first), NINE, NINE + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == frozenset()
    assert places(clinic) == 1


def test_one_that_a_colleague_moves_half_over_the_others_is_flagged(clinic):
    first, second = booked(clinic, "Ann"), booked(clinic, "Ben")
    clinic.settle()
    half = NINE + HALF_HOUR / 2

    clinic.calendar().colleague_moves(clinic.ref(first), half, half + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == {Flag.OVERLAP}
    assert clinic.now_is(second).flags == frozenset()


def test_groups_of_two_practitioners_do_not_share_a_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", who=OWL, room_id=BLUE)

    with pytest.raises(SlotTaken) as refused:
        clinic.ledger.write(
            lambda tx: tx.add_appointment(
                replace(clinic.appointments()[0], id="", practitioner_id=PATEL, client=None),
                clinic.cause,
            )
        )
    assert refused.value.resource == "room"


def test_whoever_is_there_together_is_no_damage_and_one_more_than_may_is(clinic):
    there = [booked(clinic, name) for name in ("Ann", "Ben", "Cid")]
    with clinic.ledger.read() as view:
        assert overlapping(view) == []

    too_many = [replace(each, capacity=2) for each in there]
    assert overlapping(_Stored(clinic, too_many)) == [(too_many[0], too_many[2])]
    assert overlapping(_Stored(clinic, [there[0], replace(there[1], activity_id=None)]))


class _Stored:
    """A view of appointments that the database would have refused."""

    def __init__(self, clinic, appointments):
        self.now, self._appointments = clinic.clock.now(), appointments

    def all_appointments(self):
        return iter(self._appointments)


def test_nobody_is_shortened_out_of_a_group_beside_the_others(clinic):
    offer(clinic, capacity=2, durations=(2 * HALF_HOUR,), step=HALF_HOUR, rooms=(BLUE, RED))
    first, second = (booked(clinic, name, duration=2 * HALF_HOUR) for name in ("Ann", "Ben"))

    with pytest.raises(SlotTaken):
        moved(clinic, first, NINE, HALF_HOUR)
    assert clinic.appointments() == [first, second]


def test_the_same_time_once_more_is_no_other_time(clinic):
    """Its places stay as they were, although there are fewer by now."""
    first, _ = booked(clinic, "Ann"), booked(clinic, "Ben")
    offer(clinic, capacity=1)

    assert moved(clinic, first, NINE).capacity == 3
    assert moved(clinic, first, NINE + timedelta(hours=2)).capacity == 1


def test_where_those_who_are_there_have_no_room_one_is_needed(clinic):
    booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE, RED))

    assert {booked(clinic, name).room_id for name in ("Ben", "Cid")} == {BLUE}


def test_where_no_room_is_left_for_a_group_without_one_no_place_is_offered(clinic):
    booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE,))
    booked(clinic, "Owl's", who=OWL)

    assert places(clinic) == 0
    assert [each.reason for each in judge(clinic.around, GROUP, PATEL, NINE).obstacles] == [
        Reason.NO_ROOM
    ]
    with pytest.raises(SlotTaken):
        booked(clinic, "Ben")


def test_who_has_no_room_gets_one_with_a_move(clinic):
    later = NINE + timedelta(hours=2)
    first = booked(clinic, "Ann")
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ben", later, room_id=RED)

    assert moved(clinic, first, later).room_id == RED
    assert moved(clinic, first, later + timedelta(hours=1)).room_id == RED


def test_whoever_comes_next_is_where_those_are_who_are_there_rightly(clinic):
    """A colleague moved one into their time, whose own room is taken by somebody else then."""
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    later = NINE + timedelta(hours=2)
    first = booked(clinic, "Ann", room_id=BLUE)
    booked(clinic, "Ben", later, room_id=RED)
    booked(clinic, "Cid", later, who=OWL, room_id=BLUE)
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == {Flag.OVERLAP}
    assert booked(clinic, "Dan", later).room_id == RED


def test_staff_overbook_in_another_room(clinic):
    offer(clinic, capacity=3, rooms=(BLUE, RED))
    booked(clinic, "Ann", room_id=BLUE)

    second = booked(clinic, "Ben", room_id=RED, overbook=True, reason="a wheelchair")

    assert second.room_id == RED


def test_who_is_moved_in_the_calendar_shares_as_the_activity_says_by_now(clinic):
    offer(clinic)
    first = booked(clinic, "Ann")
    offer(clinic, capacity=3)
    later = NINE + timedelta(hours=2)
    booked(clinic, "Ben", later)
    clinic.settle()

    clinic.calendar().colleague_moves(clinic.ref(first), later, later + HALF_HOUR)
    clinic.settle()

    assert clinic.now_is(first).flags == frozenset()
    assert places(clinic, later) == 1


def test_what_came_overlapping_is_confirmed_once_there_is_a_place(clinic):
    offer(clinic, capacity=2)
    later = NINE + timedelta(hours=2)
    pair = [booked(clinic, name, later) for name in ("Ann", "Ben")]
    group = an_activity(
        id=GROUP, name="Group", offering=Offering(capacity=2), needs_confirmation=True
    )
    clinic.ledger.write(lambda tx: tx.save_activity(group, clinic.cause))
    third = booked(clinic, "Cid")
    clinic.settle()
    clinic.calendar().colleague_moves(clinic.ref(third), later, later + HALF_HOUR)
    clinic.settle()
    assert clinic.now_is(third).flags == {Flag.OVERLAP}

    with pytest.raises(SlotTaken):
        clinic.act(third, Action.CONFIRM)
    clinic.act(pair[0], Action.CANCEL)

    assert clinic.act(third, Action.CONFIRM).status is Status.BOOKED


@pytest.mark.parametrize(
    ("rules", "left"),
    [({"most_a_day": 2}, [2, 1, 0]), ({"most_a_week": 2}, [2, 1, 0]), ({}, [3, 2, 1])],
)
def test_no_more_places_are_left_than_the_limits_allow(clinic, rules, left):
    offer(clinic, capacity=3, **rules)
    found = [places(clinic)]
    for name in ("Ann", "Ben"):
        booked(clinic, name)
        found.append(places(clinic))

    assert found == left


def test_a_part_of_a_minute_is_no_place(clinic):
    first = booked(clinic, "Ann")
    clinic.settle()
    clinic.calendar().colleague_moves(
        clinic.ref(first), NINE, NINE + HALF_HOUR - timedelta(seconds=20)
    )
    clinic.settle()

    assert places(clinic) == 0
    assert judge(clinic.around, GROUP, PATEL, NINE).obstacles
