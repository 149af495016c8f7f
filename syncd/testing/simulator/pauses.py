"""A calendar that fails, or asks for patience, is left alone for as long as was said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.errors import RateLimited
from syncd.core.ids import CalendarId
from syncd.core.remote import CalendarState
from syncd.ledger import Transaction
from syncd.testing.simulator.network import PATIENCE
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.process import Process

GRACE = timedelta(seconds=2)


def check_asking(process: Process, state: CalendarState) -> None:
    """O1: nobody asks before the pause is over. Where clocks were set, or another node may just
    have failed, that cannot be told."""
    world = process.world
    steps = any(each.name == "the clock steps" for each in world.choices.steps)
    if steps or world.profile.nodes > 1 or world.profile.skew or state.retry_at is None:
        return
    early = state.retry_at - process.clock.now()
    require(early <= GRACE, "O1", state.calendar_id, "asked", early, "too early:", state.error)


def check_failure(tx: Transaction, calendar_id: CalendarId) -> None:
    """O1: and it is as long as the server wants it to be."""
    state = tx.calendar_state(calendar_id)
    if state.error_code == RateLimited.code and state.retry_at is not None:
        pause = state.retry_at - tx.now
        require(pause >= PATIENCE, "O1", calendar_id, "asked for", PATIENCE, "and gets", pause)
