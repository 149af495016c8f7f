"""Values with sensible defaults, so that a test names only what it is about.

`an_appointment(status=Status.PENDING)` is a whole valid appointment. Nothing is random: two calls
with equal changes give equal values. Ends follow starts by half an hour unless given.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from syncd.core.appointment import Agreed, Appointment, Client, Link, Origin
from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed
from syncd.core.ids import (
    ActivityId,
    AppointmentId,
    CalendarId,
    ClientId,
    EventRef,
    Number,
    PracticeId,
    PractitionerId,
    Uid,
    Version,
    format_number,
    remote_uid,
)
from syncd.core.practice import Activity, Calendar, Practice, Practitioner
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.schedule import OpeningHours, Weekday, WeeklyWindow, Window
from syncd.testing.clock import MONDAY

HALF_HOUR = timedelta(minutes=30)
NINE = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
"""Monday 2031-03-03 09:00 UTC, when the built appointments and events start."""

MONDAY_DATE = MONDAY.date()

WORKING_WEEK = OpeningHours(
    weekly=tuple(
        WeeklyWindow(day=day, window=Window(time(9), time(17)))
        for day in (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI)
    )
)


def utc(text: str) -> datetime:
    """`utc("2031-03-03 09:00")`: an aware UTC time from ISO 8601 without an offset."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def a_number(sequence: int = 1, day: date = MONDAY_DATE, prefix: str = "AID") -> Number:
    return format_number(prefix, day, sequence)


def a_practice(**changes: Any) -> Practice:
    practice = Practice(
        id=PracticeId("riverside"), name="Riverside Clinic", timezone="Europe/Berlin"
    )
    return replace(practice, **changes)


def a_practitioner(**changes: Any) -> Practitioner:
    """Open from nine to five on working days, in Berlin."""
    practitioner = Practitioner(
        id=PractitionerId("dr-patel"),
        name="Dr. Priya Patel",
        timezone="Europe/Berlin",
        hours=WORKING_WEEK,
    )
    return replace(practitioner, **changes)


def an_activity(**changes: Any) -> Activity:
    activity = Activity(id=ActivityId("consultation"), name="Consultation", duration=HALF_HOUR)
    return replace(activity, **changes)


def a_client(**changes: Any) -> Client:
    client = Client(id=ClientId("client-1"), name="Jane Doe", email="jane.doe@example.org")
    return replace(client, **changes)


def a_calendar(**changes: Any) -> Calendar:
    """A two-way calendar of Dr. Patel's that adopts everything."""
    calendar = Calendar(
        id=CalendarId("patel-main"),
        provider="memory",
        practitioner_id=PractitionerId("dr-patel"),
    )
    return replace(calendar, **changes)


def an_appointment(**changes: Any) -> Appointment:
    """Jane Doe's consultation with Dr. Patel, booked, Monday 09:00 to 09:30 UTC."""
    start = changes.get("start", NINE)
    appointment = Appointment(
        id=AppointmentId("appointment-1"),
        practice_id=PracticeId("riverside"),
        number=a_number(),
        practitioner_id=PractitionerId("dr-patel"),
        start=start,
        end=changes.get("end", start + HALF_HOUR),
        timezone="Europe/Berlin",
        created_at=MONDAY,
        activity_id=ActivityId("consultation"),
        client=a_client(),
    )
    return replace(appointment, **changes)


def a_draft(**changes: Any) -> Draft:
    """What `an_appointment` should look like in a calendar."""
    start = changes.get("start", NINE)
    draft = Draft(
        uid=remote_uid(AppointmentId("appointment-1"), CalendarId("patel-main"), 1),
        start=start,
        end=changes.get("end", start + HALF_HOUR),
        zone="Europe/Berlin",
        title="Consultation · J. D. · AID-20310303-0001",
        mark="appointment-1",
    )
    return replace(draft, **changes)


def an_event(**changes: Any) -> RemoteEvent:
    """A colleague's plain event. `start` and `end` are accepted beside `when`, in Berlin."""
    start = changes.pop("start", NINE)
    end = changes.pop("end", start + HALF_HOUR)
    event = RemoteEvent(
        ref=EventRef("/patel-main/colleague-1.ics"),
        version=Version('"1"'),
        uid=Uid("colleague-1"),
        when=Timed(start, end, "Europe/Berlin"),
        title="Team meeting",
    )
    return replace(event, **changes)


def an_agreed(**changes: Any) -> Agreed:
    """The base that `an_appointment` and its event last agreed on."""
    start = changes.get("start", NINE)
    agreed = Agreed(
        start=start,
        end=changes.get("end", start + HALF_HOUR),
        title="Consultation · J. D. · AID-20310303-0001",
    )
    return replace(agreed, **changes)


def a_link(**changes: Any) -> Link:
    """A link of our own making that was never written."""
    link = Link(
        appointment_id=AppointmentId("appointment-1"),
        calendar_id=CalendarId("patel-main"),
        uid=remote_uid(AppointmentId("appointment-1"), CalendarId("patel-main"), 1),
        origin=Origin.OURS,
    )
    return replace(link, **changes)


def a_remote_record(**changes: Any) -> RemoteRecord:
    record = RemoteRecord(
        calendar_id=CalendarId("patel-main"),
        ref=EventRef("/patel-main/colleague-1.ics"),
        version=Version('"1"'),
        kind=RemoteKind.BUSY,
        uid=Uid("colleague-1"),
    )
    return replace(record, **changes)


def a_calendar_state(**changes: Any) -> CalendarState:
    return replace(CalendarState(calendar_id=CalendarId("patel-main")), **changes)


def cancelled(draft: Draft) -> Draft:
    """The draft of the same appointment after it was cancelled: it stays, and frees the time."""
    return replace(draft, status=EventStatus.CANCELLED, transparent=True)
