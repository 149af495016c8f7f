"""The rows that a Cal.com database would hold, as far as the API shows them. No behaviour.

Mutable on purpose: this is a database in memory. Instants are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from syncd_calcom.standin.messages import Json


class Status(StrEnum):
    ACCEPTED = "accepted"
    PENDING = "pending"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    AWAITING_HOST = "awaiting_host"

    @property
    def is_over(self) -> bool:
        return self in {Status.CANCELLED, Status.REJECTED}


@dataclass(slots=True, kw_only=True)
class User:
    id: int
    username: str
    email: str
    name: str
    time_zone: str
    week_start: str = "Sunday"
    time_format: int = 12
    default_schedule_id: int | None = None
    locale: str = "en"


@dataclass(slots=True, kw_only=True)
class Key:
    """`scopes` None: an API key, which may do everything its user may; else an OAuth access token.
    `expires` None: never."""

    token: str
    user_id: int
    expires: datetime | None = None
    scopes: frozenset[str] | None = None
    refresh_token: str = ""


@dataclass(slots=True, kw_only=True)
class Schedule:
    """`availability` and `overrides` as the API takes and gives them."""

    id: int
    owner_id: int
    name: str
    time_zone: str
    availability: list[Json] = field(default_factory=list)
    overrides: list[Json] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class EventType:
    """`fields` None: made by hand or by an old release, so that the default fields apply and
    webhooks of cancel and confirm know no labels. `recurrence` and `seats` as the API gives them,
    None where disabled. `hosts` beside the owner take turns (round robin)."""

    id: int
    owner_id: int
    slug: str
    title: str
    length: int
    description: str = ""
    lengths: list[int] = field(default_factory=list)
    locations: list[Json] = field(default_factory=list)
    fields: list[Json] | None = None
    schedule_id: int | None = None
    confirmation: Json | None = None
    recurrence: Json | None = None
    seats: Json | None = None
    minimum_notice: int = 0
    before_buffer: int = 0
    after_buffer: int = 0
    slot_interval: int | None = None
    booking_window: Json | None = None
    limits: dict[str, int] = field(default_factory=dict)
    hidden: bool = False
    disables_cancelling: bool = False
    disables_rescheduling: bool = False
    hosts: list[int] = field(default_factory=list)
    metadata: Json = field(default_factory=dict)
    position: int = 0


@dataclass(slots=True, kw_only=True)
class Attendee:
    """One who comes. The seat's parts are empty where the event type has none."""

    id: int
    email: str
    name: str
    time_zone: str
    language: str = "en"
    phone: str | None = None
    is_absent: bool = False
    seat_uid: str = ""
    answers: Json = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Booking:
    """`written` numbers the last write of the row: rows that sort alike come in that order.
    `video_url` is what confirming leaves in the metadata; the API hides it, webhooks do not."""

    id: int
    uid: str
    ics_uid: str
    host_id: int
    title: str
    start: datetime
    end: datetime
    status: Status
    created_at: datetime
    updated_at: datetime | None
    event_type_id: int | None = None
    ics_sequence: int = 0
    description: str | None = ""
    location: str = ""
    attendees: list[Attendee] = field(default_factory=list)
    guests: list[str] = field(default_factory=list)
    answers: Json = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    video_url: str | None = None
    cancellation_reason: str | None = None
    rejection_reason: str | None = None
    rescheduling_reason: str | None = None
    rescheduled_from: str | None = None
    is_rescheduled: bool = False
    is_host_absent: bool = False
    series_uid: str | None = None
    is_seated: bool = False
    references: list[Json] = field(default_factory=list)
    one_time_password: str | None = None
    written: int = 0

    @property
    def length(self) -> timedelta:
        return self.end - self.start

    @property
    def minutes(self) -> int:
        return int(self.length.total_seconds() // 60)


@dataclass(slots=True, kw_only=True)
class Hook:
    """A webhook, of a user or of an event type."""

    id: str
    url: str
    triggers: list[str]
    created_at: datetime
    is_active: bool = True
    secret: str | None = None
    template: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None
    version: str | None = None


@dataclass(slots=True, kw_only=True)
class Reservation:
    uid: str
    event_type_id: int
    start: datetime
    end: datetime
    until: datetime
    minutes: int
    slot_minutes: int


@dataclass(slots=True, kw_only=True)
class Meeting:
    """What will be told when a booking starts or ends: a snapshot of it as it was booked."""

    uid: str
    trigger: str
    due: datetime
    body: Json
