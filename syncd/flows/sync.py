"""One round over one calendar: look, decide, do, and remember how it went.

A booking, a webhook and the timer all end here. The caller holds the calendar's lease and gives its
fence; nothing is written without it. A round that finds nothing costs no commit.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from syncd.core.errors import (
    LeaseLost,
    LedgerAway,
    Locked,
    RateLimited,
    Refused,
    SyncdError,
    Unavailable,
    VersionConflict,
)
from syncd.core.ids import CalendarId
from syncd.core.operations import SILENT
from syncd.core.remote import CalendarState
from syncd.flows.apply import apply_pull
from syncd.flows.awaiting import give_up
from syncd.flows.deliveries import heed, wants_listing
from syncd.flows.looking import Look, look
from syncd.flows.mandate import Mandate
from syncd.flows.push import Pusher, PushTally
from syncd.flows.remembering import (
    doubt,
    pass_over,
    require_unmoved,
    state_after,
    store,
    suspend_braked,
)
from syncd.flows.rolling import expand_anew
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction, View
from syncd.ports import CalendarProvider, Capabilities

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
LONGEST_PAUSE_OF_LAST_WORDS = timedelta(minutes=2)
"""Of a calendar without whose word nobody can book."""
OF_THE_LEDGER = (LedgerAway, Locked)
"""No fault of the calendar's: it is not left alone for them."""
TRIES = 3
"""How often a round starts again because somebody changed an appointment under it."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a round went. `pulled` and `pushed` count changes that had an effect; `conflicts` and
    `quarantined` are those open now. `code` is the error's stable code, "BRAKE" for a suspended
    calendar. `fresh_at`: when the reading began that read the calendar to its end, None if none
    did."""

    calendar_id: CalendarId
    ok: bool
    pulled: int = 0
    pushed: int = 0
    conflicts: int = 0
    quarantined: int = 0
    requests: int = 0
    seconds: float = 0.0
    code: str | None = None
    error: str | None = None
    fresh_at: datetime | None = None


@dataclass(slots=True)
class _Tally:
    pulled: int = 0
    push: PushTally = field(default_factory=PushTally)
    fresh_at: datetime | None = None
    listed: bool = False


def run_round(
    around: Surroundings,
    provider: CalendarProvider,
    calendar_id: CalendarId,
    mandate: Mandate,
    *,
    in_full: bool = False,
) -> Report:
    """One round. Errors of the calendar and refusals end up in the report and in the calendar's
    state, with the time of the next try; only LeaseLost, what befalls the ledger and what is ours
    to mend is raised."""
    began, sent_before = around.clock.monotonic(), provider.requests
    tally = _Tally()
    failure: SyncdError | None = None
    try:
        suspended = _suspension(around, calendar_id)
        unstamped = provider.capabilities.unstamped
        in_full = in_full or wants_listing(around, calendar_id, unstamped)
        if suspended is None:
            suspended = _try_round(
                around, provider, calendar_id, mandate, tally=tally, in_full=in_full
            )
        code, error = ("BRAKE", suspended) if suspended else (None, None)
        if tally.fresh_at is not None and suspended is None:
            unseen = () if tally.listed else unstamped
            began_at, news = tally.fresh_at, tally.pulled
            heed(around, calendar_id, mandate, began=began_at, news=news, unseen=unseen)
    except LeaseLost:
        raise
    except OF_THE_LEDGER:
        doubt_if_possible(around, calendar_id, mandate)
        raise
    except (Unavailable, Refused) as exc:
        failure, code, error = exc, exc.code, str(exc)
        note_failure(around, calendar_id, exc, mandate, fresh_at=tally.fresh_at)
    with around.ledger.read() as view:
        conflicts, quarantined = count_troubles(view, calendar_id)
    report = Report(
        calendar_id=calendar_id,
        ok=error is None,
        pulled=tally.pulled,
        pushed=tally.push.pushed,
        conflicts=conflicts,
        quarantined=quarantined,
        requests=provider.requests - sent_before,
        seconds=round(around.clock.monotonic() - began, 3),
        code=code,
        error=error,
        fresh_at=tally.fresh_at,
    )
    _tell(report, failure)
    return report


def carry_out(
    around: Surroundings,
    provider: CalendarProvider,
    found: Look,
    mandate: Mandate,
    *,
    tally: PushTally,
) -> int:
    """Do what was planned, first in the ledger, then in the calendar. How many changes the ledger
    took. Raises VersionConflict when an appointment was changed meanwhile."""
    plan, observation = found.plan, found.observation
    after = state_after(found, found.scene.now, around.full_listing_every)
    pass_over(around, found, mandate)
    rolls = after.horizon_until != found.state.horizon_until
    expanded = expand_anew(around, provider, found.scene) if rolls else {}
    if plan.pull or after != found.state:
        apply_pull(
            around.ledger,
            observation.picture,
            plan.pull,
            mandate,
            size=around.pull_batch,
            begin=lambda tx: require_unmoved(tx, found),
            finish=lambda tx: store(tx, found, after, expanded),
        )
    if plan.push:
        pusher = Pusher(
            ledger=around.ledger,
            provider=provider,
            scene=found.scene,
            mandate=mandate,
            batch=around.push_batch,
        )
        listed_anew = after.last_listing_at != found.state.last_listing_at
        patient = found.in_full or (listed_anew and not found.state.doubt)
        pusher.push(plan.push, patient=patient, tally=tally)
    return sum(1 for step in plan.pull if step.op not in SILENT)


