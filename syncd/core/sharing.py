"""Who shares a time: appointments of one activity and practitioner that begin and end together.

The rule is said here for all that looks, and once more by the database's triggers, for all that is
stored (ADR 0014).
"""

from __future__ import annotations

from typing import Protocol

from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.time import Interval


class Sharer(Protocol):
    """What may share its time with others: with so many in all as `capacity` says."""

    @property
    def capacity(self) -> int: ...
    @property
    def activity_id(self) -> ActivityId | None: ...
    @property
    def practitioner_id(self) -> PractitionerId: ...
    @property
    def interval(self) -> Interval: ...


def share(one: Sharer, other: Sharer) -> bool:
    """Whether the two have one time together. Who was booked alone shares with nobody."""
    if min(one.capacity, other.capacity) < 2:
        return False
    who = one.activity_id, one.practitioner_id
    return one.interval == other.interval and who == (other.activity_id, other.practitioner_id)
