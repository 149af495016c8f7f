"""Rounds over several calendars at once, as a person asks for them: each behind a lease of its own.

A calendar that a running daemon holds is not taken from it: the daemon is asked, and waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from syncd.core.errors import LeaseLost, PlanMoved, Refused, SyncdError, Unavailable
from syncd.core.errors import VersionConflict as Changed
from syncd.core.ids import CalendarId, PlanId
from syncd.core.plan import fingerprint
from syncd.flows.leases import ask_holder, held, let_go, mandate_of, still_held, take
from syncd.flows.looking import Look
from syncd.flows.mandate import Mandate
from syncd.flows.planning import Survey, calendars_of_plan, require_unmoved, survey
from syncd.flows.push import PushTally
from syncd.flows.remembering import doubt
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import (
    OF_THE_LEDGER,
    Report,
    carry_out,
    count_troubles,
    doubt_if_possible,
    note_failure,
    run_round,
)
from syncd.ports import CalendarProvider

THREADS = "round"
"""What the names of the threads begin with that work on a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One calendar's round; `by_holder` when the daemon that holds the calendar did it: then what
    it pulled and pushed is not known here, and 0."""

    report: Report
    by_holder: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How rounds are done: so many at once, each holding its calendar for `lease_ttl` at a time;
    `in_full`: compare everything, whatever the change feed says."""

    workers: int = 4
    lease_ttl: timedelta = timedelta(seconds=60)
    in_full: bool = False


def sync_now(
    around: Surroundings,
    calendar_ids: Iterable[CalendarId],
    terms: Terms,
    *,
    tell: Callable[[Visit], None] = lambda _: None,
    stopping: Callable[[], None] = lambda: None,
) -> list[Visit]:
    """One round over each calendar, in the order of their ids. `tell` hears of each as it ends, on
    the caller's thread. One calendar's failure is in its report; what is ours to mend is raised.
    A KeyboardInterrupt begins no more rounds, calls `stopping`, and is raised once those under way
    have ended."""
    ids = sorted(set(calendar_ids))
    visit = partial(_visit, around, terms=terms)
    done = _at_once(around, ids, visit, terms=terms, tell=tell, stopping=stopping)
    return sorted(done, key=lambda each: each.report.calendar_id)


def survey_now(around: Surroundings, calendar_ids: Iterable[CalendarId], terms: Terms) -> Survey:
    """A plan for these calendars, several of them read at once. Nothing is changed, no lease
    taken."""

    def look_at(calendar_id: CalendarId) -> Survey:
        with ExitStack() as stack:
            return survey(
                around, lambda each: stack.enter_context(opened(around, each)), [calendar_id]
            )

    ids = sorted(set(calendar_ids))
    with ThreadPoolExecutor(terms.workers, thread_name_prefix="plan") as pool:
        parts = list(pool.map(look_at, ids))
    looks = tuple(each for part in parts for each in part.looks)
    failures = {key: exc for part in parts for key, exc in part.failures.items()}
    return Survey(id=fingerprint(each.plan for each in looks), looks=looks, failures=failures)


def apply_now(around: Surroundings, plan_id: PlanId, terms: Terms) -> list[Visit]:
    """Do what the kept plan says, if the world is still the one that it was made for.

    Raises Unknown, PlanMoved, or Locked while another process works on one of its calendars; then
    nothing was changed.
    """
    ids = sorted(calendars_of_plan(around, plan_id))
    with ExitStack() as stack:
        mandates = {each: stack.enter_context(held(around, each, terms.lease_ttl)) for each in ids}
        providers: dict[CalendarId, CalendarProvider] = {}

        def provider_of(calendar_id: CalendarId) -> CalendarProvider:
            if calendar_id not in providers:
                providers[calendar_id] = stack.enter_context(opened(around, calendar_id))
            return providers[calendar_id]

        made = survey(around, provider_of, ids)
        require_unmoved(made, plan_id)
        return [
            _carry_out(around, providers[found.plan.calendar_id], found, mandates)
            for found in made.looks
        ]


@contextmanager
def opened(around: Surroundings, calendar_id: CalendarId) -> Iterator[CalendarProvider]:
    """The provider of a calendar, closed afterwards. Raises Invalid for a secret that is not where
    the configuration says."""
    with around.ledger.read() as view:
        calendar = view.calendar(calendar_id)
        practitioner = view.practitioner(calendar.practitioner_id)
    provider = around.open_provider(calendar, practitioner)
    try:
        yield provider
    finally:
        provider.close()


