"""What the ledger remembers about the objects of one calendar, whether linked or not."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from syncd.core.ids import AppointmentId, CalendarId, EventRef, Uid, Version


class RemoteKind(StrEnum):
    """What an object means to syncd: `LINKED` is an appointment's event, `BUSY` only takes time,
    `MIRROR` shows an appointment that another calendar is linked to, `IGNORED` is neither,
    `QUARANTINED` could not be understood and is looked at again later."""

    LINKED = "linked"
    BUSY = "busy"
    MIRROR = "mirror"
    IGNORED = "ignored"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteRecord:
    """An object as last seen at `ref`. One version of it is known by ref, version *and* digest:
    servers reuse versions. `body` is kept for linked and for recurring objects only, `ends_at` is
    None for endless ones. `reason` says why it is quarantined; `awaits` which object has to show
    itself first: this one, the one that it may be by now, or the one that it may have been.
    `starts_at` is kept for mirrors. `since` is when this was stored, None before."""

    calendar_id: CalendarId
    ref: EventRef
    version: Version
    kind: RemoteKind
    uid: Uid = Uid("")
    digest: str = ""
    appointment_id: AppointmentId | None = None
    recurring: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    body: str | None = None
    reason: str | None = None
    awaits: EventRef | None = None
    since: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarState:
    """How reading one calendar goes. `last_read_at`: the last time that it was read to the end;
    `last_listing_at`: the last complete listing. Suspended calendars are left alone until a person
    releases them; `released` then lets one mass deletion through. `horizon_until`: how far busy
    time is expanded. `doubt`: the next round must list in full. `nudges` counts how often somebody
    asked for a round (then `due_at` is not later than that); storing the state with the count that
    was read marks those as served, and none that came since."""

    calendar_id: CalendarId
    cursor: str | None = None
    last_read_at: datetime | None = None
    last_listing_at: datetime | None = None
    due_at: datetime | None = None
    failures: int = 0
    retry_at: datetime | None = None
    error_code: str | None = None
    error: str | None = None
    suspended_at: datetime | None = None
    suspended_why: str | None = None
    released: bool = False
    doubt: bool = False
    horizon_until: datetime | None = None
    nudges: int = 0
