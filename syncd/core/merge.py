"""Compare an appointment, its event and their base, and say field by field whose version stands.

Pure. Does not make operations (that is `plan`). The laws: a change on one side only always
survives; each field of a double edit goes to its owner; a field without an owner is held and
nothing moves; a first meeting leaves a base behind. Design §5.

Owners: time has none, so a double edit is a conflict; a title belongs to whoever created the event;
a cancellation wins over nothing but an untouched other side. Where events are confirmed, a yes of
either side is one, to the time that it was said of: what is moved after it waits for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from syncd.core.appointment import Agreed, Status
from syncd.core.conflict import ConflictField
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
    ledger's business (adopted events). `awaits_word`: only this calendar's word keeps it pending,
    and nobody's yes."""

    start: datetime
    end: datetime
    title: str | None
    status: Status
    awaits_word: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSide:
    """What the calendar shows. `start` and `end` are None for an event that is gone."""

    start: datetime | None
    end: datetime | None
    title: str = ""
    removal: Removal = Removal.NONE
    tentative: bool = False
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The practice's choices for this calendar. `confirms`: its tentative events wait for a yes,
    which counts here, too; else that an event is tentative means nothing. `marks_absence`: its
    events say whether anybody came."""

    mode: Mode
    on_remote_delete: OnRemoteDelete
    confirms: bool = False
    marks_absence: bool = False


class Cancellation(StrEnum):
    """What becomes of "does it take place?"."""

    AGREED = "agreed"
    """Both say the same."""
    CANCEL_LEDGER = "cancel the appointment"
    CANCEL_REMOTE = "cancel the event"
    RESTORE_REMOTE = "restore the event"
    UNLINK = "unlink"
    """Only the link ends: the event is gone after the appointment has had its time, or the calendar
    only takes time."""
    REVIVED = "revived"
    """A cancelled event lives again, which does not bring its appointment back."""
    HOLD = "hold"
    """Nothing is decided; each side keeps its own."""
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The verdicts. All but `cancellation` only matter where both sides take place. `overruled`
    names the field of a remote edit that is overruled: its version must be kept in a (closed)
    conflict."""

    cancellation: Cancellation
    time: Verdict = Verdict.KEEP
    title: Verdict = Verdict.KEEP
    confirmation: Verdict = Verdict.KEEP
    absence: Verdict = Verdict.KEEP
    overruled: ConflictField | None = None

    @property
    def is_conflict(self) -> bool:
        return self.cancellation is Cancellation.CONFLICT or self.time is Verdict.CONFLICT


def merge(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, *, policy: Policy, now: datetime
) -> Merged:
    """Whose version of each field stands. Total: every combination has an answer."""
    if policy.mode is Mode.BUSY:
        return Merged(cancellation=Cancellation.UNLINK)
    if _is_over(ledger.status) or remote.removal is not Removal.NONE:
        return _merge_removal(base, ledger, remote, policy=policy, now=now)
    time = _merge_time(base, ledger, remote, policy)
    title = _merge_title(base, ledger, remote, policy)
    confirmation = _merge_confirmation(base, ledger, remote, policy=policy, time=time)
    starts = remote.start if time is Verdict.TAKE and remote.start else ledger.start
    overruled = None
    if time is Verdict.PUSH and (base is None or _moved(base, remote)):
        overruled = ConflictField.TIME
    elif title is Verdict.PUSH and (base is None or remote.title != base.title):
        overruled = ConflictField.TITLE
    elif confirmation is Verdict.PUSH and _said_yes(base, remote):
        overruled = ConflictField.STATUS
    return Merged(
        cancellation=Cancellation.AGREED,
        time=time,
        title=title,
        confirmation=confirmation,
        absence=_merge_absence(
            base, ledger, remote, policy=policy, has_begun=starts <= now, confirmation=confirmation
        ),
        overruled=overruled,
    )


def _merge_removal(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, *, policy: Policy, now: datetime
) -> Merged:
    removed, gone = remote.removal is not Removal.NONE, remote.removal is Removal.GONE
    if _is_over(ledger.status):
        if removed:
            return Merged(cancellation=Cancellation.AGREED)
        return _merge_ledger_cancelled(base, ledger, remote, policy)
    if gone and (ledger.end <= now or _has_happened(ledger.status)):
        return Merged(cancellation=Cancellation.UNLINK)
    if base is not None and base.cancelled:
        # A person decided before that the appointment stands although its event was cancelled.
        if gone:
            restored = Cancellation.RESTORE_REMOTE if policy.mode.writes else Cancellation.UNLINK
            return Merged(cancellation=restored)
        overruled = _edited(base, ledger, remote) if policy.mode.writes else None
        title = _own_title(base, ledger, remote)
        return Merged(cancellation=Cancellation.HOLD, title=title, overruled=overruled)
    return _merge_remote_removed(base, ledger, remote, policy)


