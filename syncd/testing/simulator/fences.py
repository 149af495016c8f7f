"""Who may work on a calendar: one at a time, and nobody takes it from who lives and holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syncd.core.errors import LeaseLost
from syncd.core.ids import CalendarId
from syncd.ledger import Transaction, View
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.process import Process
    from syncd.testing.simulator.world import World


def check_taking(world: World, process: Process, before: View, tx: Transaction) -> None:
    """S9: what somebody holds who lives is not taken before it runs out."""
    after = tx.lease_holders()
    for calendar_id, holder in before.lease_holders().items():
        taken = after.get(calendar_id) not in (None, holder)
        node = world.nodes.get(holder)
        lives = node is not None and not node.is_dead
        require(
            not (taken and lives), "S9", process.name, "takes", calendar_id, "which", holder, "has"
        )


def check_sending(world: World, calendar_id: CalendarId) -> None:
    """S9: what is sent is sent by who has the calendar. Where time passed since that was looked at,
    only the commit can tell."""
    intent = world.sending
    if intent is None or not intent.is_held or intent.at != world.clock.now():
        return

    def work(tx: Transaction) -> None:
        tx.require_fence(calendar_id, intent.fence)

    try:
        world.eyes.write(work)
    except LeaseLost:
        require(False, "S9", "sent to", calendar_id, "by who lost it:", intent)
