"""Whose event is it, when it comes back, or shows late what nobody had answered for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.linked_worlds import LATER, linked, ours, the_event
from laws.worlds import World, a_scene

from syncd.core.appointment import LinkState, Origin, Status
from syncd.core.matching import is_ghost
from syncd.core.operations import Op
from syncd.core.practice import Mode
from syncd.testing.builders import HALF_HOUR, utc

world = pytest.fixture(ours)


@pytest.fixture
def deleted(world):
    """The event is gone since its appointment was cancelled; the second value is how it looked."""
    _, event = the_event(world)
    world.edit_appointment("appointment-1", status=Status.CANCELLED)
    world.round()
    assert world.remote == {}
    return world, event


def test_the_ghost_of_a_deleted_event_is_deleted_again(deleted):
    world, event = deleted
    world.show(event)

    plan = world.round()

    assert [step.op for step in plan.push] == [Op.DELETE]
    assert world.remote == {}
    assert len(world.appointments) == 1
    assert world.plan().is_empty


@pytest.mark.parametrize(
    "changes", [{"when": LATER}, {"title": "brought back"}], ids=["moved", "renamed"]
)
def test_a_deleted_event_that_comes_back_changed_is_a_new_appointment(deleted, changes):
    world, event = deleted
    world.show(replace(event, **changes))

    world.round()

    assert [each.status for each in world.appointments.values()] == [
        Status.CANCELLED,
        Status.BOOKED,
    ]
    assert len(world.remote) == 1


def test_a_creation_whose_answer_was_lost_is_known_when_its_time_is_over():
    """And the appointment was moved ahead before anybody saw whether it had been written."""
    world = World(scene=a_scene())
    world.book()
    world.push(world.plan(), loses=0)
    event = world.remote.popitem()[1]
    world.scene = replace(world.scene, now=event.when.end + timedelta(days=30))
    world.round()
    ahead = world.scene.now + timedelta(days=2)
    world.edit_appointment("appointment-1", start=ahead, end=ahead + HALF_HOUR)

    world.show(event)
    plan = world.round()

    (step,) = linked(plan)
    assert step.opens is None
    assert [each.when.start for each in world.remote.values()] == [ahead]


def test_a_creation_whose_answer_was_lost_is_known_by_what_was_intended():
    """Cancelled before anybody saw whether it had been written: then it is withdrawn once seen."""
    world = World(scene=a_scene())
    world.book()
    plan = world.plan()
    world.push(plan, loses=0)
    event = world.remote.popitem()[1]
    world.edit_appointment("appointment-1", status=Status.CANCELLED)
    world.round()
    assert world.links["appointment-1"].state is LinkState.GONE

    world.show(event)
    world.round()

    assert world.remote == {}
    assert len(world.appointments) == 1


def test_a_creation_whose_answer_was_lost_is_withdrawn_when_seen_after_the_cancellation():
    world = World(scene=a_scene())
    world.book()
    world.push(world.plan(), loses=0)
    world.edit_appointment("appointment-1", status=Status.CANCELLED)

    plan = world.round()

    assert [step.op for step in (*plan.pull, *plan.push)] == [Op.NOTE, Op.DELETE]
    assert world.remote == {}


def test_an_adopted_event_has_no_ghost(world):
    """It was never ours to delete: if it is there, it is news."""
    link = replace(world.links["appointment-1"], origin=Origin.ADOPTED)
    _, event = the_event(world)

    assert is_ghost(replace(world._pair(link), link=replace(link, origin=Origin.OURS)), event)
    assert not is_ghost(world._pair(link), event)


def test_an_ended_appointments_event_may_come_back():
    """A phone prunes what is over; another device shows it again."""
    world = World(scene=a_scene(mode=Mode.TWO_WAY))
    start = utc("2031-03-03 07:00")
    world.book(start=start, end=start + HALF_HOUR)
    world.round()
    event = world.remote.popitem()[1]
    world.round()
    assert world.links["appointment-1"].state is LinkState.GONE

    world.show(event)
    plan = world.round()

    assert plan.steps == ()
    assert world.links["appointment-1"].ref == event.ref
    assert world.links["appointment-1"].state is LinkState.IN_SYNC
