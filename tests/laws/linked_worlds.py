"""Worlds of one appointment and its event, and the hands that change them."""

from laws.worlds import World, a_scene

from syncd.core.events import Timed
from syncd.core.ids import EventRef
from syncd.core.operations import ChangeLink
from syncd.testing.builders import an_event, utc

ELSEWHERE = EventRef("/patel-main/elsewhere.ics")
FURTHER = EventRef("/patel-main/further.ics")
LATER = Timed(utc("2031-03-04 10:00"), utc("2031-03-04 10:30"), "Europe/Berlin")
ELSEWHEN = Timed(utc("2031-03-05 10:00"), utc("2031-03-05 10:30"), "Europe/Berlin")
NIGHT = Timed(utc("2031-03-03 22:00"), utc("2031-03-03 22:30"), "Europe/Paris")
FIRST = "appointment-1"


def ours(**calendar):
    """A world with one appointment of ours, written to the calendar."""
    world = World(scene=a_scene(**calendar))
    world.book()
    world.round()
    return world


def adopted(**calendar):
    """A world with one appointment that a colleague entered."""
    world = World(scene=a_scene(**calendar))
    world.show(an_event())
    world.round()
    return world


def ref_of(world):
    return world.links[FIRST].ref


def the_event(world):
    ((ref, event),) = world.remote.items()
    return ref, event


def linked(plan):
    return [step for step in plan.pull if isinstance(step, ChangeLink)]


def edit(world, **changes):
    return world.edit_event(ref_of(world), **changes)


def move_here(world, when):
    world.edit_appointment(FIRST, start=when.start, end=when.end)


def the_step(world):
    (step,) = world.plan().pull
    return step


def open_fields(world):
    return [each.field for each in world.conflicts if each.resolved_at is None]
