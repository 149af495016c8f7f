"""What is remembered of an object that cannot be understood, field by field."""

from dataclasses import replace
from datetime import timedelta

from laws.worlds import NO_BRAKE, World, a_scene

from syncd.core.appointment import LinkState
from syncd.core.events import Unreadable
from syncd.core.ids import Version
from syncd.core.operations import Op
from syncd.core.plan import make_plan
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.testing.builders import NINE, a_remote_record, an_event

REF = an_event().ref
ODD = Unreadable(ref=REF, version=Version('"odd"'), reason="too large")
AS_QUARANTINED = {
    "version": Version('"odd"'),
    "digest": "",
    "kind": RemoteKind.QUARANTINED,
    "reason": "too large",
}


def the_step(known=None):
    """What a plan says about an unreadable object of which `known` is remembered."""
    world = World(scene=a_scene())
    picture = replace(
        world.look(), seen=(ODD,), gone=frozenset(), records={} if known is None else {REF: known}
    )
    (step,) = make_plan(picture, limits=NO_BRAKE).pull
    return step


def test_an_object_that_nobody_knew_is_remembered_with_its_reason():
    step = the_step()

    assert step.record == RemoteRecord(calendar_id=a_scene().calendar.id, ref=REF, **AS_QUARANTINED)
    assert step.record.digest == ""
    assert (step.op, step.why, step.keeps_time) == (Op.QUARANTINE, "too large", False)


def test_an_object_that_took_time_is_remembered_with_all_that_was_known():
    busy = a_remote_record(
        digest="digest", ends_at=NINE + timedelta(hours=1), recurring=True, body="the whole text"
    )

    step = the_step(busy)

    assert step.record == replace(busy, **AS_QUARANTINED)
    assert (step.op, step.keeps_time) == (Op.QUARANTINE, True)


def test_of_what_was_no_matter_before_only_its_uid_is_remembered():
    ignored = a_remote_record(kind=RemoteKind.IGNORED, digest="digest", uid="colleague-1")

    step = the_step(ignored)

    assert step.record == RemoteRecord(
        calendar_id=a_scene().calendar.id, ref=REF, uid=ignored.uid, **AS_QUARANTINED
    )
    assert not step.keeps_time


def test_another_version_of_what_is_quarantined_is_no_news():
    known = a_remote_record(kind=RemoteKind.QUARANTINED, version=Version('"older"'), reason="odd")

    step = the_step(known)

    assert (step.op, step.keeps_time) == (Op.NOTE, True)
    assert step.record == replace(known, **AS_QUARANTINED)


def test_a_series_without_an_occurrence_in_sight_takes_no_time():
    world = World(scene=a_scene())
    world.show(an_event(recurring=True))

    (step,) = make_plan(replace(world.look(), expanded={}), limits=NO_BRAKE).pull

    assert step.record.kind is RemoteKind.BUSY
    assert step.intervals == ()


def test_a_linked_event_that_cannot_be_read_is_suspended_with_its_reason():
    world = World(scene=a_scene())
    world.book()
    world.round()
    (link,) = world.links.values()
    picture = world.look(in_full=True)
    item = replace(ODD, ref=link.ref)

    (step,) = make_plan(replace(picture, seen=(item,)), limits=NO_BRAKE).pull

    assert step.link_before == link
    assert step.link == replace(
        link, state=LinkState.SUSPENDED, problem="too large", version=Version('"odd"')
    )
    assert (step.op, step.why, step.event) == (Op.QUARANTINE, "too large", None)
    assert (step.before, step.appointment) == (world.appointments["appointment-1"],) * 2
    assert not step.removed_while_live
