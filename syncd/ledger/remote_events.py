"""What was last seen in each calendar, and the time that foreign events take there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, delete, func, or_, select

from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ConflictId,
    EventRef,
    PractitionerId,
    Uid,
    Version,
)
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.ledger.tables import (
    IS_QUARANTINED,
    IS_RECURRING,
    busy_blocks,
    calendars,
    conflicts,
    remote_events,
)
from syncd.ledger.unit import Unit, by_index, chunks


@dataclass(frozen=True, slots=True)
class Known:
    """Just enough of a remembered object to tell whether a listing shows something new."""

    version: Version
    digest: str
    kind: RemoteKind
    awaits: EventRef | None = None
    uid: str | None = None


def known_of(record: RemoteRecord) -> Known:
    """Of a whole record, what tells whether anything is new."""
    return Known(record.version, record.digest, record.kind, record.awaits, record.uid)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyBlock:
    """Time that an event of `calendar_id` takes from a practitioner. `conflict_id` names the
    conflict whose losing time still blocks."""

    calendar_id: CalendarId
    ref: EventRef
    practitioner_id: PractitionerId
    interval: Interval
    conflict_id: ConflictId | None = None


class RemoteEventReads(Unit):
    def known_versions(self, calendar_id: CalendarId) -> dict[EventRef, Known]:
        """Every object remembered of this calendar."""
        r = remote_events.c
        rows = self._read(
            select(r.ref, r.version, r.digest, r.kind, r.awaits, r.uid).where(
                r.practice_id == self.practice_id, r.calendar_id == calendar_id
            )
        )
        kinds = {kind.value: kind for kind in RemoteKind}
        return {
            row.ref: Known(row.version, row.digest, kinds[row.kind], row.awaits, row.uid)
            for row in rows
        }

    def known(
        self, calendar_id: CalendarId, refs: Iterable[EventRef]
    ) -> dict[EventRef, RemoteRecord]:
        """What is remembered of these refs; unknown ones are missing."""
        found: dict[EventRef, RemoteRecord] = {}
        for chunk in chunks(list(refs)):
            rows = self._read(_of(self.practice_id, calendar_id, remote_events.c.ref.in_(chunk)))
            found |= {row.ref: _record(row) for row in rows}
        return found

    def known_by_uid(
        self, calendar_id: CalendarId, uids: Iterable[Uid]
    ) -> dict[Uid, list[RemoteRecord]]:
        """What is remembered of objects with these uids. Looks at every object: for rare use."""
        found: dict[Uid, list[RemoteRecord]] = {}
        for chunk in chunks(list(uids)):
            rows = self._read(_of(self.practice_id, calendar_id, remote_events.c.uid.in_(chunk)))
            for row in rows:
                found.setdefault(row.uid, []).append(_record(row))
        return found

    def recurring(self, calendar_id: CalendarId) -> list[RemoteRecord]:
        """Recurring objects with their bodies, to expand when the window rolls."""
        statement = _of(self.practice_id, calendar_id, IS_RECURRING)
        by_kind = by_index(statement, remote_events, "ix_remote_events_recurring")
        return [_record(row) for row in self._read(by_kind)]

    def quarantined(self, calendar_id: CalendarId) -> list[RemoteRecord]:
        """Objects that could not be understood, each with its reason."""
        statement = _of(self.practice_id, calendar_id, IS_QUARANTINED)
        by_kind = by_index(statement, remote_events, "ix_remote_events_quarantined")
        return [_record(row) for row in self._read(by_kind)]

    def not_expanded_to(self, end: datetime) -> dict[CalendarId, list[RemoteRecord]]:
        """By calendar, the series whose time is stored to an earlier moment only: nobody could
        expand them any further."""
        r = remote_events.c
        statement = (
            select(remote_events)
            .where(
                r.practice_id == self.practice_id,
                IS_QUARANTINED,
                r.recurring,
                or_(r.ends_at.is_(None), r.ends_at < end),
            )
            .order_by(r.ref)
        )
        by_kind = by_index(statement, remote_events, "ix_remote_events_quarantined")
        found: dict[CalendarId, list[RemoteRecord]] = {}
        for row in self._read(by_kind):
            if row.body:
                found.setdefault(row.calendar_id, []).append(_record(row))
        return found

    def waiting(self, calendar_id: CalendarId) -> dict[EventRef, Known]:
        """Objects that are quarantined until one that the server does not show shows itself."""
        condition = and_(IS_QUARANTINED, remote_events.c.awaits.is_not(None))
        statement = _of(self.practice_id, calendar_id, condition)
        by_kind = by_index(statement, remote_events, "ix_remote_events_quarantined")
        return {row.ref: known_of(_record(row)) for row in self._read(by_kind)}

    def remote_count(self, calendar_id: CalendarId) -> dict[RemoteKind, int]:
        """How many objects of each kind are remembered."""
        r = remote_events.c
        rows = self._read(
            select(r.kind, func.count().label("objects"))
            .where(r.practice_id == self.practice_id, r.calendar_id == calendar_id)
            .group_by(r.kind)
        )
        return {RemoteKind(row.kind): row.objects for row in rows}

    def live_busy_count(self, calendar_id: CalendarId, now: datetime) -> int:
        """How many objects take time now or later, without being an appointment."""
        r = remote_events.c
        return int(
            self._read(
                select(func.count()).where(
                    r.practice_id == self.practice_id,
                    r.calendar_id == calendar_id,
                    r.kind == RemoteKind.BUSY.value,
                    or_(r.ends_at.is_(None), r.ends_at > now),
                )
            ).scalar_one()
        )

    def busy(
        self,
        practitioner_id: PractitionerId,
        within: Interval,
        *,
        but_for: AppointmentId | None = None,
    ) -> list[BusyBlock]:
        """Foreign time of one practitioner, as `busy_of` gives it."""
        return self.busy_of([practitioner_id], within, but_for=but_for)

    def busy_of(
        self,
        practitioner_ids: Iterable[PractitionerId],
        within: Interval,
        *,
        but_for: AppointmentId | None = None,
    ) -> list[BusyBlock]:
        """Foreign time that overlaps `within`, of all these practitioners' calendars in use, by
        start. `but_for`: leave out what stands for a conflict about this very appointment."""
        b = busy_blocks.c
        in_use = select(calendars.c.id).where(
            calendars.c.practice_id == self.practice_id, calendars.c.active
        )
        statement = (
            select(busy_blocks)
            .where(
                b.practice_id == self.practice_id,
                b.practitioner_id.in_(list(practitioner_ids)),
                b.calendar_id.in_(in_use),
                b.ends_at > within.start,
                b.starts_at < within.end,
            )
            .order_by(b.starts_at, b.calendar_id, b.ref)
        )
        if but_for is not None:
            own = select(conflicts.c.id).where(
                conflicts.c.practice_id == self.practice_id, conflicts.c.appointment_id == but_for
            )
            statement = statement.where(or_(b.conflict_id.is_(None), b.conflict_id.not_in(own)))
        return [_block(row) for row in self._read(statement)]


class RemoteEventWrites(RemoteEventReads):
    def put_remote_events(self, records: Sequence[RemoteRecord]) -> None:
        """Remember these objects as they are given, in place of what was known at their refs."""
        self._upsert(
            remote_events,
            [
                {
                    "practice_id": self.practice_id,
                    "calendar_id": each.calendar_id,
                    "ref": each.ref,
                    "version": each.version,
                    "digest": each.digest,
                    "uid": each.uid,
                    "kind": each.kind.value,
                    "appointment_id": each.appointment_id,
                    "recurring": each.recurring,
                    "starts_at": each.starts_at,
                    "ends_at": each.ends_at,
                    "body": each.body,
                    "reason": each.reason,
                    "awaits": each.awaits,
                    "since": self.now,
                }
                for each in records
            ],
        )

    def drop_remote_events(self, calendar_id: CalendarId, refs: Iterable[EventRef]) -> None:
        """Forget these objects and the time that they took."""
        wanted = list(refs)
        self.set_busy(calendar_id, PractitionerId(""), dict.fromkeys(wanted, ()))
        for chunk in chunks(wanted):
            self._write(
                delete(remote_events).where(
                    remote_events.c.practice_id == self.practice_id,
                    remote_events.c.calendar_id == calendar_id,
                    remote_events.c.ref.in_(chunk),
                )
            )

    def set_busy(
        self,
        calendar_id: CalendarId,
        practitioner_id: PractitionerId,
        intervals: Mapping[EventRef, Iterable[Interval]],
    ) -> None:
        """The time that each ref takes from now on, in place of what it took; empty for none. Time
        held for conflicts stays."""
        b = busy_blocks.c
        for chunk in chunks(list(intervals)):
            self._write(
                delete(busy_blocks).where(
                    b.practice_id == self.practice_id,
                    b.calendar_id == calendar_id,
                    b.ref.in_(chunk),
                    b.conflict_id.is_(None),
                )
            )
        self._upsert(
            busy_blocks,
            [
                {
                    "practice_id": self.practice_id,
                    "calendar_id": calendar_id,
                    "ref": ref,
                    "starts_at": each.start,
                    "ends_at": each.end,
                    "practitioner_id": practitioner_id,
                    "conflict_id": None,
                }
                for ref, each_ref in intervals.items()
                for each in each_ref
            ],
        )


def _of(practice_id: str, calendar_id: CalendarId, condition: Any) -> Select[Any]:
    r = remote_events.c
    return (
        select(remote_events)
        .where(r.practice_id == practice_id, r.calendar_id == calendar_id, condition)
        .order_by(r.ref)
    )


def _record(row: Any) -> RemoteRecord:
    return RemoteRecord(
        calendar_id=row.calendar_id,
        ref=row.ref,
        version=row.version,
        kind=RemoteKind(row.kind),
        uid=row.uid,
        digest=row.digest,
        appointment_id=row.appointment_id,
        recurring=row.recurring,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        body=row.body,
        reason=row.reason,
        awaits=row.awaits,
        since=row.since,
    )


def _block(row: Any) -> BusyBlock:
    return BusyBlock(
        calendar_id=row.calendar_id,
        ref=row.ref,
        practitioner_id=row.practitioner_id,
        interval=Interval(row.starts_at, row.ends_at),
        conflict_id=row.conflict_id,
    )
