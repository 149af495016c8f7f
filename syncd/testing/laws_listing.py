"""Laws of listing and of change feeds: all that is there, all that happened, at least once."""

from __future__ import annotations

import pytest

from syncd.core.events import RemoteEvent
from syncd.core.ids import Cursor
from syncd.ports import ChangeSet, Rescan
from syncd.testing.harness import HALF_HOUR, Desk

MANY = 30
GARBAGE = ("garbage", "urn:uuid:0", "http://sabre.io/ns/sync/999999999", "-1", "' OR 1=1", "ü")


class ListingLaws:
    """What `listing` and `changes` promise."""

    def test_a_listing_is_complete(self, desk: Desk) -> None:
        refs = {desk.created(desk.draft()).ref, desk.added().ref, desk.added(title="Another").ref}

        listing = desk.provider.listing(bodies=False)

        assert listing.complete
        assert refs <= {each.ref for each in listing.changed}
        assert len({each.ref for each in listing.changed}) == len(listing.changed)

    def test_many_events_are_all_listed_and_all_fetched(self, desk: Desk) -> None:
        """More than one page, more than one batch."""
        refs = {desk.calendar.add(desk.meeting(title=f"Meeting {n}")) for n in range(MANY)}

        listed = {each.ref for each in desk.provider.listing(bodies=True).changed}
        found = desk.provider.get_many(refs)

        assert refs <= listed
        assert {ref for ref, each in found.items() if isinstance(each, RemoteEvent)} == refs

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

        first = _news(desk, cursor)

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
        """More had happened in the old one, so that a server that only counts is found out."""
        for _ in range(3):
            desk.added()
        cursor = _cursor(desk)
        if not desk.calendar.recreate():
            pytest.skip("this calendar cannot be made anew")
        ref = desk.calendar.add(desk.meeting(title="New"))

        answer = desk.calendar.open().changes(cursor)

        if isinstance(answer, ChangeSet) and desk.capabilities.trusts_cursor:
            assert ref in {each.ref for each in answer.changed}


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
