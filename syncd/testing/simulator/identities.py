"""Which event is an appointment's: no other one than before, unless it moved there."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from syncd.core.appointment import Link
from syncd.core.events import RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId, EventRef
from syncd.core.remote import RemoteKind
from syncd.ledger import Transaction, View
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.simulator.violation import require

STRANGERS = (RemoteKind.BUSY, RemoteKind.IGNORED, RemoteKind.MIRROR)


def check_links(
    tx: Transaction, before: View, calendar_id: CalendarId, memory: MemoryCalendar
) -> None:
    """S3: what was known as a stranger's event does not become an old appointment's, unless the
    calendar itself says that the appointment's event moved there, or we made it for just this
    appointment, by a request that arrived late."""
    ids = [each.id for each in before.appointments()]
    were = {key: _here(links, calendar_id) for key, links in before.links_of(ids).items()}
    for key, links in tx.links_of(ids).items():
        was, now = were.get(key), _here(links, calendar_id)
        if was is None or now is None or now in ("", was):
            continue
        record = before.known(calendar_id, [now]).get(now)
        foreign = record is not None and record.kind in STRANGERS
        foreign = foreign and not (_moved(memory, was, now) or _was_made_for(memory, now, key))
        require(not foreign, "S3", "a stranger's event is taken for", key, record)


def check_generations(
    tx: Transaction, before: View, calendar_id: CalendarId, answered: Collection[str]
) -> None:
    """S8: what was sent and not `answered` may have had its effect, or have it yet: it is tried
    again under the same identity. An event that was cancelled for good is written anew unasked."""
    ids = [each.id for each in before.appointments()]
    were = before.links_of(ids)
    for key, links in tx.links_of(ids).items():
        known = {each.calendar_id: each for each in were.get(key, ())}
        for now in links:
            was = known.get(now.calendar_id)
            if was is None or now.calendar_id != calendar_id or now.generation <= was.generation:
                continue
            is_spent = was.base is not None and was.base.cancelled
            heard = key in answered or is_spent
            require(heard, "S8", "another identity for what was not answered:", was, now)


def _moved(memory: MemoryCalendar, was: EventRef, now: EventRef) -> bool:
    """Whether the event of one address is by now the one at the other."""
    event = memory.event(now)
    while isinstance(event, RemoteEvent) and event.continues is not None:
        if event.continues == was:
            return True
        event = memory.event(event.continues)
    return False


def _was_made_for(memory: MemoryCalendar, now: EventRef, key: AppointmentId) -> bool:
    """Whether we ourselves made the event at an address, and for this appointment."""
    first = next((each for each in memory.history if each.ref == now and each.body), None)
    if first is None or first.hand is not Hand.SYNCD:
        return False
    event = memory.event(now)
    return isinstance(event, RemoteEvent) and event.mark == key


def _here(links: Sequence[Link], calendar_id: CalendarId) -> EventRef | None:
    """Where in this calendar the event is; "" where there is a link and no event."""
    return next(
        (each.ref or EventRef("") for each in links if each.calendar_id == calendar_id), None
    )
