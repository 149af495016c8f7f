"""What happens to an appointment's own event, and what becomes of the appointment."""

from dataclasses import replace
from datetime import date

import pytest
from laws.worlds import World, a_scene

from syncd.core.appointment import Flag, LinkState, Party, Status
from syncd.core.conflict import ConflictField, Resolution
from syncd.core.events import AllDay, EventStatus, Floating, Timed
from syncd.core.ids import ActivityId
from syncd.core.operations import Op
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind
from syncd.testing.builders import HALF_HOUR, NINE, an_event, utc
from syncd.testing.clock import MONDAY

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


def edit(world, **changes):
    return world.edit_event(ref_of(world), **changes)


def move_here(world, when):
    world.edit_appointment(FIRST, start=when.start, end=when.end)


def the_step(world):
    (step,) = world.plan().pull
    return step


def open_fields(world):
    return [each.field for each in world.conflicts if each.resolved_at is None]


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