def _at_once(
    around: Surroundings,
    ids: Sequence[CalendarId],
    visit: Callable[[CalendarId], Visit],
    *,
    terms: Terms,
    tell: Callable[[Visit], None],
    stopping: Callable[[], None],
) -> list[Visit]:
    """Several visits at a time; meanwhile our leases are kept alive."""
    visits: list[Visit] = []
    clock, beat = around.clock, terms.lease_ttl.total_seconds() / 3
    with ThreadPoolExecutor(terms.workers, thread_name_prefix=THREADS) as pool:
        waiting: set[Future[Visit]] = {pool.submit(visit, each) for each in ids}
        try:
            last = clock.monotonic()
            while waiting:
                done, waiting = wait(waiting, timeout=beat, return_when=FIRST_COMPLETED)
                for future in done:
                    visits.append(future.result())
                    tell(visits[-1])
                if waiting and clock.monotonic() - last >= beat:
                    last = clock.monotonic()
                    around.ledger.write(lambda tx: tx.heartbeat(around.node, terms.lease_ttl))
        except BaseException as exc:
            pool.shutdown(wait=False, cancel_futures=True)
            if isinstance(exc, KeyboardInterrupt):
                stopping()
            raise
    return visits


def _visit(around: Surroundings, calendar_id: CalendarId, *, terms: Terms) -> Visit:
    fence = take(around, calendar_id, terms.lease_ttl)
    if fence is None:
        answer = ask_holder(around, calendar_id, in_full=terms.in_full)
        fence = take(around, calendar_id, terms.lease_ttl) if answer is None else None
        if fence is None:
            return Visit(report=answer or still_held(calendar_id), by_holder=True)
    report: Report | None = None
    try:
        report = _round(around, calendar_id, fence, in_full=terms.in_full)
    finally:
        let_go(around, calendar_id, report.fresh_at if report is not None else None)
    return Visit(report=report)


def _round(around: Surroundings, calendar_id: CalendarId, fence: int, *, in_full: bool) -> Report:
    mandate = mandate_of(around, fence)
    try:
        with opened(around, calendar_id) as provider:
            return run_round(around, provider, calendar_id, mandate, in_full=in_full)
    except LeaseLost as exc:
        return _failed(around, calendar_id, exc)
    except OF_THE_LEDGER:
        raise
    except (Unavailable, Refused) as exc:  # the provider could not even be opened
        note_failure(around, calendar_id, exc, mandate, fresh_at=None)
        return _failed(around, calendar_id, exc)


def _carry_out(
    around: Surroundings,
    provider: CalendarProvider,
    found: Look,
    mandates: dict[CalendarId, Mandate],
) -> Visit:
    calendar_id = found.plan.calendar_id
    began, sent_before, tally = around.clock.monotonic(), provider.requests, PushTally()
    failure: SyncdError | None = None
    pulled = 0
    if found.plan.refused is None:
        try:
            pulled = carry_out(around, provider, found, mandates[calendar_id], tally=tally)
            if tally.doubt:
                doubt(around, calendar_id, mandates[calendar_id])
        except Changed as exc:
            raise PlanMoved(f"an appointment changed while the plan was applied: {exc}") from exc
        except OF_THE_LEDGER:
            doubt_if_possible(around, calendar_id, mandates[calendar_id])
            raise
        except (Unavailable, Refused) as exc:
            failure = exc
            note_failure(around, calendar_id, exc, mandates[calendar_id], fresh_at=None)
    with around.ledger.read() as view:
        conflicts, quarantined = count_troubles(view, calendar_id)
    error = str(failure) if failure else found.plan.refused
    return Visit(
        report=Report(
            calendar_id=calendar_id,
            ok=error is None,
            pulled=pulled,
            pushed=tally.pushed,
            conflicts=conflicts,
            quarantined=quarantined,
            requests=provider.requests - sent_before,
            seconds=round(around.clock.monotonic() - began, 3),
            code=failure.code if failure else "BRAKE" if error else None,
            error=error,
        )
    )


def _failed(around: Surroundings, calendar_id: CalendarId, exc: SyncdError) -> Report:
    with around.ledger.read() as view:
        conflicts, quarantined = count_troubles(view, calendar_id)
    return Report(
        calendar_id=calendar_id,
        ok=False,
        conflicts=conflicts,
        quarantined=quarantined,
        code=exc.code,
        error=str(exc),
    )
