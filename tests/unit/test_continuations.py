"""Events that say which event they took the place of, where that leads nowhere or to others."""

from dataclasses import replace

import pytest
from laws.worlds import World, a_scene

from syncd.core.events import Timed
from syncd.core.ids import EventRef, Uid
from syncd.core.operations import AdoptEvent, ChangeLink, Op
from syncd.testing.builders import NINE, an_event, utc

ELSEWHERE = EventRef("/patel-main/elsewhere.ics")
FURTHER = EventRef("/patel-main/further.ics")
LAST = EventRef("/patel-main/zz.ics")
UNKNOWN = EventRef("/patel-main/nobody-saw-it.ics")
LATER = Timed(utc("2031-03-04 10:00"), utc("2031-03-04 10:30"), "Europe/Berlin")


@pytest.fixture
def world():
    """Two booked appointments, written to the calendar."""
    world = World(scene=a_scene())
    world.book()
    world.book(start=NINE.replace(hour=11), end=NINE.replace(hour=12))
    world.round()
    return world


def event_of(world, key):
    return world.remote[world.links[key].ref]


def test_an_event_that_leads_into_a_circle_is_nobodys(world):
    for at, before in ((LAST, ELSEWHERE), (ELSEWHERE, FURTHER), (FURTHER, ELSEWHERE)):
        world.show(an_event(ref=at, uid=Uid(at), continues=before))

    steps = world.round().pull

    assert [type(step) for step in steps] == [AdoptEvent] * 3


def test_an_event_that_continues_what_nobody_knows_is_nobodys(world):
    world.show(an_event(ref=ELSEWHERE, uid=Uid("next"), continues=UNKNOWN))

    (step,) = world.round().pull

    assert isinstance(step, AdoptEvent)


def test_a_second_claim_to_one_appointment_does_not_hide_the_next_ones(world):
    one, other = event_of(world, "appointment-1"), event_of(world, "appointment-2")
    del world.remote[one.ref], world.remote[other.ref]
    for at in (ELSEWHERE, FURTHER):
        world.show(replace(one, ref=at, uid=Uid(at), mark=None, continues=one.ref))
    world.show(replace(other, ref=LAST, when=LATER))

    steps = {each.ref: each for each in world.round().pull if isinstance(each, ChangeLink)}

    assert steps.keys() == {ELSEWHERE, LAST}
    assert (steps[LAST].op, steps[LAST].appointment.id) == (Op.MOVE, "appointment-2")


def test_an_event_that_is_known_by_its_mark_alone_leaves_the_links_uid_alone(world):
    """A calendar that gives every event a uid of its own, at the place where we put it."""
    event = event_of(world, "appointment-1")
    world.show(replace(event, uid=Uid("its own"), when=LATER))

    (step,) = world.round().pull

    assert step.op is Op.MOVE
    assert step.link.uid == step.link_before.uid == event.uid
