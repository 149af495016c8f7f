"""Compare an appointment, its event and their base, and say field by field whose version stands.

Pure. Does not make operations (that is `plan`). The laws: a change on one side only always
survives; each field of a double edit goes to its owner; a field without an owner is held and
nothing moves; a first meeting leaves a base behind. Design §5.

Owners: time has none, so a double edit is a conflict; a title belongs to whoever created the event;
a cancellation wins over nothing but an untouched other side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from syncd.core.appointment import Agreed, Origin, Status
from syncd.core.practice import Mode, OnRemoteDelete


class Verdict(StrEnum):
    """Whose version of one field stands."""

    KEEP = "keep"
    """Both say the same; or, for a title, each side keeps its own."""
    TAKE = "take remote"
    PUSH = "push ledger"
    CONFLICT = "conflict"


class Removal(StrEnum):
    """How an event stopped taking place."""

    NONE = "none"
    CANCELLED = "cancelled"
    """It is there, with STATUS:CANCELLED."""
    GONE = "gone"
    """It is not there any more, twice proven."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSide:
    """What the ledger wants of an event. `title` is None where the event's own title is none of the
    ledger's business (adopted events)."""

    start: datetime
    end: datetime
    title: str | None
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSide:
    """What the calendar shows. `start` and `end` are None for an event that is gone."""

    start: datetime | None
    end: datetime | None
    title: str = ""
    removal: Removal = Removal.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The practice's choices for this calendar, and whose event it is."""

    mode: Mode
    on_remote_delete: OnRemoteDelete
    origin: Origin


class Cancellation(StrEnum):
    """What becomes of "does it take place?"."""

    AGREED = "agreed"
    """Both say the same."""
    CANCEL_LEDGER = "cancel the appointment"
    CANCEL_REMOTE = "cancel the event"
    RESTORE_REMOTE = "restore the event"
    UNLINK = "unlink"
    """The event is gone and the appointment has had its time: only the link ends."""
    REVIVED = "revived"
    """A cancelled event lives again, which does not bring its appointment back."""
    HOLD = "hold"
    """Nothing is done in this mode; each side keeps its own."""
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The verdicts. `time` and `title` only matter where both sides take place."""

    cancellation: Cancellation
    time: Verdict = Verdict.KEEP
    title: Verdict = Verdict.KEEP
    loses_remote: bool = False
    """A remote edit is overruled: its version must be kept in a (closed) conflict."""

    @property
    def is_conflict(self) -> bool:
        return self.cancellation is Cancellation.CONFLICT or self.time is Verdict.CONFLICT


def merge(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, *, policy: Policy, now: datetime
) -> Merged:
    """Whose version of each field stands. Total: every combination has an answer."""
    ledger_over = ledger.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR)
    if ledger_over or remote.removal is not Removal.NONE:
        return _merge_removal(base, ledger, remote, policy=policy, now=now)
    time = _merge_time(base, ledger, remote, policy)
    title = _merge_title(base, ledger, remote, policy)
    overruled = time is Verdict.PUSH and _remote_moved(base, remote)
    retitled = title is Verdict.PUSH and base is not None and remote.title != base.title
    return Merged(
        cancellation=Cancellation.AGREED,
        time=time,
        title=title,
        loses_remote=overruled or retitled,
    )


def _merge_removal(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, *, policy: Policy, now: datetime
) -> Merged:
    ledger_over = ledger.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR)
    if ledger_over and remote.removal is not Removal.NONE:
        return Merged(cancellation=Cancellation.AGREED)
    if ledger_over:
        return _merge_ledger_cancelled(base, remote, policy)
    if remote.removal is Removal.GONE and (ledger.end <= now or _has_happened(ledger.status)):
        return Merged(cancellation=Cancellation.UNLINK)
    if base is not None and base.cancelled:
        # The ledger revived nothing by itself: this is the cancellation of long ago, seen again.
        return Merged(cancellation=Cancellation.HOLD)
    if not _may_be_cancelled(ledger.status):
        return Merged(cancellation=Cancellation.CONFLICT)
    return _merge_remote_removed(base, ledger, policy)


def _merge_ledger_cancelled(base: Agreed | None, remote: RemoteSide, policy: Policy) -> Merged:
    if base is not None and base.cancelled:
        return Merged(cancellation=Cancellation.REVIVED)
    if not policy.mode.writes:
        return Merged(cancellation=Cancellation.HOLD)
    edited = _remote_moved(base, remote) or (base is not None and remote.title != base.title)
    return Merged(cancellation=Cancellation.CANCEL_REMOTE, loses_remote=edited)


def _merge_remote_removed(base: Agreed | None, ledger: LedgerSide, policy: Policy) -> Merged:
    """The event went away under a live appointment, which may have been moved meanwhile."""
    match policy.on_remote_delete:
        case OnRemoteDelete.RESTORE:
            verdict = Cancellation.RESTORE_REMOTE
            return Merged(cancellation=verdict if policy.mode.writes else Cancellation.CONFLICT)
        case OnRemoteDelete.ASK:
            return Merged(cancellation=Cancellation.CONFLICT)
        case OnRemoteDelete.CANCEL:
            moved = base is None or (ledger.start, ledger.end) != (base.start, base.end)
            verdict = Cancellation.CONFLICT if moved else Cancellation.CANCEL_LEDGER
            return Merged(cancellation=verdict)
        case _:
            assert_never(policy.on_remote_delete)


def _merge_time(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Verdict:
    if (ledger.start, ledger.end) == (remote.start, remote.end):
        return Verdict.KEEP
    if policy.mode is Mode.PUBLISH:
        return Verdict.PUSH
    ledger_moved = base is None or (ledger.start, ledger.end) != (base.start, base.end)
    remote_moved = base is None or _remote_moved(base, remote)
    if ledger_moved and remote_moved:
        return Verdict.CONFLICT
    if remote_moved:
        return Verdict.TAKE if _may_be_moved(ledger.status) else Verdict.CONFLICT
    return Verdict.PUSH if policy.mode.writes else Verdict.KEEP


def _merge_title(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Verdict:
    if ledger.title is None:
        changed = base is not None and remote.title != base.title
        return Verdict.TAKE if changed else Verdict.KEEP
    if ledger.title.strip() == remote.title.strip() or not policy.mode.writes:
        return Verdict.KEEP
    if base is not None and ledger.title == base.drafted_title:
        # Somebody gave our event another title; the ledger has not asked for a new one since.
        return Verdict.PUSH if policy.mode is Mode.PUBLISH else Verdict.KEEP
    return Verdict.PUSH


def _remote_moved(base: Agreed | None, remote: RemoteSide) -> bool:
    return base is not None and (remote.start, remote.end) != (base.start, base.end)


def _has_happened(status: Status) -> bool:
    return status in (Status.FULFILLED, Status.NOSHOW)


def _may_be_cancelled(status: Status) -> bool:
    return status in (Status.PENDING, Status.BOOKED)


def _may_be_moved(status: Status) -> bool:
    return status in (Status.PENDING, Status.BOOKED)
