"""Who is responsible for whom, and which client is with which practitioner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update

from syncd.core.errors import Unknown
from syncd.core.ids import ClientId, PractitionerId, RelationshipId
from syncd.core.journal import Cause
from syncd.core.relations import Relationship
from syncd.ledger.journal import JournalWrites
from syncd.ledger.tables import guardianships, relationships
from syncd.ledger.unit import Unit

_G, _R = guardianships.c, relationships.c


class RelationReads(Unit):
    def wards_of(self, guardian_id: ClientId) -> frozenset[ClientId]:
        """For whom that person is responsible."""
        found = select(_G.client_id).where(*self._guards(_G.guardian_id == guardian_id))
        return frozenset(row.client_id for row in self._read(found))

    def guardians_of(self, client_id: ClientId) -> tuple[ClientId, ...]:
        """Who is responsible for that client, by id."""
        found = select(_G.guardian_id).where(*self._guards(_G.client_id == client_id))
        return tuple(row.guardian_id for row in self._read(found.order_by(_G.guardian_id)))

    def relationship(self, relationship_id: RelationshipId) -> Relationship:
        """Raises Unknown."""
        found = select(relationships).where(*self._related(_R.id == relationship_id))
        row = self._read(found).one_or_none()
        if row is None:
            raise Unknown("relationship", relationship_id)
        return _relationship(row)

    def relationship_of(
        self, practitioner_id: PractitionerId, client_id: ClientId
    ) -> Relationship | None:
        """That of the two, also one that is over; None where there never was one."""
        pair = (_R.practitioner_id == practitioner_id, _R.client_id == client_id)
        row = self._read(select(relationships).where(*self._related(*pair))).one_or_none()
        return _relationship(row) if row else None

    def relationships(
        self,
        *,
        practitioner_id: PractitionerId | None = None,
        client_ids: Iterable[ClientId] | None = None,
        ended: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Relationship]:
        """By client, then practitioner; of that practitioner, of any of those clients; with those
        that are over, where `ended` is wanted."""
        wanted: list[ColumnElement[bool]] = []
        if practitioner_id is not None:
            wanted.append(_R.practitioner_id == practitioner_id)
        if client_ids is not None:
            wanted.append(_R.client_id.in_(sorted(client_ids)))
        if not ended:
            wanted.append(_R.ended_at.is_(None))
        statement = (
            select(relationships)
            .where(*self._related(*wanted))
            .order_by(_R.client_id, _R.practitioner_id)
            .limit(limit)
            .offset(offset)
        )
        return [_relationship(row) for row in self._read(statement)]

    def _guards(self, *wanted: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
        return (_G.practice_id == self.practice_id, *wanted)

    def _related(self, *wanted: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
        return (_R.practice_id == self.practice_id, *wanted)


class RelationWrites(RelationReads, JournalWrites):
    def set_guardians(
        self, client_id: ClientId, guardian_ids: Iterable[ClientId], cause: Cause
    ) -> None:
        """These are responsible for the client, and nobody else. Idempotent."""
        before, after = self.guardians_of(client_id), tuple(sorted(set(guardian_ids)))
        if before == after:
            return
        self._write(delete(guardianships).where(*self._guards(_G.client_id == client_id)))
        for each in after:
            row = {"practice_id": self.practice_id, "client_id": client_id, "guardian_id": each}
            self._write(guardianships.insert(), row)
        self._record(
            "entrust",
            "client",
            client_id,
            cause=cause,
            before={"guardians": list(before)},
            after={"guardians": list(after)},
        )

    def save_relationship(self, relationship: Relationship, cause: Cause, *, action: str) -> None:
        """Begin one, or end it."""
        found = self.relationship_of(relationship.practitioner_id, relationship.client_id)
        row = asdict(relationship)
        self._upsert(relationships, [{"practice_id": self.practice_id, **row}])
        told = [_told(each) if each is not None else None for each in (found, relationship)]
        self._record(
            action, "relationship", relationship.id, cause=cause, before=told[0], after=told[1]
        )

    def _relationship_ids(self, client_id: ClientId) -> list[str]:
        theirs = self._related(_R.client_id == client_id)
        return [row.id for row in self._read(select(_R.id).where(*theirs).order_by(_R.id))]

    def _forget_relations(self, client_id: ClientId) -> None:
        """Of somebody who is erased nobody is responsible, and they are with nobody."""
        theirs = (_G.client_id == client_id) | (_G.guardian_id == client_id)
        self._write(delete(guardianships).where(*self._guards(theirs)))
        open_ones = self._related(_R.client_id == client_id, _R.ended_at.is_(None))
        self._write(update(relationships).where(*open_ones).values(ended_at=self.now))


def _told(relationship: Relationship) -> dict[str, str]:
    return {key: str(each) for key, each in asdict(relationship).items() if each is not None}


def _relationship(row: Any) -> Relationship:
    return Relationship(
        id=row.id,
        practitioner_id=row.practitioner_id,
        client_id=row.client_id,
        since=row.since,
        ended_at=row.ended_at,
    )
