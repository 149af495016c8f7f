"""A double edit that a person resolves, with both versions kept whole. How one arises: `merge`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.ids import AppointmentId, CalendarId, ConflictId, EventRef


class ConflictField(StrEnum):
    """What ledger and calendar disagree about."""

    TIME = "time"
    STATUS = "status"
    TITLE = "title"
    KIND = "kind"


class Resolution(StrEnum):
    """Whose version stands in the end. `AGREED`: both sides came to say the same by themselves.
    `SUPERSEDED`: the event changed so that another conflict took this one's place."""

    LEDGER = "ledger"
    REMOTE = "remote"
    AGREED = "agreed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRecord:
    """`base`, `ledger` and `remote` hold the disputed fields as plain JSON values, None for a side
    that has nothing (no base yet, an event that was removed). `remote_body` is the calendar's
    version whole, `ledger_version` the appointment's version when it arose. Open while
    `resolved_at` is None; one that is stored closed records what a rule decided, so that the
    losing version is kept."""

    id: ConflictId
    appointment_id: AppointmentId
    calendar_id: CalendarId
    field: ConflictField
    base: Mapping[str, object] | None
    ledger: Mapping[str, object] | None
    remote: Mapping[str, object] | None
    since: datetime
    ref: EventRef | None = None
    remote_body: str = ""
    ledger_version: int = 0
    resolved_at: datetime | None = None
    resolution: Resolution | None = None
    resolved_by: str | None = None
