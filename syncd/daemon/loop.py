"""The loop: each turn looks at the ledger, says that this node lives, and begins what is due.

One thread turns it; rounds run beside it in threads of their own and report back through the inbox.
Nothing here waits for a calendar. What is due is decided in `timetable`, who holds what in
`leases`, and what happens to a calendar in `rounds`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Protocol

import structlog

from syncd.core.errors import (
    LedgerDamaged,
    LedgerUnwritable,
    Refused,
    SchemaMismatch,
    SyncdError,
    Unavailable,
)
from syncd.daemon.board import Board
from syncd.daemon.leases import Leases
from syncd.daemon.notify import Notifier
from syncd.daemon.rounds import Ending, Order, Outcome, Rounds
from syncd.daemon.sight import Lookout, Sight
from syncd.daemon.watch import Watch
from syncd.flows.surroundings import Surroundings
from syncd.flows.upkeep import tidy

LOOK, UPKEEP, STOP, RELOAD = "look", "upkeep", "stop", "reload"
"""What may lie in the inbox beside the outcomes of rounds."""
PATIENCE = timedelta(seconds=5)
"""No ring for so long means that the alarm clock is out of step."""
DRAIN_WITHIN = timedelta(seconds=25)
"""How long rounds may take to end after a stop. With what a busy ledger may add to it, 20 s, this
is the unit's TimeoutStopSec."""
DAMAGED = 10
"""Exit code: the database is older, newer or damaged."""

log = structlog.get_logger(__name__)

Start = Callable[[Callable[[], None]], None]


class Terms(Protocol):
    """What the loop wants to know of the settings."""

    @property
    def workers(self) -> int: ...

    @property
    def heartbeat_every(self) -> timedelta: ...

    @property
    def lease_ttl(self) -> timedelta: ...


def in_a_thread(work: Callable[[], None]) -> None:
    """Do `work` beside us. The process does not wait for it when it ends."""
    threading.Thread(target=work, name="syncd-round", daemon=True).start()


