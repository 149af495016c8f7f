"""Clients, as the practice and as they themselves see them: made, changed, given out, emptied."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from syncd.core.errors import Unknown
from syncd.core.ids import ClientId
from syncd.flows.clients import dossier_of, erase
from syncd.flows.people import (
    Particulars,
    Person,
    add_person,
    change_person,
    clients_of,
    person_of,
)
from syncd.flows.versions import digest_of
from syncd.web.appointment_answers import AppointmentOut, ClientOut, EntryOut
from syncd.web.bodies import PersonBody
from syncd.web.callers import Admin, Somebody, TheOffice, cause_of
from syncd.web.conditions import IfMatch, digest_in
from syncd.web.door import Door
from syncd.web.people_answers import ClientsOut, DossierOut, PersonOut, RelationshipOut
from syncd.web.times import wrong
from syncd.web.wire import Id

router = APIRouter(route_class=Door, prefix="/clients", tags=["clients"])


@router.get("")
def clients(
    office: TheOffice,
    caller: Somebody,
    *,
    search: Annotated[
        str | None, Query(max_length=100, description="Words in the name or the e-mail address.")
    ] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ClientsOut:
    """Clients by name, without those who were erased: an admin's are all, a practitioner's those
    who are with them or had an appointment, a client's and a guardian's themselves and whom they
    are responsible for."""
    with office.around.ledger.read() as view:
        found = view.clients(
            like=search or None,
            among=clients_of(view, caller),
            limit=limit,
            offset=(page - 1) * limit,
        )
    return ClientsOut(clients=[ClientOut.of(each) for each in found], page=page, limit=limit)


@router.post("", status_code=201)
def add(
    office: TheOffice, caller: Admin, request: Request, response: Response, body: PersonBody
) -> PersonOut:
    """Make a client. One client is one e-mail address and name; without an address nobody is known
    again."""
    added = add_person(office.around, _particulars(body), cause_of(caller, request))
    response.headers["Location"] = f"/api/v1/clients/{added.client.id}"
    return _shown(added, response)


@router.get("/{client_id}")
def client(office: TheOffice, caller: Somebody, response: Response, client_id: Id) -> PersonOut:
    """One client. The ETag is for the If-Match of a change."""
    with office.around.ledger.read() as view:
        theirs = clients_of(view, caller)
        if theirs is not None and client_id not in theirs:
            raise Unknown("client", client_id)
        return _shown(person_of(view, ClientId(client_id)), response)


@router.put("/{client_id}")
def change(
    office: TheOffice,
    caller: Admin,
    request: Request,
    response: Response,
    client_id: Id,
    body: PersonBody,
    if_match: IfMatch = None,
) -> PersonOut:
    """Say anew, as a whole, who they are and who is responsible for them."""
    if body.id not in (None, client_id):
        raise wrong("id", "is the one that the address names, or is left out")
    changed = change_person(
        office.around,
        ClientId(client_id),
        _particulars(body),
        cause_of(caller, request),
        if_digest=digest_in(if_match),
    )
    return _shown(changed, response)


@router.get("/{client_id}/export")
def export(office: TheOffice, caller: Admin, client_id: Id) -> DossierOut:
    """Everything that is kept about a client (GDPR articles 15 and 20)."""
    with office.around.ledger.read() as view:
        found = dossier_of(view, ClientId(client_id))
    return DossierOut(
        client=PersonOut.of_person(found.person),
        relationships=[RelationshipOut.of(each) for each in found.relationships],
        appointments=[AppointmentOut.of(each, [], caller) for each in found.appointments],
        entries=[EntryOut.of(each) for each in found.entries],
    )


@router.delete("/{client_id}", status_code=204)
def erase_client(
    office: TheOffice,
    caller: Admin,
    request: Request,
    client_id: Id,
    *,
    anyway: Annotated[bool, Query(description="Although appointments are to come.")] = False,
) -> Response:
    """Empty what is personal about a client (GDPR article 17); appointments stay, without a name.
    Refused while any are to come."""
    erase(office.around, ClientId(client_id), cause_of(caller, request), anyway=anyway)
    return Response(status_code=204)


def _particulars(body: PersonBody) -> Particulars:
    return Particulars(
        name=body.name,
        email=body.email,
        phone=body.phone,
        guardians=tuple(map(ClientId, dict.fromkeys(body.guardian_ids))),
    )


def _shown(found: Person, response: Response) -> PersonOut:
    response.headers["ETag"] = f'"{digest_of(found)}"'
    return PersonOut.of_person(found)