def note_failure(
    around: Surroundings,
    calendar_id: CalendarId,
    exc: SyncdError,
    mandate: Mandate,
    *,
    fresh_at: datetime | None,
) -> None:
    """Remember that a round failed, and when to try again: each failure doubles the pause."""

    def work(tx: Transaction) -> None:
        tx.require_fence(calendar_id, mandate.fence)
        state = tx.calendar_state(calendar_id)
        failures = state.failures + 1
        chance = around.randomness.token(1)[0] / 255
        longest = LONGEST_PAUSE
        if tx.calendar(calendar_id).has_last_word:
            longest = LONGEST_PAUSE_OF_LAST_WORDS
        retry_at = tx.now + pause_after(failures, exc, chance, longest=longest)
        tx.set_calendar_state(
            replace(
                state,
                failures=failures,
                retry_at=retry_at,
                error_code=exc.code,
                error=str(exc),
                doubt=True,
                due_at=None,
                last_read_at=fresh_at or state.last_read_at,
            )
        )
        give_up(tx, tx.awaited(calendar_id=calendar_id, until=retry_at), on=calendar_id)

    around.ledger.write(work)


def doubt_if_possible(around: Surroundings, calendar_id: CalendarId, mandate: Mandate) -> None:
    """Have the next round look at everything: what this one knew and did is not recorded."""
    with suppress(Unavailable):
        doubt(around, calendar_id, mandate)


def pause_after(
    failures: int, exc: SyncdError, chance: float, *, longest: timedelta = LONGEST_PAUSE
) -> timedelta:
    """How long to leave a failing calendar alone: 15 s, doubling to the longest, a quarter of it
    by `chance` (0…1) so that calendars of one server do not return in step; never less than it asks
    for, as far as it asks for at most a day."""
    doubled: timedelta = FIRST_PAUSE * 2.0 ** min(failures - 1, 10)
    pause = min(longest, doubled) * (0.75 + 0.25 * chance)
    asked = exc.retry_after if isinstance(exc, Unavailable | RateLimited) else None
    return max(pause, min(asked, timedelta(days=1))) if asked is not None else pause


def count_troubles(view: View, calendar_id: CalendarId) -> tuple[int, int]:
    """Open conflicts and quarantined objects of one calendar."""
    conflicts = sum(1 for each in view.conflicts() if each.calendar_id == calendar_id)
    return conflicts, len(view.quarantined(calendar_id)) + view.refused_count(calendar_id)


def _try_round(
    around: Surroundings,
    provider: CalendarProvider,
    calendar_id: CalendarId,
    mandate: Mandate,
    *,
    tally: _Tally,
    in_full: bool,
) -> str | None:
    """Look and do, again if an appointment changed in between. Why it was braked, if it was."""
    for tries_left in reversed(range(TRIES)):
        found = look(around, provider, calendar_id, in_full=in_full)
        tally.fresh_at = found.scene.now
        tally.listed = tally.listed or found.observation.listed
        if not found.scene.calendar.active:
            return None  # switched off since this round began
        if found.state.suspended_at is not None:
            return _why_suspended(found.state)
        if found.plan.refused is not None:
            suspend_braked(around, found, mandate, found.plan.refused)
            return found.plan.refused
        try:
            tally.pulled += carry_out(around, provider, found, mandate, tally=tally.push)
        except VersionConflict:
            if not tries_left:
                raise
            continue
        followed = not tally.push.doubt and _is_followed(found, provider.capabilities)
        if tally.push.created and followed:
            _see_own(around, provider, calendar_id, mandate, tally=tally)
        if tally.push.doubt:
            doubt(around, calendar_id, mandate)
        return None
    return None


def _is_followed(found: Look, can: Capabilities) -> bool:
    """Whether the next round will ask for news only. One that is in doubt has another look coming,
    and that must not come at once: what could not be read needs time to show itself."""
    return can.has_cursor and can.trusts_cursor and not found.observation.doubt


def _see_own(
    around: Surroundings,
    provider: CalendarProvider,
    calendar_id: CalendarId,
    mandate: Mandate,
    *,
    tally: _Tally,
) -> None:
    """Have the cursor pass what was just created. A feed need not tell of what came and went since
    its cursor: its removal would go unnoticed until the next listing."""
    found = look(around, provider, calendar_id)
    is_held = found.state.suspended_at is not None or found.plan.refused is not None
    if found.scene.calendar.active and not is_held:
        with suppress(VersionConflict):
            tally.pulled += carry_out(around, provider, found, mandate, tally=tally.push)


def _suspension(around: Surroundings, calendar_id: CalendarId) -> str | None:
    with around.ledger.read() as view:
        state = view.calendar_state(calendar_id)
    return _why_suspended(state) if state.suspended_at is not None else None


def _why_suspended(state: CalendarState) -> str:
    why = state.suspended_why or "by hand"
    return f"suspended: {why}; look, then `syncd calendars release {state.calendar_id}`"


def _tell(report: Report, failure: SyncdError | None) -> None:
    """One line for a round that did something or failed; a quiet one is nobody's news."""
    facts = {
        "calendar": report.calendar_id,
        "pulled": report.pulled,
        "pushed": report.pushed,
        "requests": report.requests,
        "seconds": report.seconds,
    }
    if failure is not None:
        log.warning("round_failed", code=report.code, error=report.error, **facts)
    elif report.pulled or report.pushed:
        log.info("round_done", **facts)
    else:
        log.debug("round_quiet", **facts)
