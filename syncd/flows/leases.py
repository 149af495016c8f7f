"""Hold a calendar for a while, or ask whoever holds it to do a round.

Writes to a calendar happen behind its lease only; the fence proves it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Event

from syncd.core.errors import Locked
from syncd.core.ids import CalendarId
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, count_troubles
from syncd.ledger import Transaction

HOLDER_HAS = timedelta(seconds=60)
"""How long a daemon may take over a round that it was asked for."""
LOOK_EVERY = 0.2
"""Seconds between two looks at whether it is done."""


@contextmanager
def held(around: Surroundings, calendar_id: CalendarId, ttl: timedelta) -> Iterator[Mandate]:
    """The lease of a calendar for the length of the `with` block."""
    fence = take(around, calendar_id, ttl)
    if fence is None:
        raise Locked(
            f"another syncd works on calendar {calendar_id} now; "
            "it does by itself what there is to do, or stop it first"
        )
    try:
        yield mandate_of(around, fence)
    finally:
        let_go(around, calendar_id, None)


def mandate_of(around: Surroundings, fence: int) -> Mandate:
    """A mandate for a run of its own."""
    return Mandate(run_id=around.randomness.token(6).hex(), fence=fence)


def take(around: Surroundings, calendar_id: CalendarId, ttl: timedelta) -> int | None:
    """The fence to work on the calendar with, or None while another process holds it. One that was
    killed on this machine holds nothing."""

    def work(tx: Transaction) -> int | None:
        fence = tx.take_lease(calendar_id, around.node, ttl)
        if fence is None:
            holder = tx.lease_holders().get(calendar_id)
            if holder is not None and around.has_ended(holder):
                return tx.take_lease(calendar_id, around.node, ttl, ended=holder)
        return fence

    return around.ledger.write(work)


def let_go(around: Surroundings, calendar_id: CalendarId, fresh_at: datetime | None) -> None:
    """Let others have the calendar, and record when it was read to the end, if it was."""
    around.ledger.write(lambda tx: tx.release_lease(calendar_id, around.node, fresh_at=fresh_at))


def ask_holder(around: Surroundings, calendar_id: CalendarId, *, in_full: bool) -> Report | None:
    """How the round went that whoever holds the calendar did for us; None when nobody holds it any
    more."""
    began = around.clock.monotonic()
    asked_at = around.ledger.write(lambda tx: _ask(tx, calendar_id, in_full=in_full))
    pause = Event()
    while around.clock.monotonic() - began < HOLDER_HAS.total_seconds():
        with around.ledger.read() as view:
            state = view.calendar_state(calendar_id)
            is_held = calendar_id in view.lease_holders()
            conflicts, quarantined = count_troubles(view, calendar_id)
        served = state.due_at is None or state.due_at > asked_at
        read = state.last_read_at is not None and state.last_read_at >= asked_at
        suspended = state.suspended_at is not None
        if suspended or state.failures or (served and read):
            code, error = state.error_code, state.error
            if suspended:
                code, error = "BRAKE", f"suspended: {state.suspended_why or 'by hand'}"
            return Report(
                calendar_id=calendar_id,
                ok=not (suspended or state.failures),
                conflicts=conflicts,
                quarantined=quarantined,
                seconds=round(around.clock.monotonic() - began, 3),
                code=code,
                error=error,
                fresh_at=state.last_read_at,
            )
        if not is_held:
            return None
        pause.wait(LOOK_EVERY)
    return still_held(calendar_id)


def _ask(tx: Transaction, calendar_id: CalendarId, *, in_full: bool) -> datetime:
    """Make the calendar due now, also where it was left alone for a while after a failure."""
    state = tx.calendar_state(calendar_id)
    if state.failures or in_full:
        again = replace(state, failures=0, retry_at=None, doubt=state.doubt or in_full)
        tx.set_calendar_state(again)
    tx.nudge([calendar_id])
    return tx.now


def still_held(calendar_id: CalendarId) -> Report:
    return Report(
        calendar_id=calendar_id,
        ok=False,
        code=Locked.code,
        error=f"another syncd holds calendar {calendar_id} and has not finished its round within "
        f"{HOLDER_HAS.seconds} seconds; see `syncd status`",
    )
