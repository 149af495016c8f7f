"""Appointments as iCalendar (RFC 5545), for people's own calendars: read there, never written back.

The UIDs are of our own, and none of those under which the same appointments stand in the practice's
calendars.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from icalendar import Calendar, Event

from syncd.core.appointment import Appointment, Status
from syncd.core.disclosure import title_for
from syncd.core.practice import Activity, Disclosure, Practice, Practitioner
from syncd.core.time import zone

MEDIA_TYPE = "text/calendar"
ICALENDAR: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}, "description": "iCalendar"}
}
"""How it is documented."""
_NAMESPACE = UUID("0d0c2a5e-8f8a-5b61-9a0e-6f2c1f6f5b11")
_STATUSES = {
    Status.PROPOSED: "TENTATIVE",
    Status.PENDING: "TENTATIVE",
    Status.CANCELLED: "CANCELLED",
    Status.ENTERED_IN_ERROR: "CANCELLED",
}


def one_appointment(
    appointment: Appointment,
    practice: Practice | None,
    practitioner: Practitioner,
    activity: Activity | None,
) -> bytes:
    """For the client: what, with whom, and the number to name."""
    what = activity.name if activity else appointment.title or "Appointment"
    where = practice.name if practice else ""
    event = _event(appointment, f"{what} · {practitioner.name}")
    event.add("description", f"{where}\n{appointment.number}".strip())
    if appointment.as_booked is not None and appointment.as_booked.link:
        event.add("url", appointment.as_booked.link)
    return _calendar([event])


def feed(appointments: Iterable[Appointment], activities: Iterable[Activity], name: str) -> bytes:
    """For the practitioner: as little as the practice's own calendars are told."""
    known = {each.id: each for each in activities}
    events = []
    for each in appointments:
        activity = known.get(each.activity_id) if each.activity_id else None
        title = title_for(each, activity=activity, disclosure=Disclosure.INITIALS)
        events.append(_event(each, title))
    return _calendar(events, name)


def _calendar(events: Iterable[Event], name: str | None = None) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//syncd//syncd//EN")
    calendar.add("version", "2.0")
    if name is not None:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
    for each in events:
        calendar.add_component(each)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(appointment: Appointment, title: str) -> Event:
    event = Event()
    event.add("uid", str(uuid5(_NAMESPACE, appointment.id)))
    event.add("dtstamp", appointment.created_at)
    event.add("dtstart", _wall(appointment.start, appointment))
    event.add("dtend", _wall(appointment.end, appointment))
    event.add("summary", title)
    event.add("status", _STATUSES.get(appointment.status, "CONFIRMED"))
    event.add("sequence", appointment.version)
    return event


def _wall(instant: datetime, appointment: Appointment) -> datetime:
    return instant.astimezone(zone(appointment.timezone))
