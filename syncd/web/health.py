"""Whether this process lives, and whether it can do its work: for systemd, proxies and monitors."""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Response

from syncd.core.errors import SyncdError
from syncd.flows.status import overview
from syncd.web.answers import HealthOut
from syncd.web.callers import TheOffice
from syncd.web.door import OpenDoor

router = APIRouter(route_class=OpenDoor, tags=["health"])


@router.get("/livez")
async def alive() -> HealthOut:
    """The process answers, however busy it is."""
    return HealthOut(status="alive")


@router.get("/readyz")
def ready(office: TheOffice, response: Response) -> HealthOut:
    """The ledger can be read, and holds a practice; how many calendars are in which state. Else
    503."""
    try:
        with office.around.ledger.read() as view:
            practice = view.practice()
            found = overview(view, practice).calendars if practice else ()
    except SyncdError:
        response.status_code = 503
        return HealthOut(status="ledger unavailable")
    if practice is None:
        response.status_code = 503
        return HealthOut(status="no practice yet: syncd practice apply")
    counted = Counter(each.health.value for each in found)
    return HealthOut(status="ready", calendars=dict(sorted(counted.items())))
