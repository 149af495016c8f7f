"""A creation whose answer was lost, beside something that the calendar names and does not show."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.appointment import Agreed
from syncd.core.events import Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.operations import Op
from syncd.core.plan import make_plan
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.testing.builders import HALF_HOUR, NINE, an_event

PLACE = EventRef("/patel-main/elsewhere.ics")
NAMED = Unreadable(ref=PLACE, version=Version("1"), reason="not shown", awaits=PLACE)
DAY = timedelta(days=1)
WHEN = Timed(NINE, NINE + HALF_HOUR)


@pytest.fixture
def picture():
    """An appointment whose event was perhaps created, beside something that is not shown."""
    world = World(scene=a_scene())
    world.book()
    looked = world.look()
    [pair] = looked.dirty
    wish = Agreed(start=pair.appointment.start, end=pair.appointment.end)
    asked = replace(pair, link=pair.link.intends(wish))
    return replace(looked, dirty=(asked,), seen=(NAMED,))


def creates(picture):
    return [step.op for step in make_plan(picture, limits=NO_BRAKE).push] == [Op.CREATE]


def known(picture, **facts):
    """The same once that was noted, with the `after` at which it was since the booking."""
    [pair] = picture.dirty
    since = pair.appointment.created_at + facts.pop("after", DAY)
    record = RemoteRecord(
        calendar_id=picture.scene.calendar.id,
        ref=PLACE,
        version=Version("1"),
        kind=RemoteKind.QUARANTINED,
        awaits=PLACE,
        since=since,
    )
    return replace(picture, records={PLACE: replace(record, **facts)})


def test_it_is_not_created_another_time_while_it_may_be_what_is_not_shown(picture):
    assert not creates(picture)
    assert not creates(known(picture))
    assert not creates(known(picture, since=None))


def test_what_was_named_long_before_there_was_the_appointment_is_not_its_event(picture):
    assert not creates(known(picture, after=timedelta(minutes=-59)))
    assert creates(known(picture, after=timedelta(minutes=-61)))


def test_what_was_shown_once_as_another_event_is_not_it(picture):
    assert creates(known(picture, uid=Uid("another")))


def test_what_was_never_tried_is_created_whatever_is_not_shown(picture):
    [pair] = picture.dirty

    assert creates(replace(picture, dirty=(replace(pair, link=pair.link.intends(None)),)))


@pytest.mark.parametrize("seen", [replace(NAMED, awaits=None), an_event()])
def test_what_is_shown_or_merely_odd_holds_nothing_back(picture, seen):
    assert creates(replace(picture, seen=(seen,)))


def test_an_event_of_before_is_not_taken_again_while_its_own_may_be_what_is_not_shown(picture):
    [pair] = picture.dirty
    anew = replace(pair, link=replace(pair.link.next_generation(), intended=pair.link.intended))
    before = an_event(uid=pair.link.uid, mark=pair.appointment.id, when=WHEN)
    found = {before.uid: anew}
    beside = replace(picture, seen=(before, NAMED), pairs_by_uid=found, dirty=(anew,))

    waiting = make_plan(beside, limits=NO_BRAKE)
    alone = make_plan(replace(beside, seen=(before,)), limits=NO_BRAKE)

    [step, _] = sorted(waiting.pull, key=lambda each: each.record.ref)
    assert (step.record.ref, step.record.awaits) == (before.ref, PLACE)
    assert step.intervals == (Interval(WHEN.start, WHEN.end),)
    assert [step.op for step in waiting.push] == []
    assert [each.link.ref for each in alone.pull] == [before.ref]
