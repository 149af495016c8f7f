"""Whose event is it, when events move, are copied, or take each other's places."""

from dataclasses import replace

import pytest
from laws.linked_worlds import ELSEWHERE, FURTHER, LATER, linked, ours, the_event

from syncd.core.ids import EventRef, Uid
from syncd.core.operations import AdoptEvent, ChangeLink, Op
from syncd.core.remote import RemoteKind
from syncd.testing.builders import an_event

world = pytest.fixture(ours)


def test_an_event_at_another_address_is_still_the_same_one(world):
    ref, event = the_event(world)
    del world.remote[ref]
    world.show(replace(event, ref=ELSEWHERE))

    plan = world.round()

    (step,) = linked(plan)
    assert (step.op, step.link.ref, step.link_before.ref) == (Op.NOTE, ELSEWHERE, ref)
    assert plan.steps == ()
    assert set(world.records) == {ELSEWHERE}
    assert world.plan(in_full=True).steps == ()


def test_an_event_that_moved_in_space_and_time_moves_its_appointment(world):
    ref, event = the_event(world)
    del world.remote[ref]
    world.show(replace(event, ref=ELSEWHERE, when=LATER))

    (step,) = linked(world.round())

    assert step.op is Op.MOVE
    assert step.appointment.start == LATER.start


def test_a_copy_of_an_event_that_lives_is_foreign(world):
    """Also when it carries our mark: it becomes an appointment of its own."""
    ref, event = the_event(world)
    world.show(replace(event, ref=ELSEWHERE, when=LATER))

    plan = world.round()

    (step,) = plan.pull
    assert isinstance(step, AdoptEvent)
    assert [link.ref for link in world.links.values()] == [ref, ELSEWHERE]


def test_of_two_copies_of_a_lost_event_one_is_the_event(world):
    ref, event = the_event(world)
    del world.remote[ref]
    world.show(replace(event, ref=ELSEWHERE))
    world.show(replace(event, ref=FURTHER))

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.NOTE, Op.ADOPT, Op.NOTE]
    assert len(linked(plan)) == 1
    assert world.links["appointment-1"].ref == ELSEWHERE


def test_of_an_event_and_its_copy_the_one_at_its_own_address_is_the_event(world):
    """As when the answer to its creation was lost, and somebody copied it before we looked."""
    ref, event = the_event(world)
    copy = EventRef("/patel-main/0-copy.ics")
    assert copy < ref
    world.show(replace(event, ref=copy))
    (lost,) = world.links.values()
    world.links[lost.appointment_id] = replace(lost, ref=None, intended=lost.base)
    world.records.clear()

    plan = world.round()

    assert len(linked(plan)) == 1
    assert world.links["appointment-1"].ref == ref


def test_what_was_known_as_foreign_is_no_lost_event(world):
    """A copy that only takes time stays what it was when the original goes."""
    ref, event = the_event(world)
    world.show(replace(event, ref=ELSEWHERE, recurring=True))
    world.round()
    del world.remote[ref]
    world.edit_event(ELSEWHERE, title="once more")

    plan = world.round()

    (step,) = linked(plan)
    assert step.op is Op.CANCEL
    assert world.records[ELSEWHERE].kind is RemoteKind.BUSY


def test_another_event_in_the_place_of_a_linked_one_is_not_it(world):
    """Or a stranger's event would move the appointment, and be deleted with it."""
    ref, _ = the_event(world)
    world.show(an_event(ref=ref, uid=Uid("strangers"), when=LATER))

    plan = world.round()

    (step,) = linked(plan)
    assert step.op is Op.CANCEL
    assert step.removed_while_live
    assert [type(each) for each in plan.pull] == [ChangeLink, AdoptEvent]
    assert world.remote[ref].title == "Team meeting"


def test_an_event_under_another_uid_that_carries_our_mark_is_ours(world):
    ref, event = the_event(world)
    world.show(replace(event, uid=Uid("rewritten-by-the-server"), when=LATER))

    (step,) = linked(world.round())

    assert (step.op, step.link.ref) == (Op.MOVE, ref)


def test_an_event_that_takes_anothers_place_keeps_its_appointment(world):
    """The other one is gone then."""
    world.book(start=LATER.start, end=LATER.end)
    world.round()
    first, second = (world.links[f"appointment-{number}"].ref for number in (1, 2))
    moved = world.remote.pop(first)
    world.show(replace(moved, ref=second))

    plan = world.round()

    assert [(step.number[-1], step.op) for step in linked(plan)] == [
        ("2", Op.CANCEL),
        ("1", Op.NOTE),
    ]
    assert world.links["appointment-1"].ref == second


@pytest.mark.parametrize("moves_to", [EventRef("/a.ics"), EventRef("/z.ics")])
def test_two_events_may_move_up_in_one_round(world, moves_to):
    """The first link may have to vanish, when the place it leaves is taken before it moved."""
    world.book(start=LATER.start, end=LATER.end)
    world.round()
    first, second = (world.links[f"appointment-{number}"].ref for number in (1, 2))
    one, other = world.remote.pop(first), world.remote.pop(second)
    world.show(replace(one, ref=second))
    world.show(replace(other, ref=moves_to))

    plan = world.round()

    kept = moves_to < second
    assert world.links["appointment-1"].ref == second
    assert (world.links["appointment-2"].ref == moves_to) is kept
    assert len(linked(plan)) == 2


def test_events_that_trade_places_break_nothing(world):
    world.book(start=LATER.start, end=LATER.end)
    world.round()
    first, second = (world.links[f"appointment-{number}"].ref for number in (1, 2))
    one, other = world.remote[first], world.remote[second]
    world.show(replace(one, ref=second))
    world.show(replace(other, ref=first))

    plan = world.round()

    refs = [step.link.ref for step in linked(plan) if step.link.ref is not None]
    assert len(refs) == len(set(refs))
    assert {event.uid for event in world.remote.values()} == {one.uid, other.uid}
