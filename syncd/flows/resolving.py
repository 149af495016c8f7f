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
from syncd.flows.rooms import at_its_time
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
        if side is Resolution.REMOTE:
            appointment = _take_remote(tx, conflict, appointment, cause=cause)
        link = tx.link(conflict.calendar_id, conflict.appointment_id)
        if link is not None and link.state is LinkState.CONFLICT:
            is_remote = side is Resolution.REMOTE
            agreed = _agree(conflict, appointment, link) if is_remote else None
            tx.put_links([agreed or _keep_ledger(conflict, link)])
            _have_seen_anew(tx, conflict, link)
        tx.close_conflict(conflict_id, side, cause)
        tx.nudge([conflict.calendar_id])
        return tx.conflict(conflict_id)

    return around.ledger.write(work)


def _keep_ledger(conflict: ConflictRecord, link: Link) -> Link:
    """The appointment stands: the base becomes what the calendar shows, so that the next round
    writes the difference. What is gone, or became another kind of event, is created anew."""
    if conflict.field is ConflictField.KIND or link.ref is None:
        return link.next_generation()
    base = _seen(conflict, link)
    return replace(link, base=base, state=LinkState.PENDING_WRITE, pushed_version=0, intended=None)


def _take_remote(
    tx: Transaction, conflict: ConflictRecord, appointment: Appointment, *, cause: Cause
) -> Appointment:
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
    activity = tx.activity(appointment.activity_id) if appointment.activity_id else None
    after = at_its_time(appointment, act(appointment, command, now=tx.now), activity)
    flags = after.flags - {Flag.OVERLAP}
    if moves:
        who = map(tx.practitioner, after.practitioners)
        outside = any(each.is_outside_hours(after.interval) for each in who)
        flags -= {Flag.OUTSIDE_HOURS, Flag.OVERBOOKED}
        flags |= {Flag.OUTSIDE_HOURS} if outside else set()
    return tx.save_appointment(
        appointment,
        replace(after, flags=flags),
        cause,
        action=command.action.value,
        flag_overlap=True,
    )


def _agree(conflict: ConflictRecord, appointment: Appointment, link: Link) -> Link:
    """The link after the appointment took the calendar's version: nothing need be written."""
    agreed = replace(
        link, state=LinkState.IN_SYNC, intended=None, pushed_version=appointment.version
    )
    if conflict.field is ConflictField.KIND or link.ref is None:
        return replace(agreed, ref=None, state=LinkState.GONE)
    return replace(agreed, base=_seen(conflict, link))


def _seen(conflict: ConflictRecord, link: Link) -> Agreed | None:
    """The base as the calendar shows the event, as far as the conflict tells."""
    shown = _shown(conflict.remote)
    if shown is None:
        return link.base
    status = (conflict.remote or {}).get("status")
    base = link.base or Agreed(start=shown.start, end=shown.end, tentative=status == "tentative")
    return replace(base, start=shown.start, end=shown.end, cancelled=status == "cancelled")


def _have_seen_anew(tx: Transaction, conflict: ConflictRecord, link: Link) -> None:
    """Have the event compared at the next round whatever its version, since more of it may differ
    than the conflict was about. One of another kind is foreign from now on; it goes on taking its
    time."""
    record = tx.known(link.calendar_id, [link.ref]).get(link.ref) if link.ref else None
    if record is None:
        return
    unseen = replace(record, version=Version(""), digest="")
    if conflict.field is ConflictField.KIND:
        unseen = replace(unseen, kind=RemoteKind.BUSY, appointment_id=None)
    tx.put_remote_events([unseen])
    tx.set_calendar_state(replace(tx.calendar_state(link.calendar_id), doubt=True))


def _shown(side: Mapping[str, object] | None) -> Interval | None:
    if side is None or "start" not in side or "end" not in side:
        return None
    start, end = (datetime.fromisoformat(str(side[key])) for key in ("start", "end"))
    return Interval(to_utc(start), to_utc(end))
