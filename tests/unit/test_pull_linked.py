"""What happens to an appointment when its own event is moved, renamed, or seen again."""

from dataclasses import replace

import pytest
from laws.linked_worlds import (
    ELSEWHEN,
    FIRST,
    LATER,
    NIGHT,
    adopted,
    edit,
    move_here,
    open_fields,
    ours,
    ref_of,
    the_step,
)

from syncd.core.appointment import Flag, LinkState, Status
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.events import EventStatus, Timed
from syncd.core.ids import ActivityId
from syncd.core.operations import Op
from syncd.core.practice import Mode
from syncd.testing.builders import NINE, utc

# Time.


def test_a_colleague_moves_an_appointment():
    world = ours()
    edit(world, when=LATER)

    step = the_step(world)

    assert (step.op, step.why) == (Op.MOVE, "moved in patel-main")
    assert (step.appointment.start, step.appointment.end) == (LATER.start, LATER.end)
    assert step.appointment.version == 2
    assert (step.link.state, step.link.pushed_version) == (LinkState.IN_SYNC, 2)
    assert world.plan().push == ()


def test_hours_are_checked_and_shown_but_refuse_nothing_upstream():
    world = ours()
    edit(world, when=NIGHT)

    outside = the_step(world).appointment
    world.round()
    edit(world, when=LATER)
    inside = the_step(world).appointment

    assert outside.flags == {Flag.OUTSIDE_HOURS}
    assert inside.flags == frozenset()


def test_an_adopted_event_keeps_its_own_zone_and_ours_the_practitioners():
    theirs, our = adopted(), ours()
    for world in (theirs, our):
        edit(world, when=NIGHT)

    assert the_step(theirs).appointment.timezone == "Europe/Paris"
    assert the_step(our).appointment.timezone == "Europe/Berlin"


def test_moved_into_the_past_is_moved():
    world = ours()
    past = Timed(utc("2031-03-01 10:00"), utc("2031-03-01 10:30"))
    edit(world, when=past)

    assert the_step(world).op is Op.MOVE


def test_a_double_move_is_a_conflict_that_keeps_both_and_moves_nothing():
    world = ours()
    edit(world, when=LATER)
    move_here(world, ELSEWHEN)

    step = the_step(world)
    world.round()

    assert (step.op, step.why) == (Op.CONFLICT, "moved in the ledger and in patel-main")
    assert (step.opens.field, step.opens.resolution) == (ConflictField.TIME, None)
    assert step.opens.event.when == LATER
    assert world.appointments[FIRST].start == ELSEWHEN.start
    assert world.remote[ref_of(world)].when == LATER
    assert world.links[FIRST].state is LinkState.CONFLICT
    assert world.plan().is_empty


def test_a_conflict_is_told_again_when_the_calendar_changes_again():
    world = ours()
    edit(world, when=LATER)
    move_here(world, ELSEWHEN)
    world.round()
    edit(world, when=NIGHT)

    assert the_step(world).op is Op.CONFLICT
    world.round()
    assert open_fields(world) == [ConflictField.TIME]


@pytest.mark.parametrize("who", ["the colleague", "the practice"])
def test_a_conflict_ends_by_itself_when_one_side_gives_way(who):
    world = ours()
    edit(world, when=LATER)
    move_here(world, ELSEWHEN)
    world.round()

    if who == "the colleague":
        edit(world, when=ELSEWHEN)
    else:
        move_here(world, LATER)
    plan = world.round()

    (step,) = plan.pull
    assert (step.op, step.resolution) == (Op.AGREE, Resolution.AGREED)
    assert step.why == "ledger and calendar agree again"
    assert [each.field for each in step.closes] == [ConflictField.TIME]
    assert open_fields(world) == []
    assert world.links[FIRST].state is LinkState.IN_SYNC


def test_a_conflict_ends_in_the_ledgers_favour_when_the_appointment_is_cancelled():
    world = ours()
    edit(world, when=LATER)
    move_here(world, ELSEWHEN)
    world.round()
    world.edit_appointment(FIRST, status=Status.CANCELLED)

    plan = world.round()

    (step,) = plan.pull
    assert (step.op, step.resolution, step.why) == (
        Op.AGREE,
        Resolution.LEDGER,
        "the appointment is cancelled",
    )
    assert world.remote == {}


@pytest.mark.parametrize("status", [Status.ARRIVED, Status.FULFILLED, Status.NOSHOW])
def test_what_is_under_way_or_past_is_not_moved_by_a_calendar(status):
    world = ours()
    world.edit_appointment(FIRST, status=status)
    world.round()
    edit(world, when=LATER)

    assert the_step(world).op is Op.CONFLICT


