"""The ledger as the rest of syncd knows it: open it, bring it up to date, read, write, close."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection

from syncd.core.errors import LedgerAway, LedgerUnwritable, Unsupported
from syncd.core.ids import PracticeId
from syncd.ledger import schema
from syncd.ledger.engine import (
    Address,
    begin_reading,
    begin_writing,
    create_file,
    inline_engine,
    is_there,
    open_engine,
    parse_address,
)
from syncd.ledger.faults import translated
from syncd.ledger.schema import Standing
from syncd.ledger.turnstile import Turnstile
from syncd.ledger.unit import Home, Scope
from syncd.ledger.views import Transaction, View
from syncd.ledger.writer import Writer
from syncd.ports import Clock, Randomness

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """What a simulation puts in the database's place: `lease_clock` for its own clock, where each
    node has another one; `before_commit` is called before each commit, and what it raises, the
    commit raised."""

    lease_clock: Clock | None = None
    before_commit: Callable[[], None] | None = None


def open_ledger(
    url: str,
    *,
    clock: Clock,
    randomness: Randomness,
    practice_id: PracticeId | None = None,
    read_only: bool = False,
    inline: bool = False,
    stand_in: StandIn | None = None,
    wait: timedelta = timedelta(seconds=10),
) -> Ledger:
    """The ledger at `url` (`sqlite:////path/to/file` or `postgresql://…`).

    Connects lazily and creates nothing: `migrate` does. `practice_id` is needed only where a ledger
    holds several. `wait` bounds the wait for other writers, then Locked. `inline` runs writes on
    the caller's thread, each with a commit of its own, and never waits for another process:
    deterministic, for simulations, which may also `stand_in` for parts of the database. Raises
    Invalid for a url that names no such database.
    """
    address = parse_address(url)
    return Ledger(
        address,
        clock=clock,
        randomness=randomness,
        practice_id=practice_id,
        read_only=read_only,
        inline=inline,
        stand_in=stand_in or StandIn(),
        wait=wait,
    )


class Ledger:
    """One ledger. Safe to use from several threads; not across a fork."""

    def __init__(
        self,
        address: Address,
        *,
        clock: Clock,
        randomness: Randomness,
        practice_id: PracticeId | None,
        read_only: bool,
        inline: bool,
        stand_in: StandIn,
        wait: timedelta,
    ) -> None:
        self.address = address
        self._clock = clock
        self._lease_clock = stand_in.lease_clock or clock
        self._randomness = randomness
        self._home = Home(practice_id)
        self._read_only = read_only
        self._known_current = False
        if inline and address.is_sqlite:
            self._reading = inline_engine(address, writes=False)
            self._writing = inline_engine(address, writes=True)
        else:
            wait_for_database = timedelta(0) if inline else wait
            self._reading = open_engine(address, wait=wait_for_database, writes=False)
            self._writing = open_engine(address, wait=wait_for_database, writes=True)
        turnstile = None
        if address.path is not None:
            lock = address.path.with_name(f"{address.path.name}.lock")
            turnstile = Turnstile(lock, waits=not inline)
        self._turnstile = turnstile
        self._writer = Writer(
            self._writing,
            self._scope,
            turnstile=turnstile,
            wait=wait,
            inline=inline,
            before_commit=stand_in.before_commit,
        )

    @property
    def commits(self) -> int:
        """Durable commits since this ledger was opened, migrations aside."""
        return self._writer.commits

    @property
    def waiting(self) -> int:
        """How many writes wait for their turn at this moment."""
        return self._writer.waiting

    def standing(self) -> Standing:
        """How the database stands to this release; a file that is not there is empty."""
        if self.address.path is not None and not is_there(self.address.path):
            return Standing.EMPTY
        with translated(), self._reading.connect() as connection:
            return schema.standing_of(connection)

    def require_current(self) -> None:
        """Raise SchemaMismatch, with what to do, unless the schema is this release's. Looked at
        once: later calls cost nothing."""
        if not self._known_current:
            schema.require_current(self.standing(), self.address)
            self._known_current = True

    def migrate(self) -> Path | None:
        """Create the ledger, or bring it to this release's schema; idempotent. The copy that was
        made before changing an existing SQLite file, if one was needed.

        Raises SchemaMismatch for a newer or foreign database, LedgerUnwritable, LedgerDamaged.
        """
        standing = self.standing()
        if standing is Standing.CURRENT:
            self._known_current = True
            return None
        if self._read_only:
            raise LedgerUnwritable(f"{self.address} was opened for reading; it cannot be upgraded")
        if self.address.path is not None and standing is Standing.EMPTY:
            create_file(self.address.path)
        if self._turnstile is not None:
            self._turnstile.enter()
        try:
            with translated(), self._writing.connect() as connection:
                copy = self._migrate(connection)
        finally:
            if self._turnstile is not None:
                self._turnstile.leave()
        self._known_current = True
        return copy

    @contextmanager
    def read(self) -> Iterator[View]:
        """One moment of the ledger, for the length of the `with` block."""
        self.require_current()
        with translated():
            connection = self._reading.connect()
        try:
            with translated():
                begin_reading(connection)
            yield View(self._scope(connection))
        finally:
            # What was read stands, even if the database has broken off since.
            with suppress(LedgerAway), translated():
                connection.close()

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in a transaction; its result, once it is durable. What it raises is raised
        here, and nothing of it is stored.

        `work` may be run again when the database undid the transaction for the sake of another, so
        it changes nothing but the transaction. It does no slow or outside work: everybody waits for
        it. Raises Locked when it could not begin in time; LedgerAway, `ambiguous` when the database
        broke off during the commit.
        """
        self._require_writable()
        return self._writer.write(work)

    def submit(self, work: Callable[[Transaction], T]) -> Future[T]:
        """Like `write`, without waiting: for a loop that serves many at once. Whoever gives up
        cancels it; where that is refused, it is being done."""
        self._require_writable()
        return self._writer.submit(work)

    def back_up(self, target: Path) -> None:
        """Write a whole copy of a SQLite ledger, of this moment, to a new file."""
        if not self.address.is_sqlite:
            raise Unsupported("a PostgreSQL ledger is backed up with pg_dump")
        if is_there(target):
            raise LedgerUnwritable(f"{target} exists already; move it away or name another file")
        with translated(), self._writing.connect() as connection:
            schema.back_up(connection, target)

    def close(self) -> None:
        """Finish what waits to be written and let go of everything. Idempotent."""
        self._writer.close()
        self._writing.dispose()
        self._reading.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _require_writable(self) -> None:
        if self._read_only:
            raise LedgerUnwritable(f"{self.address} was opened for reading")
        self.require_current()

    def _scope(self, connection: Connection) -> Scope:
        return Scope(
            connection=connection,
            clock=self._clock,
            lease_clock=self._lease_clock,
            randomness=self._randomness,
            home=self._home,
        )

    def _migrate(self, connection: Connection) -> Path | None:
        standing = schema.standing_of(connection)
        copy = None
        if self.address.path is not None:
            if standing is Standing.EMPTY:
                schema.mark_file(connection)
            elif standing is Standing.OLDER:
                copy = self.address.path.with_name(f"{self.address.path.name}.before-{schema.HEAD}")
                schema.back_up(connection, copy)
        begin_writing(connection)
        try:
            schema.migrate(connection, self.address)
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
        return copy
