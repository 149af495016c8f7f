"""The practice's own things: who one is, activities, practitioners, and the switch for bookings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from syncd.core.errors import Unknown
from syncd.core.ids import ActivityId
from syncd.core.practice import Activity, Practitioner
from syncd.ledger import View
from syncd.web.answers import WhoOut
from syncd.web.bodies import BookingSwitch
from syncd.web.callers import Admin, AnyCaller, Staff, TheOffice, cause_of
from syncd.web.door import Door
from syncd.web.offer_answers import (
    ActivitiesOut,
    ActivityOut,
    PractitionerOut,
    PractitionersOut,
    PublicActivitiesOut,
    PublicActivity,
)
from syncd.web.wire import IDS, Id

router = APIRouter(route_class=Door, tags=["practice"])


@router.get("/me")
def who_am_i(caller: AnyCaller) -> WhoOut:
    """Whom this credential stands for."""
    return WhoOut(
        role=caller.role, practitioner_id=caller.practitioner_id, client_id=caller.client_id
    )


@router.get("/activities")
def activities(office: TheOffice, _caller: Staff) -> ActivitiesOut:
    """All activities, with all that is set for them."""
    with office.around.ledger.read() as view:
        found, who = _offered(view)
    return ActivitiesOut(activities=[ActivityOut.of(each, who) for each in found])


@router.get("/activities/public")
def public_activities(
    office: TheOffice,
    _caller: AnyCaller,
    ids: Annotated[
        str | None,
        Query(max_length=2000, pattern=IDS, description="Only these, with commas."),
    ] = None,
) -> PublicActivitiesOut:
    """The activities that can be booked, as whoever books needs to know them."""
    wanted = None if ids is None else {each.strip() for each in ids.split(",")}
    with office.around.ledger.read() as view:
        found, who = _offered(view)
    return PublicActivitiesOut(
        activities=[
            PublicActivity.of(each, who) for each in found if wanted is None or each.id in wanted
        ]
    )


@router.get("/activities/{activity_id}")
def activity(office: TheOffice, _caller: Staff, activity_id: Id) -> ActivityOut:
    """One activity."""
    with office.around.ledger.read() as view:
        found, who = _offered(view)
    for each in found:
        if each.id == ActivityId(activity_id):
            return ActivityOut.of(each, who)
    raise Unknown("activity", activity_id)


@router.get("/practitioners")
def practitioners(office: TheOffice, _caller: AnyCaller) -> PractitionersOut:
    """Who can be booked."""
    with office.around.ledger.read() as view:
        found = view.practitioners(active_only=True)
    return PractitionersOut(practitioners=[PractitionerOut.of(each) for each in found])


@router.get("/settings/booking")
def booking_switch(office: TheOffice, _caller: AnyCaller) -> BookingSwitch:
    """Whether clients and the public can book at the moment."""
    with office.around.ledger.read() as view:
        return BookingSwitch(enabled=view.is_booking_on())


@router.put("/settings/booking")
def switch_booking(
    office: TheOffice, caller: Admin, request: Request, body: BookingSwitch
) -> BookingSwitch:
    """Let clients and the public book, or not. Staff always may."""
    cause = cause_of(caller, request)
    office.around.ledger.write(lambda tx: tx.switch_booking(cause, on=body.enabled))
    return body


def _offered(view: View) -> tuple[list[Activity], list[Practitioner]]:
    return view.activities(active_only=True), view.practitioners(active_only=True)
