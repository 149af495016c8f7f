"""What is answered, as JSON: minutes as numbers, times in RFC 3339 with an offset, and of each
thing as much as whoever asks may know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from syncd.core.access import Caller, Role
from syncd.core.actions import Action
from syncd.core.appointment import (
    Acknowledgement,
    Appointment,
    Client,
    Flag,
    Link,
    LinkState,
    Party,
    Payment,
    Status,
)
from syncd.core.journal import Entry
from syncd.core.lifecycle import allowed_actions
from syncd.core.practice import Activity, Practitioner
from syncd.web.times import minutes, shown
from syncd.web.wire import Wire


class ClientOut(Wire):
    id: str
    name: str
    email: str | None
    phone: str | None

    @classmethod
    def of(cls, client: Client) -> ClientOut:
        return cls(id=client.id, name=client.name, email=client.email, phone=client.phone)


class ClientsOut(Wire):
    clients: list[ClientOut]
    page: int
    limit: int


class LinkOut(Wire):
    """How the appointment stands in one calendar."""

    calendar_id: str
    state: LinkState


class AppointmentOut(Wire):
    """An appointment. `links` and `flags` are for staff, and empty for others. `actions` are those
    that whoever asks may do by state and role; their moment may still be wrong."""

    id: str
    number: str = Field(examples=["AID-20250921-0001"])
    status: Status
    payment: Payment
    acknowledgement: Acknowledgement
    activity_id: str | None
    practitioner_id: str
    client: ClientOut | None
    start: datetime
    end: datetime
    timezone: str = Field(description="IANA name that `start` and `end` are shown in.")
    duration_minutes: int
    title: str | None = Field(description="Of an event that a calendar brought.")
    created_at: datetime
    cancelled_by: Party | None
    reason: str | None
    notice_hours: int | None = Field(description="Whole hours from a cancellation to the start.")
    hold_expires_at: datetime | None
    version: int
    flags: list[Flag]
    links: list[LinkOut]
    actions: list[Action]

    @classmethod
    def of(cls, it: Appointment, links: list[Link], caller: Caller) -> AppointmentOut:
        held_until = it.hold_expires_at
        return cls(
            id=it.id,
            number=it.number,
            status=it.status,
            payment=it.payment,
            acknowledgement=it.acknowledgement,
            activity_id=it.activity_id,
            practitioner_id=it.practitioner_id,
            client=_client(it.client, caller),
            start=shown(it.start, it.timezone),
            end=shown(it.end, it.timezone),
            timezone=it.timezone,
            duration_minutes=minutes(it.interval.duration),
            title=it.title,
            created_at=shown(it.created_at, it.timezone),
            cancelled_by=it.cancelled_by,
            reason=it.reason,
            notice_hours=it.notice_hours,
            hold_expires_at=shown(held_until, it.timezone) if held_until else None,
            version=it.version,
            flags=sorted(it.flags) if caller.is_staff else [],
            links=_links(links) if caller.is_staff else [],
            actions=_actions(it, caller),
        )


def _client(client: Client | None, caller: Caller) -> ClientOut | None:
    """Whoever books as the public says who it is for, and is not told what is known of them."""
    return ClientOut.of(client) if client and caller.role is not Role.PUBLIC else None


def _links(links: list[Link]) -> list[LinkOut]:
    ordered = sorted(links, key=lambda each: each.calendar_id)
    return [LinkOut(calendar_id=each.calendar_id, state=each.state) for each in ordered]


def _actions(it: Appointment, caller: Caller) -> list[Action]:
    return list(allowed_actions(it, caller.role.party)) if caller.owns(it) else []


class AppointmentsOut(Wire):
    appointments: list[AppointmentOut]
    page: int
    limit: int
    total: int


class BookedOut(Wire):
    """`message` is for a person, in the language that was asked for first."""

    appointment: AppointmentOut
    message: str


class EntryOut(Wire):
    """One entry of the journal about an appointment."""

    seq: int
    at: datetime
    actor: str
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    why: str | None

    @classmethod
    def of(cls, entry: Entry) -> EntryOut:
        return cls(
            seq=entry.seq,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            before=entry.state_before,
            after=entry.state_after,
            why=entry.note,
        )


class HistoryOut(Wire):
    entries: list[EntryOut]


class DossierOut(Wire):
    """Everything that is kept about a client."""

    client: ClientOut
    appointments: list[AppointmentOut]
    entries: list[EntryOut]


class PublicActivity(Wire):
    """What somebody who books needs to know of an activity."""

    id: str
    name: str
    duration_minutes: int
    durations_minutes: list[int] = Field(description="All that may be chosen.")
    price: str | None
    color: str | None
    needs_confirmation: bool
    minimum_notice_minutes: int
    days_ahead: int | None
    practitioner_ids: list[str] = Field(description="Who offers it.")

    @classmethod
    def of(cls, it: Activity, practitioners: list[Practitioner]) -> PublicActivity:
        return cls(**_public(it, practitioners))


class ActivityOut(PublicActivity):
    """The same with what only staff see."""

    step_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    max_per_day: int | None
    max_per_week: int | None
    needs_acknowledgement: bool

    @classmethod
    def of(cls, it: Activity, practitioners: list[Practitioner]) -> ActivityOut:
        terms = it.terms
        return cls(
            **_public(it, practitioners),
            step_minutes=minutes(terms.step),
            buffer_before_minutes=minutes(terms.before),
            buffer_after_minutes=minutes(terms.after),
            max_per_day=terms.most_a_day,
            max_per_week=terms.most_a_week,
            needs_acknowledgement=it.offering.acknowledged,
        )


def _public(it: Activity, practitioners: list[Practitioner]) -> dict[str, Any]:
    return {
        "id": it.id,
        "name": it.name,
        "duration_minutes": minutes(it.duration),
        "durations_minutes": [minutes(each) for each in it.offering.lengths(it.duration)],
        "price": it.price,
        "color": it.color,
        "needs_confirmation": it.needs_confirmation,
        "minimum_notice_minutes": minutes(it.offering.notice),
        "days_ahead": it.offering.days_ahead,
        "practitioner_ids": [
            each.id for each in practitioners if it.offering.is_offered_by(each.id)
        ],
    }


class ActivitiesOut(Wire):
    activities: list[ActivityOut]


class PublicActivitiesOut(Wire):
    activities: list[PublicActivity]


class PractitionerOut(Wire):
    id: str
    name: str
    timezone: str

    @classmethod
    def of(cls, it: Practitioner) -> PractitionerOut:
        return cls(id=it.id, name=it.name, timezone=it.timezone)


class PractitionersOut(Wire):
    practitioners: list[PractitionerOut]


class WhoOut(Wire):
    """Whom a credential stands for."""

    role: Role
    practitioner_id: str | None
    client_id: str | None


class HealthOut(Wire):
    status: str
    calendars: dict[str, int] = Field(
        default={}, description="How many calendars are in which state."
    )


class ObstacleOut(Wire):
    """One thing in the way of a time."""

    reason: str
    what: str | None = None
    until: datetime | None = None


class SlotOut(Wire):
    """A start on the grid. `durationsMinutes` are those that fit; `tentative` says that a calendar
    was not read for too long; `obstacles` are told to staff."""

    start: datetime
    practitioner_id: str
    available: bool
    tentative: bool
    durations_minutes: list[int]
    obstacles: list[ObstacleOut]


class SlotsOut(Wire):
    activity_id: str
    timezone: str
    slots: list[SlotOut]


class JudgementOut(Wire):
    """Whether one time is offered, and all that stands in its way."""

    activity_id: str
    practitioner_id: str
    start: datetime
    end: datetime
    offered: bool
    obstacles: list[ObstacleOut]


class AlternativeOut(Wire):
    start: datetime
    practitioner_id: str
    durations_minutes: list[int]


class ProblemOut(BaseModel):
    """RFC 9457. `code` is stable; `title` is in the language of `Accept-Language` (en, fr)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=["urn:syncd:problem:slot-unavailable"])
    title: str
    status: int
    code: str = Field(examples=["SLOT_UNAVAILABLE"])
    detail: str | None = None
    errors: dict[str, list[str]] | None = None
    alternatives: list[AlternativeOut] | None = None


class CalendarEventOut(Wire):
    """One block of a calendar widget: opening hours, or an appointment."""

    id: str
    title: str
    start: datetime
    end: datetime
    type: Annotated[str, Field(examples=["availability", "appointment"])]
    status: Status | None
    color: str | None
    practitioner_id: str
    appointment_id: str | None
    activity_id: str | None
    client_name: str | None


class CalendarOut(Wire):
    events: list[CalendarEventOut]
