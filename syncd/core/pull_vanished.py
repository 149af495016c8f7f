"""What it means that an appointment's event is gone, twice proven. Pure."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import Link, LinkState
from syncd.core.conflict import ConflictField
from syncd.core.ids import Version
from syncd.core.merge import Cancellation, RemoteSide, Removal, merge
from syncd.core.operations import ChangeLink, Op
from syncd.core.outcome import (
    Outcome,
    cancelled,
    conflict_about,
    ended_conflicts,
    has_open,
    ledger_side,
    policy_of,
)
from syncd.core.scene import Pair, Scene


def pull_vanished(scene: Scene, pair: Pair) -> ChangeLink:
    """The step for a link whose event is gone. For the brake counts only what is gone since the
    last round and was still to come."""
    link, appointment = pair.link, pair.appointment
    merged = merge(
        link.base,
        ledger_side(scene, link, appointment),
        RemoteSide(start=None, end=None, removal=Removal.GONE),
        policy=policy_of(scene),
        now=scene.now,
    )
    bare = replace(link, ref=None, version=Version(""), digest="", intended=None)
    outcome, after = _decide(scene, pair, merged.cancellation, bare)
    closes, resolution = ended_conflicts(pair, outcome)
    return ChangeLink(
        op=outcome.op,
        why=outcome.why,
        link_before=link,
        link=replace(after, state=outcome.state),
        before=appointment,
        appointment=outcome.appointment,
        event=None,
        opens=outcome.opens,
        closes=closes,
        resolution=resolution,
        removed_while_live=link.ref is not None
        and not appointment.is_over
        and appointment.end > scene.now,
    )


def _decide(scene: Scene, pair: Pair, verdict: Cancellation, bare: Link) -> tuple[Outcome, Link]:
    appointment, why = pair.appointment, f"removed in {scene.calendar.id}"
    undecided = has_open(pair, ConflictField.STATUS)
    match verdict:
        case Cancellation.CANCEL_LEDGER if not undecided:
            after = cancelled(scene, appointment, why)
            outcome = Outcome(op=Op.CANCEL, why=why, appointment=after, state=LinkState.GONE)
            return outcome, replace(bare, pushed_version=after.version)
        case Cancellation.RESTORE_REMOTE:
            outcome = Outcome(
                op=Op.RELINK,
                why=f"{why}; it will be written again",
                appointment=appointment,
                state=LinkState.PENDING_WRITE,
            )
            return outcome, bare.next_generation()
        case Cancellation.CANCEL_LEDGER | Cancellation.CONFLICT:
            outcome = conflict_about(ConflictField.STATUS, pair, None, why)
            return outcome, replace(bare, pushed_version=appointment.version)
        case _:
            op = Op.NOTE if appointment.is_over else Op.UNLINK
            outcome = Outcome(op=op, why=why, appointment=appointment, state=LinkState.GONE)
            return outcome, replace(bare, pushed_version=appointment.version)
