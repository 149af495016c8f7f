"""Who comes, who is responsible for them, and with whom they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from syncd.core.access import Caller, Role
from syncd.core.appointment import Client
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ClientId, PractitionerId, RelationshipId
from syncd.core.journal import Cause
from syncd.core.problem import Problem
from syncd.core.relations import Relationship
from syncd.flows.surroundings import Surroundings
from syncd.flows.versions import require_digest
from syncd.ledger import Transaction, View

MOST_GUARDIANS = 10
_LONGEST = {"name": 200, "email": 254, "phone": 40}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A client with who is responsible for them, and for whom they are: all by id."""

    client: Client
    guardians: tuple[ClientId, ...] = ()
    wards: tuple[ClientId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Particulars:
    """What the practice says of a client."""

    name: str
    email: str | None = None
    phone: str | None = None
    guardians: tuple[ClientId, ...] = ()


def person_of(view: View, client_id: ClientId) -> Person:
    """Raises Unknown, also for one who was erased."""
    client = view.client(client_id)
    if view.is_erased(client_id):
        raise Unknown("client", client_id)
    return Person(
        client=client,
        guardians=view.guardians_of(client_id),
        wards=tuple(sorted(view.wards_of(client_id))),
    )


def with_wards(view: View, caller: Caller) -> Caller:
    """The caller; a guardian with those for whom they are responsible by now."""
    if caller.role is not Role.GUARDIAN or caller.client_id is None:
        return caller
    return replace(caller, wards=view.wards_of(caller.client_id))


def clients_of(view: View, caller: Caller) -> frozenset[ClientId] | None:
    """Whom they may see; None for everybody. A practitioner's are those who are with them, or ever
    had an appointment with them."""
    if caller.role is Role.ADMIN:
        return None
    if caller.role is not Role.PRACTITIONER or caller.practitioner_id is None:
        return caller.clients
    found = view.relationships(practitioner_id=caller.practitioner_id)
    return view.seen_by(caller.practitioner_id) | {each.client_id for each in found}


def add_person(around: Surroundings, wanted: Particulars, cause: Cause) -> Person:
    """A new client. Raises AlreadyThere for a mailbox and name that somebody has, Invalid for what
    cannot be, and for guardians who are not there."""

    _require_sound(wanted)

    def work(tx: Transaction) -> Person:
        client = tx.add_client(
            name=wanted.name, email=wanted.email, phone=wanted.phone, cause=cause
        )
        _entrust(tx, client.id, wanted.guardians, cause)
        return person_of(tx, client.id)

    return around.ledger.write(work)


def change_person(
    around: Surroundings,
    client_id: ClientId,
    wanted: Particulars,
    cause: Cause,
    *,
    if_digest: str | None = None,
) -> Person:
    """The client as is wanted. Events that name them are written again. Raises Unknown,
    VersionConflict where they are not as `if_digest` says, AlreadyThere, or Invalid."""

    _require_sound(wanted)

    def work(tx: Transaction) -> Person:
        before = person_of(tx, client_id)
        require_digest(before, if_digest)
        after = replace(before.client, name=wanted.name, email=wanted.email, phone=wanted.phone)
        if tx.change_client(after, cause):
            tx.nudge(tx.rewrite_client(client_id))  # a title may name them
        _entrust(tx, client_id, wanted.guardians, cause)
        return person_of(tx, client_id)

    return around.ledger.write(work)


def begin_relationship(
    around: Surroundings, practitioner_id: PractitionerId, client_id: ClientId, cause: Cause
) -> tuple[Relationship, bool]:
    """The relationship of the two, from now on where there was none or it was over; whether that
    is news. Idempotent. Raises Unknown for whoever is not there (any more)."""

    def work(tx: Transaction) -> tuple[Relationship, bool]:
        if not tx.practitioner(practitioner_id).active:
            raise Unknown("practitioner", practitioner_id)
        person_of(tx, client_id)
        found = tx.relationship_of(practitioner_id, client_id)
        if found is not None and not found.is_over:
            return found, False
        begun = Relationship(
            id=found.id if found is not None else RelationshipId(tx.new_id()),
            practitioner_id=practitioner_id,
            client_id=client_id,
            since=tx.now,
        )
        tx.save_relationship(begun, cause, action="begin")
        return begun, True

    return around.ledger.write(work)


def end_relationship(
    around: Surroundings, relationship_id: RelationshipId, cause: Cause
) -> Relationship:
    """From now on the client is not with that practitioner; what is booked stays. Idempotent.
    Raises Unknown."""

    def work(tx: Transaction) -> Relationship:
        found = tx.relationship(relationship_id)
        if found.is_over:
            return found
        ended = replace(found, ended_at=tx.now)
        tx.save_relationship(ended, cause, action="end")
        return ended

    return around.ledger.write(work)


def _require_sound(wanted: Particulars) -> None:
    """Raises Invalid for what cannot be a name, an e-mail address or a number, with all of it."""
    said = {"name": wanted.name, "email": wanted.email, "phone": wanted.phone}
    problems = [
        Problem(where=key, what=f"is some words, at most {_LONGEST[key]} characters, on one line")
        for key, value in said.items()
        if value is not None and not _is_line(value, _LONGEST[key])
    ]
    if wanted.email and not _EMAIL.fullmatch(wanted.email):
        problems.append(Problem(where="email", what="needs an @ between two parts"))
    if problems:
        raise Invalid(problems)


def _is_line(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text == text.strip() and text.isprintable()


def _entrust(
    tx: Transaction, client_id: ClientId, guardians: tuple[ClientId, ...], cause: Cause
) -> None:
    problems = []
    if client_id in guardians:
        problems.append("nobody is their own guardian")
    if len(set(guardians)) > MOST_GUARDIANS:
        problems.append(f"at most {MOST_GUARDIANS} people are responsible for one client")
    problems += [f"there is no client {each}" for each in guardians if not _is_there(tx, each)]
    if problems:
        raise Invalid([Problem(where="guardianIds", what=each) for each in problems])
    tx.set_guardians(client_id, guardians, cause)


def _is_there(view: View, client_id: ClientId) -> bool:
    try:
        view.client(client_id)
    except Unknown:
        return False
    return not view.is_erased(client_id)
