"""What can be booked, and when, as JSON: activities, practitioners, slots and alternatives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from syncd.core.details import MeetingType, Required
from syncd.core.offering import Offering
from syncd.core.practice import Activity, Keeper, Practitioner, Room
from syncd.web.appointment_answers import PriceOut
from syncd.web.times import minutes
from syncd.web.wire import Wire


class PublicActivity(Wire):
    """What somebody who books needs to know of an activity."""

    id: str
    name: str
    description: str | None
    duration_minutes: int
    durations_minutes: list[int] = Field(description="All that may be chosen.")
    price: PriceOut | None
    color: str | None
    needs_confirmation: bool
    needs_relationship: bool = Field(
        description="Only a practitioner's own clients book it with them."
    )
    minimum_notice_minutes: int
    days_ahead: int | None
    capacity: int = Field(description="How many clients share one time.")
    collective: bool = Field(description="All of `practitionerIds` take part; the first leads.")
    required_fields: list[Required] = Field(description="What has to be said to book it.")
    custom_field_label: str | None = Field(
        description="What is asked beside that; answer it in `customFieldValue`."
    )
    meeting_types: list[MeetingType]
    practitioner_ids: list[str] = Field(description="Who offers it.")

    @classmethod
    def of(cls, it: Activity, practitioners: list[Practitioner]) -> PublicActivity:
        return cls(**_public(it, practitioners))


class ActivityOut(PublicActivity):
    """The same with what only staff see. Here `practitionerIds` are those who were chosen for it,
    none where everybody offers it."""

    step_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    max_per_day: int | None
    max_per_week: int | None
    needs_acknowledgement: bool
    room_ids: list[str]
    meeting_link: str | None
    offered_by: list[str] = Field(description="Who offers it now.")
    kept_by: Keeper = Field(description="`file`: it stands in practice.toml, and is changed there.")

    @classmethod
    def of(cls, it: Activity, practitioners: list[Practitioner]) -> ActivityOut:
        terms = it.terms
        public = _public(it, practitioners)
        return cls(
            **{**public, "practitioner_ids": list(it.offering.practitioners)},
            offered_by=public["practitioner_ids"],
            step_minutes=minutes(terms.step),
            buffer_before_minutes=minutes(terms.before),
            buffer_after_minutes=minutes(terms.after),
            max_per_day=terms.most_a_day,
            max_per_week=terms.most_a_week,
            needs_acknowledgement=it.offering.acknowledged,
            room_ids=list(it.offering.rooms),
            meeting_link=it.offering.meeting_link,
            kept_by=it.kept_by,
        )


def _public(it: Activity, practitioners: list[Practitioner]) -> dict[str, Any]:
    return {
        "id": it.id,
        "name": it.name,
        "description": it.offering.description,
        "duration_minutes": minutes(it.duration),
        "durations_minutes": [minutes(each) for each in it.offering.lengths(it.duration)],
        "price": PriceOut.of(it.price),
        "color": it.color,
        "needs_confirmation": it.needs_confirmation,
        "needs_relationship": it.offering.needs_relationship,
        "minimum_notice_minutes": minutes(it.offering.notice),
        "days_ahead": it.offering.days_ahead,
        "capacity": it.offering.capacity,
        "collective": it.offering.collective,
        "required_fields": list(it.offering.required),
        "custom_field_label": it.offering.question,
        "meeting_types": list(it.offering.meetings),
        "practitioner_ids": _offered_by(it.offering, practitioners),
    }


def _offered_by(it: Offering, practitioners: list[Practitioner]) -> list[str]:
    """Those of them who offer it; all or none of a collective one, in its order."""
    there = [each.id for each in practitioners if it.is_offered_by(each.id)]
    if not it.collective:
        return list(there)
    return list(it.practitioners) if set(it.practitioners) == set(there) else []


class MadeActivityOut(Wire):
    activity: ActivityOut


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


class RoomOut(Wire):
    id: str
    name: str

    @classmethod
    def of(cls, it: Room) -> RoomOut:
        return cls(id=it.id, name=it.name)


class RoomsOut(Wire):
    rooms: list[RoomOut]


class ObstacleOut(Wire):
    """One thing in the way of a time; of several who are needed, `practitionerId` is in whose
    way."""

    reason: str
    what: str | None = None
    until: datetime | None = None
    practitioner_id: str | None = None


class SlotOut(Wire):
    """A start on the grid. `durationsMinutes` are those that fit; `tentative` says that a calendar
    was not read for too long; `placesLeft` is how many more can be booked for this time;
    `obstacles` are told to staff."""

    start: datetime
    practitioner_id: str
    available: bool
    tentative: bool
    places_left: int
    durations_minutes: list[int]
    obstacles: list[ObstacleOut]


class SlotsOut(Wire):
    activity_id: str
    timezone: str
    slots: list[SlotOut]


class JudgementOut(Wire):
    """Whether one time is offered, and all that stands in its way. With `asOf` that is told as of
    then; calendars that are `unsure` changed since, and may have been in its way, or not."""

    activity_id: str
    practitioner_id: str
    start: datetime
    end: datetime
    offered: bool
    obstacles: list[ObstacleOut]
    as_of: datetime | None
    unsure: list[str]


class AlternativeOut(Wire):
    start: datetime
    practitioner_id: str
    durations_minutes: list[int]
