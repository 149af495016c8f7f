"""What a round leaves behind in its calendar's state, so that the next one knows where it is.

A person may change that state at any time; a round never undoes what they did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from syncd.core.errors import Rejected, VersionConflict
from syncd.core.ids import CalendarId, EventRef
from syncd.core.remote import CalendarState, RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.flows.apply import Mandate
from syncd.flows.looking import Look
from syncd.flows.picture import BUSY_UNTIL, horizon, unlinked
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction
from syncd.ports import CalendarProvider

ROLL_BEFORE = timedelta(days=30)
"""How much of the busy horizon may have passed before it is expanded anew."""

CLOCKS_DIFFER_BY = timedelta(hours=1)
"""By how much the clocks of two nodes may differ before their horizons count as different."""

log = structlog.get_logger(__name__)


def state_after(found: Look, now: datetime, full_listing_every: timedelta) -> CalendarState:
    """The calendar's state once the plan is carried out; equal to the one before when the round
    has nothing to remember. Freshness alone is nothing to remember: the heartbeat carries it. Nor
    is one more listing of a calendar that is listed every time, until half of its day is over."""
    state, observation = found.state, found.observation
    listed = state.last_listing_at
    restamps = observation.listed and (
        listed is None or state.doubt or abs(now - listed) > full_listing_every / 2
    )
    known_until = state.horizon_until
    rolls = known_until is None or not _reaches(known_until, now)
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
        horizon_until=horizon(now).end if rolls else known_until,
        due_at=None,
    )
    unchanged = after == replace(state, due_at=None) and state.due_at is None
    return state if unchanged else replace(after, last_read_at=now)


def _reaches(known_until: datetime, now: datetime) -> bool:
    """Whether the busy horizon is where it should be. One that is too far ahead was set by a clock
    that has been set back since: what is expanded from now on ends before it."""
    return BUSY_UNTIL - ROLL_BEFORE <= known_until - now <= BUSY_UNTIL + CLOCKS_DIFFER_BY


def require_unmoved(tx: Transaction, found: Look) -> None:
    """A person may have suspended, released, resynced or changed the calendar since we looked: then
    the plan is not what they want, and its state would undo what they did."""
    scene = found.scene
    now = tx.calendar_state(scene.calendar.id)
    is_same_state = _as_decided(now) == _as_decided(found.state)
    if not is_same_state or tx.calendar(scene.calendar.id) != scene.calendar:
        raise VersionConflict(f"calendar {scene.calendar.id} was changed meanwhile; look again")


def store(tx: Transaction, provider: CalendarProvider, found: Look, after: CalendarState) -> None:
    """Store the state; where the horizon rolled on, expand again what recurs: also what a first
    reading stored that was broken off. After a full listing, appointments that have no link to this
    calendar get one with it: nobody looks for them again before the next."""
    calendar_id = found.scene.calendar.id
    if after.horizon_until != found.state.horizon_until:
        tx.set_busy(calendar_id, found.scene.practitioner.id, _rolled(tx, provider, found))
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


def _rolled(
    tx: Transaction, provider: CalendarProvider, found: Look
) -> Mapping[EventRef, tuple[Interval, ...]]:
    expanded: dict[EventRef, tuple[Interval, ...]] = {}
    fresh = {item.ref for item in found.observation.picture.seen}
    for record in tx.recurring(found.scene.calendar.id):
        if record.ref in fresh or not record.body:
            continue
        try:
            expanded[record.ref] = provider.occurrences(record.body, horizon(tx.now))
        except Rejected as exc:
            log.warning("expansion_refused", calendar=record.calendar_id, code=exc.code)
            if record.kind is RemoteKind.BUSY:
                known_until = found.state.horizon_until
                tx.put_remote_events([_unexpandable(record, str(exc), known_until)])
    return expanded


def _unexpandable(record: RemoteRecord, reason: str, known_until: datetime | None) -> RemoteRecord:
    """A series that was understood once and is too much work by now: its time stays as it was,
    and what comes after that is looked at whenever somebody wants it."""
    return replace(record, kind=RemoteKind.QUARANTINED, reason=reason, ends_at=known_until)


def _as_decided(state: CalendarState) -> CalendarState:
    """The state without what the passing of time changes."""
    return replace(state, nudges=0, due_at=None, last_read_at=None)
