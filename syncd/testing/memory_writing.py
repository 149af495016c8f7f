"""What a provider decides about a write to a memory calendar: adopt, refuse, or do it, and how.

No faults and no counting: `MemoryProvider` puts them around. Each function is one request.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.errors import Rejected
from syncd.core.events import Draft, EventStatus, RemoteEvent, Unreadable, agrees
from syncd.core.ids import EventRef, Uid, Version
from syncd.ports import (
    Adopted,
    Conflict,
    CreateIdempotency,
    CreateResult,
    Gone,
    KeyBurnt,
    UpdateResult,
    Written,
)
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Hand, MemoryCalendar, Stored


def create(calendar: MemoryCalendar, draft: Draft) -> CreateResult:
    """Adopt what an earlier create made, else create; `Rejected` for a refused uid."""
    _require_accepted(calendar, draft)
    if calendar.quirks.capabilities.create_idempotency is CreateIdempotency.SEARCH:
        return _create_after_search(calendar, draft)
    ref = calendar.address(draft.uid) or EventRef(draft.uid)
    there = calendar.event(calendar.holder_of(draft.uid) or ref)
    if isinstance(there, RemoteEvent) and _is_ours(there, draft):
        return Adopted(there)
    if there is not None or calendar.is_burnt(ref) or calendar.is_a_neighbours(draft.uid):
        return KeyBurnt("something else is, or was, at this address")
    _require_room(calendar)
    return _written(calendar, ref, memory_body.render(draft, draft.uid))


def objection(calendar: MemoryCalendar, before: RemoteEvent, draft: Draft) -> UpdateResult | None:
    """Why an update cannot be made, or that it was made already; None when it can."""
    there = calendar.event(before.ref)
    if there is None:
        return Gone()
    _require_accepted(calendar, draft)
    if isinstance(there, Unreadable):
        return Conflict(None)
    if there.version == before.version and there.digest == before.digest:
        return None
    there = _successor(calendar, there)
    wanted = memory_body.patch(before.body, draft)
    was_ours = there.ref != before.ref and agrees(replace(draft, title=None), there)
    if was_ours or memory_body.digest(wanted) == there.digest:
        return Written(ref=there.ref, version=there.version, sent=wanted)
    return Conflict(there)


def update(calendar: MemoryCalendar, before: RemoteEvent, draft: Draft) -> UpdateResult:
    """Write without looking: freely, or as the calendar's own actions (cancel, move, confirm)."""
    body = memory_body.patch(before.body, draft)
    if calendar.quirks.capabilities.edits_freely:
        return _written(calendar, before.ref, body)
    if is_over(calendar, before):
        raise Rejected("a cancelled booking cannot be changed")
    if draft.status is EventStatus.CANCELLED:
        calendar.remove(before.ref, Hand.SYNCD)
        return _standing(calendar, before.ref, body)
    own_title = memory_body.patch(before.body, replace(draft, title=None))
    if not agrees(replace(draft, title=None, status=None, transparent=None), before):
        stored = calendar.continue_as_new(before.ref, own_title, Hand.SYNCD)
        return _answer(calendar, stored, own_title)
    if draft.status not in (None, before.status):
        return _written(calendar, before.ref, own_title)
    return _standing(calendar, before.ref, before.body)


def is_over(calendar: MemoryCalendar, event: RemoteEvent | Unreadable) -> bool:
    """Deleted as far as a calendar that keeps its deleted events can delete."""
    return (
        calendar.quirks.capabilities.keeps_deleted
        and isinstance(event, RemoteEvent)
        and event.status is EventStatus.CANCELLED
    )


def _create_after_search(calendar: MemoryCalendar, draft: Draft) -> CreateResult:
    for event in calendar.events():
        if draft.mark and event.mark == draft.mark and not is_over(calendar, event):
            return Adopted(event)
    _require_room(calendar)
    ref = calendar.new_address(draft.uid)
    uid = Uid(f"{ref}@{calendar.name}")
    return _written(calendar, ref, memory_body.render(draft, uid))


def _require_accepted(calendar: MemoryCalendar, draft: Draft) -> None:
    if draft.uid in calendar.refused:
        raise Rejected("this server accepts no such event")


def _require_room(calendar: MemoryCalendar) -> None:
    if calendar.room is not None and len(calendar.refs) >= calendar.room:
        raise Rejected("this calendar is full")


def _is_ours(there: RemoteEvent, draft: Draft) -> bool:
    """The same identity, and nothing that says otherwise."""
    return there.uid == draft.uid and there.mark in (None, draft.mark)


def _successor(calendar: MemoryCalendar, event: RemoteEvent) -> RemoteEvent:
    """The event that took the place of `event`, at the end of all moves; itself if none did."""
    followers = {each.continues: each for each in calendar.events() if each.continues}
    while event.ref in followers:
        event = followers[event.ref]
    return event


def _written(calendar: MemoryCalendar, ref: EventRef, body: str) -> Written:
    return _answer(calendar, calendar.put(ref, body, Hand.SYNCD), body)


def _standing(calendar: MemoryCalendar, ref: EventRef, sent: str) -> Written:
    stored = calendar.stored(ref)
    if stored is None:
        return Written(ref=ref, version=Version(""), sent=sent)
    return _answer(calendar, stored, sent)


def _answer(calendar: MemoryCalendar, stored: Stored, sent: str) -> Written:
    quirks = calendar.quirks
    as_sent = quirks.names_rewritten_versions or stored.body == sent
    named = quirks.answers_versions and as_sent
    version = calendar.version_of(stored) if named else Version("")
    return Written(ref=stored.ref, version=version, sent=sent)
