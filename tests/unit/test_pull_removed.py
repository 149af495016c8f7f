"""What happens to an appointment when its event is cancelled, removed, or becomes something else."""

from datetime import date

import pytest
from laws.linked_worlds import (
    ELSEWHEN,
    FIRST,
    LATER,
    adopted,
    edit,
    move_here,
    open_fields,
    ours,
    ref_of,
    the_step,
)
from laws.worlds import World, a_scene

from syncd.core.appointment import LinkState, Party, Status
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.events import AllDay, EventStatus, Floating
from syncd.core.operations import Op
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind
from syncd.testing.builders import HALF_HOUR, NINE
from syncd.testing.clock import MONDAY

# Cancelled and removed.


@pytest.mark.parametrize("gone", [True, False])
def test_a_removal_cancels_the_appointment(gone):
    world = ours()
    if gone:
        world.remote.clear()
    else:
        edit(world, status=EventStatus.CANCELLED)

    step = the_step(world)
    world.round()

    what = "removed" if gone else "cancelled"
    assert (step.op, step.why) == (Op.CANCEL, f"{what} in patel-main")
    assert (step.appointment.cancelled_by, step.appointment.reason) == (
        Party.PRACTITIONER,
        step.why,
    )
    assert step.appointment.notice_hours == 1
    assert step.link.state is (LinkState.GONE if gone else LinkState.IN_SYNC)
    assert step.removed_while_live
    assert world.plan().is_empty


@pytest.mark.parametrize("gone", [True, False])
def test_a_practice_may_ask_first(gone):
    world = ours(on_remote_delete=OnRemoteDelete.ASK)
    if gone:
        world.remote.clear()
    else:
        edit(world, status=EventStatus.CANCELLED)

    step = the_step(world)
    world.round()

    assert (step.op, step.opens.field) == (Op.CONFLICT, ConflictField.STATUS)
    assert (step.opens.event is None) is gone
    assert (step.ref is None) is False
    assert world.appointments[FIRST].status is Status.BOOKED
    assert world.plan().is_empty


def test_a_restored_event_is_created_under_a_fresh_identity():
    world = ours(on_remote_delete=OnRemoteDelete.RESTORE)
    before = world.links[FIRST]
    world.remote.clear()

    plan = world.round()

    (step,) = plan.pull
    assert (step.op, step.why) == (Op.RELINK, "removed in patel-main; it will be written again")
    assert [each.op for each in plan.push] == [Op.CREATE]
    assert world.links[FIRST].generation == 2
    assert world.links[FIRST].uid != before.uid
    assert len(world.remote) == 1


def test_a_cancellation_that_is_undone_by_policy_is_kept():
    world = ours(on_remote_delete=OnRemoteDelete.RESTORE)
    edit(world, status=EventStatus.CANCELLED)

    (step,) = world.round().pull

    assert (step.opens.field, step.opens.resolution) == (
        ConflictField.STATUS,
        Resolution.LEDGER,
    )
    assert world.remote[ref_of(world)].status is EventStatus.CONFIRMED


@pytest.mark.parametrize("policy", OnRemoteDelete)
def test_an_event_that_has_ended_may_be_pruned(policy):
    world = World(scene=a_scene(on_remote_delete=policy))
    world.book(start=MONDAY - HALF_HOUR, end=MONDAY)
    world.round()
    world.remote.clear()

    step = the_step(world)
    world.round()

    assert (step.op, step.link.state) == (Op.UNLINK, LinkState.GONE)
    assert step.appointment.status is Status.BOOKED
    assert not step.removed_while_live
    assert world.plan().is_empty


def test_a_cancellation_of_what_has_ended_is_taken_and_does_not_count_for_the_brake():
    """Unlike pruning, somebody said so."""
    world = World(scene=a_scene())
    world.book(start=MONDAY - HALF_HOUR, end=MONDAY)
    world.round()
    edit(world, status=EventStatus.CANCELLED)

    step = the_step(world)

    assert (step.op, step.removed_while_live) == (Op.CANCEL, False)


def test_removed_on_both_sides_is_no_news():
    world = ours()
    world.edit_appointment(FIRST, status=Status.CANCELLED)
    world.remote.clear()

    step = the_step(world)

    assert (step.op, step.link.state, step.removed_while_live) == (
        Op.NOTE,
        LinkState.GONE,
        False,
    )


