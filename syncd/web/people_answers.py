"""Clients, who is responsible for them, and with whom they are, as JSON."""

from __future__ import annotations

from datetime import datetime

from syncd.core.relations import Relationship
from syncd.flows.people import Person
from syncd.web.appointment_answers import AppointmentOut, ClientOut, EntryOut
from syncd.web.wire import Wire


class PersonOut(ClientOut):
    """A client. `guardianIds` are responsible for them, `wardIds` those whom they are responsible
    for."""

    guardian_ids: list[str]
    ward_ids: list[str]

    @classmethod
    def of_person(cls, it: Person) -> PersonOut:
        return cls(
            **ClientOut.of(it.client).model_dump(),
            guardian_ids=list(it.guardians),
            ward_ids=list(it.wards),
        )


class ClientsOut(Wire):
    clients: list[ClientOut]
    page: int
    limit: int


class RelationshipOut(Wire):
    """A client is with a practitioner, unless `endedAt` says since when not any more."""

    id: str
    practitioner_id: str
    client_id: str
    since: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, it: Relationship) -> RelationshipOut:
        return cls(
            id=it.id,
            practitioner_id=it.practitioner_id,
            client_id=it.client_id,
            since=it.since,
            ended_at=it.ended_at,
        )


class RelationshipsOut(Wire):
    relationships: list[RelationshipOut]
    page: int
    limit: int


class DossierOut(Wire):
    """Everything that is kept about a client."""

    client: PersonOut
    relationships: list[RelationshipOut]
    appointments: list[AppointmentOut]
    entries: list[EntryOut]
