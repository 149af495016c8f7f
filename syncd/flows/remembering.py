"""What a round leaves behind in its calendar's state, so that the next one knows where it is.

A person may change that state at any time; a round never undoes what they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from syncd.core.errors import VersionConflict
from syncd.core.events import RemoteEvent
from syncd.core.ids import CalendarId, EventRef
from syncd.core.remote import CalendarState
from syncd.flows.looking import Look
from syncd.flows.mandate import Mandate
from syncd.flows.picture import horizon, unlinked
from syncd.flows.rolling import Expanded, has_to_roll, roll
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction

log = structlog.get_logger(__name__)


def state_after(found: Look, now: datetime, full_listing_every: timedelta) -> CalendarState:
    """The calendar's state once the plan is carried out; equal to the one before when the round
    has nothing to remember. Freshness alone is nothing to remember: the heartbeat carries it. Nor
    is one more listing of a calendar that is listed every time, until half of its day is over."""
    state, observation = found.state, found.observation
    listed = state.last_listing_at
    restamps = observation.listed and (
        found.in_full or listed is None or state.doubt or abs(now - listed) > full_listing_every / 2
    )
    rolls = has_to_roll(state.horizon_until, now)
    after = replace(
        state,
        cursor=observation.cursor or state.cursor,
        last_listing_at=now if restamps else listed,
        doubt=observation.doubt,
        failures=0,
        retry_at=None,
        error_code=None,
        error=None,
        released=False,
        horizon_until=horizon(now).end if rolls else state.horizon_until,
        due_at=None,
    )
    unchanged = after == replace(state, due_at=None) and state.due_at is None
    return state if unchanged else replace(after, last_read_at=now)


def require_unmoved(tx: Transaction, found: Look) -> None:
    """A person may have suspended, released, resynced or changed the calendar since we looked: then
    the plan is not what they want, and its state would undo what they did."""
    scene = found.scene
    now = tx.calendar_state(scene.calendar.id)
    is_same_state = _as_decided(now) == _as_decided(found.state)
    if not is_same_state or tx.calendar(scene.calendar.id) != scene.calendar:
        raise VersionConflict(f"calendar {scene.calendar.id} was changed meanwhile; look again")


def store(
    tx: Transaction, found: Look, after: CalendarState, expanded: Mapping[EventRef, Expanded]
) -> None:
    """Store the state; where the horizon rolled on, with the time that recurring events take up to
    it. After a full listing, appointments that have no link to this calendar get one with it:
    nobody looks for them again before the next. Raises VersionConflict as `roll` does."""
    if after.horizon_until != found.state.horizon_until:
        seen = found.observation.picture.seen
        read = {item.ref for item in seen if isinstance(item, RemoteEvent)}
        known_until = found.state.horizon_until
        roll(tx, found.scene, expanded, read=read, known_until=known_until)
    if found.observation.listed:
        tx.put_links([pair.link for pair in unlinked(tx, found.scene)])
    tx.set_calendar_state(after)


def pass_over(around: Surroundings, found: Look, mandate: Mandate) -> None:
    """Before anything takes a number: never issue those again that events of forgotten appointments
    show. A transaction of its own, since the journal's head is the last lock of each."""
    if not found.plan.shown:
        return

    def work(tx: Transaction) -> None:
        tx.require_fence(found.scene.calendar.id, mandate.fence)
        _pass_over(tx, found, mandate)

    around.ledger.write(work)


def doubt(around: Surroundings, calendar_id: CalendarId, mandate: Mandate) -> None:
    def work(tx: Transaction) -> None:
        tx.require_fence(calendar_id, mandate.fence)
        state = tx.calendar_state(calendar_id)
        if not state.doubt:
            tx.set_calendar_state(replace(state, doubt=True))

    around.ledger.write(work)


def suspend_braked(around: Surroundings, found: Look, mandate: Mandate, why: str) -> None:
    """The brake: this calendar alone is left as it is until a person releases it. What it shows of
    a future that the ledger has lost is heeded at once: other bookings go on meanwhile."""
    calendar_id = found.scene.calendar.id

    def work(tx: Transaction) -> None:
        tx.require_fence(calendar_id, mandate.fence)
        _pass_over(tx, found, mandate)
        state = tx.calendar_state(calendar_id)
        tx.set_calendar_state(
            replace(state, suspended_at=tx.now, suspended_why=why, due_at=None, doubt=True),
            mandate.cause(calendar_id, why),
        )

    around.ledger.write(work)
    log.error("calendar_suspended", calendar=calendar_id, reason=why)


def _pass_over(tx: Transaction, found: Look, mandate: Mandate) -> None:
    why = "the calendar shows numbers that this ledger does not know"
    tx.pass_over(found.plan.shown, mandate.cause(found.scene.calendar.id, why))


def _as_decided(state: CalendarState) -> CalendarState:
    """The state without what the passing of time changes."""
    return replace(state, nudges=0, due_at=None, last_read_at=None)
