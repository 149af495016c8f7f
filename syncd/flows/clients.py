"""What is kept about one client: given out to them whole, or emptied. GDPR articles 15, 17, 20."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.appointment import Appointment
from syncd.core.errors import NotAllowed
from syncd.core.ids import ClientId
from syncd.core.journal import Cause, Entry
from syncd.core.relations import Relationship
from syncd.flows.people import Person
from syncd.flows.surroundings import Surroundings
from syncd.ledger import AppointmentFilter, Transaction, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that the ledger knows about a client: `entries` of the journal are about them,
    their appointments or relationships, oldest first."""

    person: Person
    relationships: tuple[Relationship, ...]
    appointments: tuple[Appointment, ...]
    entries: tuple[Entry, ...]


def dossier_of(view: View, client_id: ClientId) -> Dossier:
    """Raises Unknown."""
    person = Person(
        client=view.client(client_id),
        guardians=view.guardians_of(client_id),
        wards=tuple(sorted(view.wards_of(client_id))),
    )
    appointments = view.appointments(AppointmentFilter(client_id=client_id))
    relationships = view.relationships(client_ids=[client_id], ended=True)
    entries = view.history(client_id, kind="client")
    for relationship in relationships:
        entries += view.history(relationship.id, kind="relationship")
    for each in appointments:
        entries += view.history(each.id)
    return Dossier(
        person=person,
        relationships=tuple(relationships),
        appointments=tuple(appointments),
        entries=tuple(sorted(entries, key=lambda entry: entry.seq)),
    )


def erase(around: Surroundings, client_id: ClientId, cause: Cause, *, anyway: bool = False) -> int:
    """Empty what is personal about the client, here; how many entries of the journal that emptied,
    0 where it was done before. Their appointments stay, without a name. The events of those to come
    are written again without it; older ones are not touched. What webhooks sent is emptied for all:
    nobody can tell for certain whom it names. Raises Unknown, and NotAllowed while appointments are
    to come, unless that is wanted `anyway`: nobody would know whom to expect."""

    def work(tx: Transaction) -> int:
        tx.client(client_id)
        ahead = [
            each
            for each in tx.appointments(AppointmentFilter(client_id=client_id, start=tx.now))
            if not each.is_over
        ]
        if ahead and not anyway:
            numbers = ", ".join(each.number for each in ahead[:5])
            raise NotAllowed(
                f"appointments are to come ({numbers}); cancel them first, or erase anyway"
            )
        tx.empty_deliveries()
        emptied = tx.erase_client(client_id, cause)
        if emptied:
            tx.nudge(tx.rewrite_client(client_id))
        return emptied

    return around.ledger.write(work)
