"""What can be booked: activities, as everybody reads them and as admins change them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from syncd.core.errors import Unknown
from syncd.core.ids import ActivityId
from syncd.core.practice import Activity, Practitioner
from syncd.flows.activities import add_activity, change_activity, drop_activity
from syncd.flows.versions import digest_of
from syncd.ledger import View
from syncd.web.activity_body import ActivityBody
from syncd.web.callers import Admin, AnyCaller, Staff, TheOffice, cause_of
from syncd.web.conditions import IfMatch, digest_in
from syncd.web.door import Door
from syncd.web.offer_answers import (
    ActivitiesOut,
    ActivityOut,
    MadeActivityOut,
    PublicActivitiesOut,
    PublicActivity,
)
from syncd.web.office import Office
from syncd.web.times import wrong
from syncd.web.wire import IDS, Id

router = APIRouter(route_class=Door, tags=["activities"])


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
def activity(office: TheOffice, _caller: Staff, response: Response, activity_id: Id) -> ActivityOut:
    """One activity. Its ETag is for the If-Match of a change."""
    with office.around.ledger.read() as view:
        found, who = _offered(view)
    for each in found:
        if each.id == ActivityId(activity_id):
            response.headers["ETag"] = f'"{digest_of(each)}"'
            return ActivityOut.of(each, who)
    raise Unknown("activity", activity_id)


@router.post("/activities", status_code=201)
def add(
    office: TheOffice, caller: Admin, request: Request, response: Response, body: ActivityBody
) -> MadeActivityOut:
    """Offer one more activity. Its id is made of its name, unless it is given."""
    added = add_activity(office.around, body.activity(), cause_of(caller, request))
    response.headers["Location"] = f"/api/v1/activities/{added.id}"
    return MadeActivityOut(activity=_shown(office, added))


@router.put("/activities/{activity_id}")
def change(
    office: TheOffice,
    caller: Admin,
    request: Request,
    response: Response,
    activity_id: Id,
    body: ActivityBody,
    if_match: IfMatch = None,
) -> ActivityOut:
    """Say anew, as a whole, how it is offered. What is booked stays as it was booked."""
    if body.id not in (None, activity_id):
        raise wrong("id", "is the one that the address names, or is left out")
    wanted = body.activity(ActivityId(activity_id))
    changed = change_activity(
        office.around, wanted, cause_of(caller, request), if_digest=digest_in(if_match)
    )
    response.headers["ETag"] = f'"{digest_of(changed)}"'
    return _shown(office, changed)


@router.delete("/activities/{activity_id}", status_code=204)
def drop(office: TheOffice, caller: Admin, request: Request, activity_id: Id) -> Response:
    """Offer it no more. Its appointments stay, and its id is not used again."""
    drop_activity(office.around, ActivityId(activity_id), cause_of(caller, request))
    return Response(status_code=204)


def _shown(office: Office, activity: Activity) -> ActivityOut:
    with office.around.ledger.read() as view:
        _, who = _offered(view)
    return ActivityOut.of(activity, who)


def _offered(view: View) -> tuple[list[Activity], list[Practitioner]]:
    return view.activities(active_only=True), view.practitioners(active_only=True)
