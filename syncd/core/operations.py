"""The steps a plan consists of, as values that can be read aloud before anything happens.

Steps of a pull change the ledger, steps of a push change the calendar; each says why. A note only
records what was seen: it has no effect that anyone could notice, and is neither printed nor
counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncd.core.appointment import Agreed, Appointment, Link
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.events import Draft, RemoteEvent
from syncd.core.ids import AppointmentId, EventRef, Number
from syncd.core.remote import RemoteRecord
from syncd.core.time import Interval


class Op(StrEnum):
    """What a step does, in one word."""

    ADOPT = "adopt"
    MOVE = "move"
    CONFIRM = "confirm"
    NO_SHOW = "no-show"
    CANCEL = "cancel"
    RETITLE = "retitle"
    UNLINK = "unlink"
    RELINK = "relink"
    CONFLICT = "conflict"
    AGREE = "agree"
    BLOCK = "block"
    UNBLOCK = "unblock"
    QUARANTINE = "quarantine"
    NOTE = "note"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SETTLE = "settle"


SILENT = frozenset({Op.NOTE, Op.SETTLE})
"""Steps that only keep the books."""

REMOVING = frozenset({Op.CANCEL, Op.UNBLOCK, Op.UNLINK})


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConflict:
    """A disagreement found by a pull. `resolution` is set when a rule decided it at once: it is
    stored closed, to keep the losing version."""

    field: ConflictField
    event: RemoteEvent | None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptEvent:
    """A foreign event becomes an appointment at `interval`, pending where it `asks`. `revives` is
    the id of the forgotten appointment that it is, so that its events in other calendars are no
    second one."""

    why: str
    event: RemoteEvent
    interval: Interval
    zone: str
    outside_hours: bool
    asks: bool = False
    revives: AppointmentId | None = None

    @property
    def op(self) -> Op:
        return Op.ADOPT

    @property
    def ref(self) -> EventRef | None:
        return self.event.ref

    @property
    def number(self) -> Number | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLink:
    """A linked event changed: `appointment` and `link` are as they shall be afterwards. `event` is
    what was seen, None when it is gone. `link_before` has the base that was compared with.
    `removed_while_live` counts for the brake; a suspended one `awaits` an object to show itself."""

    op: Op
    why: str
    link_before: Link
    link: Link
    before: Appointment
    appointment: Appointment
    event: RemoteEvent | None
    opens: NewConflict | None = None
    closes: tuple[ConflictRecord, ...] = ()
    resolution: Resolution | None = None
    removed_while_live: bool = False
    awaits: EventRef | None = None

    @property
    def ref(self) -> EventRef | None:
        return self.link.ref or self.link_before.ref

    @property
    def number(self) -> Number | None:
        return self.appointment.number


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeObject:
    """An object that is no appointment's event was seen, changed or went away. `record` is what to
    remember, unless `forget` says to drop it; `intervals` is the time that it takes from now on,
    unless `keeps_time` says that this stays as it was: what cannot be read frees nothing."""

    op: Op
    why: str
    record: RemoteRecord
    intervals: tuple[Interval, ...] = ()
    keeps_time: bool = False
    forget: bool = False
    removed_while_live: bool = False

    @property
    def ref(self) -> EventRef | None:
        return self.record.ref

    @property
    def number(self) -> Number | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteEvent:
    """Make the calendar show `draft` (CREATE, UPDATE), or nothing (DELETE). `base` is what ledger
    and calendar agree on once that has happened; None after a deletion. SETTLE writes nothing: the
    calendar shows already what the appointment's version wants."""

    op: Op
    why: str
    link: Link
    appointment: Appointment
    draft: Draft | None = None
    base: Agreed | None = None

    @property
    def ref(self) -> EventRef | None:
        return self.link.ref

    @property
    def number(self) -> Number | None:
        return self.appointment.number


PullStep = AdoptEvent | ChangeLink | ChangeObject
Step = PullStep | WriteEvent
