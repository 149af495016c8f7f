"""Several clients share a time of an activity with a capacity, each with an own appointment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flows.groups import BLUE, GROUP, OWL, PATEL, RED, booked, moved, offer, places, with_groups

from syncd.core.actions import Action
from syncd.core.appointment import Flag, Party
from syncd.core.errors import Refused, SlotTaken
from syncd.core.ids import ActivityId
from syncd.core.obstacles import Reason
from syncd.flows.anyone import WHOEVER, with_whoever_is_free
from syncd.flows.availability import judge
from syncd.flows.booking import Booking, book
from syncd.flows.checking import overlapping
from syncd.testing.builders import HALF_HOUR, NINE


@pytest.fixture
def clinic(open_clinic):
    return with_groups(open_clinic())


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
