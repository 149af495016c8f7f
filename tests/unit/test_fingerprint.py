"""A plan's short name: which facts it is made of, and that it stays the same from release to
release, since a printed plan may be applied after an upgrade."""

from dataclasses import replace

from laws.linked_worlds import FIRST, LATER, ours
from laws.worlds import NO_BRAKE

from syncd.core.appointment import Status
from syncd.core.brake import BrakeLimits
from syncd.core.operations import Op
from syncd.core.plan import fingerprint, make_plan
from syncd.testing.builders import an_event


def test_a_deletion_has_a_name_that_knows_its_version():
    world = ours()
    world.edit_appointment(FIRST, status=Status.CANCELLED)
    plan = world.plan()
    (step,) = plan.steps
    assert step.op is Op.DELETE

    other = replace(plan, push=(replace(step, link=replace(step.link, version='"other"')),))

    assert fingerprint([plan]) != fingerprint([other])


def test_the_name_of_a_plan_is_the_one_that_was_printed_before():
    world = ours()
    world.edit_event(world.links[FIRST].ref, when=LATER)
    world.show(an_event())

    assert fingerprint([world.plan()]) == "ed05a920f16b"
    assert fingerprint([]) == "4f53cda18c2b"


def test_a_plan_that_is_held_back_has_a_name_of_its_own():
    world = ours()
    world.remote.clear()
    limits = BrakeLimits(count=0, ratio=0.0)

    held = make_plan(world.look(), limits=limits)

    assert held.refused is not None
    assert fingerprint([held]) != fingerprint([make_plan(world.look(), limits=NO_BRAKE)])
