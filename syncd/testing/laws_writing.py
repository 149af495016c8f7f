"""Laws of writing: once, only with the version it was meant for, and only what syncd owns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.errors import Rejected
from syncd.core.events import Absent, EventStatus, RemoteEvent, agrees
from syncd.core.ids import AppointmentId, CalendarId, Version, remote_uid
from syncd.ports import (
    Adopted,
    ConditionalWrite,
    Conflict,
    CreateIdempotency,
    Done,
    Gone,
    KeyBurnt,
    Written,
)
from syncd.testing.harness import HALF_HOUR, Desk

HOUR = timedelta(hours=1)
THUMBS_UP = "\U0001f44d"
AWKWARD_TITLES = {
    "punctuation": r"Müller, J.; 1/2 \ half: \n is no newline",
    "newline": "two\nlines",
    "emoji on every folding edge": (THUMBS_UP + "a") * 60,
    "emoji, shifted by one": "x" + THUMBS_UP * 80,
    "emoji, shifted by two": "xy" + THUMBS_UP * 80,
    "joined emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 family",
    "quotes": 'the "big" one^n',
    "right to left": "פגישה עם ד״ר לוי",
    "an injection": "x\r\nATTACH:http://evil.example/\r\nBEGIN:VALARM",
    "decomposed": "Mu\u0308ller",
}


class WritingLaws:
    """What `create`, `update` and `delete` promise."""

    def test_a_created_event_is_read_back_as_drafted(self, desk: Desk) -> None:
        draft = desk.draft()

        event = desk.created(draft)

        assert agrees(draft, event)
        assert event.uid == draft.uid or desk.searches
        assert event.mark == draft.mark or not desk.capabilities.private_properties
        assert event.is_plain

    def test_a_write_answers_the_version_that_reading_shows_or_none(self, desk: Desk) -> None:
        created = desk.provider.create(desk.draft())

        assert isinstance(created, Written)
        assert created.version in ("", desk.event(created.ref).version)

    def test_this_server_destroys_nothing_that_we_write(self, desk: Desk) -> None:
        """What a server merely rewrites (order, stamps, defaults) is no loss."""
        created = desk.provider.create(desk.draft())

        assert isinstance(created, Written)
        assert desk.provider.losses(created.sent, desk.event(created.ref).body) == ()

    def test_creating_twice_is_one_event(self, desk: Desk) -> None:
        """The answer to the first may have been lost."""
        if desk.capabilities.create_idempotency is CreateIdempotency.NONE:
            pytest.skip("declared: a create that is sent twice is two events")
        draft = desk.draft()
        event = desk.created(draft)

        again = desk.calendar.open().create(draft)

        assert again == Adopted(event)
        listed = (each.item for each in desk.listed().values())
        marks = [item.mark for item in listed if isinstance(item, RemoteEvent)]
        assert marks.count(draft.mark) <= 1

    def test_creating_again_keeps_what_a_colleague_made_of_the_first(self, desk: Desk) -> None:
        if desk.capabilities.create_idempotency is CreateIdempotency.NONE:
            pytest.skip("declared: a create that is sent twice is two events")
        draft = desk.draft()
        ref = desk.calendar.move(desk.created(draft).ref, desk.at(17), desk.at(17) + HALF_HOUR)

        again = desk.provider.create(draft)

        assert again == Adopted(desk.event(ref))
        assert not agrees(draft, desk.event(ref))

    def test_create_never_overwrites_a_strangers_event(self, desk: Desk) -> None:
        draft = desk.draft()
        ref = desk.calendar.occupy(draft.uid, desk.meeting(note="not yours"))
        if ref is None:
            pytest.skip("clients have no say in addresses here")
        before, lines = desk.event(ref), desk.calendar.foreign_lines(ref)

        try:
            result = desk.provider.create(draft)
        except Rejected:
            result = KeyBurnt("refused")

        assert isinstance(result, KeyBurnt)
        assert desk.event(ref) == before
        assert desk.calendar.foreign_lines(ref) == lines

    def test_after_a_deletion_this_or_the_next_generation_can_be_created(self, desk: Desk) -> None:
        draft = desk.draft()
        desk.calendar.delete(desk.created(draft).ref)

        result = desk.provider.create(draft)
        if isinstance(result, KeyBurnt):
            uid = remote_uid(AppointmentId(draft.mark), CalendarId("law"), 2)
            result = desk.provider.create(replace(draft, uid=uid))

        assert isinstance(result, Written)
        assert agrees(draft, desk.event(result.ref))

    @pytest.mark.parametrize("status", [EventStatus.TENTATIVE, EventStatus.CONFIRMED])
    @pytest.mark.parametrize("transparent", [True, False])
    def test_status_and_transparency_are_written(
        self, desk: Desk, status: EventStatus, *, transparent: bool
    ) -> None:
        draft = desk.draft(status=status, transparent=transparent)

        assert agrees(draft, desk.created(draft))

    @pytest.mark.parametrize("title", AWKWARD_TITLES.values(), ids=AWKWARD_TITLES)
    def test_awkward_titles_survive(self, desk: Desk, title: str) -> None:
        """Blanks and line ends may be rewritten, letters may not."""
        event = desk.created(desk.draft(title=title))

        assert event.title.split() == title.split()
        assert not any("evil" in line for line in desk.calendar.foreign_lines(event.ref))

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
