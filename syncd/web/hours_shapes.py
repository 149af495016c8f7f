"""Opening hours on the wire: days by name, times of a wall clock, `24:00` for its end."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from syncd.core.practice import Keeper, Practitioner
from syncd.core.schedule import ScheduleException, WeeklyWindow, Window
from syncd.web.wire import CLOCK, Day, Id, Line, Wire

DayName = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Clock = Annotated[str, StringConstraints(pattern=CLOCK)]


OldId = Annotated[str, StringConstraints(max_length=40)] | None


class TimesBody(Wire):
    start_time: Clock = Field(examples=["09:00"])
    end_time: Clock = Field(examples=["17:00"])


class WindowBody(TimesBody):
    """A time of every week, on the practitioner's wall. Its `id` changes nothing."""

    id: OldId = None
    day: DayName


class ExceptionBody(Wire):
    """A date that is not as the week says. Its `id` changes nothing."""

    id: OldId = None
    date: Day | None = Field(default=None, examples=["2031-12-24"])
    closed: bool = False
    windows: tuple[TimesBody, ...] = Field(default=(), max_length=50)
    reason: Line | None = None


class AvailabilityBody(Wire):
    """Both as a whole. What an answer has beside them may be sent back, and changes nothing."""

    weekly_slots: tuple[WindowBody, ...] = Field(max_length=50)
    exceptions: tuple[ExceptionBody, ...] = Field(default=(), max_length=1000)
    practitioner_id: Id | None = None
    timezone: Annotated[str, StringConstraints(max_length=100)] | None = None
    kept_by: Keeper | None = None


class TimesOut(Wire):
    start_time: str
    end_time: str


class WindowOut(TimesOut):
    id: str
    day: str = Field(examples=["mon"])


class ExceptionOut(Wire):
    id: str
    date: str
    closed: bool
    windows: list[TimesOut]
    reason: str | None


class AvailabilityOut(Wire):
    """`keptBy` file: they stand in practice.toml, and cannot be changed here."""

    practitioner_id: str
    timezone: str
    kept_by: Keeper
    weekly_slots: list[WindowOut]
    exceptions: list[ExceptionOut]

    @classmethod
    def of(cls, found: Practitioner) -> AvailabilityOut:
        return cls(
            practitioner_id=found.id,
            timezone=found.timezone,
            kept_by=found.hours_kept_by,
            weekly_slots=[_weekly(each) for each in found.hours.weekly],
            exceptions=[_exception(each) for each in found.hours.exceptions],
        )

    @staticmethod
    def id_of(weekly: WeeklyWindow) -> str:
        """`mon-0900-1700`."""
        times = str(weekly.window).replace(":", "")
        return f"{weekly.day.name.lower()}-{times}"


def _weekly(each: WeeklyWindow) -> WindowOut:
    times = _times(each.window)
    return WindowOut(
        id=AvailabilityOut.id_of(each),
        day=each.day.name.lower(),
        start_time=times.start_time,
        end_time=times.end_time,
    )


def _exception(each: ScheduleException) -> ExceptionOut:
    return ExceptionOut(
        id=each.day.isoformat(),
        date=each.day.isoformat(),
        closed=each.is_closed,
        windows=[_times(window) for window in each.windows],
        reason=each.reason or None,
    )


def _times(window: Window) -> TimesOut:
    start, _, end = str(window).partition("-")
    return TimesOut(start_time=start, end_time=end)
