"""Clients as the practice sees them: listed, given out whole, emptied."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from syncd.core.ids import ClientId
from syncd.flows.clients import dossier_of, erase
from syncd.web.appointment_answers import (
    AppointmentOut,
    ClientOut,
    ClientsOut,
    DossierOut,
    EntryOut,
)
from syncd.web.callers import Admin, TheOffice, cause_of
from syncd.web.door import Door
from syncd.web.wire import Id

router = APIRouter(route_class=Door, prefix="/clients", tags=["clients"])


@router.get("")
def clients(
    office: TheOffice,
    _caller: Admin,
    *,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ClientsOut:
    """Clients by name, without those who were erased."""
    with office.around.ledger.read() as view:
        found = view.clients(limit=limit, offset=(page - 1) * limit)
    return ClientsOut(clients=[ClientOut.of(each) for each in found], page=page, limit=limit)


@router.get("/{client_id}/export")
def export(office: TheOffice, caller: Admin, client_id: Id) -> DossierOut:
    """Everything that is kept about a client (GDPR articles 15 and 20)."""
    with office.around.ledger.read() as view:
        found = dossier_of(view, ClientId(client_id))
    return DossierOut(
        client=ClientOut.of(found.client),
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
