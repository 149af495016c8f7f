"""An activity as admins send it: the same rules as in practice.toml, by their names on the wire."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints

from syncd.core.details import MeetingType, Money, Required
from syncd.core.ids import ActivityId, PractitionerId, RoomId
from syncd.core.offering import Offering
from syncd.core.practice import Activity, Keeper
from syncd.web.times import wrong
from syncd.web.wire import AMOUNT, COLOR, CURRENCY, SLUG, Id, Line, Link, Name, Wire

Length = Annotated[int, Field(ge=1, le=1440)]
Buffer = Annotated[int, Field(ge=0, le=1440)]


class PriceBody(Wire):
    amount: Annotated[str, StringConstraints(pattern=AMOUNT)] = Field(examples=["80.00"])
    currency: Annotated[str, StringConstraints(pattern=CURRENCY)] = Field(examples=["EUR"])


class ActivityBody(Wire):
    """How an activity is offered. What an answer has beside that may be sent back: `offeredBy` and
    `keptBy` change nothing."""

    id: Annotated[str, StringConstraints(pattern=SLUG)] | None = None
    name: Name = Field(examples=["Consultation"])
    description: Annotated[str, StringConstraints(max_length=2000)] | None = None
    duration_minutes: Length = Field(examples=[30])
    durations_minutes: tuple[Length, ...] = Field(
        default=(), max_length=50, description="All that may be chosen."
    )
    step_minutes: Length | None = None
    buffer_before_minutes: Buffer = 0
    buffer_after_minutes: Buffer = 0
    minimum_notice_minutes: Annotated[int, Field(ge=0, le=365 * 1440)] = 0
    days_ahead: Annotated[int, Field(ge=0, le=1825)] | None = None
    max_per_day: Annotated[int, Field(ge=1, le=1000)] | None = None
    max_per_week: Annotated[int, Field(ge=1, le=7000)] | None = None
    practitioner_ids: tuple[Id, ...] = Field(
        default=(), max_length=500, description="Who offers it; everybody where none is named."
    )
    room_ids: tuple[Id, ...] = Field(
        default=(), max_length=100, description="It takes one of these for as long as it lasts."
    )
    capacity: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=1, description="How many clients share one time, each with an own appointment."
    )
    collective: bool = Field(
        default=False, description="All of `practitionerIds` take part; the first leads."
    )
    needs_confirmation: bool = False
    needs_acknowledgement: bool = False
    needs_relationship: bool = Field(
        default=False, description="Only a practitioner's own clients book it with them."
    )
    price: PriceBody | None = None
    color: Annotated[str, StringConstraints(pattern=COLOR)] | None = None
    required_fields: tuple[Required, ...] = Field(default=(), max_length=10)
    custom_field_label: Line | None = None
    meeting_types: tuple[MeetingType, ...] = Field(default=(), max_length=10)
    meeting_link: Link | None = Field(
        default=None, description="`{id}` stands for the appointment's id."
    )

    offered_by: tuple[Id, ...] | None = Field(default=None, max_length=500)
    kept_by: Keeper | None = None

    def activity(self, activity_id: ActivityId | None = None) -> Activity:
        """As it is kept. Raises Invalid for a link that leads to nothing, or for too few who would
        take part."""
        if self.meeting_link and not any(each.is_remote for each in self.meeting_types):
            raise wrong("meetingLink", "needs one of meetingTypes that is not in-person")
        if self.collective and len(set(self.practitioner_ids)) < 2:
            raise wrong("collective", "needs two or more practitionerIds who take part")
        lengths = sorted({*self.durations_minutes} - {self.duration_minutes})
        price = self.price
        return Activity(
            id=activity_id or ActivityId(self.id or ""),
            name=self.name,
            duration=_minutes(self.duration_minutes),
            needs_confirmation=self.needs_confirmation,
            price=Money.parse(f"{price.amount} {price.currency}") if price else None,
            color=self.color,
            offering=Offering(
                durations=tuple(map(_minutes, lengths)),
                step=_minutes(self.step_minutes) if self.step_minutes else None,
                before=_minutes(self.buffer_before_minutes),
                after=_minutes(self.buffer_after_minutes),
                notice=_minutes(self.minimum_notice_minutes),
                days_ahead=self.days_ahead,
                most_a_day=self.max_per_day,
                most_a_week=self.max_per_week,
                practitioners=tuple(map(PractitionerId, dict.fromkeys(self.practitioner_ids))),
                rooms=tuple(map(RoomId, dict.fromkeys(self.room_ids))),
                capacity=self.capacity,
                collective=self.collective,
                acknowledged=self.needs_acknowledgement,
                needs_relationship=self.needs_relationship,
                description=self.description,
                required=tuple(dict.fromkeys(self.required_fields)),
                question=self.custom_field_label,
                meetings=tuple(dict.fromkeys(self.meeting_types)),
                meeting_link=self.meeting_link,
            ),
        )


def _minutes(value: int) -> timedelta:
    return timedelta(minutes=value)
