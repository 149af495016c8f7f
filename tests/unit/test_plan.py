"""Plans as data: printed, refused, recognised again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.appointment import Status
from syncd.core.brake import BrakeLimits
from syncd.core.events import EventStatus
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.operations import SILENT, Op
from syncd.core.plan import CalendarPlan, fingerprint, make_plan
from syncd.core.practice import Mode
from syncd.testing.builders import HALF_HOUR, NINE, an_event

LIMITS = BrakeLimits(count=5, ratio=0.1, empty_from=2)


def a_world(count, **calendar):
    """A calendar with so many adopted appointments."""
    world = World(scene=a_scene(**calendar))
    for number in range(count):
        start = NINE + number * timedelta(hours=1)
        ref, uid = EventRef(f"/patel-main/{number:03}.ics"), Uid(str(number))
        world.show(an_event(ref=ref, uid=uid, start=start, end=start + HALF_HOUR))
    world.round()
    return world


def plan(world, **given):
    return make_plan(world.look(), **({"limits": LIMITS} | given))


@pytest.mark.parametrize("mode", [Mode.TWO_WAY, Mode.BUSY])
@pytest.mark.parametrize(
    ("count", "removed", "refused"), [(1, 1, False), (2, 2, True), (20, 5, False), (20, 6, True)]
)
def test_mass_deletion_refuses_the_whole_round(mode, count, removed, refused):
    world = a_world(count, mode=mode)
    for ref in sorted(world.remote)[:removed]:
        del world.remote[ref]

    found = plan(world)

    assert (found.refused is not None) is refused
    assert not refused or (found.pull, found.push, found.steps) == ((), (), ())
    assert not found.is_empty


def test_mass_cancellation_refuses_it_as_well():
    world = a_world(20)
    for ref in sorted(world.remote)[:6]:
        world.edit_event(ref, status=EventStatus.CANCELLED)

    assert plan(world).refused == "6 of 20 events are gone at once; at most 5 pass by themselves"


def test_a_released_calendar_lets_them_pass_once():
    world = a_world(20)
    world.remote.clear()

    found = plan(world, released=True)

    assert found.refused is None
    assert {step.op for step in found.pull} == {Op.CANCEL}


@pytest.mark.parametrize(("removed", "refused"), [(5, False), (6, True)])
def test_where_nobody_counted_only_the_number_decides(removed, refused):
    """Two cancellations are not a calendar that is suddenly empty."""
    world = a_world(20)
    for ref in sorted(world.remote)[:removed]:
        world.edit_event(ref, status=EventStatus.CANCELLED)

    found = make_plan(replace(world.look(), live=0), limits=LIMITS)

    assert (found.refused is not None) is refused


def test_new_events_never_engage_the_brake():
    world = World(scene=a_scene())
    for number in range(30):
        world.show(an_event(ref=EventRef(f"/{number}"), uid=Uid(str(number))))

    assert plan(world).refused is None


# What is printed.


def test_bookkeeping_is_neither_printed_nor_counted():
    world = a_world(1)
    silent = plan(replace_version(world))

    assert [step.op for step in silent.pull] == [Op.NOTE]
    assert silent.steps == ()
    assert not silent.is_empty
    assert {Op.NOTE, Op.SETTLE} == SILENT


def replace_version(world):
    (ref,) = world.remote
    world.remote[ref] = replace(world.remote[ref], version=Version('"new"'))
    return world


def test_a_plan_of_nothing_is_empty():
    assert plan(a_world(0)).is_empty


def test_the_ledgers_steps_come_before_the_calendars_and_each_says_why():
    world = a_world(1)
    for number in (3, 1, 2):
        start = NINE + timedelta(days=number)
        world.book(start=start, end=start + HALF_HOUR)
    world.edit_event(next(iter(world.remote)), title="Board meeting")

    found = plan(world)

    assert [step.op for step in found.steps] == [Op.RETITLE, Op.CREATE, Op.CREATE, Op.CREATE]
    assert all(step.why for step in found.steps)
    assert [step.number[-1] for step in found.push] == ["2", "3", "4"]


def test_writes_go_by_number_however_the_picture_lists_them():
    world = World(scene=a_scene())
    for number in range(3):
        start = NINE + timedelta(days=number)
        world.book(start=start, end=start + HALF_HOUR)
    picture = world.look()
    picture = replace(picture, dirty=picture.dirty[::-1])

    found = make_plan(picture, limits=LIMITS)

    assert [step.number[-1] for step in found.push] == ["1", "2", "3"]


def test_an_appointment_that_the_pull_changed_is_written_as_it_is_now():
    world = a_world(1)
    (ref,) = world.remote
    world.edit_appointment("appointment-1", start=NINE + HALF_HOUR, end=NINE + 2 * HALF_HOUR)
    world.edit_event(ref, title="Board meeting")

    found = plan(world)

    (write,) = found.push
    assert write.appointment.title == "Board meeting"
    assert write.appointment == found.pull[0].appointment
    assert write.link == found.pull[0].link


def test_what_the_pull_settled_is_not_written():
    world = a_world(1)
    (ref,) = world.remote
    world.edit_appointment("appointment-1", status=Status.CANCELLED)
    world.edit_event(ref, status=EventStatus.CANCELLED)

    assert plan(world).push == ()


# What is recognised again.


def worlds_that_differ():
    def base():
        world = a_world(1)
        (ref,) = world.remote
        world.edit_event(ref, title="Board meeting")
        world.book(start=NINE + timedelta(days=1), end=NINE + timedelta(days=1, hours=1))
        return world

    def removed(world):
        world.remote.clear()

    def seen_later(world):
        (ref,) = world.remote
        world.edit_event(ref, title="Board meeting")

    def booked_later(world):
        world.edit_appointment("appointment-2", end=NINE + timedelta(days=1, hours=2))

    def other_title(world):
        world.edit_appointment("appointment-2", activity_id="first")

    def pending(world):
        before = world.appointments["appointment-2"]
        world.appointments["appointment-2"] = replace(before, status=Status.PENDING)

    def adopting(world):
        world.show(an_event(ref=EventRef("/new"), uid=Uid("new")))

    def blocking(world):
        world.show(an_event(ref=EventRef("/new"), uid=Uid("new"), recurring=True))

    yield base()
    for change in (
        removed,
        seen_later,
        booked_later,
        other_title,
        pending,
        adopting,
        blocking,
    ):
        world = base()
        change(world)
        yield world


def test_other_plans_have_other_names_and_equal_plans_the_same():
    names = [fingerprint([plan(world, limits=NO_BRAKE)]) for world in worlds_that_differ()]
    again = [fingerprint([plan(world, limits=NO_BRAKE)]) for world in worlds_that_differ()]

    assert names == again
    assert len(set(names)) == len(names)
    assert all(len(name) == 12 for name in names)


def test_an_update_of_another_version_is_another_plan():
    """The remote version that a write is based on is part of its name."""
    worlds = [a_world(1), a_world(1)]
    for world, version in zip(worlds, ('"7"', '"8"'), strict=True):
        link = world.links["appointment-1"]
        world.links["appointment-1"] = replace(link, version=Version(version))
        world.edit_appointment("appointment-1", start=NINE + HALF_HOUR, end=NINE + 2 * HALF_HOUR)
        record = world.records[link.ref]
        world.records[link.ref] = replace(record, version=world.remote[link.ref].version)

    one, other = (fingerprint([plan(world)]) for world in worlds)

    assert one != other


@given(st.lists(st.sampled_from(["a", "b", "c"]), unique=True, max_size=3))
def test_names_tell_calendars_and_refusals_apart(ids):
    plans = [CalendarPlan(calendar_id=each) for each in ids]
    refused = [replace(each, refused="too many") for each in plans]

    assert (fingerprint(plans) == fingerprint(refused)) is (not plans)
    assert (fingerprint(plans) == fingerprint(plans[::-1])) is (len(plans) < 2)
