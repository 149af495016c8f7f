"""What each switch of the memory calendar shows at the port, beside a calendar without it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from memory_harness import MemoryHarness

from syncd.core.errors import Forbidden, Rejected
from syncd.core.events import Absent, Floating, RemoteEvent, Timed, Unreadable
from syncd.core.ids import Cursor, EventRef
from syncd.ports import ChangeSet, ConditionalWrite, KeyBurnt, Rescan, Written
from syncd.testing import CALDAV, FaultScript, MemoryCalendar, MemoryProvider, Moment, Quirks
from syncd.testing.harness import Desk
from syncd.testing.quirks import Cursors, Etag

PLAIN = Quirks()


def a_desk(quirks: Quirks) -> Desk:
    return Desk(MemoryHarness(quirks))


def refs(changes: ChangeSet | Rescan) -> set[EventRef]:
    assert isinstance(changes, ChangeSet)
    return {each.ref for each in changes.changed}


def test_a_version_of_the_content_comes_back_with_it() -> None:
    for quirks, same in ((Quirks(etag=Etag.CONTENT), True), (PLAIN, False)):
        desk = a_desk(quirks)
        before = desk.added(title="One")
        desk.calendar.rename(before.ref, "Two")
        desk.calendar.rename(before.ref, "One")

        assert (desk.event(before.ref).version == before.version) is same


def test_a_partial_version_overlooks_an_alarm_and_nothing_else() -> None:
    for quirks, same in ((Quirks(etag=Etag.PARTIAL), True), (PLAIN, False)):
        desk = a_desk(quirks)
        calendar = desk.calendar.calendar
        before = desk.added(title="One")
        content = calendar.content(before.ref)
        calendar.colleague_edits(before.ref, replace(content, alarm=timedelta(minutes=5)))
        alarmed = desk.event(before.ref)
        desk.calendar.rename(before.ref, "Two")

        assert (alarmed.version == before.version) is same
        assert alarmed.digest != before.digest
        assert desk.event(before.ref).version != alarmed.version
        assert desk.capabilities.versions_are_unique is not same


def test_a_lenient_feed_answers_a_stranger_with_all_that_lives() -> None:
    desk = a_desk(Quirks(cursors=Cursors.LENIENT))
    kept, deleted = desk.added().ref, desk.added(title="Another").ref
    desk.calendar.delete(deleted)

    answer = desk.provider.changes(Cursor("garbage"))

    assert refs(answer) == {kept}
    assert answer.gone == ()  # type: ignore[union-attr]
    assert not desk.capabilities.trusts_cursor
    assert isinstance(a_desk(PLAIN).provider.changes(Cursor("garbage")), Rescan)


def test_a_tag_says_only_that_something_changed() -> None:
    desk = a_desk(Quirks(cursors=Cursors.TAG))
    cursor = desk.cursor()

    assert desk.provider.changes(cursor) == ChangeSet(cursor=cursor)
    desk.added()
    assert isinstance(desk.provider.changes(cursor), Rescan)


def test_a_brief_life_may_leave_no_trace() -> None:
    for quirks, told in ((Quirks(forgets_brief_lives=True), False), (PLAIN, True)):
        desk = a_desk(quirks)
        old, cursor = desk.added().ref, desk.cursor()
        brief = desk.added(title="Brief").ref
        for ref in (brief, old):
            desk.calendar.delete(ref)

        gone = desk.provider.changes(cursor).gone  # type: ignore[union-attr]

        assert old in gone
        assert (brief in gone) is told


def test_an_address_may_burn() -> None:
    for quirks, kind in ((Quirks(burns_addresses=True), KeyBurnt), (PLAIN, Written)):
        desk = a_desk(quirks)
        draft = desk.draft()
        desk.calendar.delete(desk.created(draft).ref)

        assert isinstance(desk.provider.create(draft), kind)


def test_a_uid_may_be_a_neighbours() -> None:
    for quirks, kind in ((Quirks(uid_unique_in_account=True), KeyBurnt), (PLAIN, Written)):
        desk = a_desk(quirks)
        neighbour = MemoryCalendar(CALDAV, name="neighbour")
        desk.calendar.calendar.neighbours.append(neighbour)
        draft = desk.draft()
        neighbour.colleague_adds(desk.meeting(), uid=draft.uid)

        assert isinstance(desk.provider.create(draft), kind)


def test_a_rewritten_body_may_be_answered_without_a_version() -> None:
    for names in (False, True):
        desk = a_desk(Quirks(names_rewritten_versions=names, adds_properties=True))
        created = desk.provider.create(desk.draft())

        assert isinstance(created, Written)
        assert (created.version != "") is names
    exact = a_desk(Quirks(names_rewritten_versions=False))
    as_sent = exact.provider.create(exact.draft())
    assert isinstance(as_sent, Written)
    assert as_sent.version != ""


def test_between_condition_and_write_there_may_be_a_moment() -> None:
    """And whoever comes in it is overwritten: that is what such a condition is worth."""
    for atomic in (False, True):
        calendar, script = MemoryCalendar(Quirks(is_atomic=atomic)), FaultScript()
        desk = a_desk(PLAIN)
        provider = MemoryProvider(calendar, faults=script)
        draft = desk.draft()
        provider.create(draft)
        event = calendar.events()[0]
        script.at(
            "update",
            lambda ref=event.ref, c=calendar: c.colleague_renames(ref, "Theirs"),
            moment=Moment.BETWEEN,
        )

        assert isinstance(provider.update(event, replace(draft, title="Ours")), Written)
        assert provider.capabilities.conditional_write is ConditionalWrite.OBJECT
        assert len(calendar.history) == (2 if atomic else 3)
        assert calendar.events()[0].title == "Ours"


def test_a_floating_time_may_be_pinned_to_utc() -> None:
    start = a_desk(PLAIN).meeting().start
    for pins, kind in ((True, Timed), (False, Floating)):
        event = a_desk(Quirks(pins_floating=pins)).added(start=start, zone=None)

        assert isinstance(event.when, kind)


def test_emoji_may_destroy_an_event() -> None:
    for quirks, kind in ((Quirks(destroys_emoji=True), Unreadable), (PLAIN, RemoteEvent)):
        desk = a_desk(quirks)
        created = desk.provider.create(desk.draft(title="a\U0001f44d" * 60))

        assert isinstance(created, Written)
        assert isinstance(desk.provider.get_many([created.ref])[created.ref], kind)


def test_alarms_may_be_dropped_and_properties_sorted() -> None:
    for quirks, lines in (
        (Quirks(drops_alarms=True), 2),
        (Quirks(reorders=True), 3),
        (PLAIN, 3),
    ):
        desk = a_desk(quirks)
        event = desk.added(alarm=timedelta(minutes=5), properties=(("X-B", "2"), ("X-A", "1")))

        assert len(desk.calendar.foreign_lines(event.ref)) == lines
        is_sorted = event.body.index("X-A") < event.body.index("X-B")
        assert is_sorted is quirks.reorders


def test_a_full_calendar_takes_no_more() -> None:
    desk = a_desk(PLAIN)
    desk.calendar.calendar.room = 1
    event = desk.created(draft := desk.draft())

    with pytest.raises(Rejected):
        desk.provider.create(desk.draft())
    assert isinstance(desk.provider.update(event, replace(draft, title="Still")), Written)
    desk.calendar.calendar.room = None
    assert isinstance(desk.provider.create(desk.draft()), Written)


def test_a_calendar_may_be_away_for_a_while() -> None:
    desk = a_desk(PLAIN)
    ref = desk.added().ref
    desk.calendar.calendar.away_for = 2

    for ask in (desk.provider.check, desk.cursor):
        with pytest.raises(Forbidden):
            ask()
    assert desk.event(ref).ref == ref


def test_a_listing_may_end_early_and_say_so() -> None:
    desk = a_desk(Quirks(listing_cap=2))
    desk.added()
    desk.added(title="Another")
    assert desk.provider.listing(bodies=False).complete

    desk.added(title="Too many")

    cut = desk.provider.listing(bodies=False)
    assert not cut.complete
    assert len(cut.changed) == 2


def test_late_reads_show_what_was_and_then_what_is() -> None:
    """Feed, listing and single reads are late alike, and the feed loses nothing by it."""
    desk = a_desk(Quirks(lag=2))
    desk.calendar.add(desk.meeting())
    for _ in range(2):
        cursor = desk.cursor()
    ref = desk.calendar.add(desk.meeting(title="New"))

    first = desk.provider.changes(cursor)
    second = desk.provider.get_many([ref])
    third = desk.provider.listing(bodies=False)

    assert refs(first) == set()
    assert isinstance(first, ChangeSet)
    assert isinstance(second[ref], RemoteEvent)
    assert ref in refs(third)
    assert first.cursor is not None
    assert refs(desk.provider.changes(first.cursor)) == {ref}


def test_what_was_deleted_may_be_shown_for_a_while() -> None:
    desk = a_desk(Quirks(lingers=3))
    ref, cursor = desk.added().ref, desk.cursor()
    desk.calendar.delete(ref)

    assert desk.provider.changes(cursor).gone == (ref,)  # type: ignore[union-attr]
    assert isinstance(desk.provider.get_many([ref])[ref], RemoteEvent)
    desk.provider.check()
    assert isinstance(desk.provider.get_many([ref])[ref], Absent)


def test_a_listing_may_have_another_hole_each_time() -> None:
    desk = a_desk(Quirks(listing_misses=3))
    there = {desk.added(title=f"Meeting {n}").ref for n in range(6)}

    seen = [refs(desk.provider.listing(bodies=False)) for _ in range(3)]

    assert [len(each) for each in seen] == [4, 4, 4]
    assert set().union(*seen) == there
    assert not set.intersection(*seen)


def test_a_feed_may_repeat_itself_and_bury_the_living() -> None:
    for quirks, told, gone in (
        (Quirks(repeats=1), 1, 0),
        (Quirks(false_tombstones=1, repeats=1), 0, 1),
        (PLAIN, 0, 0),
    ):
        desk = a_desk(quirks)
        desk.added()

        news = desk.provider.changes(desk.cursor())

        assert isinstance(news, ChangeSet)
        assert (len(news.changed), len(news.gone)) == (told, gone)


def test_a_version_may_change_by_itself() -> None:
    desk = a_desk(Quirks(restamps_every=2))
    before, cursor = desk.added(), desk.cursor()

    desk.added(title="Another")

    after = desk.event(before.ref)
    assert after.version != before.version
    assert (after.body, after.digest) == (before.body, before.digest)
    assert before.ref in refs(desk.provider.changes(cursor))
