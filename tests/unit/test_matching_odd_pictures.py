"""Whose event is it, when a calendar's picture contradicts itself, or what is known of it."""

from dataclasses import replace

import pytest
from laws.linked_worlds import ELSEWHERE, LATER, linked, ours, the_event
from laws.worlds import a_scene, stamped

from syncd.core.events import Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.matching import match
from syncd.core.operations import ChangeObject, Op
from syncd.core.practice import OnRemoteDelete
from syncd.core.pull import plan_pull
from syncd.core.remote import RemoteKind
from syncd.testing.builders import NINE, a_remote_record

world = pytest.fixture(ours)


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
