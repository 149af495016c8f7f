"""What a foreign event means to the ledger: an appointment, taken time, a mirror, or nothing.

Pure. An event is foreign when no link of its calendar points at it. Design §5, "Adopting".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.events import Attendance, EventStatus, RemoteEvent
from syncd.core.practice import Adopt, Calendar
from syncd.core.time import Interval


class Meaning(StrEnum):
    ADOPT = "adopt"
    BUSY = "busy"
    MIRROR = "mirror"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Reading:
    """The meaning of one foreign event, and why."""

    meaning: Meaning
    why: str


def read_foreign(
    event: RemoteEvent,
    *,
    calendar: Calendar,
    interval: Interval | None,
    is_mirror: bool,
    now: datetime,
    is_copy: bool = False,
) -> Reading:
    """The meaning of a foreign event. `interval` is when its (first) occurrence takes place for the
    practitioner, None without length; `is_mirror` says that it shows an appointment which another
    calendar is linked to, `is_copy` that it shows one, though perhaps at another time or one that
    is over: then it takes that time, but is no second appointment."""
    if is_mirror:
        return Reading(Meaning.MIRROR, "shows an appointment of another calendar")
    if not calendar.mode.blocks:
        return Reading(Meaning.NOTHING, "a publish calendar is only written to")
    if interval is None or not event.takes_time:
        return Reading(Meaning.NOTHING, _why_free(event))
    if is_copy:
        return Reading(Meaning.BUSY, "shows an appointment of another calendar, not as it is")
    held_back = _why_not_adopted(event, calendar=calendar, interval=interval, now=now)
    if held_back is not None:
        return Reading(Meaning.BUSY, held_back)
    return Reading(Meaning.ADOPT, "a new event in the calendar")


def _why_free(event: RemoteEvent) -> str:
    if event.transparent:
        return "it is marked as free time"
    if event.attendance is Attendance.DECLINED:
        return "the practitioner declined it"
    if event.status is EventStatus.CANCELLED:
        return "it is cancelled"
    return "it has no length"


def _why_not_adopted(
    event: RemoteEvent, *, calendar: Calendar, interval: Interval, now: datetime
) -> str | None:
    """Why an event that takes time stays a mere busy block; None when it may be adopted."""
    reasons = (
        (not calendar.mode.adopts or calendar.adopt is Adopt.NONE, "this calendar only takes time"),
        (calendar.adopt is Adopt.MARKED and not event.is_marked, "it is not marked as one"),
        (event.recurring, "it recurs"),
        (not event.is_plain, "it is all-day or floating"),
        (event.attendance is Attendance.INVITED, "the practitioner is only invited"),
        (interval.end <= now, "it has ended"),
    )
    return next((why for holds, why in reasons if holds), None)
