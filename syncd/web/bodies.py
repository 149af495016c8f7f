"""What is asked for, as JSON: a request becomes a flow's own value at the door, and never travels
further in.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from syncd.core.actions import Action
from syncd.core.conflict import Resolution
from syncd.core.details import MeetingType
from syncd.web.wire import (
    Email,
    Id,
    LateMoment,
    Line,
    Link,
    Minutes,
    Moment,
    Name,
    Phone,
    Wire,
    Words,
)


class ClientBody(Wire):
    """Whom an appointment is for. One client is one e-mail address and name."""

    name: Name = Field(examples=["Jane Doe"])
    email: Email = Field(examples=["jane.doe@example.org"])
    phone: Phone | None = Field(default=None, examples=["+49 30 1234567"])


class BookingBody(Wire):
    """A wish to book. A client books for themselves, and names nobody; a guardian says for which
    of theirs, where there are several; the public names whom it is for; staff name somebody, or a
    client by id."""

    activity_id: Id = Field(examples=["consultation"])
    practitioner_id: Id | None = Field(
        default=None, description="Whoever is free, unless given.", examples=["dr-patel"]
    )
    start: Moment = Field(
        description="RFC 3339 with an offset.", examples=["2031-03-03T09:00:00+01:00"]
    )
    duration_minutes: Minutes | None = Field(
        default=None, description="One that the activity offers; its usual one unless given."
    )
    client: ClientBody | None = None
    client_id: Id | None = Field(default=None, description="For staff, and guardians.")
    phone: Phone | None = Field(
        default=None, description="A client's own, where the practice has none of them yet."
    )
    notes: Words | None = Field(
        default=None, description="For the practitioner.", examples=["It is about my left knee."]
    )
    address: Line | None = Field(default=None, examples=["1 River Road, 12345 Berlin"])
    custom_field_value: Line | None = Field(
        default=None, description="The answer to the activity's own question."
    )
    meeting_type: MeetingType | None = Field(
        default=None, description="One that the activity offers; its first unless given."
    )
    room_id: Id | None = Field(
        default=None, description="Staff only: one that the activity may take."
    )
    overbook: bool = Field(
        default=False, description="Staff only: although the time is taken. Needs a reason."
    )
    reason: Words | None = None


class PersonBody(Wire):
    """What the practice says of a client, as a whole. What an answer has beside that may be sent
    back: `id` and `wardIds` change nothing."""

    name: Name = Field(examples=["Ben Doe"])
    email: Email | None = Field(default=None, examples=["jane.doe@example.org"])
    phone: Phone | None = Field(default=None, examples=["+49 30 1234567"])
    guardian_ids: tuple[Id, ...] = Field(
        default=(), max_length=10, description="Clients who are responsible for this one."
    )

    id: Id | None = None
    ward_ids: tuple[Id, ...] | None = Field(default=None, max_length=500)


class RelationshipBody(Wire):
    """Which client is with which practitioner. What an answer has beside that changes nothing."""

    practitioner_id: Id = Field(examples=["dr-patel"])
    client_id: Id


class HoldBody(BookingBody):
    """A wish to keep a time free for a while."""

    minutes: Annotated[int, Field(ge=1, le=60)] = Field(default=10, description="How long.")


class ActionBody(Wire):
    """What shall be done to an appointment."""

    action: Annotated[str, StringConstraints(max_length=40)] = Field(
        description="One of: "
        + ", ".join(each.value for each in Action if each is not Action.HOLD),
        examples=["cancel"],
    )
    reason: Words | None = Field(default=None, examples=["ill"])
    start: LateMoment | None = Field(
        default=None, description="The new time of a reschedule: RFC 3339 with an offset."
    )
    duration_minutes: Minutes | None = Field(
        default=None, description="The new length of a reschedule; unchanged unless given."
    )
    notes: Words | None = Field(
        default=None, description="For `amend`, as those below: null takes away what is there."
    )
    address: Line | None = None
    custom_field_value: Line | None = None
    meeting_type: MeetingType | None = None
    meeting_link: Link | None = Field(default=None, description="Staff only.")


class BookingSwitch(Wire):
    """Whether clients and the public may book at all."""

    enabled: bool


class CalendarAction(StrEnum):
    """What a person does to a calendar as a whole."""

    SUSPEND = "suspend"
    RELEASE = "release"
    RESYNC = "resync"


class CalendarActionBody(Wire):
    action: CalendarAction
    reason: Words | None = None


class ResolveBody(Wire):
    """Whose version stands."""

    take: Literal[Resolution.LEDGER, Resolution.REMOTE]
    reason: Words | None = None
