"""The tables of practice.toml as pydantic models: which keys there are, and what each may hold.

What concerns several tables (references, overlaps, duplicates) is checked in `practice`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncd.core.details import MeetingType, Required
from syncd.core.practice import Adopt, Disclosure, Mode, OnOutage, OnRemoteDelete, StalePolicy
from syncd.core.schedule import Weekday
from syncd_config.durations import within
from syncd_config.fields import (
    ClockTime,
    Color,
    Day,
    Id,
    Link,
    Locale,
    Name,
    NumberPrefix,
    Price,
    Region,
    Whole,
    ZoneName,
)
from syncd_config.findings import suggestion

PollEvery = Annotated[timedelta, within("10s", "24h")]
StaleAfter = Annotated[timedelta, within("1m", "30d")]
Notice = Annotated[timedelta, within("0s", "365d")]
_DAYS = {each.name.lower(): each for each in Weekday}
_LONG_DAYS = {
    "monday": Weekday.MON,
    "tuesday": Weekday.TUE,
    "wednesday": Weekday.WED,
    "thursday": Weekday.THU,
    "friday": Weekday.FRI,
    "saturday": Weekday.SAT,
    "sunday": Weekday.SUN,
}


def parse_weekday(value: object) -> Weekday:
    """`mon` … `sun`, or the whole English word."""
    word = value.strip().lower() if isinstance(value, str) else ""
    day = _DAYS.get(word, _LONG_DAYS.get(word))
    if day is None:
        near = suggestion(word[:20], (*_DAYS, *_LONG_DAYS), otherwise=False)
        raise ValueError(f"must be a day of the week: {', '.join(_DAYS)}{near}")
    return day


class Table(BaseModel):
    """A table of the file. A key that is not known is an error: it would be silently ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PracticeTable(Table):
    id: Id = Field(default="main", description="Stays the same for ever; it is part of every key.")
    name: Name = Field(description="As clients know it.")
    timezone: ZoneName = Field(description="IANA name; appointment numbers count its days.")
    locale: Locale = Field(default="en", description="Language of the names of public holidays.")
    number_prefix: NumberPrefix | None = Field(
        default=None, description="AID gives AID-20250921-0001."
    )
    holidays: Region | None = Field(
        default=None,
        description="The country, and perhaps its part, whose public holidays close the practice.",
    )
    closures: list[dict[str, Any]] = Field(
        default=[], description="Days on which the whole practice is closed."
    )
    max_ahead_per_client: Annotated[Whole, Field(ge=1, le=1000)] | None = Field(
        default=None,
        description="How many appointments to come a client may book; else what syncd.toml says.",
    )
    public_booking: bool = Field(
        default=False, description="Whether anybody may see slots and book, without a token."
    )


class ClosureTable(Table):
    first: Day
    last: Day | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class HoursTable(Table):
    days: Annotated[list[Annotated[Weekday, BeforeValidator(parse_weekday)]], Field(min_length=1)]
    start: ClockTime
    end: ClockTime


class ExceptionTable(Table):
    date: Day
    closed: bool = False
    start: ClockTime | None = None
    end: ClockTime | None = None
    reason: Annotated[str, Field(max_length=200)] = ""


class PractitionerTable(Table):
    id: Id = Field(description="Stays the same for ever.")
    name: Name = Field(description="As clients know them.")
    timezone: ZoneName | None = Field(
        default=None, description="Of the opening hours, where it is not the practice's."
    )
    hours: list[dict[str, Any]] = Field(
        default=[],
        description="Several windows on a day are several entries; 24:00 ends a day. Without hours "
        "and exceptions here, they are those that were set by HTTP.",
    )
    exceptions: list[dict[str, Any]] = Field(
        default=[], description="Closed, or other hours, on one date."
    )


class RoomTable(Table):
    id: Id = Field(description="Stays the same for ever.")
    name: Name = Field(description="As clients know it. A device that is needed is one, too.")


