"""Which client is with which practitioner."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from syncd.core.access import Caller, Role
from syncd.core.errors import Unknown
from syncd.core.ids import ClientId, PractitionerId, RelationshipId
from syncd.core.relations import Relationship
from syncd.flows.people import begin_relationship, end_relationship
from syncd.web.bodies import RelationshipBody
from syncd.web.callers import Admin, Somebody, TheOffice, cause_of
from syncd.web.door import Door
from syncd.web.people_answers import RelationshipOut, RelationshipsOut
from syncd.web.wire import Id

router = APIRouter(route_class=Door, prefix="/relationships", tags=["clients"])


@router.get("")
def relationships(
    office: TheOffice,
    caller: Somebody,
    *,
    practitioner_id: Annotated[Id | None, Query(alias="practitionerId")] = None,
    client_id: Annotated[Id | None, Query(alias="clientId")] = None,
    ended: Annotated[bool, Query(description="Also those that are over.")] = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> RelationshipsOut:
    """Relationships: an admin's are all, everybody else's those that they are in, or whom they are
    responsible for."""
    who, clients = PractitionerId(practitioner_id) if practitioner_id else None, None
    if caller.role is Role.PRACTITIONER:
        clients = None if who in (None, caller.practitioner_id) else frozenset[ClientId]()
        who = caller.practitioner_id
    elif caller.role is not Role.ADMIN:
        clients = caller.clients
    if client_id is not None:
        named = frozenset({ClientId(client_id)})
        clients = named if clients is None else clients & named
    with office.around.ledger.read() as view:
        found = view.relationships(
            practitioner_id=who,
            client_ids=clients,
            ended=ended,
            limit=limit,
            offset=(page - 1) * limit,
        )
    rows = [RelationshipOut.of(each) for each in found]
    return RelationshipsOut(relationships=rows, page=page, limit=limit)


@router.post("", status_code=201, responses={200: {"model": RelationshipOut}})
def begin(
    office: TheOffice, caller: Admin, request: Request, response: Response, body: RelationshipBody
) -> RelationshipOut:
    """Let a client be with a practitioner from now on: 201, or 200 where they are already."""
    found, is_new = begin_relationship(
        office.around,
        PractitionerId(body.practitioner_id),
        ClientId(body.client_id),
        cause_of(caller, request),
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/v1/relationships/{found.id}"
    return RelationshipOut.of(found)


@router.get("/{relationship_id}")
def relationship(office: TheOffice, caller: Somebody, relationship_id: Id) -> RelationshipOut:
    """One relationship, also one that is over."""
    with office.around.ledger.read() as view:
        found = view.relationship(RelationshipId(relationship_id))
    if not _is_theirs(found, caller):
        raise Unknown("relationship", relationship_id)
    return RelationshipOut.of(found)


@router.delete("/{relationship_id}", status_code=204)
def end(office: TheOffice, caller: Admin, request: Request, relationship_id: Id) -> Response:
    """Let them be with each other no more; what is booked stays. It may begin again."""
    end_relationship(office.around, RelationshipId(relationship_id), cause_of(caller, request))
    return Response(status_code=204)


def _is_theirs(found: Relationship, caller: Caller) -> bool:
    match caller.role:
        case Role.ADMIN:
            return True
        case Role.PRACTITIONER:
            return found.practitioner_id == caller.practitioner_id
        case _:
            return found.client_id in caller.clients