def test_moved_here_and_removed_there_waits_for_a_person():
    world = ours()
    move_here(world, LATER)
    world.remote.clear()

    step = the_step(world)

    assert (step.op, step.opens.field) == (Op.CONFLICT, ConflictField.STATUS)


@pytest.mark.parametrize("gone", [True, False])
def test_moving_it_back_does_not_let_it_be_cancelled(gone):
    """Whoever touched it after the conflict arose did not mean that it should go."""
    world = ours()
    before = world.appointments[FIRST]
    move_here(world, LATER)
    if gone:
        world.remote.clear()
    else:
        edit(world, status=EventStatus.CANCELLED)
    world.round()
    world.edit_appointment(FIRST, start=before.start, end=before.end)

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.NOTE]
    assert world.appointments[FIRST].status is Status.BOOKED
    assert open_fields(world) == [ConflictField.STATUS]
    assert world.plan().is_empty


def test_a_cancelled_event_that_lives_again_is_a_new_appointment():
    world = adopted()
    world.edit_appointment(FIRST, status=Status.CANCELLED)
    world.round()
    assert world.remote[ref_of(world)].status is EventStatus.CANCELLED
    edit(world, status=EventStatus.CONFIRMED, transparent=False)

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.UNLINK, Op.ADOPT]
    assert plan.pull[0].why == "a cancelled event lives again; its appointment does not"
    assert [each.status for each in world.appointments.values()] == [
        Status.CANCELLED,
        Status.BOOKED,
    ]


# Another kind of event.

ODD = {
    "all-day": {"when": AllDay(date(2031, 3, 4), date(2031, 3, 5))},
    "floating": {"when": Floating(NINE.replace(tzinfo=None), LATER.end.replace(tzinfo=None))},
    "recurring": {"recurring": True},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
@pytest.mark.parametrize("begin", [ours, adopted])
def test_an_appointment_that_becomes_another_kind_of_event_is_a_conflict(changes, begin):
    world = begin()
    shown = edit(world, **changes)
    move_here(world, LATER)

    step = the_step(world)
    world.round()

    assert (step.op, step.opens.field) == (Op.CONFLICT, ConflictField.KIND)
    assert step.why == "its event became recurring, all-day or floating"
    assert step.link.base is not None
    assert world.remote[shown.ref] == shown
    assert world.appointments[FIRST].start == LATER.start


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD)
def test_a_cancelled_appointment_lets_another_kind_of_event_go(changes):
    world = ours()
    shown = edit(world, **changes)
    world.edit_appointment(FIRST, status=Status.CANCELLED)

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.UNLINK, Op.BLOCK]
    assert world.remote[shown.ref] == shown
    assert world.records[shown.ref].kind is RemoteKind.BUSY
    assert world.plan(in_full=True).steps == ()


def test_a_conflict_gives_way_to_another_about_the_same_event():
    """One event, one open conflict: or the older one could still be resolved, against the new."""
    world = ours()
    edit(world, when=LATER)
    move_here(world, ELSEWHEN)
    world.round()
    assert open_fields(world) == [ConflictField.TIME]
    edit(world, recurring=True)

    step = the_step(world)
    world.round()

    assert (step.op, step.opens.field, step.resolution) == (
        Op.CONFLICT,
        ConflictField.KIND,
        Resolution.SUPERSEDED,
    )
    assert open_fields(world) == [ConflictField.KIND]


def test_a_conflict_about_the_kind_ends_when_the_event_is_plain_again():
    world = ours()
    edit(world, recurring=True)
    world.round()
    edit(world, recurring=False)

    (step,) = world.round().pull

    assert (step.op, step.resolution) == (Op.AGREE, Resolution.AGREED)


# A calendar that came to take time only.


def test_a_busy_calendar_lets_its_appointments_go_and_blocks_their_time():
    world = ours()
    world.scene = a_scene(mode=Mode.BUSY)
    shown = edit(world, when=LATER)

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.UNLINK, Op.BLOCK]
    assert plan.pull[0].why == "this calendar only takes time"
    assert world.appointments[FIRST].start == NINE
    assert world.remote[shown.ref] == shown


def test_what_vanishes_from_a_busy_calendar_cancels_nothing():
    world = ours()
    world.scene = a_scene(mode=Mode.BUSY)
    world.remote.clear()

    assert the_step(world).op is Op.UNLINK
    world.round()
    assert world.appointments[FIRST].status is Status.BOOKED
