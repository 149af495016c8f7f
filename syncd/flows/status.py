"""How things stand: each calendar's health, what waits, and today's appointments. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from syncd.core.appointment import Appointment, Status
from syncd.core.practice import Calendar, Practice
from syncd.core.remote import CalendarState
from syncd.core.scene import PUBLISH_FROM
from syncd.core.time import day_bounds, local_day, zone
from syncd.flows.sync import count_troubles
from syncd.ledger import AppointmentFilter, View


class Health(StrEnum):
    """How a calendar stands to the ledger, the worst that is true of it. `IN_SYNC` claims that it
    was read in good time and that nothing waits, on either side; a doubt about what was read or
    written waits to be settled."""

    SUSPENDED = "suspended"
    FAILING = "failing"
    NEVER_READ = "never-read"
    STALE = "stale"
    CONFLICTS = "conflicts"
    PENDING = "pending"
    QUARANTINED = "quarantined"
    IN_SYNC = "in-sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarStatus:
    """`age` is how long ago it was last read to the end; `pending` counts appointments that the
    calendar must still be told of; `holder` is the node that works on it now."""

    calendar: Calendar
    state: CalendarState
    health: Health
    age: timedelta | None
    pending: int
    conflicts: int
    quarantined: int
    holder: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """`today` counts today's appointments (the practice's day) by status; `next_one` is the next
    that holds time."""

    practice: Practice
    calendars: tuple[CalendarStatus, ...]
    today: Mapping[Status, int]
    next_one: Appointment | None


def overview(view: View, practice: Practice) -> Overview:
    """How everything stands at the view's moment."""
    holders = view.lease_holders()
    states = {each.calendar_id: each for each in view.states()}
    tz = zone(practice.timezone)
    today = day_bounds(local_day(view.now, tz), tz)
    todays = view.appointments(AppointmentFilter(start=today.start, end=today.end))
    alive = frozenset(each for each in Status if each.holds_time)
    coming = view.appointments(AppointmentFilter(start=view.now, statuses=alive, limit=2))
    return Overview(
        practice=practice,
        calendars=tuple(
            _status(view, each, states[each.id], holder=holders.get(each.id))
            for each in view.calendars()
        ),
        today=Counter(each.status for each in todays),
        next_one=next((each for each in coming if each.start >= view.now), None),
    )


def _status(
    view: View, calendar: Calendar, state: CalendarState, *, holder: str | None
) -> CalendarStatus:
    conflicts, quarantined = count_troubles(view, calendar.id)
    pending = len(view.dirty_links(calendar.id))
    if calendar.mode.writes:
        since = view.now - PUBLISH_FROM
        pending += len(
            view.unlinked_appointments(calendar.id, calendar.practitioner_id, ending_after=since)
        )
    age = view.now - state.last_read_at if state.last_read_at else None
    health = Health.IN_SYNC
    for claim, holds in (
        (Health.SUSPENDED, state.suspended_at is not None),
        (Health.FAILING, state.failures > 0),
        (Health.NEVER_READ, age is None),
        (Health.STALE, age is not None and age > calendar.stale_after),
        (Health.CONFLICTS, conflicts > 0),
        (Health.PENDING, pending > 0 or state.doubt),
        (Health.QUARANTINED, quarantined > 0),
    ):
        if holds:
            health = claim
            break
    return CalendarStatus(
        calendar=calendar,
        state=state,
        health=health,
        age=age,
        pending=pending,
        conflicts=conflicts,
        quarantined=quarantined,
        holder=holder,
    )
