"""A link under a fresh identity, field by field: nothing of the burnt one stays. And what it
intends."""

from dataclasses import replace

import pytest

from syncd.core.appointment import Link, LinkState, Origin
from syncd.core.ids import EventRef, Uid, Version, remote_uid
from syncd.core.pull_linked import relinked
from syncd.core.scene import Pair
from syncd.testing.builders import a_link, an_agreed, an_appointment, an_event


def test_the_next_generation_keeps_only_whose_it_is():
    spent = a_link(
        uid=Uid("colleague-1"),
        origin=Origin.ADOPTED,
        generation=4,
        ref=EventRef("/patel-main/colleague-1.ics"),
        version=Version('"7"'),
        digest="digest",
        base=an_agreed(),
        state=LinkState.GONE,
        pushed_version=3,
        intended=an_agreed(),
        unanswered=(an_agreed(title="before"),),
        attempts=2,
        problem="refused",
    )

    fresh = spent.next_generation()

    assert fresh == Link(
        appointment_id=spent.appointment_id,
        calendar_id=spent.calendar_id,
        uid=remote_uid(spent.appointment_id, spent.calendar_id, 5),
        origin=Origin.OURS,
        generation=5,
        ref=None,
        version=Version(""),
        digest="",
        base=None,
        state=LinkState.PENDING_WRITE,
        pushed_version=0,
        intended=None,
        attempts=0,
        problem=None,
    )
    assert fresh.version == ""


def test_what_was_intended_before_is_remembered_until_an_answer_comes():
    first, second, third = (an_agreed(title=each) for each in ("first", "second", "third"))

    link = a_link().intends(first).intends(second).intends(second).intends(third)

    assert link.wishes == (third, second, first)
    assert link.intends(None).wishes == replace(link, intended=None).wishes == ()
    assert link.intends(first).wishes == (first, third, second)


def test_only_the_newest_of_many_unanswered_writes_are_remembered():
    link = a_link()
    for count in range(20):
        link = link.intends(an_agreed(title=f"wish-{count}"))

    assert [each.title for each in link.wishes] == [f"wish-{19 - back}" for back in range(6)]


def test_each_appointment_calendar_and_generation_has_an_identity_of_its_own():
    one = a_link().next_generation()
    other_calendar = replace(a_link(), calendar_id="meyer").next_generation()
    other_appointment = replace(a_link(), appointment_id="appointment-2").next_generation()
    next_one = one.next_generation()

    assert len({one.uid, other_calendar.uid, other_appointment.uid, next_one.uid}) == 4


@pytest.mark.parametrize("state", LinkState)
def test_a_link_that_found_its_event_again_points_at_it_and_lives(state):
    event = an_event(ref=EventRef("/patel-main/moved.ics"), uid=Uid("another"))
    pair = Pair(link=a_link(state=state, attempts=2), appointment=an_appointment())

    found = relinked(pair, event)

    lives = LinkState.PENDING_WRITE if state is LinkState.GONE else state
    assert found == replace(
        pair, link=replace(pair.link, ref=event.ref, uid=event.uid, state=lives)
    )
