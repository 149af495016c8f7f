"""Opening hours and their exceptions, as staff read and change them.

A practitioner's hours stand in practice.toml, or are changed here; never both. Windows have no
names of their own: an id says what it stands for, so that one that was changed is another one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from syncd.core.access import Caller, Role
from syncd.core.errors import NotPermitted, Unknown
from syncd.core.ids import PractitionerId
from syncd.core.practice import Practitioner
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.flows.hours import Change, change_hours, practitioner_in_use
from syncd.flows.versions import digest_of
from syncd.web.callers import Staff, TheOffice, cause_of
from syncd.web.conditions import IfMatch, digest_in
from syncd.web.door import Door
from syncd.web.hours_shapes import (
    AvailabilityBody,
    AvailabilityOut,
    ExceptionBody,
    WindowBody,
)
from syncd.web.times import day, wrong
from syncd.web.wire import Id

router = APIRouter(route_class=Door, prefix="/availability", tags=["availability"])

Whose = Annotated[
    Id | None,
    Query(alias="practitionerId", description="For a practitioner: themselves, unless given."),
]
WindowId = Annotated[str, Path(max_length=40, examples=["mon-0900-1700"])]
ExceptionId = Annotated[str, Path(max_length=40, examples=["2031-12-24"])]


class Desk:
    """One request about somebody's hours."""

    def __init__(
        self,
        office: TheOffice,
        caller: Staff,
        request: Request,
        response: Response,
        *,
        practitioner_id: Whose = None,
    ) -> None:
        self.office, self.caller = office, caller
        self._request, self._response = request, response
        self.practitioner_id = _whose(caller, practitioner_id)

    def change(self, change: Change, if_match: str | None) -> AvailabilityOut:
        """Raises what `change_hours` does."""
        after = change_hours(
            self.office.around,
            self.practitioner_id,
            change,
            cause_of(self.caller, self._request),
            if_digest=digest_in(if_match),
        )
        return self.shown(after)

    def shown(self, found: Practitioner) -> AvailabilityOut:
        self._response.headers["ETag"] = f'"{digest_of(found.hours)}"'
        return AvailabilityOut.of(found)


TheDesk = Annotated[Desk, Depends()]


@router.get("")
def availability(desk: TheDesk) -> AvailabilityOut:
    """When somebody can be booked by the week, and on which days not so."""
    with desk.office.around.ledger.read() as view:
        return desk.shown(practitioner_in_use(view, desk.practitioner_id))


@router.put("")
def replace_availability(
    desk: TheDesk, body: AvailabilityBody, if_match: IfMatch = None
) -> AvailabilityOut:
    """Set the whole week and all exceptions."""
    if body.practitioner_id not in (None, desk.practitioner_id):
        raise wrong("practitionerId", "is the one that the address names, or is left out")
    wanted = OpeningHours(
        weekly=tuple(_weekly(each) for each in body.weekly_slots),
        exceptions=tuple(_exception(each) for each in body.exceptions),
    )
    return desk.change(lambda _: wanted, if_match)


@router.post("/windows", status_code=201)
def add_window(desk: TheDesk, body: WindowBody, if_match: IfMatch = None) -> AvailabilityOut:
    """Open at one more time of every week."""
    window = _weekly(body)
    return desk.change(
        lambda hours: replace(hours, weekly=(*hours.weekly, window)),
        if_match,
    )


@router.put("/windows/{window_id}")
def change_window(
    desk: TheDesk, window_id: WindowId, body: WindowBody, if_match: IfMatch = None
) -> AvailabilityOut:
    """Put another time of the week in the place of this one."""
    window = _weekly(body)
    return desk.change(
        lambda hours: replace(hours, weekly=(*_without_window(hours, window_id), window)),
        if_match,
    )


@router.delete("/windows/{window_id}")
def drop_window(desk: TheDesk, window_id: WindowId, if_match: IfMatch = None) -> AvailabilityOut:
    """Close at that time of the week. What is booked then stays."""
    return desk.change(
        lambda hours: replace(hours, weekly=_without_window(hours, window_id)),
        if_match,
    )


@router.put("/exceptions/{exception_id}")
def set_exception(
    desk: TheDesk, exception_id: ExceptionId, body: ExceptionBody, if_match: IfMatch = None
) -> AvailabilityOut:
    """Be closed on one date, or open at other times than the week says."""
    on = day(exception_id, "exceptionId")
    if body.date is not None and body.date != exception_id:
        raise wrong("date", "is the one that the address names, or is left out")
    exception = _exception(body.model_copy(update={"date": exception_id}))

    def change(hours: OpeningHours) -> OpeningHours:
        others = tuple(each for each in hours.exceptions if each.day != on)
        return replace(hours, exceptions=(*others, exception))

    return desk.change(change, if_match)


@router.delete("/exceptions/{exception_id}")
def drop_exception(
    desk: TheDesk, exception_id: ExceptionId, if_match: IfMatch = None
) -> AvailabilityOut:
    """Let that date be as the week says."""

    def drop(hours: OpeningHours) -> OpeningHours:
        others = tuple(each for each in hours.exceptions if each.day.isoformat() != exception_id)
        if len(others) == len(hours.exceptions):
            raise Unknown("exception", exception_id)
        return replace(hours, exceptions=others)

    return desk.change(drop, if_match)


def _whose(caller: Caller, wanted: str | None) -> PractitionerId:
    """A practitioner's are their own; an admin says whose."""
    if caller.role is Role.PRACTITIONER and caller.practitioner_id is not None:
        if wanted not in (None, caller.practitioner_id):
            raise NotPermitted("a practitioner sees and sets nobody's hours but their own")
        return caller.practitioner_id
    if wanted is None:
        raise wrong("practitionerId", "is needed in the address: ?practitionerId=…")
    return PractitionerId(wanted)


def _weekly(body: WindowBody) -> WeeklyWindow:
    return WeeklyWindow(
        day=Weekday[body.day.upper()], window=_window(body.start_time, body.end_time)
    )


def _exception(body: ExceptionBody) -> ScheduleException:
    if body.date is None:
        raise wrong("date", "is needed: when")
    if body.closed == bool(body.windows):
        raise wrong("closed", "is true, or windows say when it is open")
    return ScheduleException(
        day=day(body.date, "date"),
        windows=tuple(_window(each.start_time, each.end_time) for each in body.windows),
        reason=body.reason or "",
    )


def _window(start: str, end: str) -> Window:
    begins, ends = _clock(start), _clock(end)
    if begins == time.min and start == "24:00":
        raise wrong("startTime", "is a time of that day")
    if end == "00:00":
        raise wrong("endTime", "is after startTime; 24:00 ends the day")
    try:
        return Window(begins, ends)
    except ValueError:
        raise wrong("endTime", "is after startTime; 24:00 ends the day") from None


def _clock(text: str) -> time:
    hours, minutes = text.split(":")
    return time(int(hours) % 24, int(minutes))


def _without_window(hours: OpeningHours, window_id: str) -> tuple[WeeklyWindow, ...]:
    kept = tuple(each for each in hours.weekly if AvailabilityOut.id_of(each) != window_id)
    if len(kept) == len(hours.weekly):
        raise Unknown("window", window_id)
    return kept