class Loop:
    """One node at work. For one thread; only `ring` may be called from any."""

    def __init__(
        self, around: Surroundings, terms: Terms, notifier: Notifier, *, start: Start = in_a_thread
    ) -> None:
        """`reload`, when set, is called in a turn of the loop after a RELOAD came in; `on_drain` as
        soon as the loop begins to end."""
        self.leases = Leases(around, terms.lease_ttl)
        self.rounds = Rounds(around, self.leases)
        self.reload: Callable[[], None] | None = None
        self.on_drain: Callable[[], None] = lambda: None
        self.exit_code: int | None = None
        self._around, self._terms = around, terms
        self._clock = around.clock
        self._notifier = notifier
        self._start = start
        self._inbox: SimpleQueue[str | Outcome] = SimpleQueue()
        self._lookout = Lookout(around)
        self._board = Board(around.clock)
        self._watch = Watch(around.clock)
        self._sight = Sight()
        self._tidy = True
        self._beat_at = self._in(terms.heartbeat_every)
        self._trouble: SyncdError | None = None
        self._drain_until: float | None = None
        self._fed_at = float("-inf")
        self._said = ""

    def ring(self, what: str) -> None:
        """Put a word into the inbox. From any thread, and from signal handlers."""
        self._inbox.put(what)

    def serve(self, rewind: Callable[[], None]) -> int:
        """Turn until there is a reason to end; the exit code. `rewind` is called when nothing has
        rung for too long."""
        while self.exit_code is None:
            if not self.listen(PATIENCE):
                log.warning("alarm_out_of_step")
                rewind()
            self.turn()
        return self.exit_code

    def listen(self, patience: timedelta) -> bool:
        """Wait until something happens, and take in all that has. False if nothing did."""
        try:
            self._take(self._inbox.get(timeout=patience.total_seconds()))
        except Empty:
            return False
        while not self._inbox.empty():
            self._take(self._inbox.get())
        return True

    def turn(self) -> None:
        """Look, say that we live, begin what is due, tell how it goes. Costs no commit while all
        is quiet, but for one each heartbeat."""
        try:
            self._look()
            self._beat()
            self._keep_tidy()
            if self._drain_until is None and self._trouble is None:
                self._begin_due()
        except (SchemaMismatch, LedgerDamaged) as exc:
            self._give_up(exc)
        except (Unavailable, LedgerUnwritable) as exc:
            self._in_trouble(exc)
        self._tell()
        if self._drain_until is not None and self.exit_code is None:
            self._end_when_drained(self._drain_until)

    def change_terms(self, around: Surroundings, terms: Terms) -> None:
        """Go on under other settings. Calendars are opened anew, with their secrets read again."""
        self._terms = terms
        self.leases.ttl = terms.lease_ttl
        self.rounds.around = around
        self.rounds.reopen_all()
        self._beat_at = min(self._beat_at, self._in(terms.heartbeat_every))

    def drain(self) -> None:
        """Begin nothing more; let what is under way come to an end at its next request."""
        if self._drain_until is None:
            self._drain_until = self._in(DRAIN_WITHIN)
            self.on_drain()
            self.rounds.halt()
            log.info("draining", round_count=len(self._board.running))
            self._notifier.stopping(f"stopping; rounds under way: {len(self._board.running)}")

    def status(self) -> str:
        """How it goes, in one line."""
        if self._trouble is not None:
            return f"waiting for the ledger: {self._trouble}"
        return self._watch.line(self._sight, len(self._board.stuck()))

    def _take(self, message: str | Outcome) -> None:
        if isinstance(message, Outcome):
            self._take_outcome(message)
        elif message == STOP:
            self.drain()
        elif message == RELOAD and self.reload is not None:
            self.reload()
        self._tidy = self._tidy or message == UPKEEP

    def _take_outcome(self, outcome: Outcome) -> None:
        self._board.ended(outcome)
        match outcome.ending, outcome.error:
            case Ending.REPORTED, _ if outcome.report is not None:
                self._watch.heard(outcome.report)
            case Ending.ELSEWHERE, _:
                log.warning("calendar_elsewhere", calendar=outcome.calendar_id)
            case Ending.LEDGER_AWAY, SyncdError() as exc:
                self._in_trouble(exc)
            case Ending.HOPELESS, SyncdError() as exc:
                self._give_up(exc)

    def _look(self) -> None:
        self._sight = self._lookout.look(self.leases.held())
        changed = self._board.sighted(self._sight)
        for calendar_id in changed:
            self._watch.forget(calendar_id)
        gone = self.leases.held() - self._sight.calendars.keys() - self._board.running
        for calendar_id in sorted(gone):
            self.rounds.close(calendar_id)
        if gone:
            self.leases.release({}, *gone)

    def _beat(self) -> None:
        """Prolong our leases and record freshness: one commit, when it is time. While the ledger is
        in trouble each turn tries, for that is how we learn that it is back."""
        if self._clock.monotonic() < self._beat_at and self._trouble is None:
            return
        fresh = self._watch.unsaid
        if self.leases.held():
            lost = self.leases.beat(fresh)
            for calendar_id in sorted(lost):
                log.warning("lease_lost", calendar=calendar_id)
            self._watch.said(fresh)
        self._beat_at = self._in(self._terms.heartbeat_every)
        if self._trouble is not None:
            log.info("ledger_back")
            self._trouble = None

    def _keep_tidy(self) -> None:
        if not self._tidy or not self._sight.has_practice:
            return
        self._tidy = False
        try:
            tidy(self._around)
        except Refused as exc:  # somebody was faster
            log.warning("tidying_refused", code=exc.code)

    def _begin_due(self) -> None:
        for calendar_id in self._board.to_begin(self._sight, self._terms.workers):
            run_id = self._around.randomness.token(4).hex()
            self._begin(self._board.begin(calendar_id, self._sight, run_id))

    def _begin(self, order: Order) -> None:
        def work() -> None:
            self._inbox.put(self.rounds.run(order))

        self._start(work)

    def _in_trouble(self, exc: SyncdError) -> None:
        """The ledger cannot be used now. Everything waits, nothing is given up."""
        if self._trouble is None:
            log.error("ledger_away", code=exc.code, error=str(exc))
        self._trouble = exc

    def _give_up(self, exc: SyncdError) -> None:
        log.critical("ledger_unusable", code=exc.code, error=str(exc))
        self._notifier.stopping(f"cannot go on: {exc}")
        self.rounds.halt()
        self.exit_code = DAMAGED

    def _tell(self) -> None:
        """Status where it changed, and the watchdog's food: it is fed here, by the loop that works,
        and only while rounds can still come to an end."""
        moment = self._clock.monotonic()
        status = self.status()
        if status != self._said and self._drain_until is None and self.exit_code is None:
            self._said = status
            self._notifier.status(status)
        period = self._notifier.watchdog_every
        if period is None or moment - self._fed_at < period.total_seconds() / 4:
            return
        if self._board.can_work(self._terms.workers, len(self._board.stuck())):
            self._fed_at = moment
            self._notifier.alive()

    def _end_when_drained(self, until: float) -> None:
        running = self._board.running
        if running and self._clock.monotonic() < until:
            return
        for calendar_id in sorted(running):
            log.warning("round_abandoned", calendar=calendar_id)
        self.rounds.close_all(but=running)
        try:
            self.leases.release(self._watch.unsaid)
        except (Unavailable, LedgerUnwritable) as exc:
            log.warning("leases_not_released", code=exc.code)
        self.exit_code = 0

    def _in(self, pause: timedelta) -> float:
        return self._clock.monotonic() + pause.total_seconds()