def _merge_ledger_cancelled(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Merged:
    shows_only = policy.mode is Mode.PUBLISH  # nobody's events but ours live there, late ones too
    if base is not None and base.cancelled and not shows_only:
        return Merged(cancellation=Cancellation.REVIVED)
    if not policy.mode.writes:
        return Merged(cancellation=Cancellation.HOLD)
    lives_again = base is not None and base.cancelled
    overruled = ConflictField.STATUS if lives_again else _edited(base, ledger, remote)
    if overruled is None and policy.confirms and _said_yes(base, remote):
        overruled = ConflictField.STATUS
    return Merged(cancellation=Cancellation.CANCEL_REMOTE, overruled=overruled)


def _merge_remote_removed(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Merged:
    """The event went away under a live appointment, which may have been moved meanwhile."""
    conflict = Merged(cancellation=Cancellation.CONFLICT)
    match policy.on_remote_delete:
        case OnRemoteDelete.RESTORE:
            if not policy.mode.writes:
                return conflict
            if remote.removal is Removal.GONE:
                return Merged(cancellation=Cancellation.RESTORE_REMOTE)
            return Merged(
                cancellation=Cancellation.RESTORE_REMOTE,
                title=_own_title(base, ledger, remote),
                overruled=ConflictField.STATUS,
            )
        case OnRemoteDelete.ASK:
            return conflict
        case OnRemoteDelete.CANCEL:
            touched = base is None or _moved(base, ledger) or not _may_be_changed(ledger.status)
            touched = touched or (policy.confirms and _has_said_yes(base, ledger))
            return conflict if touched else Merged(cancellation=Cancellation.CANCEL_LEDGER)
        case _:
            assert_never(policy.on_remote_delete)


def _merge_time(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Verdict:
    if not _moved(ledger, remote):
        return Verdict.KEEP
    if policy.mode is Mode.PUBLISH:
        return Verdict.PUSH
    if base is None or (_moved(base, ledger) and _moved(base, remote)):
        return Verdict.CONFLICT
    if _moved(base, remote):
        return Verdict.TAKE if _may_be_changed(ledger.status) else Verdict.CONFLICT
    return Verdict.PUSH if policy.mode.writes else Verdict.KEEP


def _merge_title(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, policy: Policy
) -> Verdict:
    if ledger.title is None:
        return _own_title(base, ledger, remote)
    if ledger.title.strip() == remote.title.strip() or not policy.mode.writes:
        return Verdict.KEEP
    if base is not None and ledger.title == base.drafted_title:
        # Somebody gave our event another title; the ledger has not asked for a new one since.
        return Verdict.PUSH if policy.mode is Mode.PUBLISH else Verdict.KEEP
    return Verdict.PUSH


def _merge_confirmation(
    base: Agreed | None, ledger: LedgerSide, remote: RemoteSide, *, policy: Policy, time: Verdict
) -> Verdict:
    """Whose word stands on whether it is agreed upon. TAKE: the appointment is confirmed, or, where
    the calendar moved it and asks again, waits for a yes again. A yes that nobody was seen to be
    asked for is none: some calendars confirm by themselves."""
    asks = ledger.status is Status.PENDING and not ledger.awaits_word
    if not policy.confirms or asks == remote.tentative or time is Verdict.CONFLICT:
        return Verdict.KEEP
    write = Verdict.PUSH if policy.mode.writes else Verdict.KEEP
    if not asks:
        return Verdict.TAKE if time is Verdict.TAKE else write
    if not _said_yes(base, remote):
        return Verdict.KEEP
    same_time = time is Verdict.TAKE or not _moved(ledger, remote)
    return Verdict.TAKE if same_time else write


def _merge_absence(
    base: Agreed | None,
    ledger: LedgerSide,
    remote: RemoteSide,
    *,
    policy: Policy,
    has_begun: bool,
    confirmation: Verdict,
) -> Verdict:
    """Whose word stands on whether anybody came. What began and was agreed upon can be missed. That
    it was not missed after all is the ledger's to say: what the calendar takes back is held."""
    missed, was = ledger.status is Status.NOSHOW, base is not None and base.absent
    if not policy.marks_absence or missed == remote.absent:
        return Verdict.KEEP
    if missed is not was:
        return Verdict.PUSH if policy.mode.writes else Verdict.KEEP
    is_agreed = ledger.status in (Status.BOOKED, Status.ARRIVED) or confirmation is Verdict.TAKE
    waits = policy.confirms and remote.tentative
    may = remote.absent and has_begun and is_agreed and not waits
    return Verdict.TAKE if may else Verdict.KEEP


def _said_yes(base: Agreed | None, remote: RemoteSide) -> bool:
    return base is not None and base.tentative and not remote.tentative


def _has_said_yes(base: Agreed | None, ledger: LedgerSide) -> bool:
    return base is not None and base.tentative and ledger.status is not Status.PENDING


def _own_title(base: Agreed | None, ledger: LedgerSide, remote: RemoteSide) -> Verdict:
    """An adopted event's title is its own, also while it is cancelled and will be restored."""
    renamed = ledger.title is None and base is not None and remote.title != base.title
    return Verdict.TAKE if renamed else Verdict.KEEP


def _edited(base: Agreed | None, ledger: LedgerSide, remote: RemoteSide) -> ConflictField | None:
    """What somebody changed in the calendar since; without a base, in what it differs. A title that
    is none of the ledger's business is never overruled."""
    if _moved(base or ledger, remote):
        return ConflictField.TIME
    if ledger.title is None:
        return None
    title = base.title if base else ledger.title
    return ConflictField.TITLE if remote.title.strip() != title.strip() else None


def _moved(before: Agreed | LedgerSide, after: LedgerSide | RemoteSide) -> bool:
    return (before.start, before.end) != (after.start, after.end)


def _is_over(status: Status) -> bool:
    return status in (Status.CANCELLED, Status.ENTERED_IN_ERROR)


def _has_happened(status: Status) -> bool:
    return status in (Status.FULFILLED, Status.NOSHOW)


def _may_be_changed(status: Status) -> bool:
    """Whether a calendar may move or cancel it: neither a hold nor what is under way or past."""
    return status in (Status.PENDING, Status.BOOKED)
