"""A plan for a ledger that lost part of its past: held whole, whatever else it would do."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.operations import AdoptEvent
from syncd.core.plan import make_plan
from syncd.testing.builders import NINE

HOUR = timedelta(hours=1)
fates = st.lists(st.sampled_from(["kept", "forgotten", "dirty"]), max_size=6)


def a_restored_world(given_fates):
    """A calendar with all their events, and a ledger that has forgotten some of them; its picture,
    and the refs of those."""
    world = World(scene=a_scene())
    made = [world.book(start=NINE + n * HOUR, end=NINE + (n + 1) * HOUR) for n in range(6)]
    world.settle()
    lost, forgotten = set(), set()
    for appointment, fate in zip(made, given_fates, strict=False):
        if fate == "dirty":
            world.edit_appointment(appointment.id, start=appointment.start + HOUR / 4)
        elif fate == "forgotten":
            lost.add(appointment.id)
            forgotten.add(world.links[appointment.id].ref)
    links = {key: link for key, link in world.links.items() if key not in lost}
    records = {ref: each for ref, each in world.records.items() if ref not in forgotten}
    picture = replace(world, links=links, records=records).look()
    return replace(picture, unheard=frozenset(lost)), forgotten


@given(fates)
def test_one_forgotten_event_holds_the_whole_round(given_fates):
    picture, forgotten = a_restored_world(given_fates)

    plan = make_plan(picture, limits=NO_BRAKE)

    assert (plan.refused is not None) is bool(forgotten)
    assert not forgotten or (plan.pull, plan.push) == ((), ())
    assert bool(plan.shown) is bool(forgotten)


@given(fates)
def test_a_release_adopts_each_of_them_once_and_removes_none(given_fates):
    picture, forgotten = a_restored_world(given_fates)

    plan = make_plan(picture, limits=NO_BRAKE, released=True)

    assert plan.refused is None
    assert sorted(step.ref for step in plan.pull if isinstance(step, AdoptEvent)) == sorted(
        forgotten
    )
    assert not {step.ref for step in plan.push} & forgotten


@given(fates)
def test_what_is_shown_is_beyond_every_number_of_theirs(given_fates):
    picture, forgotten = a_restored_world(given_fates)
    titles = [event.title for event in picture.seen if event.ref in forgotten]

    shown = make_plan(picture, limits=NO_BRAKE).shown

    for title in titles:
        number = title.rpartition(" · ")[2]
        [last] = [last for day, last in shown.items() if f"-{day:%Y%m%d}-" in number]
        assert int(number.rpartition("-")[2]) <= last