class ActivityTable(Table):
    id: Id = Field(description="Stays the same for ever.")
    name: Name = Field(description="As clients know it.")
    description: Annotated[str, Field(max_length=2000)] | None = Field(
        default=None, description="What clients are told about it."
    )
    duration_minutes: Annotated[Whole, Field(ge=1, le=1440)] | None = Field(
        default=None, description="Half an hour unless syncd.toml says otherwise."
    )
    more_durations_minutes: list[Annotated[Whole, Field(ge=1, le=1440)]] = Field(
        default=[], description="Other lengths that may be chosen."
    )
    step_minutes: Annotated[Whole, Field(ge=1, le=1440)] | None = Field(
        default=None, description="How far apart starts are; its shortest length unless given."
    )
    buffer_before_minutes: Annotated[Whole, Field(ge=0, le=1440)] = Field(
        default=0, description="Nothing else may be in the minutes before it."
    )
    buffer_after_minutes: Annotated[Whole, Field(ge=0, le=1440)] = Field(
        default=0, description="Nothing else may be in the minutes after it."
    )
    notice: Notice = Field(
        default=timedelta(0),
        description="How long before its start clients book it at the latest; else what syncd.toml "
        "says.",
    )
    days_ahead: Annotated[Whole, Field(ge=0, le=1825)] | None = Field(
        default=None,
        description="How many days ahead clients may book it; else what syncd.toml says.",
    )
    max_per_day: Annotated[Whole, Field(ge=1, le=1000)] | None = Field(
        default=None, description="How many a practitioner has on a day; no limit unless given."
    )
    max_per_week: Annotated[Whole, Field(ge=1, le=7000)] | None = Field(
        default=None, description="The same for a week, from Monday on."
    )
    practitioners: list[str] = Field(
        default=[], description="Who offers it: ids from above. Everybody unless given."
    )
    collective: bool = Field(
        default=False, description="All of these practitioners take part; the first one leads."
    )
    rooms: list[str] = Field(
        default=[], description="It takes one of these, for as long as it lasts: ids from above."
    )
    capacity: Annotated[Whole, Field(ge=1, le=1000)] = Field(
        default=1, description="How many clients share one time, each with an own appointment."
    )
    needs_confirmation: bool = Field(
        default=False, description="A booking waits as pending until staff confirm it."
    )
    needs_acknowledgement: bool = Field(
        default=False, description="Once it took place, its client is to say so, or to dispute it."
    )
    needs_relationship: bool = Field(
        default=False, description="Only a practitioner's own clients book it with them."
    )
    price: Price | None = Field(default=None, description="An amount and its currency.")
    required_fields: list[Required] = Field(
        default=[], description="What clients must say to book it: phone, address."
    )
    custom_field: Name | None = Field(
        default=None, description="One more thing that clients are asked when they book it."
    )
    meeting_types: list[MeetingType] = Field(
        default=[],
        description="How people meet: in-person, video, audio, chat. The first is the usual one.",
    )
    meeting_link: Link | None = Field(
        default=None,
        description="Where people meet who do not meet in person; {id} is the appointment's id.",
    )
    color: Color | None = Field(default=None, description="In a calendar view.")


class CalendarTable(Table):
    """What every calendar has; the keys that are not here are its provider's."""

    id: Id = Field(description="Stays the same for ever.")
    provider: Annotated[str, Field(min_length=1)] = Field(description="caldav, or one installed.")
    practitioner: str = Field(description="Whose calendar it is: an id from above.")
    mode: Mode = Field(
        default=Mode.TWO_WAY,
        description="two-way; publish: appointments go out; import: events come in; "
        "busy: events only take time.",
    )
    adopt: Adopt = Field(
        default=Adopt.ALL,
        description="Which of the calendar's own events become appointments: all, marked, none.",
    )
    on_remote_delete: OnRemoteDelete | None = Field(
        default=None,
        description="When somebody removes an appointment there: cancel, restore or ask. "
        "cancel unless mode is publish, which restores.",
    )
    disclosure: Disclosure | None = Field(
        default=None,
        description="What the calendar is told: nothing, busy, number, initials or full. "
        "initials unless mode is publish, which says busy.",
    )
    activity: str | None = Field(
        default=None, description="Given to events that become appointments: an id from above."
    )
    poll_every: PollEvery | None = Field(
        default=None, description="How often it is asked for changes."
    )
    stale_after: StaleAfter = Field(
        default=timedelta(hours=1), description="Unread for longer, its free time is not trusted."
    )
    stale_policy: StalePolicy = Field(
        default=StalePolicy.WITHHELD,
        description="What then becomes of its slots: withheld or tentative.",
    )
    write_through: OnOutage | None = Field(
        default=None,
        description="For a Cal.com whose rules decide: a booking is answered for only once it was "
        "made there, and what that refuses is refused. One to which nothing is said within 30 "
        "seconds: refuse, or accept, and it is pending.",
    )
