"""What lives in a calendar, as syncd sees it, and what syncd wants to be there.

Providers translate their format into these values; nothing here knows iCalendar, HTTP or JSON.
Names follow RFC 5545.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

from syncd.core.ids import EventRef, Uid, Version
from syncd.core.time import Interval, first_instant, resolve_local

_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timed:
    """A stretch between two instants (aware UTC), scheduled on the wall clock of `zone`: an IANA
    name, or None where the event gives UTC or a zone that no database knows."""

    start: datetime
    end: datetime
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class AllDay:
    """Whole days, `first` inclusive, `until` exclusive, on the wall of whoever looks."""

    first: date
    until: date


@dataclass(frozen=True, slots=True)
class Floating:
    """Wall-clock times without a zone (the only naive datetimes in syncd): RFC 5545 form #1."""

    start: datetime
    end: datetime


When = Timed | AllDay | Floating


class EventStatus(StrEnum):
    """RFC 5545 §3.8.1.11 for VEVENT."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Attendance(StrEnum):
    """The calendar owner's part in the event."""

    OWN = "own"
    INVITED = "invited"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Guest:
    """For whom an event is, as its calendar knows them. `email` and `phone` are None where it knows
    none."""

    name: str
    email: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteEvent:
    """An event as its calendar keeps it. `body` is the provider's raw text, whole; `digest` tells
    two bodies of different meaning apart (order, folding and stamps ignored). `mark` is the
    appointment id that syncd left in it, if any. `is_marked` says that a person labelled it as an
    appointment. `when` is the first occurrence of a recurring event. `activity` is the practice's
    activity that its kind of event stands for, where a calendar has kinds and its settings say so.
    Where a calendar moves events by making new ones, `continues` is the event that this one took
    the place of; `continued_by`, of one that is over, the one that took its place, if the calendar
    says so. `guest` is who booked it, and `meeting_link` where people meet, in calendars that take
    bookings. `absent`: whoever was expected did not come, where a calendar can say that."""

    ref: EventRef
    version: Version
    uid: Uid
    when: When
    title: str = ""
    status: EventStatus = EventStatus.CONFIRMED
    transparent: bool = False
    attendance: Attendance = Attendance.OWN
    recurring: bool = False
    mark: str | None = None
    is_marked: bool = False
    activity: str | None = None
    continues: EventRef | None = None
    continued_by: EventRef | None = None
    guest: Guest | None = field(default=None, repr=False)
    meeting_link: str | None = field(default=None, repr=False)
    absent: bool = False
    body: str = ""
    digest: str = ""

    @property
    def takes_time(self) -> bool:
        """Whether it makes its owner busy: RFC 5545 TRANSP and STATUS, RFC 5546 PARTSTAT."""
        return not (
            self.transparent
            or self.status is EventStatus.CANCELLED
            or self.attendance is Attendance.DECLINED
        )

    @property
    def is_plain(self) -> bool:
        """One stretch between two instants: the only kind that an appointment can be."""
        return (
            isinstance(self.when, Timed) and not self.recurring and self.when.start < self.when.end
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """An object that cannot be understood, or exceeds a limit: quarantined, the others go on.
    `awaits` is the object that has to show itself before anything is certain: this one, or the one
    that it may be by now."""

    ref: EventRef
    version: Version
    reason: str
    awaits: EventRef | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """Positive evidence (404, 410) that a calendar which exists has no such event."""

    ref: EventRef


Found = RemoteEvent | Unreadable | Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What syncd wants an event to be. Only these fields are ever written. A `title`, `status`,
    `transparent` or `absent` of None leaves the event's own (a new event is then CONFIRMED and
    opaque); a title of "" means that none is shown. `mark` is the appointment id, for recovery.
    `activity` chooses among kinds of event, where a calendar has such. `as_offered`: the calendar
    shall refuse to make it at a time that it would not give to a stranger. `absent` is only asked
    for where a calendar says that it marks absence."""

    uid: Uid
    start: datetime
    end: datetime
    zone: str
    title: str | None
    status: EventStatus | None = EventStatus.CONFIRMED
    transparent: bool | None = False
    mark: str = ""
    activity: str | None = None
    as_offered: bool = False
    absent: bool | None = None


def interval_of(when: When, tz: ZoneInfo) -> Interval | None:
    """The instants that `when` covers for someone in `tz`; None where it has no length. What
    reaches beyond the years that can be counted is cut off there: it still takes its time."""
    match when:
        case Timed(start=start, end=end):
            bounds = (start.astimezone(UTC), end.astimezone(UTC))
        case AllDay(first=first, until=until):
            midnight = time.min
            bounds = (
                _counted(first_instant, datetime.combine(first, midnight), tz),
                _counted(first_instant, datetime.combine(until, midnight), tz),
            )
        case Floating(start=start, end=end):
            bounds = (_counted(resolve_local, start, tz), _counted(resolve_local, end, tz))
        case _:
            assert_never(when)
    return Interval(*bounds) if bounds[0] < bounds[1] else None


def _counted(
    instant_of: Callable[[datetime, ZoneInfo], datetime], local: datetime, tz: ZoneInfo
) -> datetime:
    try:
        return instant_of(local, tz)
    except OverflowError:
        return _FIRST if local.year == 1 else _LAST


def agrees(draft: Draft, event: RemoteEvent) -> bool:
    """Whether `event` already says everything that `draft` wants: then nothing need be written."""
    return (
        isinstance(event.when, Timed)
        and not event.recurring
        and (event.when.start, event.when.end) == (draft.start, draft.end)
        and (draft.title is None or event.title.strip() == draft.title.strip())
        and draft.status in (None, event.status)
        and draft.transparent in (None, event.transparent)
        and draft.absent in (None, event.absent)
    )
