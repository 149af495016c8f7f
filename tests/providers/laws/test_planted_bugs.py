"""A law is only worth what it finds: each of these known bugs breaks the law that is named for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from memory_harness import MemoryHarness

from syncd.core.errors import Forbidden
from syncd.core.events import Absent, AllDay, Draft, Found, RemoteEvent, Timed, Unreadable
from syncd.core.ids import Cursor, EventRef, Uid, Version
from syncd.core.time import Interval
from syncd.ports import (
    ChangeSet,
    CreateResult,
    DeleteResult,
    Done,
    KeyBurnt,
    Rescan,
    UpdateResult,
    Written,
)
from syncd.testing import CALDAV, Hand, MemoryProvider
from syncd.testing.harness import Desk
from syncd.testing.laws_time import DRAFTED
from syncd.testing.memory_body import from_text, patch, render, to_text
from syncd.testing.provider_laws import ProviderLaws


class Blind(MemoryProvider):
    """Sends writes without the version they were meant for."""

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        there = self._calendar.event(before.ref)
        return super().update(there if isinstance(there, RemoteEvent) else before, draft)

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        return super().delete(ref, Version(""))


class Reviving(MemoryProvider):
    """Writes what has vanished."""

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        stored = self._calendar.put(before.ref, patch(before.body, draft), Hand.SYNCD)
        return Written(ref=stored.ref, version=Version(""), sent=stored.body)


class Overwriting(MemoryProvider):
    """Creates over whatever is there."""

    def create(self, draft: Draft) -> CreateResult:
        ref = self._calendar.address(draft.uid)
        stored = self._calendar.put(ref, render(draft, draft.uid), Hand.SYNCD)
        return Written(ref=ref, version=Version(""), sent=stored.body)


class Doubling(MemoryProvider):
    """Makes a new event for each try."""

    def create(self, draft: Draft) -> CreateResult:
        self._requests += 1
        tries = len(self._calendar.history)
        return super().create(replace(draft, uid=Uid(f"{draft.uid}-{tries}")))


class GivingUp(MemoryProvider):
    """Calls an identity burnt where its own earlier create stands."""

    def create(self, draft: Draft) -> CreateResult:
        result = super().create(draft)
        return result if isinstance(result, Written) else KeyBurnt("already there")


class Shortening(MemoryProvider):
    """Stops a listing early, and calls it complete."""

    def listing(self, *, bodies: bool) -> ChangeSet:
        listing = super().listing(bodies=bodies)
        return replace(listing, changed=listing.changed[:1])


class Empty(MemoryProvider):
    """Takes a calendar that is not there for an empty one."""

    def listing(self, *, bodies: bool) -> ChangeSet:
        try:
            return super().listing(bodies=bodies)
        except Forbidden:
            return ChangeSet(complete=True)


class Skipping(MemoryProvider):
    """Hands out cursors that are later than what it reported."""

    def listing(self, *, bodies: bool) -> ChangeSet:
        ahead = Cursor(f"{self._calendar.incarnation}:{self._calendar.changes + 1}")
        return replace(super().listing(bodies=bodies), cursor=ahead)

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        answer = super().changes(cursor)
        return ChangeSet(cursor=cursor) if isinstance(answer, Rescan) else answer


class Silent(MemoryProvider):
    """Takes what it cannot understand for nothing."""

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        found = super().get_many(refs)
        return {
            ref: Absent(ref) if isinstance(each, Unreadable) else each
            for ref, each in found.items()
        }


class Omitting(MemoryProvider):
    """Says nothing about what is absent."""

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        found = super().get_many(refs)
        return {ref: each for ref, each in found.items() if not isinstance(each, Absent)}


class KeepingGone(MemoryProvider):
    """Forgets deletions."""

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        answer = super().changes(cursor)
        return replace(answer, gone=()) if isinstance(answer, ChangeSet) else answer


class Stamping(MemoryProvider):
    """Keeps one version for every content."""

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        return {
            ref: replace(each, version=Version('"1"')) if isinstance(each, RemoteEvent) else each
            for ref, each in super().get_many(refs).items()
        }


class Rewriting(MemoryProvider):
    """Writes an event anew from what it understands."""

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        result = super().update(before, draft)
        if isinstance(result, Written):
            self._calendar.put(result.ref, render(draft, before.uid), Hand.SYNCD)
        return result


class Presuming(MemoryProvider):
    """Writes defaults where a draft leaves a field alone."""

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        return super().update(before, replace(draft, title=draft.title or ""))


class Local(MemoryProvider):
    """Writes the wall clock without asking whether it is the first or the second such hour."""

    def create(self, draft: Draft) -> CreateResult:
        tz = self._zone
        first = draft.start.astimezone(tz).replace(fold=0).astimezone(UTC)
        return super().create(replace(draft, start=first, end=first + (draft.end - draft.start)))


class Counting(MemoryProvider):
    """Repeats by adding hours instead of by the wall clock."""

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        event = self.read(EventRef("r"), Version("v"), body)
        assert isinstance(event, RemoteEvent)
        assert isinstance(event.when, Timed)
        parsed = from_text(body)
        fixed = replace(parsed.content, start=event.when.start, end=event.when.end, zone=None)
        return super().occurrences(to_text(replace(parsed, content=fixed)), horizon)


class Midnight(MemoryProvider):
    """Takes whole days for UTC."""

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        return {ref: self._as_utc(each) for ref, each in super().get_many(refs).items()}

    @staticmethod
    def _as_utc(found: Found) -> Found:
        if not isinstance(found, RemoteEvent) or not isinstance(found.when, AllDay):
            return found
        days = (found.when.first, found.when.until)
        first, until = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days)
        return replace(found, when=Timed(first, until))


class Uncaring(MemoryProvider):
    """Reports no loss."""

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return ()


class Free(MemoryProvider):
    """Asks without counting."""

    @property
    def requests(self) -> int:
        return 0


class Careless(MemoryProvider):
    """Says that it deleted, and did not."""

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        return Done()


LAWS = ProviderLaws()
FOLD = DRAFTED["the repeated hour, second"]

BUGS: dict[str, tuple[type[MemoryProvider], Callable[[Desk], None]]] = {
    "update without version": (Blind, LAWS.test_a_stale_update_is_a_conflict_and_changes_nothing),
    "two nodes": (Blind, LAWS.test_a_stale_update_by_another_node_is_a_conflict),
    "delete without version": (Blind, LAWS.test_a_stale_delete_is_a_conflict_and_deletes_nothing),
    "revived": (Reviving, LAWS.test_an_update_of_a_vanished_event_is_gone_and_creates_nothing),
    "made anew": (
        Reviving,
        LAWS.test_an_update_in_a_calendar_made_anew_is_gone_and_creates_nothing,
    ),
    "overwritten": (Overwriting, LAWS.test_create_never_overwrites_a_strangers_event),
    "overwritten again": (
        Overwriting,
        LAWS.test_creating_again_keeps_what_a_colleague_made_of_the_first,
    ),
    "doubled": (Doubling, LAWS.test_creating_twice_is_one_event),
    "not adopted": (GivingUp, LAWS.test_creating_twice_is_one_event),
    "short listing": (Shortening, LAWS.test_a_listing_is_complete),
    "missing is empty": (Empty, LAWS.test_a_missing_calendar_is_forbidden_and_never_empty),
    "removed is empty": (Empty, LAWS.test_a_calendar_that_is_removed_reports_no_deletions),
    "cursor ahead": (Skipping, LAWS.test_each_cursor_continues_where_the_last_one_ended),
    "garbage": (
        Skipping,
        lambda desk: LAWS.test_an_unknown_cursor_is_never_an_empty_success(desk, "garbage"),
    ),
    "old cursor": (
        Skipping,
        LAWS.test_a_cursor_from_before_the_calendar_was_made_anew_hides_nothing,
    ),
    "unreadable is absent": (
        Silent,
        LAWS.test_what_cannot_be_understood_is_named_and_hides_nothing,
    ),
    "omitted": (Omitting, LAWS.test_each_asked_ref_is_answered_and_only_the_absent_are_absent),
    "deletions lost": (KeepingGone, LAWS.test_changes_report_what_was_added_moved_and_deleted),
    "one version": (Stamping, LAWS.test_version_and_digest_change_with_the_content),
    "foreign lines lost": (Rewriting, LAWS.test_an_update_changes_only_what_is_drafted),
    "defaults written": (Presuming, LAWS.test_what_is_not_drafted_stays),
    "fold": (
        Local,
        lambda desk: LAWS.test_drafted_times_are_read_back_as_the_same_instants(desk, *FOLD),
    ),
    "hours added": (Counting, LAWS.test_a_weekly_event_stays_at_its_hour_when_clocks_change),
    "midnight": (Midnight, LAWS.test_whole_days_stay_whole_days),
    "no losses": (Uncaring, LAWS.test_an_edit_by_a_colleague_is_a_loss_and_no_edit_is_none),
    "not counted": (Free, LAWS.test_requests_are_counted),
    "not deleted": (Careless, LAWS.test_a_delete_removes_the_event_and_no_other),
}


class BuggyHarness(MemoryHarness):
    """A sound calendar behind a provider with a bug."""

    def __init__(self, kind: type[MemoryProvider]) -> None:
        super().__init__(CALDAV)
        self._kind = kind

    def open(self) -> MemoryProvider:
        return self._kind(self.calendar, zone=self.zone)

    def open_missing(self) -> MemoryProvider:
        self.calendar.exists = False
        return self.open()


@pytest.mark.parametrize(("kind", "law"), BUGS.values(), ids=BUGS)
def test_the_law_finds_the_bug(kind: type[MemoryProvider], law: Callable[[Desk], None]) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        law(Desk(BuggyHarness(kind)))
