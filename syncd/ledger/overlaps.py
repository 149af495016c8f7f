"""Overlaps that are stored all the same, since they happened upstream already: found beforehand, to
be flagged.

Refusing is the triggers' business, not this module's. Nobody can come between the look and the
write, since writers take turns: see `engine.begin_writing`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, text

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, HOLDS_TIME, Appointment, Status
from syncd.core.ids import PracticeId
from syncd.ledger.tables import ATTENDED, appointments, attendances
from syncd.ledger.unit import Scope, chunks

_DAY = timedelta(days=1)


def renew_plans(scope: Scope, coming: int) -> None:
    """Before `coming` rows are added: have PostgreSQL plan anew each time that a connection has
    doubled the table. It keeps the plan of the trigger's queries, and one that was made for an
    empty table reads all of it. Later, its own statistics do the same."""
    if scope.is_sqlite:
        return
    info = scope.connection.info
    added = info["appointments_added"] = info.get("appointments_added", 0) + coming
    if added >= 2 * info.get("appointments_planned_for", 50):
        info["appointments_planned_for"] = added
        scope.read(text("DISCARD PLANS"))


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
        claims = [
            (
                taken.setdefault((kind, which), _Taken()),
                _company(kind, draft.practitioner_id, draft.activity_id, draft.capacity),
            )
            for kind, which in _resources(draft)
        ]
        if EXEMPT_FROM_OVERLAP.isdisjoint(draft.flags) and any(
            each.refuses(draft.start, draft.end, company, draft.capacity)
            for each, company in claims
        ):
            found.add(at)
        for each, company in claims:
            each.add(draft.start, draft.end, company)
    return found


_Company = tuple[str, str] | None
"""With whom an appointment may begin and end: with those of one practitioner and activity."""


def _company(resource: str, practitioner: str, activity: str | None, capacity: int) -> _Company:
    """None for who is alone; a client always is."""
    return (practitioner, activity or "") if resource != "client" and capacity > 1 else None


@dataclass(slots=True)
class _Taken:
    """The taken times of one resource, sorted by start; they may overlap each other."""

    times: list[tuple[datetime, datetime, _Company]] = field(default_factory=list)
    longest: timedelta = timedelta(0)

    def add(self, start: datetime, end: datetime, company: _Company) -> None:
        insort(self.times, (start, end, company), key=_start)
        self.longest = max(self.longest, end - start)

    def refuses(self, start: datetime, end: datetime, company: _Company, capacity: int) -> bool:
        """Whether others hold some of that time who do not share it, or as many share it as may."""
        at = bisect_left(self.times, end, key=_start)
        sharing = 0
        while at and start - self.times[at - 1][0] < self.longest:
            at -= 1
            if self.times[at] == (start, end, company) and company is not None:
                sharing += 1
            elif self.times[at][1] > start:
                return True
        return sharing >= capacity


def _start(taken: tuple[datetime, datetime, _Company]) -> datetime:
    return taken[0]


_Resource = tuple[str, str]


def _resources(appointment: Appointment) -> list[_Resource]:
    claimed: list[_Resource] = [("practitioner", each) for each in appointment.practitioners]
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
        ("practitioner", attendances.c.practitioner_id),
        ("client", a.client_id),
        ("room", a.room_id),
    ):
        for chunk in chunks(sorted(which for what, which in wanted if what == kind)):
            statement = select(
                a.id,
                column.label("resource"),
                a.starts_at,
                a.ends_at,
                a.practitioner_id,
                a.activity_id,
                a.capacity,
            )
            held = statement.where(is_held, column.in_(chunk))
            if column.table is attendances:
                held = held.select_from(ATTENDED).where(
                    attendances.c.practice_id == practice_id,
                    attendances.c.starts_at < last,
                    or_(attendances.c.is_long, attendances.c.starts_at > first - _DAY),
                )
            for row in scope.read(held):
                if row.id not in own:
                    key = (kind, row.resource)
                    company = _company(kind, row.practitioner_id, row.activity_id, row.capacity)
                    taken.setdefault(key, _Taken()).add(row.starts_at, row.ends_at, company)
    return taken
