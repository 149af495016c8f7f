"""Resolve a conflict: one side's version stands, the other stays in the record, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from syncd.core.appointment import Agreed, Appointment, Flag, Link, LinkState, Party
from syncd.core.conflict import ConflictField, ConflictRecord, Resolution
from syncd.core.errors import NotAllowed
from syncd.core.ids import ConflictId, Version
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command, act
from syncd.core.remote import RemoteKind
from syncd.core.time import Interval, to_utc
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction


def resolve(
    around: Surroundings, conflict_id: ConflictId, side: Resolution, cause: Cause
) -> ConflictRecord:
    """Let `side` (LEDGER or REMOTE) stand. The calendar is nudged and follows at the next round.

    Raises Unknown, or NotAllowed when it is resolved already or the appointment's state forbids
    what the other side wants.
    """

    def work(tx: Transaction) -> ConflictRecord:
        conflict = tx.conflict(conflict_id)
        if conflict.resolved_at is not None:
            raise NotAllowed(f"conflict {conflict_id} is resolved already: {conflict.resolution}")
        appointment = tx.appointment(conflict.appointment_id)
        link = tx.link(conflict.calendar_id, conflict.appointment_id)
        if link is not None:
            if side is Resolution.REMOTE:
                link = _take_remote(tx, conflict, appointment, link, cause=cause)
            else:
                link = _keep_ledger(conflict, link)
            tx.put_links([link])
        tx.close_conflict(conflict_id, side, cause)
        if conflict.field is ConflictField.KIND and conflict.ref is not None:
            _make_foreign(tx, conflict)
        tx.nudge([conflict.calendar_id])
        return tx.conflict(conflict_id)

    return around.ledger.write(work)


def _keep_ledger(conflict: ConflictRecord, link: Link) -> Link:
    """The appointment stands: the base becomes what the calendar shows, so that the next round
    writes the difference. What is gone, or became another kind of event, is created anew."""
    if conflict.field is ConflictField.KIND or link.ref is None:
        return link.next_generation()
    shown = _shown(conflict.remote)
    base = link.base
    if shown is not None:
        cancelled = (conflict.remote or {}).get("status") == "cancelled"
        seen = Agreed(start=shown.start, end=shown.end, title=link.base.title if link.base else "")
        base = replace(link.base or seen, start=shown.start, end=shown.end, cancelled=cancelled)
    return replace(link, base=base, state=LinkState.PENDING_WRITE, pushed_version=0, intended=None)


def _take_remote(
    tx: Transaction, conflict: ConflictRecord, appointment: Appointment, link: Link, *, cause: Cause
) -> Link:
    """The calendar's version stands: the appointment is moved, or cancelled."""
    shown = _shown(conflict.remote)
    moves = conflict.field is ConflictField.TIME and shown is not None
    command = Command(
        action=Action.RESCHEDULE if moves else Action.CANCEL,
        party=Party.ADMIN,
        reason=f"as {conflict.calendar_id} has it",
        interval=shown if moves else None,
        upstream=True,
    )
    after = act(appointment, command, now=tx.now)
    tx.save_appointment(
        appointment,
        replace(after, flags=after.flags - {Flag.OVERLAP}),
        cause,
        action=command.action.value,
        flag_overlap=True,
    )
    if conflict.field is ConflictField.KIND or link.ref is None:
        return replace(
            link, ref=None, state=LinkState.GONE, intended=None, pushed_version=after.version
        )
    base = replace(
        link.base or Agreed(start=after.start, end=after.end),
        start=after.start,
        end=after.end,
        cancelled=after.is_over,
    )
    return replace(
        link, base=base, state=LinkState.IN_SYNC, intended=None, pushed_version=after.version
    )


def _make_foreign(tx: Transaction, conflict: ConflictRecord) -> None:
    """The event of another kind goes on taking its time, and is read as a foreign one: forgetting
    its version makes the next complete listing look at it anew."""
    if conflict.ref is None:
        return
    record = tx.known(conflict.calendar_id, [conflict.ref]).get(conflict.ref)
    if record is not None:
        foreign = replace(
            record, kind=RemoteKind.BUSY, version=Version(""), digest="", appointment_id=None
        )
        tx.put_remote_events([foreign])
    state = tx.calendar_state(conflict.calendar_id)
    tx.set_calendar_state(replace(state, doubt=True))


def _shown(side: Mapping[str, object] | None) -> Interval | None:
    if side is None or "start" not in side or "end" not in side:
        return None
    start, end = (datetime.fromisoformat(str(side[key])) for key in ("start", "end"))
    return Interval(to_utc(start), to_utc(end))
