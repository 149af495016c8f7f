"""The one writer: callables queue up, each runs in its own savepoint, a group shares one commit.

The price of a durable write is the disk's; sharing it is worth more than anything else. A callable
that raises is undone alone. ADR 0005.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from syncd.core.errors import LedgerAway, Locked, Refused, SyncdError
from syncd.ledger.engine import begin_writing, command
from syncd.ledger.faults import FATAL, may_be_redone, translated
from syncd.ledger.journal import forget_since, mark_journal, write_journal
from syncd.ledger.turnstile import Turnstile
from syncd.ledger.unit import Scope
from syncd.ledger.views import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]

LARGEST_GROUP = 256
"""How many callables share one commit at most: the first of them waits for the last."""
MOST_ATTEMPTS = 5
"""How often a group is redone when the database undid it for the sake of another transaction."""


@dataclass(slots=True)
class _Job:
    work: Work
    outcome: Future[Any]
    result: Any = None
    refusal: BaseException | None = None


class Writer:
    """Runs callables on one kept connection, in one thread of its own (or, `inline`, at once on the
    caller's)."""

    def __init__(
        self,
        engine: Engine,
        new_scope: Callable[[Connection], Scope],
        *,
        turnstile: Turnstile | None,
        wait: timedelta,
        inline: bool,
        before_commit: Callable[[], None] | None = None,
    ) -> None:
        self._engine = engine
        self._new_scope = new_scope
        self._turnstile = turnstile
        self._wait = wait
        self._inline = inline
        self._before_commit = before_commit
        self._connection: Connection | None = None
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._busy = threading.Lock()
        self._thread: threading.Thread | None = None
        self._at_work: int | None = None
        self._closing = False
        self.commits = 0

    def write(self, work: Callable[[Transaction], T]) -> T:
        """The result of `work`, once it is durable. Whatever `work` raises is raised here, and
        nothing of it is stored."""
        outcome = self.submit(work)
        try:
            return outcome.result(timeout=None if self._inline else self._wait.total_seconds())
        except TookTooLong:
            if outcome.cancel():
                raise Locked("the ledger has been busy for too long; try again") from None
            return outcome.result()

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """The same, for a caller with something better to do than to wait. One that is cancelled
        before its turn comes is not run."""
        if self._at_work == threading.get_ident():
            raise RuntimeError("a write inside a write: use the transaction in hand")
        job = _Job(work, Future())
        if self._inline:
            with self._busy:
                self._run([job])
        else:
            self._queue(job)
        return job.outcome

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def close(self) -> None:
        """Finish what waits, then let go of thread, connection and lock."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=self._wait.total_seconds())
        self._drop_connection()
        if self._turnstile is not None:
            self._turnstile.close()

    def _queue(self, job: _Job) -> None:
        with self._changed:
            if self._closing:
                raise LedgerAway("the ledger is closed")
            self._waiting.append(job)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="syncd-ledger-writer", daemon=True
                )
                self._thread.start()
            self._changed.notify_all()

    def _serve(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
            self._run()

    def _take(self) -> list[_Job]:
        """Those who wait now. Called once the lock is held, so that groups grow while it is not."""
        with self._changed:
            found: list[_Job] = []
            while self._waiting and len(found) < LARGEST_GROUP:
                job = self._waiting.popleft()
                if job.outcome.set_running_or_notify_cancel():
                    found.append(job)
            return found

    def _run(self, jobs: list[_Job] | None = None) -> None:
        """Run the jobs, or those who wait, as one group; every one of them learns its outcome."""
        self._at_work = threading.get_ident()
        try:
            if self._turnstile is not None:
                self._turnstile.enter()
            try:
                self._run_group(jobs)
            finally:
                if self._turnstile is not None:
                    self._turnstile.leave()
        except SyncdError as exc:
            _fail(self._take() if jobs is None else jobs, exc)
        finally:
            self._at_work = None

    def _run_group(self, jobs: list[_Job] | None) -> None:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            try:
                with translated():
                    connection = self._begin()
                jobs = self._take() if jobs is None else jobs
                self._run_jobs(connection, jobs)
            except BaseException as exc:  # noqa: BLE001  told to everybody who waits
                self._drop_connection()
                if attempt < MOST_ATTEMPTS and may_be_redone(exc):
                    continue
                if jobs is not None:
                    _fail(jobs, exc)
                elif isinstance(exc, Locked):
                    self._forget_who_left()  # the others know how long to wait: tried again
                else:
                    _fail(self._take(), exc)
            return

    def _forget_who_left(self) -> None:
        with self._changed:
            self._waiting = deque(job for job in self._waiting if not job.outcome.cancelled())

    def _run_jobs(self, connection: Connection, jobs: list[_Job]) -> None:
        scope = self._new_scope(connection)
        for job in jobs:
            self._run_job(scope, job, alone=len(jobs) == 1)
        with translated():
            write_journal(scope)
        self._commit(connection, wrote=scope.wrote)
        # Only now, also to those who were refused: it may have been for the sake of a neighbour.
        for job in jobs:
            if job.refusal is not None:
                job.outcome.set_exception(job.refusal)
            else:
                job.outcome.set_result(job.result)

    def _run_job(self, scope: Scope, job: _Job, *, alone: bool) -> None:
        """Run one job in a savepoint of its own, or, if it is alone, in the transaction as such.
        When it raises, it is undone and the group goes on."""
        mark = mark_journal(scope)
        job.refusal = None
        try:
            with nullcontext() if alone else scope.savepoint("job"):
                job.result = job.work(Transaction(scope))
        except BaseException as exc:
            if may_be_redone(exc) or isinstance(exc, FATAL):
                raise
            forget_since(scope, mark)
            scope.remembered.pop("practice", None)
            scope.practice_id = None
            if alone:
                scope.wrote = False  # rolled back instead of committed
            job.refusal = exc

    def _begin(self) -> Connection:
        if self._connection is not None:
            with suppress(LedgerAway), translated():
                return self._begun(self._connection)
            self._drop_connection()  # it broke while it was idle: nothing has begun on it
        self._connection = self._engine.connect()
        return self._begun(self._connection)

    def _begun(self, connection: Connection) -> Connection:
        begin_writing(connection, self._turn_of(connection))
        return connection

    def _turn_of(self, connection: Connection) -> str:
        """Whose turn to wait for. Looked up outside any transaction, until it is known."""
        try:
            return self._new_scope(connection).a_practice()
        except Refused:
            return ""

    def _commit(self, connection: Connection, *, wrote: bool) -> None:
        try:
            if wrote and self._before_commit is not None:
                self._before_commit()
            with translated():
                command(connection, "COMMIT" if wrote else "ROLLBACK")
        except LedgerAway as exc:
            raise LedgerAway(
                "the database server broke off while committing; read before doing it again",
                ambiguous=True,
            ) from exc
        self.commits += wrote

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _fail(jobs: list[_Job], exc: BaseException) -> None:
    for job in jobs:
        if not job.outcome.done():
            job.outcome.set_exception(exc)
