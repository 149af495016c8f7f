"""What time does to the ledger by itself: holds expire, nobody waits for a calendar's word any
more; kept answers, plans and deliveries grow old."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.appointment import Party
from syncd.core.delivery import KEPT_FOR as KEEP_DELIVERIES
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action, Command, act
from syncd.flows.awaiting import give_up
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction

KEEP_ANSWERS = timedelta(days=2)
KEEP_PLANS = timedelta(days=7)
CAUSE = Cause(actor="system:upkeep")


def tidy(around: Surroundings) -> int:
    """Cancel expired holds, forget old answers, deliveries and plans; how many holds. Costs no
    commit without any but plans."""
    now = around.clock.now()
    with around.ledger.read() as view:
        has_work = (
            view.held_appointments(expired_before=now)
            or view.has_answers(made_before=now - KEEP_ANSWERS)
            or view.awaited(until=now)
            or view.has_deliveries(received_before=now - KEEP_DELIVERIES)
        )
    if not has_work:
        return 0
    return around.ledger.write(_tidy)


def _tidy(tx: Transaction) -> int:
    expired = tx.held_appointments(expired_before=tx.now)
    for hold in expired:
        command = Command(action=Action.CANCEL, party=Party.SYSTEM, reason="the hold expired")
        tx.save_appointment(hold, act(hold, command, now=tx.now), CAUSE, action="expire")
    give_up(tx, tx.awaited(until=tx.now))
    tx.drop_answers(made_before=tx.now - KEEP_ANSWERS)
    tx.drop_deliveries(received_before=tx.now - KEEP_DELIVERIES)
    tx.drop_plans(made_before=tx.now - KEEP_PLANS)
    return len(expired)
