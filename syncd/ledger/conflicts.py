"""Conflicts: both versions kept whole until a person resolves them, and afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update

from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.errors import Unknown
from syncd.core.ids import AppointmentId, CalendarId, ConflictId, PractitionerId
from syncd.core.journal import Cause
from syncd.core.time import Interval
from syncd.ledger.journal import JournalWrites
from syncd.ledger.tables import busy_blocks, conflicts
from syncd.ledger.unit import Unit, chunks


class ConflictReads(Unit):
    def conflicts(self, *, open_only: bool = True) -> list[ConflictRecord]:
        """By the time they arose."""
        statement = (
            select(conflicts)
            .where(conflicts.c.practice_id == self.practice_id)
            .order_by(conflicts.c.since, conflicts.c.id)
        )
        if open_only:
            statement = statement.where(conflicts.c.resolved_at.is_(None))
        return [_conflict(row) for row in self._read(statement)]

    def conflict(self, conflict_id: ConflictId) -> ConflictRecord:
        """Raises Unknown."""
        row = self._read(
            select(conflicts).where(
                conflicts.c.practice_id == self.practice_id, conflicts.c.id == conflict_id
            )
        ).one_or_none()
        if row is None:
            known = tuple(each.id for each in self.conflicts())
            raise Unknown("conflict", conflict_id, known=known[:20])
        return _conflict(row)

    def conflicts_of(
        self, appointment_ids: Iterable[AppointmentId], *, open_only: bool = True
    ) -> dict[AppointmentId, list[ConflictRecord]]:
        """The conflicts of these appointments; those without any are missing."""
        found: dict[AppointmentId, list[ConflictRecord]] = {}
        for chunk in chunks(list(appointment_ids)):
            statement = (
                select(conflicts)
                .where(
                    conflicts.c.practice_id == self.practice_id,
                    conflicts.c.appointment_id.in_(chunk),
                )
                .order_by(conflicts.c.since, conflicts.c.id)
            )
            if open_only:
                statement = statement.where(conflicts.c.resolved_at.is_(None))
            for row in self._read(statement):
                found.setdefault(row.appointment_id, []).append(_conflict(row))
        return found


class ConflictWrites(ConflictReads, JournalWrites):
    def open_conflict(
        self,
        conflict: ConflictRecord,
        cause: Cause,
        *,
        blocks: tuple[Sequence[PractitionerId], Interval] | None = None,
    ) -> ConflictRecord:
        """Store a conflict, also one that a rule resolved at once; an empty id is filled. `blocks`:
        the losing time, which stays busy until the conflict is closed, in place of what one of this
        id held before."""
        row: dict[str, Any] = {
            "practice_id": self.practice_id,
            "id": conflict.id or self.new_id(),
            "appointment_id": conflict.appointment_id,
            "calendar_id": conflict.calendar_id,
            "field": conflict.field.value,
            "base": conflict.base and dict(conflict.base),
            "ledger": conflict.ledger and dict(conflict.ledger),
            "remote": conflict.remote and dict(conflict.remote),
            "ref": conflict.ref,
            "remote_body": conflict.remote_body,
            "ledger_version": conflict.ledger_version,
            "since": conflict.since,
            "resolved_at": conflict.resolved_at,
            "resolution": conflict.resolution and conflict.resolution.value,
            "resolved_by": conflict.resolved_by,
        }
        self._upsert(conflicts, [row])
        if conflict.id:
            self._free(conflict.calendar_id, conflict.id)
        if blocks is not None:
            self._block(ConflictId(row["id"]), conflict, blocks)
        self._record(
            "open", "conflict", row["id"], cause=cause, before=None, after=_journalled(row)
        )
        return self.conflict(ConflictId(row["id"]))

    def close_conflict(
        self,
        conflict_id: ConflictId,
        resolution: Resolution,
        cause: Cause,
        *,
        at: datetime | None = None,
    ) -> bool:
        """Close an open conflict and free the time that it held. False when it was closed before.
        Raises Unknown."""
        before = self.conflict(conflict_id)
        if before.resolved_at is not None:
            return False
        changed = {
            "resolved_at": at or self.now,
            "resolution": resolution.value,
            "resolved_by": cause.actor,
        }
        self._write(
            update(conflicts)
            .where(conflicts.c.practice_id == self.practice_id, conflicts.c.id == conflict_id)
            .values(changed)
        )
        self._free(before.calendar_id, conflict_id)
        after = {"id": conflict_id, "resolution": resolution.value}
        self._record("close", "conflict", conflict_id, cause=cause, before=None, after=after)
        return True

    def _free(self, calendar_id: CalendarId, conflict_id: ConflictId) -> None:
        self._write(
            delete(busy_blocks).where(
                busy_blocks.c.practice_id == self.practice_id,
                busy_blocks.c.calendar_id == calendar_id,
                busy_blocks.c.conflict_id == conflict_id,
            )
        )

    def _block(
        self,
        conflict_id: ConflictId,
        conflict: ConflictRecord,
        blocks: tuple[Sequence[PractitionerId], Interval],
    ) -> None:
        who, interval = blocks
        rows = [
            {
                "practice_id": self.practice_id,
                "calendar_id": conflict.calendar_id,
                "ref": f"conflict:{conflict_id}/{practitioner_id}",
                "starts_at": interval.start,
                "ends_at": interval.end,
                "practitioner_id": practitioner_id,
                "conflict_id": conflict_id,
            }
            for practitioner_id in who
        ]
        self._upsert(busy_blocks, rows)


def _journalled(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("id", "appointment_id", "calendar_id", "field", "ledger_version", "resolution")
    return {key: row[key] for key in kept}


def _conflict(row: Any) -> ConflictRecord:
    return ConflictRecord(
        id=row.id,
        appointment_id=row.appointment_id,
        calendar_id=row.calendar_id,
        field=ConflictField(row.field),
        base=row.base,
        ledger=row.ledger,
        remote=row.remote,
        since=row.since,
        ref=row.ref,
        remote_body=row.remote_body,
        ledger_version=row.ledger_version,
        resolved_at=row.resolved_at,
        resolution=Resolution(row.resolution) if row.resolution else None,
        resolved_by=row.resolved_by,
    )
