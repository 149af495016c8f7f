"""Appointments, their clients and their history as JSON: as much as whoever asks may know."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from syncd.core.access import Caller
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
from syncd.core.details import Answers, AsBooked, MeetingType, Money
from syncd.core.journal import Entry
from syncd.core.lifecycle import allowed_actions
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


class PriceOut(Wire):
    amount: str = Field(description="A decimal number.", examples=["80.00"])
    currency: str = Field(description="ISO 4217.", examples=["EUR"])

    @classmethod
    def of(cls, price: Money | None) -> PriceOut | None:
        return cls(amount=str(price.amount), currency=price.currency) if price is not None else None


class CustomFieldOut(Wire):
    """What the practice asked, as it was worded then, and what was answered."""

    label: str
    value: str


class LinkOut(Wire):
    """How the appointment stands in one calendar."""

    calendar_id: str
    state: LinkState
    ref: str | None = Field(
        description="The event's address there: with Cal.com a booking's uid, with CalDAV a path."
    )


class AppointmentOut(Wire):
    """An appointment. Whoever only claims to be its client is told nothing that somebody said or
    wrote about it. `links` and `flags` are for staff, and empty for others. `actions` are those
    that whoever asks may do by state and role; their moment may still be wrong."""

    id: str
    number: str = Field(examples=["AID-20250921-0001"])
    status: Status
    payment: Payment
    acknowledgement: Acknowledgement
    activity_id: str | None
    practitioner_id: str
    also_with: list[str] = Field(description="Practitioners who take part beside that one.")
    room_id: str | None
    client: ClientOut | None
    start: datetime
    end: datetime
    timezone: str = Field(description="IANA name that `start` and `end` are shown in.")
    duration_minutes: int
    title: str | None = Field(description="Of an event that a calendar brought.")
    activity_name: str | None = Field(description="As it was when this was booked; so the next two")
    price: PriceOut | None
    color: str | None
    meeting_type: MeetingType | None
    meeting_link: str | None
    notes: str | None
    address: str | None
    custom_field: CustomFieldOut | None
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
            also_with=list(it.also_with),
            room_id=it.room_id,
            client=_client(it.client, caller),
            start=shown(it.start, it.timezone),
            end=shown(it.end, it.timezone),
            timezone=it.timezone,
            duration_minutes=minutes(it.interval.duration),
            title=it.title,
            **_as_booked(it.as_booked or AsBooked(activity_name=""), links),
            **_answers(None if caller.is_claimed else it.answers),
            created_at=shown(it.created_at, it.timezone),
            cancelled_by=it.cancelled_by,
            reason=None if caller.is_claimed else it.reason,
            notice_hours=it.notice_hours,
            hold_expires_at=shown(held_until, it.timezone) if held_until else None,
            version=it.version,
            flags=sorted(it.flags) if caller.is_staff else [],
            links=_links(links) if caller.is_staff else [],
            actions=_actions(it, caller),
        )


def _as_booked(it: AsBooked, links: list[Link]) -> dict[str, Any]:
    made = (each.meeting_link for each in links if each.meeting_link)
    return {
        "activity_name": it.activity_name or None,
        "price": PriceOut.of(it.price),
        "color": it.color,
        "meeting_type": it.meeting,
        "meeting_link": it.link or next(made, None),
    }


def _answers(it: Answers | None) -> dict[str, Any]:
    it = it or Answers()
    custom = None
    if it.question and it.answer:
        custom = CustomFieldOut(label=it.question, value=it.answer)
    return {"notes": it.notes, "address": it.address, "custom_field": custom}


def _client(client: Client | None, caller: Caller) -> ClientOut | None:
    """Whoever books as the public says who it is for, and is not told what is known of them."""
    return ClientOut.of(client) if client and not caller.is_claimed else None


def _links(links: list[Link]) -> list[LinkOut]:
    ordered = sorted(links, key=lambda each: each.calendar_id)
    return [
        LinkOut(calendar_id=each.calendar_id, state=each.state, ref=each.ref) for each in ordered
    ]


def _actions(it: Appointment, caller: Caller) -> list[Action]:
    return list(allowed_actions(it, caller.role.party)) if caller.owns(it) else []


class AppointmentsOut(Wire):
    appointments: list[AppointmentOut]
    page: int
    limit: int
    total: int


class BookedOut(Wire):
    """`message` is for a person, in the language that was asked for first. `key` is for visitors:
    with it they read, move and cancel what they booked."""

    appointment: AppointmentOut
    message: str
    key: str | None = None


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
