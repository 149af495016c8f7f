"""A drawn picture made into a world, so that its plan can be carried out and the world looked at
again: then there is nothing left to do, and nothing to say."""

from dataclasses import replace

from laws.plan_steps import Case
from laws.worlds import World

from syncd.core.events import RemoteEvent, Timed
from syncd.core.operations import ChangeLink, Op
from syncd.core.scene import Picture
from syncd.testing.builders import an_event


def a_second_look_finds_nothing_new(case: Case) -> None:
    """One more round may end what the first began, as after a restore; the third has no business.
    On the way, each write replaces just what it may (`Destroyed` otherwise)."""
    if case.plan.refused is not None or len(case.events) < len(case.picture.seen):
        return
    world = a_world(case.picture)
    world.pull(case.plan)
    world.push(case.plan)
    world.round(in_full=True)

    again = world.plan(in_full=True)

    assert again.push == ()
    for step in again.pull:
        assert step.op is Op.NOTE, "the same world, and still something to do"
        if isinstance(step, ChangeLink):
            assert (step.link, step.appointment) == (step.link_before, step.before)
            assert step.opens is None
            assert not step.closes


def a_world(picture: Picture) -> World:
    """Where a look would see this picture."""
    world = World(scene=picture.scene, records=dict(picture.records))
    world.mirrored = dict(picture.mirrored)
    everybody = (
        *picture.pairs.values(),
        *picture.pairs_by_uid.values(),
        *picture.reconsidered,
        *picture.dirty,
    )
    for pair in {each.appointment.id: each for each in everybody}.values():
        link = pair.link
        world.link(pair.appointment, link)
        world.conflicts += pair.conflicts
        if link.ref is not None and link.ref not in picture.pairs:
            world.remote[link.ref] = _unseen(pair)
            world._remember(world.remote[link.ref], pair.appointment)
    for event in picture.seen:
        assert isinstance(event, RemoteEvent)
        world.remote[event.ref] = event
    return world


def _unseen(pair) -> RemoteEvent:
    """The event that nobody looked at, since it is as it was."""
    link, base = pair.link, pair.link.base
    shown = base or pair.appointment
    event = an_event(
        ref=link.ref,
        uid=link.uid,
        when=Timed(shown.start, shown.end, "Europe/Berlin"),
        title=shown.title or "",
    )
    return replace(event, version=link.version, digest=link.digest)
