"""What the overlap trigger needs from us: locks in one order, and what is already taken.

Refusing is the trigger's business, not this module's; here overlaps are found beforehand only for
what happened upstream already and is stored flagged.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, or_, select

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, HOLDS_TIME, Appointment, Status
from syncd.core.ids import PracticeId
from syncd.ledger.tables import appointments, clients, practitioners, rooms
from syncd.ledger.unit import Scope, chunks


def lock_resources(scope: Scope, practice_id: PracticeId, drafts: Iterable[Appointment]) -> None:
    """On PostgreSQL, lock the rows of whom and what the drafts need: practitioners, clients, rooms,
    each by id. Every writer takes its locks in this order, and a number only afterwards."""
    if scope.is_sqlite:
        return
    drafts = list(drafts)
    wanted: tuple[tuple[Table, set[Any]], ...] = (
        (practitioners, {each.practitioner_id for each in drafts}),
        (clients, {each.client.id for each in drafts if each.client}),
        (rooms, {each.room_id for each in drafts if each.room_id}),
    )
    for table, ids in wanted:
        for chunk in chunks(sorted(ids)):
            scope.read(
                select(table.c.id)
                .where(table.c.practice_id == practice_id, table.c.id.in_(chunk))
                .order_by(table.c.id)
                .with_for_update(key_share=True)
            ).all()


def find_overlapping(
    scope: Scope, practice_id: PracticeId, drafts: Sequence[Appointment], *, now: datetime
) -> set[int]:
    """The positions of the drafts that would be refused: they hold time which a stored appointment,
    or a draft before them, holds for the same practitioner, client or room."""
    taken = _stored(scope, practice_id, drafts, now=now)
    found: set[int] = set()
    for at, draft in enumerate(drafts):
        if not draft.holds_time_at(now):
            continue
        claims = [taken.setdefault(resource, _Taken()) for resource in _resources(draft)]
        if EXEMPT_FROM_OVERLAP.isdisjoint(draft.flags) and any(
            each.overlaps(draft.start, draft.end) for each in claims
        ):
            found.add(at)
        for each in claims:
            each.add(draft.start, draft.end)
    return found


@dataclass(slots=True)
class _Taken:
    """The taken times of one resource, sorted by start; they may overlap each other."""

    times: list[tuple[datetime, datetime]] = field(default_factory=list)
    longest: timedelta = timedelta(0)

    def add(self, start: datetime, end: datetime) -> None:
        insort(self.times, (start, end))
        self.longest = max(self.longest, end - start)

    def overlaps(self, start: datetime, end: datetime) -> bool:
        at = bisect_left(self.times, (end,))
        while at and self.times[at - 1][0] > start - self.longest:
            at -= 1
            if self.times[at][1] > start:
                return True
        return False


_Resource = tuple[str, str]


def _resources(appointment: Appointment) -> list[_Resource]:
    claimed: list[_Resource] = [("practitioner", appointment.practitioner_id)]
    if appointment.client:
        claimed.append(("client", appointment.client.id))
    if appointment.room_id:
        claimed.append(("room", appointment.room_id))
    return claimed


def _stored(
    scope: Scope, practice_id: PracticeId, drafts: Sequence[Appointment], *, now: datetime
) -> dict[_Resource, _Taken]:
    """What others hold around the drafts, of whatever the drafts need."""
    a = appointments.c
    own = {draft.id for draft in drafts if draft.id}
    first = min(draft.start for draft in drafts)
    last = max(draft.end for draft in drafts)
    is_held = and_(
        a.practice_id == practice_id,
        a.starts_at < last,
        a.ends_at > first,
        a.status.in_(sorted(each.value for each in HOLDS_TIME)),
        or_(
            a.status != Status.PROPOSED.value,
            a.hold_expires_at.is_(None),
            a.hold_expires_at > now,
        ),
    )
    taken: dict[_Resource, _Taken] = {}
    wanted = {resource for draft in drafts for resource in _resources(draft)}
    for kind, column in (
        ("practitioner", a.practitioner_id),
        ("client", a.client_id),
        ("room", a.room_id),
    ):
        for chunk in chunks(sorted(which for what, which in wanted if what == kind)):
            statement = select(a.id, column.label("resource"), a.starts_at, a.ends_at)
            for row in scope.read(statement.where(is_held, column.in_(chunk))):
                if row.id not in own:
                    key = (kind, row.resource)
                    taken.setdefault(key, _Taken()).add(row.starts_at, row.ends_at)
    return taken
