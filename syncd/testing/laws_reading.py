"""Laws of reading: nothing is missed, nothing is taken for deleted, nothing hides anything else."""

from __future__ import annotations

import pytest

from syncd.core.errors import Forbidden
from syncd.core.events import Absent, EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.ports import ChangeSet, Rescan
from syncd.testing.harness import HALF_HOUR, Desk

GARBAGE = ("garbage", "urn:uuid:0", "http://sabre.io/ns/sync/999999999", "-1", "' OR 1=1", "ü")


class ReadingLaws:
    """What `check`, `listing`, `changes`, `get_many`, `read` and `losses` promise."""

    def test_check_passes_on_a_calendar(self, desk: Desk) -> None:
        desk.provider.check()

    def test_a_missing_calendar_is_forbidden_and_never_empty(self, desk: Desk) -> None:
        """An empty answer would be read as "everything was deleted"."""
        missing = desk.calendar.open_missing()

        with pytest.raises(Forbidden):
            missing.check()
        with pytest.raises(Forbidden):
            missing.listing(bodies=True)
        with pytest.raises(Forbidden):
            missing.create(desk.draft())

    def test_a_missing_calendar_has_no_absent_events(self, desk: Desk) -> None:
        """That an event is absent can only be said by a calendar that is there."""
        ref = desk.added().ref

        try:
            found = desk.calendar.open_missing().get_many([ref])
        except Forbidden:
            return
        assert not found, f"a missing calendar answered {found}"

    def test_a_listing_is_complete(self, desk: Desk) -> None:
        refs = {desk.created(desk.draft()).ref, desk.added().ref, desk.added(title="Another").ref}

        listing = desk.provider.listing(bodies=False)

        assert listing.complete
        assert refs <= {each.ref for each in listing.changed}
        assert len({each.ref for each in listing.changed}) == len(listing.changed)

    def test_a_listing_shows_the_versions_and_events_that_reading_shows(self, desk: Desk) -> None:
        refs = [desk.created(desk.draft()).ref, desk.added(note="bring the file").ref]

        listed = desk.listed()

        for ref in refs:
            event = desk.event(ref)
            assert listed[ref].version == event.version
            assert listed[ref].item in (None, event)

    def test_what_is_deleted_leaves_the_listing(self, desk: Desk) -> None:
        kept, deleted = desk.added().ref, desk.added(title="Another").ref

        desk.calendar.delete(deleted)

        listed = desk.listed()
        assert kept in listed
        assert desk.is_removed(deleted)
        assert deleted not in listed or desk.capabilities.keeps_deleted

    def test_a_listing_gives_a_cursor_if_there_are_cursors(self, desk: Desk) -> None:
        cursor = desk.provider.listing(bodies=False).cursor

        assert (cursor is not None) is desk.capabilities.has_cursor

    def test_an_unchanged_calendar_reports_nothing(self, desk: Desk) -> None:
        desk.added()
        cursor = _cursor(desk)

        first = desk.provider.changes(cursor)

        assert isinstance(first, ChangeSet)
        assert (first.changed, first.gone) == ((), ())
        assert first.cursor is not None
        second = desk.provider.changes(first.cursor)
        assert isinstance(second, ChangeSet)
        assert (second.changed, second.gone) == ((), ())

    def test_changes_report_what_was_added_moved_and_deleted(self, desk: Desk) -> None:
        moved, deleted, kept = (desk.added(title=title).ref for title in ("One", "Two", "Three"))
        cursor = _cursor(desk)

        added = desk.calendar.add(desk.meeting(title="Four"))
        moved = desk.calendar.move(moved, desk.at(16), desk.at(16) + HALF_HOUR)
        desk.calendar.delete(deleted)

        news = _news(desk, cursor)
        seen = {each.ref for each in news.changed}
        assert {added, moved} <= seen
        assert kept not in seen
        assert deleted in (seen if desk.capabilities.keeps_deleted else set(news.gone))
        assert not news.complete

    def test_changes_report_what_we_did_ourselves(self, desk: Desk) -> None:
        """A reader that crashed after writing must be able to find its own writes."""
        cursor = _cursor(desk)

        ref = desk.created(desk.draft()).ref

        assert ref in {each.ref for each in _news(desk, cursor).changed}

    def test_asking_again_from_the_same_cursor_loses_nothing(self, desk: Desk) -> None:
        deleted = desk.added().ref
        cursor = _cursor(desk)
        desk.calendar.add(desk.meeting(title="New"))
        desk.calendar.delete(deleted)

        first, again = _news(desk, cursor), _news(desk, cursor)

        assert {each.ref for each in first.changed} == {each.ref for each in again.changed}
        assert set(first.gone) == set(again.gone)

    def test_each_cursor_continues_where_the_last_one_ended(self, desk: Desk) -> None:
        cursor = _cursor(desk)

        for title in ("One", "Two", "Three"):
            ref = desk.calendar.add(desk.meeting(title=title))
            news = _news(desk, cursor)
            assert [each.ref for each in news.changed] == [ref]
            assert news.cursor is not None
            cursor = news.cursor

    @pytest.mark.parametrize("garbage", GARBAGE)
    def test_an_unknown_cursor_is_never_an_empty_success(self, desk: Desk, garbage: str) -> None:
        """It is a Rescan; some servers list everything instead, which is as good."""
        ref = desk.added().ref

        answer = desk.provider.changes(Cursor(garbage))

        if isinstance(answer, ChangeSet) and desk.capabilities.trusts_cursor:
            assert ref in {each.ref for each in answer.changed}

    def test_a_cursor_from_before_the_calendar_was_made_anew_hides_nothing(
        self, desk: Desk
    ) -> None:
        desk.added()
        cursor = _cursor(desk)
        if not desk.calendar.recreate():
            pytest.skip("this calendar cannot be made anew")
        ref = desk.calendar.add(desk.meeting(title="New"))

        answer = desk.calendar.open().changes(cursor)

        if isinstance(answer, ChangeSet) and desk.capabilities.trusts_cursor:
            assert ref in {each.ref for each in answer.changed}

    def test_each_asked_ref_is_answered_and_only_the_absent_are_absent(self, desk: Desk) -> None:
        there = [desk.added(title=f"Meeting {number}").ref for number in range(5)]
        deleted = desk.added(title="Deleted").ref
        desk.calendar.delete(deleted)
        never = _neighbour(deleted)

        found = desk.provider.get_many([*there, deleted, never, there[0]])

        assert set(found) == {*there, deleted, never}
        assert all(isinstance(found[ref], RemoteEvent) for ref in there)
        assert isinstance(found[never], Absent)
        assert desk.is_removed(deleted)

    def test_asking_for_nothing_asks_nothing(self, desk: Desk) -> None:
        before = desk.provider.requests

        assert desk.provider.get_many([]) == {}
        assert desk.provider.requests == before

    def test_requests_are_counted(self, desk: Desk) -> None:
        before = desk.provider.requests

        desk.provider.listing(bodies=False)

        assert desk.provider.requests > before

    def test_what_cannot_be_understood_is_named_and_hides_nothing(self, desk: Desk) -> None:
        good, bad = desk.added().ref, desk.added(title="Spoilt").ref
        if not desk.calendar.spoil(bad):
            pytest.skip("this server stores nothing that cannot be understood")

        found = desk.provider.get_many([good, bad])

        assert isinstance(found[good], RemoteEvent)
        assert isinstance(found[bad], Unreadable)
        assert found[bad].ref == bad
        assert {good, bad} <= set(desk.listed())

    def test_a_stored_body_reads_as_the_event_it_came_from(self, desk: Desk) -> None:
        event = desk.added(note="bring the file")
        before = desk.provider.requests

        again = desk.provider.read(event.ref, event.version, event.body)

        assert again == event
        assert desk.provider.requests == before

    @pytest.mark.parametrize("body", ["", "nonsense", "{", "BEGIN:VCALENDAR", "\x00", "<html>"])
    def test_a_body_that_is_no_event_is_unreadable(self, desk: Desk, body: str) -> None:
        answer = desk.provider.read(EventRef("/x"), Version("1"), body)

        assert isinstance(answer, Unreadable)

    def test_version_and_digest_change_with_the_content(self, desk: Desk) -> None:
        event = desk.added()

        desk.calendar.rename(event.ref, "Another title")

        after = desk.event(event.ref)
        assert after.digest != event.digest
        assert after.version != event.version or not desk.capabilities.versions_are_unique

    def test_reading_twice_changes_nothing(self, desk: Desk) -> None:
        event = desk.added(note="bring the file")

        assert desk.event(event.ref) == event

    def test_an_edit_by_a_colleague_is_a_loss_and_no_edit_is_none(self, desk: Desk) -> None:
        before = desk.added(note="bring the file")
        desk.calendar.rename(before.ref, "Another title")

        after = desk.event(before.ref)

        assert desk.provider.losses(before.body, before.body) == ()
        assert desk.provider.losses(before.body, after.body) != ()

    def test_a_cancelled_event_is_cancelled_and_takes_no_time(self, desk: Desk) -> None:
        if not desk.capabilities.keeps_cancelled:
            pytest.skip("declared: cancelling is deleting here")

        event = desk.added(status=EventStatus.CANCELLED)

        assert event.status is EventStatus.CANCELLED
        assert not event.takes_time

    def test_a_transparent_event_takes_no_time(self, desk: Desk) -> None:
        event = desk.added(transparent=True)

        assert event.transparent
        assert not event.takes_time

    def test_a_tentative_event_takes_time(self, desk: Desk) -> None:
        event = desk.added(status=EventStatus.TENTATIVE)

        assert event.status is EventStatus.TENTATIVE
        assert event.takes_time

    def test_a_foreign_event_bears_no_mark_of_ours(self, desk: Desk) -> None:
        assert desk.added().mark is None

    def test_an_event_labelled_as_an_appointment_is_marked(self, desk: Desk) -> None:
        assert desk.added(categories=("Appointment",)).is_marked
        assert not desk.added(title="Another", categories=("Private",)).is_marked


def _cursor(desk: Desk) -> Cursor:
    if not desk.capabilities.has_cursor:
        pytest.skip("declared: this calendar has no cursors")
    return desk.cursor()


def _news(desk: Desk, cursor: Cursor) -> ChangeSet:
    """The changes, where a server without a feed may only say that there are some."""
    answer = desk.provider.changes(cursor)
    if isinstance(answer, Rescan):
        pytest.skip(f"no feed, only a cursor: {answer.reason}")
    if not desk.capabilities.trusts_cursor:
        pytest.skip("declared: this calendar's feed forgets")
    return answer


def _neighbour(ref: EventRef) -> EventRef:
    """An address in the same calendar that was never used."""
    folder, slash, _ = ref.rpartition("/")
    return EventRef(f"{folder}{slash}00000000-0000-0000-0000-00000000dead.ics" if slash else "dead")
