"""Laws of reading: nothing is taken for absent, nothing is hidden, nothing is invented."""

from __future__ import annotations

import pytest

from syncd.core.errors import Forbidden, Transient
from syncd.core.events import Absent, EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.ports import Rescan
from syncd.testing.harness import Desk


class ReadingLaws:
    """What `check`, `get_many`, `read` and `losses` promise."""

    def test_check_passes_on_a_calendar(self, desk: Desk) -> None:
        desk.provider.check()

    def test_a_missing_calendar_is_forbidden_and_never_empty(self, desk: Desk) -> None:
        """An empty answer would be read as "everything was deleted"."""
        missing = desk.calendar.open_missing()

        with pytest.raises(Forbidden):
            missing.check()
        with pytest.raises(Forbidden):
            missing.listing(bodies=True)

    def test_a_calendar_that_is_removed_reports_no_deletions(self, desk: Desk) -> None:
        """Its events may answer "not there"; whoever asks then checks the calendar first."""
        desk.added()
        cursor = desk.provider.listing(bodies=False).cursor
        if not desk.calendar.remove():
            pytest.skip("this calendar cannot be removed")

        with pytest.raises(Forbidden):
            desk.provider.check()
        with pytest.raises((Forbidden, Transient)):
            desk.provider.listing(bodies=True)
        try:
            answer = desk.provider.changes(cursor or Cursor("none"))
        except (Forbidden, Transient):
            return
        assert isinstance(answer, Rescan)

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


def _neighbour(ref: EventRef) -> EventRef:
    """An address in the same calendar that was never used."""
    folder, slash, _ = ref.rpartition("/")
    return EventRef(f"{folder}{slash}00000000-0000-0000-0000-00000000dead.ics" if slash else "dead")
