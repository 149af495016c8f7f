"""What slots are made from: a practitioner's agenda, and the terms of what shall be booked. Values.

Who computes slots from them is `slots`; who says why a time is not one, `obstacles`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.schedule import OpeningHours
from syncd.core.time import Interval, local_day

_MINUTE = timedelta(minutes=1)
_NOTHING = timedelta(0)


class TakenBy(StrEnum):
    """What takes time: a person sees which of these it was."""

    APPOINTMENT = "appointment"
    HOLD = "hold"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Time that somebody has. `name` is the appointment's number or the event's place, for people;
    the buffers are its own, around `interval`. With a `capacity` above 1 it may be shared, and so
    is its room, if it `has_room`."""

    interval: Interval
    by: TakenBy
    name: str = ""
    activity_id: ActivityId | None = None
    before: timedelta = _NOTHING
    after: timedelta = _NOTHING
    capacity: int = 1
    has_room: bool = False

    def is_shared_with(self, terms: Terms) -> bool:
        """Whether an appointment on these terms may begin and end with it."""
        both = self.capacity > 1 and terms.capacity > 1
        return both and self.by is not TakenBy.EVENT and self.activity_id == terms.activity_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an activity asks of its slots. `step` is the grid; `notice` counts from now,
    `days_ahead` in local days, None without a limit. `most_a_day` and `most_a_week` count this
    activity's appointments by their local start (weeks as in ISO 8601). `capacity` is how many
    appointments of the activity share one time."""

    activity_id: ActivityId
    durations: tuple[timedelta, ...]
    step: timedelta
    before: timedelta = _NOTHING
    after: timedelta = _NOTHING
    notice: timedelta = _NOTHING
    days_ahead: int | None = None
    most_a_day: int | None = None
    most_a_week: int | None = None
    capacity: int = 1

    def __post_init__(self) -> None:
        if not self.durations or min(*self.durations, self.step) < _MINUTE:
            raise ValueError(f"{self.activity_id}: durations and step last at least a minute")


class Freshness(StrEnum):
    """What is known of the time that calendars take: everything, or not enough to offer slots."""

    KNOWN = "known"
    TENTATIVE = "tentative"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """One practitioner's time: when it is open, what is taken, and on which local days all is
    closed, with the reason. `stale` names the calendars that were not read for too long. `rooms`
    says of each room that would do when it is taken; None where none is needed. `elsewhere` is when
    the client has something already, where it is known who asks."""

    practitioner_id: PractitionerId
    hours: OpeningHours
    tz: ZoneInfo
    taken: Sequence[Taken] = ()
    closed: Mapping[date, str] = field(default_factory=dict)
    freshness: Freshness = Freshness.KNOWN
    stale: tuple[str, ...] = ()
    rooms: tuple[Sequence[Interval], ...] | None = None
    elsewhere: Sequence[Interval] = ()


class Slot(NamedTuple):
    """One start on the grid. `durations` are those that fit, none where it is not available;
    `tentative` where a calendar was not read for too long and policy offers it all the same;
    `places` is how many more can be booked for it."""

    start: datetime
    practitioner_id: PractitionerId
    durations: tuple[timedelta, ...] = ()
    tentative: bool = False
    places: int = 0

    @property
    def available(self) -> bool:
        return bool(self.durations)


def booked(agenda: Agenda, terms: Terms) -> tuple[Counter[date], Counter[tuple[int, int]]]:
    """How many appointments and holds of the activity begin on each local day, and in each week."""
    if terms.most_a_day is None and terms.most_a_week is None:
        return Counter(), Counter()
    days = Counter(
        local_day(each.interval.start, agenda.tz)
        for each in agenda.taken
        if each.by is not TakenBy.EVENT and each.activity_id == terms.activity_id
    )
    weeks: Counter[tuple[int, int]] = Counter()
    for day, count in days.items():
        weeks[week_of(day)] += count
    return days, weeks


def week_of(day: date) -> tuple[int, int]:
    """The ISO 8601 week, with its year."""
    year, week, _ = day.isocalendar()
    return year, week
