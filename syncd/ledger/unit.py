"""One transaction of the database as the story modules beside this one see it.

Holds the connection, the practice and the moment; knows no table but `practices`. A unit never
outlives its `with` block or the callable it was handed to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection, CursorResult, Executable, Select, Table, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import PracticeId
from syncd.core.time import require_utc
from syncd.ledger.engine import command
from syncd.ledger.faults import FATAL, translated
from syncd.ledger.tables import practices
from syncd.ports import Clock, Randomness

Row = Mapping[str, Any]
T = TypeVar("T")

CHUNK = 500
"""How many keys go into one query."""


@dataclass(slots=True)
class Home:
    """Which practice a ledger is about: the one that it was opened for, or its only one as soon as
    that is known."""

    practice_id: PracticeId | None = None


@dataclass(slots=True)
class Scope:
    """What one transaction shares among the callables that it runs: where they are, and for which
    practice. `wrote` tells whether anything was sent that could change a row."""

    connection: Connection
    clock: Clock
    lease_clock: Clock
    randomness: Randomness
    home: Home
    practice_id: PracticeId | None = None
    wrote: bool = False
    remembered: dict[str, Any] = field(default_factory=dict)

    @property
    def is_sqlite(self) -> bool:
        return self.connection.dialect.name == "sqlite"

    def a_practice(self) -> PracticeId:
        """The practice. Raises Unknown before there is one, Invalid where there are several."""
        if self.practice_id is None:
            self.practice_id = self.home.practice_id or self._only_practice()
        return self.practice_id

    def _only_practice(self) -> PracticeId:
        found = self.read(select(practices.c.id).limit(2)).all()
        if not found:
            raise Unknown("practice", "any")
        if len(found) > 1:
            raise Invalid("the ledger holds several practices; say which one is meant")
        only = PracticeId(found[0].id)
        if not self.wrote:  # what was just written may yet be undone
            self.home.practice_id = only
        return only

    @contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """What happens inside stays or goes together."""
        self._command(f"SAVEPOINT {name}")
        try:
            yield
        except FATAL:
            raise  # the whole transaction is lost, and may be undone already
        except BaseException:
            self._command(f"ROLLBACK TO SAVEPOINT {name}")
            self._command(f"RELEASE SAVEPOINT {name}")
            raise
        self._command(f"RELEASE SAVEPOINT {name}")

    def _command(self, words: str) -> None:
        with translated():
            command(self.connection, words)

    def read(self, statement: Executable, values: Row | None = None) -> CursorResult[Any]:
        with translated():
            return self.connection.execute(statement, values)

    def write(
        self, statement: Executable, values: Row | Sequence[Row] | None = None
    ) -> CursorResult[Any]:
        self.wrote = True
        with translated():
            return self.connection.execute(statement, values)

    def upsert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert the rows, or replace those with the same key. All rows have the same columns."""
        if rows:
            self.write(_upsert_into(table, self.is_sqlite, tuple(rows[0])), rows)


class Unit:
    """What every view of the ledger can do: run statements for its practice."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.now: datetime = require_utc(scope.clock.now())
        """The one moment that this unit takes for the present."""

    @property
    def practice_id(self) -> PracticeId:
        """The practice that this unit is about: the named one, or the ledger's only one."""
        return self.scope.a_practice()

    def _read(self, statement: Executable, values: Row | None = None) -> CursorResult[Any]:
        return self.scope.read(statement, values)

    def _write(
        self, statement: Executable, values: Row | Sequence[Row] | None = None
    ) -> CursorResult[Any]:
        return self.scope.write(statement, values)

    def _upsert(self, table: Table, rows: Sequence[Row]) -> None:
        self.scope.upsert(table, rows)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """A savepoint: what happens inside stays or goes together, and a refusal by the database
        can be caught by the caller."""
        with self.scope.savepoint("step"):
            yield

    def new_id(self) -> str:
        """A fresh random identity: a version 4 UUID."""
        return str(UUID(bytes=self.scope.randomness.token(16), version=4))


def chunks(keys: Sequence[T] | Iterator[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The keys in lists of at most `size`."""
    iterator = iter(keys)
    while chunk := list(islice(iterator, size)):
        yield chunk


def by_index(statement: Select[Any], table: Table, index: str) -> Select[Any]:
    """The statement, bound to an index on SQLite: it keeps no statistics, and guesses that any
    index in the order of the answer is better than a short one."""
    return statement.with_hint(table, f"INDEXED BY {index}", "sqlite")


@lru_cache(maxsize=128)
def _upsert_into(table: Table, is_sqlite: bool, columns: tuple[str, ...]) -> Executable:  # noqa: FBT001  a cache key
    insert = sqlite_insert(table) if is_sqlite else postgresql_insert(table)
    keys = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in columns if name not in keys}
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=keys)
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)
