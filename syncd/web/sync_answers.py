"""How calendars and conflicts are answered, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from syncd.core.appointment import Appointment
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.practice import Mode
from syncd.flows.status import CalendarStatus, Health
from syncd.web.wire import Wire


class CalendarStateOut(Wire):
    """One calendar, and how it stands to the ledger."""

    id: str
    provider: str
    practitioner_id: str
    mode: Mode
    state: Health
    last_read_at: datetime | None
    age_seconds: int | None = Field(description="Since it was last read to the end.")
    next_try_at: datetime | None
    failures: int
    code: str | None = Field(description="Of its last failure.")
    error: str | None
    suspended_at: datetime | None
    suspended_why: str | None
    pending: int = Field(description="Appointments that it must still be told of.")
    conflicts: int
    quarantined: int = Field(description="Objects in it that cannot be read.")

    @classmethod
    def of(cls, it: CalendarStatus) -> CalendarStateOut:
        state = it.state
        return cls(
            id=it.calendar.id,
            provider=it.calendar.provider,
            practitioner_id=it.calendar.practitioner_id,
            mode=it.calendar.mode,
            state=it.health,
            last_read_at=state.last_read_at,
            age_seconds=int(it.age.total_seconds()) if it.age is not None else None,
            next_try_at=state.retry_at,
            failures=state.failures,
            code=state.error_code,
            error=state.error,
            suspended_at=state.suspended_at,
            suspended_why=state.suspended_why,
            pending=it.pending,
            conflicts=it.conflicts,
            quarantined=it.quarantined,
        )


class CalendarStatesOut(Wire):
    calendars: list[CalendarStateOut]


class ConflictOut(Wire):
    """`base`, `ledger` and `remote` hold what is disputed; null for a side that has nothing."""

    id: str
    appointment_id: str
    number: str
    calendar_id: str
    field: ConflictField
    base: dict[str, Any] | None
    ledger: dict[str, Any] | None
    remote: dict[str, Any] | None
    since: datetime
    resolved_at: datetime | None
    resolution: Resolution | None

    @classmethod
    def of(cls, it: ConflictRecord, appointment: Appointment) -> ConflictOut:
        return cls(
            id=it.id,
            appointment_id=it.appointment_id,
            number=appointment.number,
            calendar_id=it.calendar_id,
            field=it.field,
            base=_plain(it.base),
            ledger=_plain(it.ledger),
            remote=_plain(it.remote),
            since=it.since,
            resolved_at=it.resolved_at,
            resolution=it.resolution,
        )


class ConflictsOut(Wire):
    conflicts: list[ConflictOut]


def _plain(value: Any) -> dict[str, Any] | None:
    return dict(value) if value is not None else None
