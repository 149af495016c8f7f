"""What a calendar widget shows, and what a calendar program subscribes to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from syncd.core.access import Caller, Role
from syncd.core.appointment import HOLDS_TIME, Appointment, Status
from syncd.core.errors import Invalid, Unknown
from syncd.core.practice import Practitioner
from syncd.core.time import Interval, local_day, zone
from syncd.flows.availability import CLOCK_CHANGES, LONGEST
from syncd.flows.closures import closed_on
from syncd.ledger import AppointmentFilter, View
from syncd.web.answers import CalendarEventOut, CalendarOut
from syncd.web.callers import Staff, TheOffice
from syncd.web.door import Door, OpenDoor
from syncd.web.ics import ICALENDAR, MEDIA_TYPE, feed
from syncd.web.slots import EndQuery, PractitionerQuery, StartQuery
from syncd.web.times import period, shown

router = APIRouter(route_class=Door, tags=["calendar"])
feeds = APIRouter(route_class=OpenDoor, tags=["calendar"])

_IN_FEEDS = HOLDS_TIME - {Status.PROPOSED}
OPEN_COLOR = "#e6f4ea"
BEFORE = timedelta(days=30)
"""How much of the past a feed shows."""


@router.get("/calendar")
def calendar(
    office: TheOffice,
    caller: Staff,
    *,
    start: StartQuery,
    end: EndQuery,
    practitioner_id: PractitionerQuery = None,
) -> CalendarOut:
    """Opening hours and appointments as blocks, of one practitioner or of all; at most 92 days. A
    practitioner sees their own."""
    with office.around.ledger.read() as view:
        practice = view.practice()
        tz = zone(practice.timezone) if practice else zone("UTC")
        within = period(start, end, tz)
        if within.duration > LONGEST + CLOCK_CHANGES:
            raise Invalid(f"a calendar shows at most {LONGEST.days} days at a time")
        who = _shown_to(view, caller, practitioner_id)
        events = [
            *(event for each in who for event in _open(view, each, within)),
            *(event for each in who for event in _booked(view, each, within)),
        ]
    return CalendarOut(events=events)


@feeds.get("/feeds/{token}.ics", response_class=Response, responses=ICALENDAR)
def subscribed(request: Request, token: Annotated[str, Path(max_length=200)]) -> Response:
    """One practitioner's appointments as iCalendar, for a calendar program. The address is the
    credential: `syncd tokens create --role feed` makes one, `tokens revoke` ends it."""
    reception = request.app.state.reception
    caller: Caller = reception.holder(token, request)
    if caller.role is not Role.FEED or caller.practitioner_id is None:
        raise Unknown("feed", "at this address")
    with reception.office.around.ledger.read() as view:
        practitioner = view.practitioner(caller.practitioner_id)
        found = view.appointments(
            AppointmentFilter(practitioner_id=practitioner.id, start=view.now - BEFORE)
        )
        living = [each for each in found if each.status in _IN_FEEDS]
        body = feed(living, view.activities(), practitioner.name)
    return Response(body, media_type=MEDIA_TYPE)


def _shown_to(view: View, caller: Caller, wanted: str | None) -> list[Practitioner]:
    mine = caller.practitioner_id if caller.role is Role.PRACTITIONER else None
    found = [
        each
        for each in view.practitioners(active_only=True)
        if (mine is None or each.id == mine) and (wanted is None or each.id == wanted)
    ]
    if wanted is not None and not found:
        raise Unknown("practitioner", wanted)
    return found


def _open(view: View, who: Practitioner, within: Interval) -> Iterator[CalendarEventOut]:
    tz, practice = zone(who.timezone), view.practice()
    first, last = local_day(within.start, tz), local_day(within.end, tz)
    closed = closed_on(practice, first, last) if practice else {}
    for each in who.hours.open_intervals(first, last, tz):
        if local_day(each.start, tz) in closed or not each.overlaps(within):
            continue
        yield CalendarEventOut(
            id=f"open-{who.id}-{each.start:%Y%m%dT%H%MZ}",
            title=who.name,
            start=shown(each.start, tz),
            end=shown(each.end, tz),
            type="availability",
            status=None,
            color=OPEN_COLOR,
            practitioner_id=who.id,
            appointment_id=None,
            activity_id=None,
            client_name=None,
        )


def _booked(view: View, who: Practitioner, within: Interval) -> Iterator[CalendarEventOut]:
    activities = {each.id: each for each in view.activities()}
    wanted = AppointmentFilter(practitioner_id=who.id, start=within.start, end=within.end)
    for each in view.appointments(wanted):
        if not (each.holds_time_at(view.now) or each.status is Status.NOSHOW):
            continue
        activity = activities.get(each.activity_id) if each.activity_id else None
        yield CalendarEventOut(
            id=_id_of(each, who),
            title=_title(each, activity.name if activity else None),
            start=shown(each.start, each.timezone),
            end=shown(each.end, each.timezone),
            type="appointment",
            status=each.status,
            color=activity.color if activity else None,
            practitioner_id=who.id,
            appointment_id=each.id,
            activity_id=each.activity_id,
            client_name=each.client.name if each.client else None,
        )


def _id_of(appointment: Appointment, who: Practitioner) -> str:
    """One for each who takes part: a widget keeps events apart by it."""
    leads = appointment.practitioner_id == who.id
    return f"appointment-{appointment.id}" + ("" if leads else f"-{who.id}")


def _title(appointment: Appointment, activity: str | None) -> str:
    return activity or appointment.title or appointment.number
