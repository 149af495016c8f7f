"""Whose event is it, when events move, are copied, replaced or come back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.worlds import World, a_scene, stamped

from syncd.core.appointment import LinkState, Origin, Status
from syncd.core.events import EventStatus, Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.matching import is_ghost, match
from syncd.core.operations import AdoptEvent, ChangeLink, ChangeObject, Op
from syncd.core.practice import Mode, OnRemoteDelete
from syncd.core.pull import plan_pull
from syncd.core.remote import RemoteKind
from syncd.testing.builders import HALF_HOUR, NINE, a_remote_record, an_event, utc

ELSEWHERE = EventRef("/patel-main/elsewhere.ics")
FURTHER = EventRef("/patel-main/further.ics")
LATER = Timed(utc("2031-03-04 10:00"), utc("2031-03-04 10:30"), "Europe/Berlin")


@pytest.fixture
def world():
    """One booked appointment, written to the calendar."""
    world = World(scene=a_scene())
    world.book()
    world.round()
    return world


def the_event(world):
    ((ref, event),) = world.remote.items()
    return ref, event


def linked(plan):
    return [step for step in plan.pull if isinstance(step, ChangeLink)]


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


# The late echo of an event that we deleted.


@pytest.fixture
def deleted(world):
    """The event is gone since its appointment was cancelled; the second value is how it looked."""
    _, event = the_event(world)
    world.edit_appointment("appointment-1", status=Status.CANCELLED)
    world.round()
    assert world.remote == {}
    return world, event


def test_the_ghost_of_a_deleted_event_is_deleted_again(deleted):
    world, event = deleted
    world.show(event)

    plan = world.round()

    assert [step.op for step in plan.push] == [Op.DELETE]
    assert world.remote == {}
    assert len(world.appointments) == 1
    assert world.plan().is_empty


@pytest.mark.parametrize(
    "changes", [{"when": LATER}, {"title": "brought back"}], ids=["moved", "renamed"]
)
def test_a_deleted_event_that_comes_back_changed_is_a_new_appointment(deleted, changes):
    world, event = deleted
    world.show(replace(event, **changes))

    world.round()

    assert [each.status for each in world.appointments.values()] == [
        Status.CANCELLED,
        Status.BOOKED,
    ]
    assert len(world.remote) == 1


def test_a_creation_whose_answer_was_lost_is_known_when_its_time_is_over():
    """And the appointment was moved ahead before anybody saw whether it had been written."""
    world = World(scene=a_scene())
    world.book()
    world.push(world.plan(), loses=0)
    event = world.remote.popitem()[1]
    world.scene = replace(world.scene, now=event.when.end + timedelta(days=30))
    world.round()
    ahead = world.scene.now + timedelta(days=2)
    world.edit_appointment("appointment-1", start=ahead, end=ahead + HALF_HOUR)

    world.show(event)
    plan = world.round()

    (step,) = linked(plan)
    assert step.opens is None
    assert [each.when.start for each in world.remote.values()] == [ahead]


def test_a_creation_whose_answer_was_lost_is_known_by_what_was_intended():
    """Cancelled before anybody saw whether it had been written: then it is withdrawn once seen."""
    world = World(scene=a_scene())
    world.book()
    plan = world.plan()
    world.push(plan, loses=0)
    event = world.remote.popitem()[1]
    world.edit_appointment("appointment-1", status=Status.CANCELLED)
    world.round()
    assert world.links["appointment-1"].state is LinkState.GONE

    world.show(event)
    world.round()

    assert world.remote == {}
    assert len(world.appointments) == 1


def test_a_creation_whose_answer_was_lost_is_withdrawn_when_seen_after_the_cancellation():
    world = World(scene=a_scene())
    world.book()
    world.push(world.plan(), loses=0)
    world.edit_appointment("appointment-1", status=Status.CANCELLED)

    plan = world.round()

    assert [step.op for step in (*plan.pull, *plan.push)] == [Op.NOTE, Op.DELETE]
    assert world.remote == {}


def test_an_adopted_event_has_no_ghost(world):
    """It was never ours to delete: if it is there, it is news."""
    link = replace(world.links["appointment-1"], origin=Origin.ADOPTED)
    _, event = the_event(world)

    assert is_ghost(replace(world._pair(link), link=replace(link, origin=Origin.OURS)), event)
    assert not is_ghost(world._pair(link), event)


# Odd pictures.


@pytest.mark.parametrize("is_readable", [True, False])
def test_what_is_seen_is_not_gone_even_if_both_is_claimed(world, is_readable):
    ref, event = the_event(world)
    odd = Unreadable(ref=ref, version=Version('"odd"'), reason="too large")
    picture = replace(
        world.look(in_full=True),
        seen=(event if is_readable else odd,),
        gone=frozenset({ref}),
    )

    assert match(picture).vanished == ()
    assert len(plan_pull(picture)) == 1


def test_a_link_without_an_event_is_looked_at_once(world):
    """It is in conflict about an event that is gone, changed in the ledger, and back at once."""
    world.scene = a_scene(on_remote_delete=OnRemoteDelete.ASK)
    ref, event = the_event(world)
    del world.remote[ref]
    world.round()
    world.edit_appointment("appointment-1", start=LATER.start, end=LATER.end)
    world.show(event)

    picture = world.look()
    assert picture.reconsidered
    steps = linked(world.plan())

    assert len(steps) == 1


def test_a_uid_of_a_link_that_lives_elsewhere_is_no_lost_event(world):
    """Even if the picture names it: its event was not gone."""
    _, event = the_event(world)
    link = world.links["appointment-1"]
    copy = stamped(replace(event, ref=ELSEWHERE), 99)
    picture = replace(world.look(), seen=(copy,), pairs_by_uid={link.uid: world._pair(link)})

    assert match(picture).owners == {}


def test_of_an_event_and_what_was_written_in_its_stead_the_new_one_is_the_appointments(world):
    """It was believed to be removed, and is there after all."""
    ref, event = the_event(world)
    link = replace(world.links["appointment-1"].next_generation(), uid=Uid("the-new-one"))
    new = stamped(replace(event, uid=link.uid, ref=EventRef(f"{ref}.new")), 99)
    pair = replace(world._pair(world.links["appointment-1"]), link=link)
    picture = replace(
        world.look(),
        seen=(event, new),
        pairs={},
        pairs_by_uid={event.uid: pair, new.uid: pair},
        records={},
    )

    assert match(picture).owners == {new.ref: pair}


def test_an_ended_appointments_event_may_come_back():
    """A phone prunes what is over; another device shows it again."""
    world = World(scene=a_scene(mode=Mode.TWO_WAY))
    start = utc("2031-03-03 07:00")
    world.book(start=start, end=start + HALF_HOUR)
    world.round()
    event = world.remote.popitem()[1]
    world.round()
    assert world.links["appointment-1"].state is LinkState.GONE

    world.show(event)
    plan = world.round()

    assert plan.steps == ()
    assert world.links["appointment-1"].ref == event.ref
    assert world.links["appointment-1"].state is LinkState.IN_SYNC


def test_what_left_its_place_and_cannot_be_read_is_simply_gone(world):
    ref, _ = the_event(world)
    del world.remote[ref]
    stray = a_remote_record(ref=ELSEWHERE, kind=RemoteKind.IGNORED)
    world.records[ELSEWHERE] = stray

    plan = world.plan()

    (note,) = [step for step in plan.pull if isinstance(step, ChangeObject)]
    assert (note.op, note.ref, note.forget) == (Op.NOTE, ELSEWHERE, True)
    assert note.why == "it was removed in the calendar"
    assert linked(plan)[0].before.start == NINE


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
