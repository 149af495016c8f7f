"""Who agreed to what: no request is confirmed without a yes, and no yes is lost.

By rules that are said here once more and not taken from the engine.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.core.appointment import Appointment, Link, Origin, Status
from syncd.core.events import EventStatus, RemoteEvent, Timed
from syncd.core.ids import CalendarId, EventRef
from syncd.core.journal import Entry
from syncd.core.practice import Calendar
from syncd.ledger import View
from syncd.testing.memory_calendar import Hand
from syncd.testing.simulator.modes import ADOPTING, WRITTEN
from syncd.testing.simulator.profile import STAFF
from syncd.testing.simulator.strangers import read
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World


Request = tuple[CalendarId, EventRef | None, datetime]


def requests_known(world: World, view: View) -> set[Request]:
    """Which events the ledger knows to wait for a yes just now, and at what time."""
    return {
        (link.calendar_id, link.ref, link.base.start)
        for calendar_id, calendar in world.calendars.items()
        if calendar.quirks.confirms
        for each in view.appointments()
        if (link := view.link(calendar_id, each.id)) and link.base and link.base.tentative
    }


def check_agreed(
    world: World, calendar: Calendar, event: RemoteEvent, *, link: Link, of: Appointment
) -> None:
    """S1: at rest, what waits in the ledger waits in the calendar, and the other way round. A
    calendar that confirmed what the ledger never saw to wait may have done so by itself."""
    quirks = world.calendars[calendar.id].quirks
    about = (of.number, calendar.id, link, event)
    pending, asks = of.status is Status.PENDING, event.status is EventStatus.TENTATIVE
    asked = link.base is not None and link.base.tentative
    if not quirks.confirms or calendar.mode not in ADOPTING:
        shown = link.origin is Origin.OURS and quirks.capabilities.edits_freely
        written = shown and calendar.mode in WRITTEN
        require(not written or asked == pending, "S1", "tentative?", about)
        return
    require(asked == asks, "S1", "does the calendar ask?", about)
    if asks != pending and calendar.mode in WRITTEN:
        require(pending, "S1", "agreed to, and nobody was told:", about)
        assert isinstance(event.when, Timed)
        waited = (calendar.id, event.ref, event.when.start) in world.oracle.requests
        require(not waited, "S1", "a yes was not heard:", about)


def check_yes(world: World, calendar_id: CalendarId, entry: Entry) -> None:
    """S5: what a calendar is said to have confirmed, somebody confirmed there, at that time; what
    it made wait again, somebody moved there."""
    if entry.action == "confirm" and not is_a_persons(entry):
        return  # the calendar's own word: see `words`
    before, after = json.loads(entry.before or "{}"), json.loads(entry.after or "{}")
    became = (before.get("status"), after.get("status"))
    if before.get("status") == after.get("status") or after.get("status") == Status.CANCELLED:
        return
    wanted = {
        (Status.PENDING, Status.BOOKED): EventStatus.CONFIRMED,
        (Status.BOOKED, Status.PENDING): EventStatus.TENTATIVE,
    }.get(became)
    require(wanted is not None, "S5", "no calendar can do that:", became)
    history = world.calendars[calendar_id].history
    theirs = (read(each) for each in history if each.hand is Hand.COLLEAGUE)
    said = any(each is not None and each.status is wanted and _at(each, after) for each in theirs)
    require(said, "S5", "nobody said so in the calendar:", entry.subject_id, became, after)


def is_a_persons(entry: Entry) -> bool:
    """Whether staff did it, here or in a calendar: not its calendar's word, nor a deadline."""
    return entry.actor == STAFF.actor or (entry.note or "").startswith("confirmed in ")


def _at(event: RemoteEvent, state: dict[str, str]) -> bool:
    shown = [getattr(event.when, name, None) for name in ("start", "end")]
    return [each and each.isoformat() for each in shown] == [state["start"], state["end"]]