def test_a_publish_calendar_is_put_right_and_the_colleagues_time_is_kept():
    world = ours(mode=Mode.PUBLISH)
    edit(world, when=LATER)

    plan = world.round()

    (step,) = plan.pull
    assert (step.op, step.opens.field, step.opens.resolution) == (
        Op.NOTE,
        ConflictField.TIME,
        Resolution.LEDGER,
    )
    assert step.opens.event.when == LATER
    assert [each.op for each in plan.push] == [Op.UPDATE]
    assert world.remote[ref_of(world)].when.start == NINE


def test_a_remote_tentative_changes_nothing():
    world = ours()
    edit(world, status=EventStatus.TENTATIVE)

    assert world.round().steps == ()
    assert world.appointments[FIRST].version == 1


# Titles.


def test_a_colleague_renames_an_adopted_event():
    world = adopted()
    edit(world, title="Board meeting")

    step = the_step(world)

    assert (step.op, step.why) == (Op.RETITLE, "renamed in patel-main")
    assert step.appointment.title == "Board meeting"
    assert step.appointment.version == 2


def test_renamed_and_moved_is_one_change():
    world = adopted()
    edit(world, title="Board meeting", when=LATER)

    step = the_step(world)

    assert (step.op, step.appointment.version) == (Op.MOVE, 2)
    assert (step.appointment.title, step.appointment.start) == ("Board meeting", LATER.start)


def test_renamed_here_and_moved_there_both_survive():
    world = adopted()
    edit(world, title="Board meeting")
    move_here(world, LATER)

    world.round()

    assert world.appointments[FIRST].title == "Board meeting"
    assert world.remote[ref_of(world)].title == "Board meeting"
    assert world.remote[ref_of(world)].when.start == LATER.start


def test_a_title_that_the_ledger_overrules_is_kept():
    world = ours(mode=Mode.PUBLISH)
    edit(world, title="Ask about the knee")

    (step,) = world.round().pull

    assert (step.opens.field, step.opens.event.title) == (
        ConflictField.TITLE,
        "Ask about the knee",
    )
    assert world.remote[ref_of(world)].title == "Busy"


@pytest.mark.parametrize("shown", ["Ask about the knee", None])
def test_a_title_that_the_ledger_asks_for_is_written_whatever_the_calendar_showed(shown):
    """A new title is asked for in the very round in which a colleague changed something."""
    world = ours()
    if shown:
        edit(world, title=shown)
    else:
        edit(world, transparent=True)
    world.edit_appointment(FIRST, activity_id=ActivityId("first"))

    (step,) = world.round().pull

    assert world.remote[ref_of(world)].title == "First visit · J. D. · AID-20310303-0001"
    assert (step.opens.event.title if step.opens else None) == shown
    assert world.plan().is_empty


# Answers that were lost, and echoes.


def test_our_own_echo_is_no_news():
    world = ours()

    plan = world.plan(in_full=True)

    assert plan.steps == ()
    assert plan.push == ()


def test_an_update_whose_answer_was_lost_is_no_conflict_when_the_ledger_moved_on():
    world = ours()
    move_here(world, LATER)
    world.push(world.plan(), loses=0)
    move_here(world, ELSEWHEN)

    plan = world.round()

    (step,) = plan.pull
    assert (step.op, step.opens) == (Op.NOTE, None)
    assert step.link_before.base.start == LATER.start
    assert world.remote[ref_of(world)].when.start == ELSEWHEN.start


def test_a_colleagues_edit_after_a_lost_answer_is_a_conflict_that_loses_nothing():
    world = ours()
    move_here(world, LATER)
    world.push(world.plan(), loses=0)
    edit(world, when=ELSEWHEN)

    assert the_step(world).op is Op.CONFLICT


def test_an_event_that_can_be_read_again_goes_on_where_it_was():
    world = ours()
    link = world.links[FIRST]
    world.links[FIRST] = replace(link, state=LinkState.SUSPENDED, problem="too large")
    edit(world, when=LATER)

    step = the_step(world)

    assert (step.op, step.link.state, step.link.problem) == (
        Op.MOVE,
        LinkState.IN_SYNC,
        None,
    )


def test_a_new_title_that_is_taken_is_not_kept_as_overruled_as_well():
    """An adopted event was cancelled, a person let its appointment stand, and it was renamed."""
    world = adopted()
    link = world.links[FIRST]
    world.links[FIRST] = replace(link, base=replace(link.base, cancelled=True))
    edit(world, status=EventStatus.CANCELLED, title="Ask about the knee")

    step = the_step(world)

    assert step.op is Op.RETITLE
    assert step.appointment.title == "Ask about the knee"
    assert step.opens is None
