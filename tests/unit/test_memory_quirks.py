"""The calendar in memory with the quirks that servers have."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from memory_events import HOUR, a_meeting, created

from syncd.core.errors import Rejected
from syncd.core.events import RemoteEvent
from syncd.core.ids import Cursor, EventRef, Uid
from syncd.core.time import Interval
from syncd.ports import ChangeSet, Conflict, KeyBurnt, Written
from syncd.testing import (
    CALDAV,
    Cursors,
    Etag,
    FaultScript,
    Hand,
    MemoryCalendar,
    MemoryProvider,
    Repeat,
)
from syncd.testing.builders import NINE, a_draft, utc
from syncd.testing.memory_body import MemoryEvent, to_text


def test_a_reused_version_hides_an_event_that_was_made_anew_from_the_server_only() -> None:
    calendar = MemoryCalendar(replace(CALDAV, etag=Etag.REUSED))
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.colleague_deletes(event.ref)
    calendar.put(
        event.ref, to_text(MemoryEvent(uid=event.uid, content=a_meeting())), Hand.COLLEAGUE
    )
    now = calendar.event(event.ref)
    assert isinstance(now, RemoteEvent)
    assert now.version == event.version

    assert provider.update(event, a_draft(start=NINE + HOUR)) == Conflict(now)


def test_a_forgetful_feed_forgets_and_its_listing_does_not() -> None:
    calendar = MemoryCalendar(replace(CALDAV, cursors=Cursors.FORGETFUL))
    provider = MemoryProvider(calendar)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    refs = {calendar.colleague_adds(a_meeting(title=f"{number}")) for number in range(8)}

    answer = provider.changes(cursor)
    assert isinstance(answer, ChangeSet)
    assert len(answer.changed) < len(refs)
    assert {each.ref for each in provider.listing(bodies=False).changed} == refs
    assert not provider.capabilities.trusts_cursor


def test_a_lying_feed_says_that_nothing_happened() -> None:
    calendar = MemoryCalendar(replace(CALDAV, cursors=Cursors.LYING))
    calendar.colleague_adds(a_meeting())

    answer = MemoryProvider(calendar).changes(Cursor("7:1"))

    assert isinstance(answer, ChangeSet)
    assert answer.changed == ()


def test_a_page_shows_what_is_there_when_it_is_asked_for() -> None:
    """A listing is no snapshot: only its cursor tells what came while it was read."""
    faults = FaultScript()
    calendar = MemoryCalendar(replace(CALDAV, page_size=1))
    refs = [calendar.colleague_adds(a_meeting(title=f"{number}")) for number in range(3)]
    provider = MemoryProvider(calendar, faults=faults)
    faults.at("page", lambda: calendar.colleague_deletes(refs[2]))

    listing = provider.listing(bodies=True)

    assert [each.ref for each in listing.changed] == refs[:2]
    assert provider.requests == 3
    assert listing.cursor is not None
    answer = provider.changes(listing.cursor)
    assert isinstance(answer, ChangeSet)
    assert answer.gone == (refs[2],)


def test_a_silent_object_is_missing_from_the_answer() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    ref = calendar.colleague_adds(a_meeting())
    calendar.silent.add(ref)

    assert provider.get_many([ref]) == {}


def test_a_refused_object_is_rejected_and_others_are_not() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    calendar.refused.add(a_draft().uid)

    with pytest.raises(Rejected):
        provider.create(a_draft())
    assert isinstance(provider.create(a_draft(uid=Uid("another"))), Written)


def test_a_refused_object_cannot_be_updated() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.refused.add(event.uid)

    with pytest.raises(Rejected):
        provider.update(event, a_draft(start=NINE + HOUR))


def test_a_uid_that_another_address_has_is_not_used_twice() -> None:
    calendar = MemoryCalendar(replace(CALDAV, uid_unique=True))
    stranger = to_text(MemoryEvent(uid=a_draft().uid, content=a_meeting(), mark="another"))
    calendar.put(EventRef("/memory/elsewhere.ics"), stranger, Hand.COLLEAGUE)

    assert isinstance(MemoryProvider(calendar).create(a_draft()), KeyBurnt)


def test_a_server_that_rewrites_loses_only_what_it_drops() -> None:
    calendar = MemoryCalendar(
        replace(CALDAV, squeezes_titles=True, adds_properties=True, drops_properties=True)
    )
    provider = MemoryProvider(calendar)
    sent = to_text(
        MemoryEvent(
            uid=Uid("u"),
            content=a_meeting(
                title="two  blanks", properties=(("X-ONE", "kept"), ("X-TWO", "cut, here"))
            ),
        )
    )
    stored = calendar.put(EventRef("/memory/u.ics"), sent, Hand.SYNCD)

    assert provider.losses(sent, stored.body) == ("X-TWO",)
    assert calendar.put(stored.ref, stored.body, Hand.SYNCD).body.count("X-SERVER-STAMP") == 1


def test_dropped_seconds_are_a_loss() -> None:
    calendar = MemoryCalendar(replace(CALDAV, drops_seconds=True))
    result = MemoryProvider(calendar).create(a_draft(start=NINE + timedelta(seconds=30)))
    assert isinstance(result, Written)
    stored = calendar.stored(result.ref)
    assert stored is not None

    assert MemoryProvider(calendar).losses(result.sent, stored.body) == ("WHEN",)


def test_what_cannot_be_understood_is_no_event_of_the_observer() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    ref = calendar.colleague_adds(a_meeting())
    event = provider.get_many([ref])[ref]
    assert isinstance(event, RemoteEvent)

    calendar.colleague_spoils(ref)

    assert calendar.events() == ()
    assert provider.update(event, a_draft(uid=event.uid)) == Conflict(None)
    with pytest.raises(Rejected):
        provider.occurrences("{ broken", Interval(NINE, NINE + HOUR))


def test_endless_work_is_rejected() -> None:
    body = to_text(
        MemoryEvent(
            uid=Uid("u"),
            content=a_meeting(
                repeat=Repeat(every_days=1), start=utc("2001-01-01"), end=utc("2001-01-02")
            ),
        )
    )

    with pytest.raises(Rejected):
        MemoryProvider(MemoryCalendar()).occurrences(body, Interval(NINE, NINE + HOUR))
