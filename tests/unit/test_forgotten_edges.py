"""Forgotten events: identities that are not ours, and what a plan says about those that are."""

from dataclasses import replace

import pytest
from laws.world_state import NO_BRAKE, a_scene

from syncd.core.brake import BrakeLimits
from syncd.core.forgotten import forgotten_events
from syncd.core.ids import AppointmentId, EventRef, remote_uid
from syncd.core.operations import Op
from syncd.core.plan import make_plan
from syncd.core.scene import Picture
from syncd.testing.builders import MONDAY_DATE, a_calendar, a_remote_record, an_event

LOST = AppointmentId("lost")


@pytest.mark.parametrize("generation", [0, 17])
def test_an_identity_before_the_first_or_after_the_last_is_not_ours(generation):
    event = an_event(mark=LOST, uid=remote_uid(LOST, a_calendar().id, generation))
    picture = Picture(scene=a_scene(), seen=(event,), unheard=frozenset({LOST}))
    first = replace(event, uid=remote_uid(LOST, a_calendar().id, 1))

    assert forgotten_events(picture) == []
    assert forgotten_events(replace(picture, seen=(first,))) == [first]


def forgotten(count, **given):
    """A picture with so many events of appointments that the ledger has never had."""
    marks = [AppointmentId(f"lost-{each}") for each in range(count)]
    events = tuple(
        an_event(
            ref=EventRef(f"/patel-main/{mark}.ics"),
            mark=mark,
            uid=remote_uid(mark, a_calendar().id, 1),
            title=f"Busy · AID-20310303-{number:04}",
        )
        for number, mark in enumerate(marks, start=7)
    )
    return Picture(scene=a_scene(), seen=events, unheard=frozenset(marks), **given)


HELD = (
    "of appointments that this ledger does not know, as after an older backup was restored; once "
    "released, they count as entered by somebody else"
)


@pytest.mark.parametrize(("count", "said"), [(1, "1 event is"), (2, "2 events are")])
def test_a_held_plan_says_how_many_it_does_not_know_and_which_numbers_they_show(count, said):
    plan = make_plan(forgotten(count), limits=NO_BRAKE)

    assert plan.refused == f"{said} {HELD}"
    assert plan.shown == {MONDAY_DATE: 6 + count}


def test_a_released_plan_still_says_which_numbers_are_shown():
    plan = make_plan(forgotten(2), limits=NO_BRAKE, released=True)

    assert plan.refused is None
    assert plan.shown == {MONDAY_DATE: 8}
    assert [step.op for step in plan.pull] == [Op.ADOPT] * 2


def test_both_reasons_to_hold_a_calendar_are_told():
    gone = EventRef("/patel-main/gone.ics")
    picture = forgotten(1, gone=frozenset({gone}), records={gone: a_remote_record(ref=gone)})

    plan = make_plan(replace(picture, live=4), limits=BrakeLimits(count=0, ratio=0.0))

    why = "1 of 4 events are gone at once; at most 0 pass by themselves"
    assert sorted(plan.refused.split("; ")) == sorted(f"1 event is {HELD}; {why}".split("; "))
