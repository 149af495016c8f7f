"""A colleague with a calendar program of her own: python-caldav, which knows nothing of syncd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

FOREIGN = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//A Colleague//Her Calendar 7.1//EN
BEGIN:VEVENT
UID:follow-up-okafor@her-phone
DTSTAMP:{stamp}
DTSTART:{start}
DTEND:{end}
SUMMARY:Follow-up Ms. Okafor
DESCRIPTION:Bring the letter from the clinic.\\nAsk about the new glasses.
LOCATION:Room 2
CATEGORIES:Follow-up,Eyes
X-HER-COLOUR;VALUE=TEXT:apricot
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Get the file out
TRIGGER:-PT45M
X-HER-SOUND:gong
END:VALARM
END:VEVENT
END:VCALENDAR
"""
WEEKLY = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//A Colleague//Her Calendar 7.1//EN
BEGIN:VEVENT
UID:supervision@her-phone
DTSTAMP:{stamp}
DTSTART:{start}
DTEND:{end}
RRULE:FREQ=WEEKLY;COUNT=26
SUMMARY:Supervision
END:VEVENT
END:VCALENDAR
"""


@dataclass(frozen=True, slots=True)
class Colleague:
    """Her program, logged in to one calendar (a `caldav.Calendar`)."""

    calendar: Any

    def move(self, number: str, by: timedelta) -> None:
        """Drag the event of this appointment to another time."""
        event = self._event_of(number)
        component = event.icalendar_component
        for name in ("dtstart", "dtend"):
            moved = component[name].dt + by
            component.pop(name)
            component.add(name, moved)
        event.save()

    def delete(self, number: str) -> None:
        self._event_of(number).delete()

    def add(self, text: str, start: datetime, duration: timedelta, *, stamp: datetime) -> str:
        """Add an event from one of the texts above; its address."""
        filled = text.format(
            stamp=_written(stamp), start=_written(start), end=_written(start + duration)
        )
        return str(self.calendar.save_event(filled.replace("\n", "\r\n")).url)

    def body(self, address: str) -> str:
        """The event at this address as the server has it now, as text."""
        return str(self.calendar.event_by_url(address).data)

    def _event_of(self, number: str) -> Any:
        events = (each for each in self.calendar.events() if number in (each.data or ""))
        return next(events)


def meet(origin: str, username: str, password: str) -> Callable[[str], Colleague]:
    """How a calendar of this account is made, with somebody who edits it."""
    from caldav.davclient import DAVClient  # noqa: PLC0415  slow to load, for the demo only

    client: Any = DAVClient(f"{origin}/{username}/", username=username, password=password)

    def make(name: str) -> Colleague:
        return Colleague(client.principal().make_calendar(name=name, cal_id=name.lower()))

    return make


def _written(instant: datetime) -> str:
    return f"{instant:%Y%m%dT%H%M%SZ}"
