"""The appointment and its four independent axes: status, payment, acknowledgement, sync per link.

Values only; who may change what stands in `lifecycle`. Status codes are those of FHIR R5
Appointment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from syncd.core.details import Answers, AsBooked
from syncd.core.ids import (
    ActivityId,
    AppointmentId,
    CalendarId,
    ClientId,
    EventRef,
    Number,
    PracticeId,
    PractitionerId,
    RoomId,
    Uid,
    Version,
    remote_uid,
)
from syncd.core.time import Interval, require_utc


class Status(StrEnum):
    """FHIR R5 Appointment.status; `proposed` is a hold with an expiry."""

    PROPOSED = "proposed"
    PENDING = "pending"
    BOOKED = "booked"
    ARRIVED = "arrived"
    CHECKED_IN = "checked-in"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    NOSHOW = "noshow"
    ENTERED_IN_ERROR = "entered-in-error"

    @property
    def holds_time(self) -> bool:
        """Whether nobody else can be booked then (a hold only until it expires)."""
        return self in HOLDS_TIME


HOLDS_TIME = frozenset(
    {
        Status.PROPOSED,
        Status.PENDING,
        Status.BOOKED,
        Status.ARRIVED,
        Status.CHECKED_IN,
        Status.FULFILLED,
    }
)


class Payment(StrEnum):
    NONE = "none"
    DUE = "due"
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REFUNDED = "refunded"
    VOIDED = "voided"


class Acknowledgement(StrEnum):
    NOT_REQUIRED = "not-required"
    AWAITING = "awaiting"
    ACCEPTED = "accepted"
    DISPUTED = "disputed"
    OVERRIDDEN = "overridden"


class LinkState(StrEnum):
    """The sync axis: how an appointment and its event in one calendar stand to each other."""

    PENDING_WRITE = "pending-write"
    IN_SYNC = "in-sync"
    CONFLICT = "conflict"
    SUSPENDED = "suspended"
    GONE = "gone"


class Flag(StrEnum):
    """What a person should see about an appointment. `OVERLAP` and `OVERBOOKED` exempt it from the
    refusal of overlaps, while it still blocks later bookings."""

    OVERBOOKED = "overbooked"
    OVERLAP = "overlap"
    OUTSIDE_HOURS = "outside-hours"
    ADOPTED = "adopted"


EXEMPT_FROM_OVERLAP = frozenset({Flag.OVERBOOKED, Flag.OVERLAP})


class Party(StrEnum):
    """Who acts or is acted for."""

    CLIENT = "client"
    GUARDIAN = "guardian"
    PRACTITIONER = "practitioner"
    ADMIN = "admin"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who comes. One client is one e-mail address *and* name, since families share a mailbox."""

    id: ClientId
    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """One booked encounter. `version` grows by one with each change; `timezone` is the IANA name
    that people scheduled it in; `title` only belongs to adopted events, `as_booked` and `answers`
    to what was booked here. As many as `capacity` says, itself among them, may share its time:
    `sharing`. It takes the time of all who are `also_with` the practitioner, too."""

    id: AppointmentId
    practice_id: PracticeId
    number: Number
    practitioner_id: PractitionerId
    start: datetime
    end: datetime
    timezone: str
    created_at: datetime
    activity_id: ActivityId | None = None
    client: Client | None = None
    room_id: RoomId | None = None
    capacity: int = 1
    also_with: tuple[PractitionerId, ...] = ()
    title: str | None = None
    status: Status = Status.BOOKED
    payment: Payment = Payment.NONE
    acknowledgement: Acknowledgement = Acknowledgement.NOT_REQUIRED
    flags: frozenset[Flag] = frozenset()
    hold_expires_at: datetime | None = None
    cancelled_by: Party | None = None
    reason: str | None = None
    notice_hours: int | None = None
    as_booked: AsBooked | None = None
    answers: Answers | None = None
    version: int = 1

    def __post_init__(self) -> None:
        require_utc(self.start)
        require_utc(self.end)
        if self.end <= self.start:
            raise ValueError(f"appointment {self.number} ends before it starts")

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)

    @property
    def practitioners(self) -> tuple[PractitionerId, ...]:
        """Whose time it takes."""
        return (self.practitioner_id, *self.also_with)

    @property
    def is_adopted(self) -> bool:
        return Flag.ADOPTED in self.flags

    @property
    def is_over(self) -> bool:
        """Whether its life has ended, so that no calendar may bring it back."""
        return self.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR)

    def holds_time_at(self, now: datetime) -> bool:
        """Whether it blocks others at the moment `now`: an expired hold does not."""
        if self.status is Status.PROPOSED and self.hold_expires_at is not None:
            return now < self.hold_expires_at
        return self.status.holds_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The *base*: an event's fields when ledger and calendar were last compared. `title` is what
    the event showed; `drafted_title` and `tentative` are what the ledger last asked for (None and
    false for adopted events); where a tentative event waits for a yes, `tentative` is whether it
    did. `cancelled` stands for STATUS:CANCELLED, not for an absent event; `absent` is what both
    last said of whether anybody came, where a calendar can say that."""

    start: datetime
    end: datetime
    title: str = ""
    drafted_title: str | None = None
    cancelled: bool = False
    tentative: bool = False
    absent: bool = False


class Origin(StrEnum):
    """Whose event a link's event is: ours were created by syncd, adopted ones by somebody else."""

    OURS = "ours"
    ADOPTED = "adopted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Whoever booked is told only what the calendar of a link says to it, until `until`; None once
    they were told that it is pending. `becomes` is the status that the appointment, pending
    meanwhile, has once it stands in the calendar."""

    becomes: Status
    until: datetime | None


MOST_WISHES = 5
"""How many unanswered writes to one event are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An appointment's event in one calendar. The remote identity is `uid` (derived from the
    appointment, the calendar and `generation` when ours); `ref`, `version` and `base` are None or
    empty until the event is known to exist there. `pushed_version` is the appointment's version
    that the calendar last agreed with: a link is dirty while the two differ. It is below 0
    where the event shall be compared once more although the appointment is the same.
    `intended` is what is about to be written, made durable before a write is sent, since the answer
    to that write may be lost; it is None again once the outcome is known. `unanswered` is what was
    intended before it, newest first, and may be there or come yet. While it is `awaited` the
    calendar's word decides about the appointment."""

    appointment_id: AppointmentId
    calendar_id: CalendarId
    uid: Uid
    origin: Origin
    generation: int = 1
    ref: EventRef | None = None
    version: Version = Version("")
    digest: str = ""
    base: Agreed | None = None
    state: LinkState = LinkState.PENDING_WRITE
    pushed_version: int = 0
    intended: Agreed | None = None
    unanswered: tuple[Agreed, ...] = ()
    attempts: int = 0
    problem: str | None = None
    awaited: Awaited | None = None
    meeting_link: str | None = None

    @property
    def is_tried(self) -> bool:
        """Whether its calendar has it, or has done with it."""
        return self.ref is not None or self.state is not LinkState.PENDING_WRITE

    def wanted_status(self, appointment: Appointment) -> Status:
        """What its event shall show: what the appointment will be, while only this calendar's word
        keeps it pending."""
        is_kept = self.awaited is not None and appointment.status is Status.PENDING
        return self.awaited.becomes if self.awaited and is_kept else appointment.status

    @property
    def wishes(self) -> tuple[Agreed, ...]:
        """All that the event may show by our own doing, newest first."""
        return () if self.intended is None else (self.intended, *self.unanswered)

    def intends(self, wish: Agreed | None) -> Link:
        """The link before `wish` is written (None: a deletion)."""
        before = tuple(each for each in self.wishes if each != wish)[:MOST_WISHES]
        return replace(self, intended=wish, unanswered=before if wish is not None else ())

    def next_generation(self) -> Link:
        """The link under a fresh remote identity of our own, its event still to be created."""
        generation = self.generation + 1
        return replace(
            self,
            generation=generation,
            uid=remote_uid(self.appointment_id, self.calendar_id, generation),
            origin=Origin.OURS,
            ref=None,
            version=Version(""),
            digest="",
            base=None,
            intended=None,
            unanswered=(),
            state=LinkState.PENDING_WRITE,
            pushed_version=0,
            attempts=0,
            problem=None,
            meeting_link=None,
        )
