"""What a worker thread does: one round over one calendar, whatever happens in it.

Keeps one open provider a calendar, for its connections are dear. Nothing is raised: how a round
ended is a value, and the loop decides what follows.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from syncd.core.errors import (
    Broken,
    LeaseLost,
    LedgerDamaged,
    LedgerUnwritable,
    NeedsLogin,
    Refused,
    SchemaMismatch,
    SyncdError,
    Unavailable,
)
from syncd.core.ids import CalendarId
from syncd.core.practice import Calendar, Practitioner
from syncd.daemon.guard import GuardedProvider, Halted, Pulse
from syncd.daemon.leases import Leases
from syncd.flows.mandate import Mandate
from syncd.flows.surroundings import Surroundings
from syncd.flows.sync import Report, note_failure, run_round
from syncd.ports import CalendarProvider

log = structlog.get_logger(__name__)


class Ending(StrEnum):
    """How a round ended, for the loop."""

    REPORTED = "reported"
    """It ran; its report says how it went, and the ledger knows."""
    ELSEWHERE = "elsewhere"
    """Another node has the calendar."""
    HALTED = "halted"
    """The daemon drains."""
    LEDGER_AWAY = "ledger away"
    """The ledger could not be read or written; nothing is known of the calendar."""
    BROKEN = "broken"
    """An error of ours."""
    HOPELESS = "hopeless"
    """The ledger is damaged or of another release; the daemon cannot go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One round to do. `in_full`: compare everything, whatever the change feed says."""

    calendar: Calendar
    practitioner: Practitioner
    run_id: str
    in_full: bool = False
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    calendar_id: CalendarId
    ending: Ending
    report: Report | None = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    calendar: Calendar
    practitioner: Practitioner
    generation: int
    provider: CalendarProvider


class Rounds:
    """Does rounds, in whatever thread `run` is called; never two over one calendar at a time."""

    def __init__(self, around: Surroundings, leases: Leases) -> None:
        self.around = around
        self._leases = leases
        self._halting = threading.Event()
        self._opened: dict[CalendarId, _Opened] = {}
        self._generation = 0

    def run(self, order: Order) -> Outcome:
        """One round; how it ended. Raises nothing."""
        calendar_id = order.calendar.id
        with structlog.contextvars.bound_contextvars(run_id=order.run_id):
            try:
                fence = self._leases.fence(calendar_id)
                mandate = Mandate(run_id=order.run_id, fence=fence) if fence is not None else None
                report = self._round(order, mandate) if mandate is not None else None
            except Exception as exc:  # noqa: BLE001  the one place where a round may fail in ways nobody foresaw
                return self._failed(order, exc)
        ending = Ending.REPORTED if report is not None else Ending.ELSEWHERE
        return Outcome(calendar_id=calendar_id, ending=ending, report=report)

    def halt(self) -> None:
        """Let running rounds end at their next request."""
        self._halting.set()

    def close(self, calendar_id: CalendarId) -> None:
        """Let go of the calendar's connections; its next round opens them anew."""
        opened = self._opened.pop(calendar_id, None)
        if opened is not None:
            opened.provider.close()

    def reopen_all(self) -> None:
        """Every calendar is opened anew for its next round, with its secrets read again."""
        self._generation += 1

    def close_all(self, *, but: frozenset[CalendarId] = frozenset()) -> None:
        """Let go of all connections, but for those in use."""
        for calendar_id in self._opened.keys() - but:
            self.close(calendar_id)

    def _round(self, order: Order, mandate: Mandate) -> Report:
        calendar_id = order.calendar.id
        try:
            provider = self._provider(order)
        except Refused as exc:  # a secret that is not there, a provider that is not installed
            note_failure(self.around, calendar_id, exc, mandate, fresh_at=None)
            log.warning("calendar_not_opened", calendar=calendar_id, code=exc.code, error=str(exc))
            return Report(calendar_id=calendar_id, ok=False, code=exc.code, error=str(exc))
        guarded = GuardedProvider(
            provider,
            pulse=order.pulse,
            halts=self._halting.is_set,
            may_write=lambda: self._leases.is_sure(calendar_id, mandate.fence),
        )
        report = run_round(self.around, guarded, calendar_id, mandate, in_full=order.in_full)
        if report.code == NeedsLogin.code:
            self.close(calendar_id)  # perhaps the secret is a new one by the next round
        return report

    def _provider(self, order: Order) -> CalendarProvider:
        """The open provider, if it is still the one that the practice wants."""
        calendar_id = order.calendar.id
        wanted = (order.calendar, order.practitioner, self._generation)
        opened = self._opened.get(calendar_id)
        if opened is not None:
            if (opened.calendar, opened.practitioner, opened.generation) == wanted:
                return opened.provider
            self.close(calendar_id)
        provider = self.around.open_provider(order.calendar, order.practitioner)
        self._opened[calendar_id] = _Opened(*wanted, provider)
        return provider

    def _failed(self, order: Order, exc: Exception) -> Outcome:
        calendar_id = order.calendar.id
        match exc:
            case Halted():
                ending = Ending.HALTED
            case LeaseLost():
                ending = Ending.ELSEWHERE
                self._leases.drop(calendar_id)
            case SchemaMismatch() | LedgerDamaged():
                ending = Ending.HOPELESS
            case Unavailable() | LedgerUnwritable():
                ending = Ending.LEDGER_AWAY
            case _:
                ending = Ending.BROKEN
                log.error("round_broken", calendar=calendar_id, exc_info=exc)
                self._start_afresh(order)
        return Outcome(calendar_id=calendar_id, ending=ending, error=exc)

    def _start_afresh(self, order: Order) -> None:
        """After an error of ours: leave this calendar alone for a while, then open it anew."""
        calendar_id = order.calendar.id
        told = Broken(f"an error of syncd's own; the log tells more under run {order.run_id}")
        try:
            self.close(calendar_id)
            fence = self._leases.fence(calendar_id)
            if fence is not None:
                mandate = Mandate(run_id=order.run_id, fence=fence)
                note_failure(self.around, calendar_id, told, mandate, fresh_at=None)
        except SyncdError as exc:
            log.warning("failure_not_noted", calendar=calendar_id, code=exc.code)
        except Exception:  # closing what is broken may break too
            log.exception("failure_not_noted", calendar=calendar_id)
