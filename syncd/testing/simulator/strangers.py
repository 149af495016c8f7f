"""What is a stranger's stays theirs: their event is not deleted, and keeps its status.

Looks at one write of ours beside what stood there before.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.appointment import Appointment
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import Version
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Happening, MemoryCalendar
from syncd.testing.simulator.violation import require

CANCELLED = EventStatus.CANCELLED


def check_write(view: View, calendar: MemoryCalendar, position: int) -> None:
    """S12: what our write at `position` of the calendar's history did to what was there."""
    done = calendar.history[position]
    before = read(last_before(calendar.history[:position], done))
    if before is None:
        return
    after = read(done)
    if after is None:
        _check_deletion(view, calendar, before)
    elif not before.mark and not after.mark:
        same = before.status is after.status or CANCELLED in (before.status, after.status)
        same = same or calendar.quirks.confirms  # that is the host's to say, and so ours
        require(same, "S12", "a stranger's event gets another status:", before.status, after)
        same = before.transparent is after.transparent or CANCELLED in (before.status, after.status)
        require(same, "S12", "a stranger's event takes time, or none, from now on:", after)
        called_off = after.status is CANCELLED and before.status is not CANCELLED
        frees = after.transparent or not calendar.quirks.capabilities.edits_freely
        require(frees or not called_off, "S12", "called off, and it takes its time:", after)


def read(happening: Happening | None) -> RemoteEvent | None:
    """The event that was left there, if one was that can be understood."""
    if happening is None or not happening.body:
        return None
    event = memory_body.read(happening.ref, Version(""), happening.body)
    return event if isinstance(event, RemoteEvent) else None


def _check_deletion(view: View, calendar: MemoryCalendar, before: RemoteEvent) -> None:
    """What others made is cancelled where it stands; what we made goes with its appointment."""
    if not before.mark:
        kept = calendar.quirks.capabilities.keeps_cancelled
        require(not kept, "S12", "a stranger's event is deleted:", before)
        return
    appointment: Appointment = view.appointment(before.mark)
    require(appointment.is_over, "S12", "the event of a live appointment is deleted:", before)


def last_before(history: Sequence[Happening], done: Happening) -> Happening | None:
    """What happened last at this address before."""
    here = (
        each
        for each in reversed(history)
        if (each.ref, each.incarnation) == (done.ref, done.incarnation)
    )
    return next(here, None)
