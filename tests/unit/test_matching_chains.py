"""Whose event is it, when it says which one it took the place of."""

from dataclasses import replace

import pytest
from laws.linked_worlds import ELSEWHERE, FURTHER, LATER, linked, ours, the_event

from syncd.core.appointment import Status
from syncd.core.events import EventStatus
from syncd.core.ids import Uid
from syncd.core.operations import AdoptEvent, Op
from syncd.core.remote import RemoteKind

world = pytest.fixture(ours)


def test_an_event_that_continues_another_keeps_its_appointment(world):
    """Where a calendar moves an event by making a new one and cancelling the old."""
    ref, event = the_event(world)
    world.edit_event(ref, status=EventStatus.CANCELLED)
    world.show(replace(event, ref=ELSEWHERE, uid=Uid("next"), mark=None, when=LATER, continues=ref))

    plan = world.round()

    (step,) = linked(plan)
    assert (step.op, step.link.ref, step.link.uid) == (Op.MOVE, ELSEWHERE, "next")
    assert world.appointments["appointment-1"].status is Status.BOOKED
    assert world.plan(in_full=True).steps == ()


def test_what_an_event_took_the_place_of_need_not_be_in_the_news(world):
    """Where two lists tell of new and of changed events, one of them may be behind. What is known
    of the old one stays, so that an answer from before makes no new event of it."""
    ref, event = the_event(world)
    world.show(replace(event, ref=ELSEWHERE, uid=Uid("next"), mark=None, when=LATER, continues=ref))

    plan = world.round()

    (step,) = linked(plan)
    assert (step.op, step.link.ref, step.appointment.start) == (Op.MOVE, ELSEWHERE, LATER.start)
    assert world.records[ref].kind is RemoteKind.IGNORED
    world.edit_event(ref, status=EventStatus.CANCELLED)
    assert world.round().push == ()
    assert len(world.appointments) == 1
    assert world.plan(in_full=True).steps == ()


def test_only_one_event_continues_another(world):
    ref, event = the_event(world)
    del world.remote[ref]
    for at in (ELSEWHERE, FURTHER):
        world.show(replace(event, ref=at, uid=Uid(f"next {at}"), mark=None, continues=ref))

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.NOTE, Op.ADOPT, Op.NOTE]


def test_an_event_that_was_replaced_twice_since_the_last_look_keeps_its_appointment(world):
    ref, event = the_event(world)
    del world.remote[ref]
    between = replace(event, ref=ELSEWHERE, uid=Uid("second"), mark=None, continues=ref)
    last = replace(event, ref=FURTHER, uid=Uid("third"), mark=None, continues=ELSEWHERE, when=LATER)
    world.show(replace(between, status=EventStatus.CANCELLED))
    world.show(last)

    world.round()

    (appointment,) = world.appointments.values()
    assert (appointment.id, appointment.start) == ("appointment-1", LATER.start)
    assert world.links[appointment.id].ref == FURTHER


def test_events_that_continue_each_other_in_a_circle_are_nobodys(world):
    ref, event = the_event(world)
    del world.remote[ref]
    one = replace(event, ref=ELSEWHERE, uid=Uid("one"), mark=None, continues=FURTHER)
    other = replace(event, ref=FURTHER, uid=Uid("other"), mark=None, continues=ELSEWHERE)
    world.show(one)
    world.show(other)

    steps = world.round().pull

    assert sum(isinstance(step, AdoptEvent) for step in steps) == 2
