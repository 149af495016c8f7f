"""Objects that are no appointment's event: adopted, blocking, mirrored, unreadable, gone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.events import AllDay, EventStatus, Floating, Timed, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.core.operations import AdoptEvent, Op
from syncd.core.plan import make_plan
from syncd.core.practice import Adopt, Mode
from syncd.core.remote import RemoteKind
from syncd.core.schedule import OpeningHours, ScheduleException
from syncd.core.time import Interval
from syncd.testing.builders import (
    HALF_HOUR,
    MONDAY_DATE,
    NINE,
    WORKING_WEEK,
    a_practitioner,
    a_remote_record,
    an_event,
    utc,
)

REF = an_event().ref
NIGHT = Timed(utc("2031-03-03 22:00"), utc("2031-03-03 22:30"), "Europe/Paris")
LATER = Timed(utc("2031-03-04 10:00"), utc("2031-03-04 10:30"), "Europe/Berlin")
OVER = Timed(utc("2031-03-03 06:00"), utc("2031-03-03 06:30"), "Europe/Berlin")


def a_world(*events, **calendar):
    world = World(scene=a_scene(**calendar))
    for event in events:
        world.show(event)
    return world


def the_step(world):
    (step,) = world.plan().pull
    return step


# Adopting.


def test_a_colleagues_event_becomes_an_appointment_at_its_time_and_in_its_zone():
    step = the_step(a_world(an_event(when=NIGHT)))

    assert isinstance(step, AdoptEvent)
    assert (step.op, step.ref, step.number) == (Op.ADOPT, REF, None)
    assert step.interval == Interval(NIGHT.start, NIGHT.end)
    assert step.zone == "Europe/Paris"
    assert step.outside_hours


def test_an_event_without_a_zone_is_scheduled_in_the_practitioners():
    step = the_step(a_world(an_event(when=Timed(NINE, NINE + HALF_HOUR))))

    assert (step.zone, step.outside_hours) == ("Europe/Berlin", False)


@pytest.mark.parametrize(
    ("hours", "outside"),
    [
        (OpeningHours(), False),
        (WORKING_WEEK, False),
        (
            replace(WORKING_WEEK, exceptions=(ScheduleException(day=MONDAY_DATE),)),
            True,
        ),
    ],
)
def test_where_no_hours_were_given_nothing_is_outside_them(hours, outside):
    world = World(scene=a_scene(practitioner=a_practitioner(hours=hours)))
    world.show(an_event())

    assert the_step(world).outside_hours is outside


# Blocking.


def test_what_is_not_adopted_takes_its_time():
    world = a_world(an_event(), adopt=Adopt.NONE)

    step = the_step(world)

    assert (step.op, step.intervals) == (Op.BLOCK, (Interval(NINE, NINE + HALF_HOUR),))
    assert (step.record.kind, step.record.ends_at) == (RemoteKind.BUSY, NINE + HALF_HOUR)
    assert step.record.body is None
    assert (step.ref, step.number) == (REF, None)


def test_a_recurring_event_takes_its_expanded_time_and_is_kept_whole():
    world = a_world(an_event(recurring=True, body="BEGIN:VEVENT"))
    times = (Interval(NINE, NINE + HALF_HOUR), Interval(LATER.start, LATER.end))
    picture = replace(world.look(), expanded={REF: times})

    (step,) = make_plan(picture, limits=NO_BRAKE).pull

    assert (step.op, step.intervals) == (Op.BLOCK, times)
    assert (step.record.body, step.record.ends_at) == ("BEGIN:VEVENT", None)
    assert step.record.recurring


@pytest.mark.parametrize(
    "when",
    [
        AllDay(MONDAY_DATE, MONDAY_DATE + timedelta(days=1)),
        Floating(NINE.replace(tzinfo=None), LATER.end.replace(tzinfo=None)),
    ],
)
def test_all_day_and_floating_events_block_as_the_practitioner_sees_them(when):
    step = the_step(a_world(an_event(when=when)))

    assert step.op is Op.BLOCK
    assert step.intervals[0].start.astimezone(world_zone()).replace(tzinfo=None) in (
        NINE.replace(tzinfo=None),
        NINE.replace(tzinfo=None, hour=0),
    )


def world_zone():
    return a_scene().zone


def test_a_block_that_moves_is_told_and_one_that_is_merely_seen_again_is_not():
    world = a_world(an_event(), mode=Mode.BUSY)
    world.round()
    again = world.plan(in_full=True)
    world.edit_event(REF, when=LATER)

    moved = the_step(world)

    assert [step.op for step in again.pull] == [Op.NOTE]
    assert (moved.op, moved.intervals) == (Op.BLOCK, (Interval(LATER.start, LATER.end),))


def test_an_object_whose_digest_is_not_known_may_have_changed():
    world = a_world(an_event(), mode=Mode.BUSY)
    world.round()
    blank = replace(world.remote[REF], digest="", version=Version('"9"'))
    world.records[REF] = replace(world.records[REF], digest="")
    picture = replace(world.look(), seen=(blank,))

    (step,) = make_plan(picture, limits=NO_BRAKE).pull

    assert step.op is Op.BLOCK


def test_a_block_that_is_over_is_no_news_but_one_that_moves_into_the_past_is():
    over = a_world(an_event(when=OVER), mode=Mode.BUSY)
    moving = a_world(an_event(), mode=Mode.BUSY)
    moving.round()
    moving.edit_event(REF, when=OVER)

    assert the_step(over).op is Op.NOTE
    assert the_step(moving).op is Op.BLOCK


@pytest.mark.parametrize("changes", [{"transparent": True}, {"status": EventStatus.CANCELLED}])
def test_time_that_is_given_free_is_free(changes):
    world = a_world(an_event(), mode=Mode.BUSY)
    world.round()
    world.edit_event(REF, **changes)

    step = the_step(world)
    world.round()

    assert (step.op, step.intervals, step.forget) == (Op.UNBLOCK, (), False)
    assert not step.removed_while_live
    assert world.records[REF].kind is RemoteKind.IGNORED
    assert world.blocks[REF] == ()


def test_free_time_is_no_news():
    assert the_step(a_world(an_event(transparent=True))).op is Op.NOTE


# Going away.


@pytest.mark.parametrize(
    ("when", "op", "counts"), [(LATER, Op.UNBLOCK, True), (OVER, Op.NOTE, False)]
)
def test_a_block_that_is_gone_frees_its_time_and_counts_if_it_was_still_to_come(when, op, counts):
    world = a_world(an_event(when=when), mode=Mode.BUSY)
    world.round()
    del world.remote[REF]

    step = the_step(world)
    world.round()

    assert (step.op, step.forget, step.removed_while_live) == (op, True, counts)
    assert REF not in world.records
    assert REF not in world.blocks


def test_an_endless_block_that_is_gone_counts():
    world = a_world(an_event(recurring=True), mode=Mode.BUSY)
    world.round()
    del world.remote[REF]

    assert the_step(world).removed_while_live


@pytest.mark.parametrize(
    "kind", [RemoteKind.IGNORED, RemoteKind.MIRROR, RemoteKind.QUARANTINED, RemoteKind.LINKED]
)
def test_what_took_no_time_goes_without_a_word(kind):
    world = a_world()
    world.records[REF] = a_remote_record(ref=REF, kind=kind)

    step = the_step(world)

    assert (step.op, step.forget, step.removed_while_live) == (Op.NOTE, True, False)


def test_what_was_never_known_cannot_go():
    picture = replace(a_world().look(), gone=frozenset({REF}))

    assert make_plan(picture, limits=NO_BRAKE).pull == ()


# Mirrors.


def mirrored(world, start=NINE):
    world.mirrored[Uid("colleague-1")] = Interval(start, start + HALF_HOUR)
    return world


def test_an_appointment_of_another_calendar_is_only_shown():
    world = mirrored(a_world(an_event()))

    step = the_step(world)

    assert (step.op, step.record.kind) == (Op.NOTE, RemoteKind.MIRROR)


def test_a_mirror_that_differs_takes_time_until_it_agrees():
    """It may have moved before its original was seen to move; it is never a second appointment."""
    world = mirrored(a_world(an_event()), start=LATER.start)
    assert the_step(world).op is Op.BLOCK
    world.round()

    mirrored(world, start=NINE)
    step = world.plan(in_full=True).pull[0]

    assert (step.op, step.record.kind) == (Op.UNBLOCK, RemoteKind.MIRROR)


def test_what_shows_an_appointment_that_is_over_takes_time_and_brings_nothing_back():
    world = a_world(an_event())
    world.mirrored[Uid("colleague-1")] = None

    step = the_step(world)

    assert (step.op, step.record.kind) == (Op.BLOCK, RemoteKind.BUSY)


def test_a_recurring_event_is_nobodys_mirror():
    assert the_step(mirrored(a_world(an_event(recurring=True)))).record.kind is RemoteKind.BUSY


# What cannot be read.


def unread(world, reason="an RRULE bomb"):
    item = Unreadable(ref=REF, version=Version('"odd"'), reason=reason)
    return replace(world.look(), seen=(item,), gone=frozenset(), records=dict(world.records))


def test_an_unreadable_object_is_set_aside_with_its_reason():
    (step,) = make_plan(unread(a_world()), limits=NO_BRAKE).pull

    assert (step.op, step.why) == (Op.QUARANTINE, "an RRULE bomb")
    assert (step.record.kind, step.record.reason) == (RemoteKind.QUARANTINED, "an RRULE bomb")
    assert (step.record.version, step.keeps_time) == ('"odd"', False)


def test_what_can_no_longer_be_read_goes_on_taking_its_time():
    """Fail closed: the last time that was understood stays taken."""
    world = a_world(an_event(), mode=Mode.BUSY)
    world.round()
    taken = world.blocks[REF]

    for _ in range(2):
        plan = make_plan(unread(world), limits=NO_BRAKE)
        world.pull(plan)

    assert world.blocks[REF] == taken
    assert world.records[REF].ends_at == NINE + HALF_HOUR
    assert plan.is_empty


def test_what_can_be_read_again_is_what_it_is():
    world = a_world(an_event(), mode=Mode.BUSY)
    world.round()
    world.pull(make_plan(unread(world), limits=NO_BRAKE))
    world.edit_event(REF, when=LATER)

    plan = world.round()

    assert [step.op for step in plan.pull] == [Op.BLOCK]
    assert world.blocks[REF] == (Interval(LATER.start, LATER.end),)


def test_one_bad_event_does_not_stop_the_others():
    other = EventRef("/patel-main/other.ics")
    world = a_world(an_event(ref=other, uid=Uid("other")))
    picture = unread(world)
    picture = replace(picture, seen=(*picture.seen, world.remote[other]))

    steps = make_plan(picture, limits=NO_BRAKE).pull

    assert [step.op for step in steps] == [Op.QUARANTINE, Op.ADOPT]


# A calendar that is written to only.


def test_a_publish_calendar_ignores_what_others_write():
    step = the_step(a_world(an_event(), mode=Mode.PUBLISH))

    assert (step.op, step.record.kind) == (Op.NOTE, RemoteKind.IGNORED)
