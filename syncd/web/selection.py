"""Which appointments a list is about: whose, when, in which states. Reads no appointment."""

from __future__ import annotations

from datetime import datetime

from syncd.core.access import Caller, Role
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ClientId, PractitionerId, RelationshipId
from syncd.core.problem import Problem
from syncd.core.status_words import WORDS, Standing, standing_for
from syncd.core.time import day_bounds, zone
from syncd.ledger import View
from syncd.web.times import day, moment, wrong

UNKNOWN_STATUS = "is made of words that are known: " + ", ".join(WORDS)


class Whose:
    """Whose appointments a list is about: what somebody asks for beyond their own is nobody's."""

    def __init__(self, caller: Caller, practitioner: str | None, client: str | None) -> None:
        self.is_theirs = True
        self.practitioner_id: PractitionerId | None = None
        self.clients: frozenset[ClientId] | None = None
        if caller.role is Role.PRACTITIONER:
            self.practitioner_id = caller.practitioner_id
        if caller.role in (Role.CLIENT, Role.GUARDIAN):
            self.clients = caller.clients
        self._narrow(practitioner, client)

    def of(self, view: View, relationship: str | None) -> Whose:
        """Those of the two of a relationship, where one is named."""
        if relationship is None:
            return self
        try:
            pair = view.relationship(RelationshipId(relationship))
        except Unknown:
            self.is_theirs = False
            return self
        self._narrow(pair.practitioner_id, pair.client_id)
        return self

    def _narrow(self, practitioner: str | None, client: str | None) -> None:
        if practitioner is not None:
            self.is_theirs &= self.practitioner_id in (None, practitioner)
            self.practitioner_id = PractitionerId(practitioner)
        if client is not None:
            self.is_theirs &= self.clients is None or client in self.clients
            self.clients = frozenset({ClientId(client)})


def window(
    view: View, date: str | None, start: str | None, end: str | None
) -> tuple[datetime | None, datetime | None]:
    """From when to when: two times, or a day of the practice. Raises Invalid for both."""
    practice = view.practice()
    if date is None or practice is None:
        return (moment(start, "start") if start else None, moment(end, "end") if end else None)
    if start is not None or end is not None:
        raise wrong("date", "is given, or start and end; not both")
    bounds = day_bounds(day(date, "date"), zone(practice.timezone))
    return bounds.start, bounds.end


def standings(words: str | None) -> tuple[Standing, ...] | None:
    """What the words look for; None without any. Raises Invalid for one that is not known."""
    if words is None:
        return None
    found = {word.strip(): standing_for(word) for word in words.split(",")}
    unknown = [Problem(where="status", what=UNKNOWN_STATUS) for each in found.values() if not each]
    if unknown:
        raise Invalid(unknown[:1])
    return tuple(each for each in found.values() if each is not None)
