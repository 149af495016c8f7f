"""Laws of changing and deleting: only the version that was meant, only what syncd owns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.events import Absent, EventStatus, RemoteEvent, agrees
from syncd.core.ids import Version
from syncd.ports import (
    ConditionalWrite,
    Conflict,
    Done,
    Gone,
    Written,
)
from syncd.testing.harness import HALF_HOUR, Desk

HOUR = timedelta(hours=1)


class ChangingLaws:
    """What `update` and `delete` promise."""

    def test_an_update_moves_the_event(self, desk: Desk) -> None:
        draft = desk.draft()
        event = desk.created(draft)
        later = replace(draft, start=draft.start + HOUR, end=draft.end + HOUR)

        result = desk.provider.update(event, later)

        assert isinstance(result, Written)
        moved = desk.event(result.ref)
        assert agrees(later, moved)
        assert (moved.ref, moved.uid) == (event.ref, event.uid) or not (
            desk.capabilities.keeps_identity
        )
        assert moved.continues in (None, event.ref)
        assert moved.mark == event.mark
        assert result.version in ("", moved.version)

    def test_an_update_changes_only_what_is_drafted(self, desk: Desk) -> None:
        """A colleague's notes, alarms, guests and labels are theirs (promise P8)."""
        _needs_free_edits(desk)
        event = desk.added(
            note="Bring the file; the blue one, please.\nThank you",
            alarm=timedelta(minutes=15),
            attendees=("guest@example.org",),
            categories=("Private", "Work"),
            properties=(("X-COLLEAGUE", "keep-this"), ("LOCATION", "Room 5")),
        )
        lines = desk.calendar.foreign_lines(event.ref)
        draft = desk.draft(uid=event.uid, start=desk.at(17), title="Drafted")

        result = desk.provider.update(event, draft)

        assert isinstance(result, Written)
        assert agrees(draft, desk.event(result.ref))
        assert desk.calendar.foreign_lines(result.ref) == lines
        assert any("keep-this" in line for line in lines)
        kept = desk.event(result.ref).body
        assert desk.provider.losses(result.sent, kept) == ()

    def test_what_is_not_drafted_stays(self, desk: Desk) -> None:
        _needs_free_edits(desk)
        event = desk.added(title="Their own words", status=EventStatus.TENTATIVE, transparent=True)
        draft = desk.draft(
            uid=event.uid, start=desk.at(17), title=None, status=None, transparent=None
        )

        result = desk.provider.update(event, draft)

        assert isinstance(result, Written)
        after = desk.event(result.ref)
        assert agrees(draft, after)
        assert (after.title, after.status, after.transparent) == (
            "Their own words",
            EventStatus.TENTATIVE,
            True,
        )

    def test_an_update_can_confirm_what_was_tentative(self, desk: Desk) -> None:
        draft = desk.draft(status=EventStatus.TENTATIVE)
        event = desk.created(draft)
        confirmed = replace(draft, status=EventStatus.CONFIRMED)

        result = desk.provider.update(event, confirmed)

        assert isinstance(result, Written)
        assert agrees(confirmed, desk.event(result.ref))

    def test_an_update_can_cancel(self, desk: Desk) -> None:
        event = desk.created(draft := desk.draft())
        cancelled = replace(draft, status=EventStatus.CANCELLED, transparent=True)

        result = desk.provider.update(event, cancelled)

        assert isinstance(result, Written)
        found = desk.provider.get_many([result.ref])[result.ref]
        if desk.capabilities.keeps_cancelled:
            assert isinstance(found, RemoteEvent)
            assert found.status is EventStatus.CANCELLED
            assert not found.takes_time
        else:
            assert isinstance(found, Absent)

    def test_a_stale_update_is_a_conflict_and_changes_nothing(self, desk: Desk) -> None:
        draft = desk.draft()
        event = desk.created(draft)
        ref = desk.calendar.move(event.ref, desk.at(17), desk.at(17) + HALF_HOUR)
        theirs = desk.event(event.ref)

        result = desk.provider.update(event, replace(draft, title="Ours"))

        assert result in (Conflict(theirs), Conflict(desk.event(ref)))
        assert desk.event(event.ref) == theirs
        assert desk.event(ref).title != "Ours"

    def test_a_stale_update_by_another_node_is_a_conflict(self, desk: Desk) -> None:
        """Two nodes read the same version; one of them must lose, and know it."""
        draft = desk.draft()
        event = desk.created(draft)
        first = replace(draft, start=draft.start + HOUR, end=draft.end + HOUR)
        second = replace(draft, start=draft.start + 2 * HOUR, end=draft.end + 2 * HOUR)

        won = desk.provider.update(event, first)
        lost = desk.calendar.open().update(event, second)

        assert isinstance(won, Written)
        assert isinstance(lost, Conflict)
        assert agrees(first, desk.event(won.ref))

    def test_an_update_sent_twice_has_one_effect(self, desk: Desk) -> None:
        draft = desk.draft()
        event = desk.created(draft)
        later = replace(draft, start=draft.start + HOUR, end=draft.end + HOUR)
        first = desk.provider.update(event, later)
        assert isinstance(first, Written)
        after = desk.event(first.ref)

        again = desk.provider.update(event, later)

        assert desk.event(first.ref) == after
        assert isinstance(again, Written | Conflict)

    def test_an_update_of_a_vanished_event_is_gone_and_creates_nothing(self, desk: Desk) -> None:
        if desk.capabilities.keeps_deleted:
            pytest.skip("declared: deleted events stay")
        draft = desk.draft()
        event = desk.created(draft)
        desk.calendar.delete(event.ref)

        result = desk.provider.update(event, replace(draft, title="Ours"))

        assert result == Gone()
        assert desk.is_removed(event.ref)

    def test_an_update_in_a_calendar_made_anew_is_gone_and_creates_nothing(
        self, desk: Desk
    ) -> None:
        draft = desk.draft()
        event = desk.created(draft)
        if not desk.calendar.recreate():
            pytest.skip("this calendar cannot be made anew")
        provider = desk.calendar.open()

        assert provider.update(event, replace(draft, title="Ours")) == Gone()
        assert provider.listing(bodies=False).changed == ()

    def test_a_delete_removes_the_event_and_no_other(self, desk: Desk) -> None:
        event, other = desk.created(desk.draft()), desk.created(desk.draft())

        result = desk.provider.delete(event.ref, event.version)

        assert result == Done()
        assert desk.is_removed(event.ref)
        assert desk.event(other.ref) == other

    def test_deleting_what_is_absent_is_done(self, desk: Desk) -> None:
        event = desk.created(desk.draft())
        desk.provider.delete(event.ref, event.version)

        assert desk.provider.delete(event.ref, event.version) == Done()

    def test_a_stale_delete_is_a_conflict_and_deletes_nothing(self, desk: Desk) -> None:
        event = desk.created(desk.draft())
        if event.version == "":
            assert desk.capabilities.conditional_write is not ConditionalWrite.OBJECT
            pytest.skip("declared: this calendar has no versions")
        desk.calendar.rename(event.ref, "Theirs")
        theirs = desk.event(event.ref)

        result = desk.provider.delete(event.ref, event.version)

        assert result == Conflict(theirs)
        assert desk.event(event.ref) == theirs

    def test_conditional_writes_are_declared_where_there_are_versions_only(
        self, desk: Desk
    ) -> None:
        event = desk.created(desk.draft())

        usable = event.version != "" and not event.version.startswith("W/")
        assert usable or desk.capabilities.conditional_write is not ConditionalWrite.OBJECT

    def test_a_version_of_nothing_deletes_no_newer_event(self, desk: Desk) -> None:
        event = desk.created(desk.draft())
        if event.version == "":
            pytest.skip("declared: this calendar has no versions")

        assert desk.provider.delete(event.ref, Version('"no-such-version"')) == Conflict(event)
        assert desk.event(event.ref) == event


def _needs_free_edits(desk: Desk) -> None:
    if not desk.capabilities.edits_freely:
        pytest.skip("declared: events cannot be edited freely")
