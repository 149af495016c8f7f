"""Who belongs with whom: a client with the practitioners who look after them. Values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.core.ids import ClientId, PractitionerId, RelationshipId


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """A client is looked after by a practitioner: what a tutor's match and a therapist's assignment
    are. There is one for each pair at most; one that is over, since `ended_at`, may begin again."""

    id: RelationshipId
    practitioner_id: PractitionerId
    client_id: ClientId
    since: datetime
    ended_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None
