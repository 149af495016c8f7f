"""What an event that says that nobody came means, and what was to be written of it."""

from dataclasses import replace

from laws.linked_worlds import FIRST, adopted, edit, ours, ref_of, the_step

from syncd.core.appointment import Status
from syncd.core.events import EventStatus, Timed
from syncd.core.operations import Op
from syncd.testing.builders import NINE, utc

BEGUN = Timed(utc("2031-03-03 07:30"), utc("2031-03-03 08:30"), "Europe/Berlin")
CAN = {"confirms": True, "marks_absence": True}


def test_a_write_that_had_no_effect_is_not_taken_for_one_that_had():
    world = ours(**CAN)
    world.edit_appointment(FIRST, status=Status.NOSHOW)
    [wanted] = world.plan().push
    world.links[FIRST] = replace(world.links[FIRST], intended=wanted.base)
    edit(world, is_marked=True)

    world.round()

    assert (wanted.op, wanted.draft.absent) == (Op.UPDATE, True)
    assert world.remote[ref_of(world)].absent
    assert world.links[FIRST].base.absent


def test_moved_confirmed_and_missed_is_one_change():
    world = adopted(**CAN)
    world.links[FIRST] = replace(
        world.links[FIRST], base=replace(world.links[FIRST].base, tentative=True)
    )
    world.edit_appointment(FIRST, status=Status.PENDING)
    edit(world, when=BEGUN, absent=True)

    step = the_step(world)

    assert (step.op, step.appointment.status) == (Op.MOVE, Status.NOSHOW)
    assert step.why == "moved and confirmed in patel-main; nobody came"
    assert step.appointment.version == step.before.version + 1


def test_an_absence_before_the_start_waits_until_it_can_be_one():
    world = adopted(**CAN)
    edit(world, absent=True)

    early = the_step(world)
    world.scene = replace(world.scene, now=NINE)
    late = the_step(world)

    assert (early.op, late.op) == (Op.NOTE, Op.NO_SHOW)
    assert late.why == "marked as absent in patel-main"


def test_calendars_that_can_do_neither_never_see_a_difference():
    world = ours()
    world.edit_appointment(FIRST, status=Status.NOSHOW)
    edit(world, status=EventStatus.TENTATIVE, absent=True)

    plan = world.round()

    assert plan.steps == ()
    assert world.links[FIRST].base.absent is False
