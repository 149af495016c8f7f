"""The calendar in memory in the shape of Google, and in that of Cal.com."""

from __future__ import annotations

from dataclasses import replace

import pytest
from memory_events import HOUR, a_meeting, created

from syncd.core.errors import Rejected, Transient
from syncd.core.events import EventStatus, RemoteEvent
from syncd.ports import Adopted, ChangeSet, KeyBurnt, Rescan, Written
from syncd.testing import (
    CALCOM,
    CALDAV,
    GOOGLE,
    FaultScript,
    MemoryCalendar,
    MemoryProvider,
    Moment,
    Quirks,
    answer_lost,
)
from syncd.testing.builders import NINE, a_draft, cancelled

# The Google shape


def test_a_deleted_google_event_burns_its_id() -> None:
    calendar = MemoryCalendar(GOOGLE)
    provider = MemoryProvider(calendar)
    event = created(provider)
    calendar.colleague_deletes(event.ref)

    assert isinstance(provider.create(a_draft()), KeyBurnt)
    assert calendar.refs == ()


def test_cancelling_a_google_event_deletes_it() -> None:
    calendar = MemoryCalendar(GOOGLE)
    provider = MemoryProvider(calendar)
    event = created(provider)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    provider.update(event, cancelled(a_draft()))

    answer = provider.changes(cursor)
    assert isinstance(answer, ChangeSet)
    assert answer.gone == (event.ref,)


def test_an_expired_cursor_is_a_rescan() -> None:
    calendar = MemoryCalendar(replace(GOOGLE, cursor_lives_for=2))
    provider = MemoryProvider(calendar)
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    for _ in range(3):
        calendar.colleague_adds(a_meeting())

    assert isinstance(provider.changes(cursor), Rescan)


@pytest.mark.parametrize("quirks", [CALDAV, GOOGLE], ids=["caldav", "google"])
def test_all_cursors_can_be_made_to_expire(quirks: Quirks) -> None:
    calendar = MemoryCalendar(quirks)
    provider = MemoryProvider(calendar)
    calendar.colleague_adds(a_meeting())
    cursor = provider.listing(bodies=False).cursor
    assert cursor is not None

    calendar.expire_cursors()

    assert isinstance(provider.changes(cursor), Rescan)
    renewed = provider.listing(bodies=False).cursor
    assert renewed is not None
    calendar.colleague_adds(a_meeting())
    answer = provider.changes(renewed)
    assert isinstance(answer, ChangeSet)
    assert len(answer.changed) == 1


# The Cal.com shape


def test_a_reschedule_continues_under_a_new_identity() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)

    result = provider.update(event, a_draft(start=NINE + HOUR))

    assert isinstance(result, Written)
    moved, old = calendar.event(result.ref), calendar.event(event.ref)
    assert isinstance(moved, RemoteEvent)
    assert isinstance(old, RemoteEvent)
    assert (moved.continues, moved.mark) == (event.ref, event.mark)
    assert moved.uid != event.uid
    assert old.status is EventStatus.CANCELLED


def test_a_colleague_moves_a_booking_to_a_new_identity_too() -> None:
    calendar = MemoryCalendar(CALCOM)
    ref = calendar.colleague_adds(a_meeting())

    moved = calendar.colleague_moves(ref, NINE + HOUR, NINE + 2 * HOUR)

    event = calendar.event(moved)
    assert isinstance(event, RemoteEvent)
    assert moved != ref
    assert event.continues == ref


def test_a_title_cannot_be_written_to_a_booking() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)

    result = provider.update(event, a_draft(title="Another"))

    assert isinstance(result, Written)
    assert result.version == event.version
    assert calendar.event(event.ref) == event


def test_a_cancelled_booking_cannot_be_changed() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    ref = created(provider).ref
    calendar.colleague_deletes(ref)
    event = calendar.event(ref)
    assert isinstance(event, RemoteEvent)

    with pytest.raises(Rejected):
        provider.update(event, a_draft(start=NINE + HOUR))


def test_a_reschedule_whose_answer_was_lost_is_found_by_asking_again() -> None:
    faults = FaultScript()
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at("update", answer_lost(), moment=Moment.AFTER)
    draft = a_draft(start=NINE + HOUR)
    with pytest.raises(Transient):
        provider.update(event, draft)

    again = provider.update(event, draft)

    assert isinstance(again, Written)
    assert len(calendar.refs) == 2
    assert calendar.event(again.ref).continues == event.ref


def test_a_create_finds_its_own_booking_by_the_mark() -> None:
    calendar = MemoryCalendar(CALCOM)
    provider = MemoryProvider(calendar)
    event = created(provider)
    provider.update(event, a_draft(start=NINE + HOUR))

    again = provider.create(a_draft())

    assert isinstance(again, Adopted)
    assert again.event.continues == event.ref


def test_without_conditions_an_edit_between_reading_and_writing_is_lost() -> None:
    """What the declaration means: read-compare-write narrows the window and does not close it."""
    faults = FaultScript()
    calendar = MemoryCalendar(replace(CALDAV, honours_preconditions=False))
    provider = MemoryProvider(calendar, faults=faults)
    event = created(provider)
    faults.at(
        "update",
        lambda: calendar.colleague_renames(event.ref, "Theirs"),
        moment=Moment.BETWEEN,
    )

    result = provider.update(event, a_draft(start=NINE + HOUR))

    assert isinstance(result, Written)
    assert calendar.content(event.ref).title != "Theirs"
