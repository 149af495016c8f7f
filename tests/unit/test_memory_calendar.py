"""The calendar in memory and a colleague's hand in it. What all providers share is in laws."""

from __future__ import annotations

import pytest
from memory_events import BERLIN, HOUR, a_meeting, created

from syncd.core.errors import Forbidden, Unknown
from syncd.core.events import RemoteEvent
from syncd.core.ids import CalendarId, Uid
from syncd.ports import Access, CalendarProvider, Clock, ProviderKind, Randomness
from syncd.testing import (
    CALCOM,
    GOOGLE,
    FrozenClock,
    Hand,
    MemoryCalendar,
    MemoryKind,
    MemoryProvider,
    SeededRandomness,
)
from syncd.testing.builders import NINE, a_draft


def test_the_testing_values_fit_the_ports() -> None:
    calendar = MemoryCalendar()
    _provider: CalendarProvider = MemoryProvider(calendar)
    _kind: ProviderKind = MemoryKind({CalendarId("main"): calendar})
    _clock: Clock = FrozenClock()
    _randomness: Randomness = SeededRandomness()


def test_the_history_tells_whose_hand_did_what() -> None:
    calendar = MemoryCalendar()
    ours = created(MemoryProvider(calendar))
    theirs = calendar.colleague_adds(a_meeting())
    calendar.colleague_deletes(ours.ref)

    assert [each.ref for each in calendar.writes(Hand.SYNCD)] == [ours.ref]
    assert [each.ref for each in calendar.writes(Hand.COLLEAGUE)] == [theirs, ours.ref]
    assert calendar.history[-1].body is None


def test_a_restored_event_is_back_at_its_address() -> None:
    calendar = MemoryCalendar(GOOGLE)
    ref = calendar.colleague_adds(a_meeting(note="keep"))
    calendar.colleague_deletes(ref)

    calendar.colleague_restores(ref)

    assert calendar.content(ref).note == "keep"
    assert not calendar.is_burnt(ref)


def test_a_copy_may_bear_our_uid_and_mark() -> None:
    calendar = MemoryCalendar()

    ref = calendar.colleague_adds(a_meeting(), uid=Uid("u"), mark="appointment-1")

    event = calendar.event(ref)
    assert isinstance(event, RemoteEvent)
    assert (event.uid, event.mark) == ("u", "appointment-1")


def test_equal_deeds_give_equal_calendars() -> None:
    def story() -> MemoryCalendar:
        calendar = MemoryCalendar(CALCOM)
        provider = MemoryProvider(calendar)
        event = created(provider)
        provider.update(event, a_draft(start=NINE + HOUR))
        calendar.colleague_deletes(calendar.colleague_adds(a_meeting()))
        return calendar

    assert story().history == story().history


def test_a_vanished_calendar_is_forbidden_until_it_is_made_anew() -> None:
    calendar = MemoryCalendar()
    provider = MemoryProvider(calendar)
    calendar.vanish()

    with pytest.raises(Forbidden):
        provider.check()
    calendar.recreate()
    provider.check()


def test_a_kind_opens_the_calendars_that_it_was_given() -> None:
    calendar = MemoryCalendar(name="main")
    kind = MemoryKind({CalendarId("main"): calendar})

    def access(name: str) -> Access:
        return Access(
            calendar_id=CalendarId(name),
            settings={},
            secret=str,
            zone=BERLIN,
            clock=FrozenClock(),
        )

    kind.open(access("main")).check()
    with pytest.raises(Unknown):
        kind.open(access("other"))
    assert [each.name for each in kind.discover(access("main"))] == ["main"]
    assert kind.check_settings({}) == []
    assert [each.where for each in kind.check_settings({"url": "x"})] == ["url"]
