"""What is sent to a calendar is what was last seen of it, and what is wanted by now.

Looks at each write before it is sent: so a missing condition shows also where nobody came between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.core.appointment import Status
from syncd.core.events import EventStatus, Found, RemoteEvent
from syncd.core.ids import CalendarId, EventRef, Version
from syncd.core.journal import Entry
from syncd.core.operations import WriteEvent
from syncd.core.practice import Calendar
from syncd.ledger import Transaction
from syncd.testing.quirks import Etag
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World

URGENT = "urgent"
"""What the reason of every overbooking begins with; no two are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What was so when a round said what it would write: the journal's head, how the calendar was
    configured, and whether it was still held, behind which fence."""

    seq: int
    at: datetime
    calendar: Calendar
    fence: int
    is_held: bool


def check_update(world: World, calendar_id: CalendarId, before: RemoteEvent) -> None:
    """S4: a write is based on what the ledger has seen, whoever else was there since."""
    with world.eyes.read() as view:
        record = view.known(calendar_id, [before.ref]).get(before.ref)
    seen = record is not None and record.digest == before.digest
    require(seen, "S4", "an update of what the ledger has not seen:", before)


def check_delete(
    world: World, calendar_id: CalendarId, ref: EventRef, version: Version, *, seen: Found | None
) -> None:
    """S4: and so is a deletion, where versions say what was seen; or what was written, while it was
    not yet read back. Where they do not, it was looked at just before: `seen`."""
    quirks = world.calendars[calendar_id].quirks
    with world.eyes.read() as view:
        record = view.known(calendar_id, [ref]).get(ref)
    if record is None:
        known = False
    elif quirks.capabilities.versions_are_unique:
        known = record.version in (version, "")
    else:
        known = isinstance(seen, RemoteEvent) and seen.digest == record.digest
    named = bool(version) or quirks.etag is Etag.NONE
    require(known and named, "S4", "a deletion of what the ledger has not seen:", ref, version)


def check_intents(tx: Transaction, steps: Sequence[WriteEvent]) -> None:
    """S10: what is about to be written is what the appointments are by now, or will be once the
    calendar has said its word."""
    for each in steps:
        now = tx.appointment(each.appointment.id).version
        require(now == each.appointment.version, "S10", "an older state is written:", each)
        status = each.draft.status if each.draft is not None else None
        if status in (EventStatus.TENTATIVE, EventStatus.CONFIRMED):
            mark = each.link.awaited
            waits = each.appointment.status is Status.PENDING
            waits = waits and (mark is None or mark.becomes is Status.PENDING)
            fine = (status is EventStatus.TENTATIVE) == waits
            require(fine, "S10", "a yes that nobody said, or none, is written:", each)


def check_wishes(entries: Sequence[Entry]) -> None:
    """S8: one wish makes one appointment, however often it had to be said."""
    made = Counter(each.note for each in entries if each.action == "book" and each.note)
    twice = [note for note, count in made.items() if note.startswith(URGENT) and count > 1]
    require(not twice, "S8", "booked twice for one wish:", twice)
