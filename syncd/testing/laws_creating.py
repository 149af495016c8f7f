"""Laws of creating: one event for one identity, as drafted, over nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.errors import Rejected
from syncd.core.events import Absent, EventStatus, RemoteEvent, Unreadable, agrees
from syncd.core.ids import AppointmentId, CalendarId, remote_uid
from syncd.ports import (
    Adopted,
    CreateIdempotency,
    KeyBurnt,
    Written,
)
from syncd.testing.harness import HALF_HOUR, Desk

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


class CreatingLaws:
    """What `create` promises."""

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
    def test_awkward_titles_survive_or_their_loss_is_noticed(self, desk: Desk, title: str) -> None:
        """Blanks and line ends may be rewritten, letters may not. A server was seen to destroy
        objects by its own line folding: then reading back must show it."""
        draft = desk.draft(title=title)

        result = desk.provider.create(draft)

        assert isinstance(result, Written)
        found = desk.provider.get_many([result.ref])[result.ref]
        assert not isinstance(found, Absent)
        if isinstance(found, Unreadable) or desk.provider.losses(result.sent, found.body):
            pytest.skip("this server destroys such a title, and it is noticed")
        assert found.title.split() == title.split()
        assert not any("evil" in line for line in desk.calendar.foreign_lines(found.ref))
