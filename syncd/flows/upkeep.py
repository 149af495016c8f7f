"""What time does to the ledger by itself: holds expire, kept plans grow old."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.appointment import Party
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command, act
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction

KEEP_PLANS = timedelta(days=7)
CAUSE = Cause(actor="system:upkeep")


def tidy(around: Surroundings) -> int:
    """Cancel expired holds and forget old plans; how many holds. Costs no commit without any."""
    now = around.clock.now()
    with around.ledger.read() as view:
        if not view.held_appointments(expired_before=now):
            return 0
    return around.ledger.write(_tidy)


def _tidy(tx: Transaction) -> int:
    expired = tx.held_appointments(expired_before=tx.now)
    for hold in expired:
        command = Command(action=Action.CANCEL, party=Party.SYSTEM, reason="the hold expired")
        tx.save_appointment(hold, act(hold, command, now=tx.now), CAUSE, action="expire")
    tx.drop_plans(made_before=tx.now - KEEP_PLANS)
    return len(expired)
