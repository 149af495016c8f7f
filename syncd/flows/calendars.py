"""What a person does to a calendar as a whole: suspend it, release it, have it read anew."""

from __future__ import annotations

from dataclasses import replace

from syncd.core.errors import NotAllowed
from syncd.core.ids import CalendarId
from syncd.core.journal import Cause
from syncd.core.remote import CalendarState
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction


def suspend(around: Surroundings, calendar_id: CalendarId, cause: Cause) -> CalendarState:
    """Leave the calendar alone, both ways, until it is released."""

    def work(tx: Transaction) -> CalendarState:
        state = tx.calendar_state(calendar_id)
        if state.suspended_at is not None:
            raise NotAllowed(f"calendar {calendar_id} is suspended already")
        after = replace(state, suspended_at=tx.now, suspended_why=cause.why or "by hand")
        tx.set_calendar_state(after, cause)
        return after

    return around.ledger.write(work)


def release(around: Surroundings, calendar_id: CalendarId, cause: Cause) -> CalendarState:
    """Take a suspended calendar up again. Whatever the brake held back passes once; the calendar is
    listed in full first, so that only what is still gone then counts."""

    def work(tx: Transaction) -> CalendarState:
        state = tx.calendar_state(calendar_id)
        if state.suspended_at is None:
            raise NotAllowed(
                f"calendar {calendar_id} is not suspended; there is nothing to release"
            )
        after = replace(
            state,
            suspended_at=None,
            suspended_why=None,
            released=True,
            doubt=True,
            failures=0,
            retry_at=None,
        )
        tx.set_calendar_state(after, cause)
        tx.nudge([calendar_id])
        return after

    return around.ledger.write(work)


def resync(around: Surroundings, calendar_id: CalendarId) -> None:
    """Have the calendar listed and compared in full at its next round, which is due now."""

    def work(tx: Transaction) -> None:
        state = tx.calendar_state(calendar_id)
        tx.set_calendar_state(replace(state, doubt=True, failures=0, retry_at=None))
        tx.nudge([calendar_id])

    around.ledger.write(work)
