"""When an activity can be booked, and why not: slots in the three shapes that callers want."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response

from syncd.core.access import Caller
from syncd.core.agenda import Slot
from syncd.core.errors import NotPermitted, Unknown
from syncd.core.ids import ActivityId, ClientId, PractitionerId
from syncd.core.obstacles import Obstacle
from syncd.core.time import zone
from syncd.flows.availability import Listing, Seeker, judge, list_slots
from syncd.flows.hindsight import judge_then
from syncd.flows.people import clients_of
from syncd.ledger import View
from syncd.web.callers import AnyCaller, TheOffice
from syncd.web.door import Door
from syncd.web.offer_answers import JudgementOut, ObstacleOut, SlotOut, SlotsOut
from syncd.web.times import minutes, moment, period, shown, wrong
from syncd.web.wire import DayOrMoment, Id, Minutes, Moment

router = APIRouter(route_class=Door, tags=["slots"])

MOST_EXPLAINED = timedelta(days=14)
"""Reasons are worked out one by one."""
ActivityQuery = Annotated[Id, Query(alias="activityId", examples=["consultation"])]
PractitionerQuery = Annotated[Id | None, Query(alias="practitionerId", examples=["dr-patel"])]
StartQuery = Annotated[
    DayOrMoment,
    Query(description="A day, or a time with an offset.", examples=["2031-03-03"]),
]
ClientQuery = Annotated[
    Id | None,
    Query(alias="clientId", description="For whom; a client need not say it."),
]
MovingQuery = Annotated[
    Id | None,
    Query(description="The appointment that shall be moved: it is not in its own way."),
]
EndQuery = Annotated[
    DayOrMoment,
    Query(
        description="A day, which is included, or a time with an offset.",
        examples=["2031-03-07"],
    ),
]


@router.get("/slots", response_model=SlotsOut)
def slots(
    office: TheOffice,
    caller: AnyCaller,
    *,
    activity_id: ActivityQuery,
    practitioner_id: PractitionerQuery = None,
    start: StartQuery,
    end: EndQuery,
    include: Annotated[
        str | None,
        Query(max_length=20, description="`unavailable`: also what cannot be booked."),
    ] = None,
    client_id: ClientQuery = None,
    moving: MovingQuery = None,
) -> Response:
    """Starts at which the activity can be booked, of one practitioner or of all who offer it; at
    most 92 days. What the client has already is in the way, where it is known who asks. An activity
    for clients of a practitioner is offered to these only. Nothing is, to clients, while the
    practice takes no bookings. Reasons are told to staff only."""
    if include not in (None, "unavailable"):
        raise wrong("include", "is `unavailable`, or is left out")
    around = office.around
    with around.ledger.read() as view:
        practice = view.practice()
        is_on = caller.is_staff or view.is_booking_on()
        seeker = _seeker(view, caller, client_id, moving)
    tz = zone(practice.timezone) if practice else zone("UTC")
    within = period(start, end, tz)
    if include and within.duration > MOST_EXPLAINED:
        raise wrong(
            "end", f"with `unavailable` is at most {MOST_EXPLAINED.days} days after the start"
        )
    found = list_slots(
        around,
        ActivityId(activity_id),
        within,
        practitioner_id=PractitionerId(practitioner_id) if practitioner_id else None,
        seeker=seeker,
    )
    there = found.slots if is_on else map(_not_offered, found.slots)
    wanted = (each for each in there if each.available or include)
    told = SlotsOut.model_construct(
        activity_id=found.activity.id,
        timezone=str(tz),
        slots=list(_slots(found, wanted, caller)),
    )
    # There may be thousands: what was just computed is not looked at once more.
    return Response(told.model_dump_json(by_alias=True), media_type="application/json")


@router.get("/slots/explain")
def explain(
    office: TheOffice,
    caller: AnyCaller,
    *,
    activity_id: ActivityQuery,
    practitioner_id: Annotated[Id, Query(alias="practitionerId", examples=["dr-patel"])],
    start: Annotated[
        Moment,
        Query(description="With an offset.", examples=["2031-03-03T09:00:00+01:00"]),
    ],
    duration_minutes: Annotated[Minutes | None, Query(alias="durationMinutes")] = None,
    at: Annotated[
        Moment | None,
        Query(
            description="Staff only: as it was then, as far as the journal tells.",
            examples=["2031-03-01T18:00:00+01:00"],
        ),
    ] = None,
    client_id: ClientQuery = None,
    moving: MovingQuery = None,
) -> JudgementOut:
    """Whether one time is offered, or was. Staff are told all that stands in its way; others only
    that it is not."""
    if at is not None and not caller.is_staff:
        raise NotPermitted("only staff may ask how it was before")
    which = ActivityId(activity_id), PractitionerId(practitioner_id), moment(start, "start")
    length = timedelta(minutes=duration_minutes) if duration_minutes else None
    if at is not None:
        found = judge_then(office.around, *which, at=moment(at, "at"), duration=length)
    else:
        with office.around.ledger.read() as view:
            seeker = _seeker(view, caller, client_id, moving)
        found = judge(office.around, *which, duration=length, seeker=seeker)
    tz = zone(found.practitioner.timezone)
    return JudgementOut(
        activity_id=found.activity.id,
        practitioner_id=found.practitioner.id,
        start=shown(found.interval.start, tz),
        end=shown(found.interval.end, tz),
        offered=not found.obstacles,
        obstacles=_told(found.obstacles, tz, caller),
        as_of=_until(found.as_of, tz),
        unsure=list(found.unsure),
    )


def _seeker(view: View, caller: Caller, client: str | None, moving: str | None) -> Seeker:
    """For whom somebody asks. Raises Unknown for a client or an appointment that is none of theirs,
    NotPermitted where nobody knows who asks."""
    clients, which = caller.asking, None
    if client is not None:
        if caller.is_claimed:
            raise NotPermitted("whoever is not known asks for nobody")
        which = ClientId(client)
        theirs = clients_of(view, caller)
        if theirs is not None and which not in theirs:
            raise Unknown("client", which)
        view.client(which)
        clients = None if caller.is_staff else frozenset({which})
    elif len(mine := caller.wards or caller.clients) == 1 and not caller.is_staff:
        which = next(iter(mine))  # as a booking that names nobody is for them
    if moving is None:
        return Seeker(clients=clients, client_id=which)
    found = view.appointment(moving)
    if not caller.owns(found):
        raise Unknown("appointment", moving)
    if found.client is not None and which is None and not caller.is_claimed:
        which = found.client.id
    return Seeker(clients=clients, client_id=which, moving=found.id)


def _not_offered(slot: Slot) -> Slot:
    return slot._replace(durations=(), tentative=False, places=0)


def _slots(found: Listing, wanted: Iterable[Slot], caller: Caller) -> Iterable[SlotOut]:
    zones = {each.id: zone(each.timezone) for each in found.practitioners.values()}
    for each in wanted:
        tz = zones[each.practitioner_id]
        why = () if each.available or not caller.is_staff else found.why_not(each)
        yield SlotOut.model_construct(
            start=shown(each.start, tz),
            practitioner_id=each.practitioner_id,
            available=each.available,
            tentative=each.tentative,
            places_left=each.places,
            durations_minutes=[minutes(length) for length in each.durations],
            obstacles=_told(why, tz, caller),
        )


def _told(found: Iterable[Obstacle], tz: ZoneInfo, caller: Caller) -> list[ObstacleOut]:
    """What others have booked is nobody's business but the practice's."""
    if not caller.is_staff:
        return []
    return [
        ObstacleOut(
            reason=each.reason.value,
            what=each.what or None,
            until=_until(each.until, tz),
            practitioner_id=each.who,
        )
        for each in found
    ]


def _until(value: datetime | None, tz: ZoneInfo) -> datetime | None:
    return shown(value, tz) if value else None
