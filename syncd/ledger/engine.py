"""Connections to the database: how they are opened, and how a transaction begins on each of them.

Connections are in driver autocommit: transactions begin and end by statements of ours, so that
SQLite's begin IMMEDIATE, its readers see one snapshot, and its migrations can be rolled back.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache, partial
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, FromClause, create_engine, event, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from syncd.core.errors import Invalid, LedgerUnwritable

APPLICATION_ID = 0x53594E43
"""PRAGMA application_id of our files: "SYNC"."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the ledger is. `path` is None unless it is SQLite's file."""

    url: URL
    path: Path | None

    @property
    def is_sqlite(self) -> bool:
        return self.path is not None

    def __str__(self) -> str:
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)


def parse_address(text: str) -> Address:
    """The database that `text` names; `Invalid` with what is accepted for any other."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # What cannot be read may be a password whose host was forgotten: none of it is repeated.
        raise Invalid(_ACCEPTED) from None
    if url.drivername == "sqlite":
        if not url.database or url.database == ":memory:":
            raise Invalid("a ledger in memory would be lost; name a file: sqlite:////path/to/file")
        return Address(url, Path(url.database))
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return Address(url.set(drivername="postgresql+psycopg"), None)
    raise Invalid(_ACCEPTED)


_ACCEPTED = "the database must be sqlite:////path/to/file or postgresql://user@host/name"


@lru_cache(maxsize=8)
def inline_engine(address: Address, *, writes: bool) -> Engine:
    """An engine that never waits, the same one for every SQLite ledger that is opened at this
    address on one thread: what a statement compiles to is then found out once, not once a simulated
    process."""
    return open_engine(address, wait=timedelta(0), writes=writes, most=64)


def open_engine(
    address: Address, *, wait: timedelta, writes: bool, most: int | None = None
) -> Engine:
    """An engine that connects when first used. `wait` bounds the wait for locks of others and for a
    free connection, `most` the number of connections."""
    kept = 1 if writes else 8
    more = (most or (2 if writes else 40)) - kept
    if address.is_sqlite:
        engine = create_engine(
            "sqlite://",
            creator=partial(_connect_file, address.path, wait),
            module=sqlite_module(),
            poolclass=QueuePool,
            isolation_level="AUTOCOMMIT",
            pool_size=kept,
            max_overflow=more,
            pool_timeout=wait.total_seconds(),
        )
        engine.dialect.statement_compiler = _Hinting
        event.listen(engine, "connect", _prepare_writer if writes else _prepare_reader)
        return engine
    if find_spec("psycopg") is None:
        raise Invalid("a PostgreSQL ledger needs its driver; install syncd[postgresql]")
    milliseconds = max(1, int(wait.total_seconds() * 1000))
    return create_engine(
        address.url,
        isolation_level="AUTOCOMMIT",
        pool_size=kept,
        max_overflow=more,
        pool_timeout=wait.total_seconds(),
        pool_pre_ping=True,
        connect_args={
            "application_name": "syncd",
            "connect_timeout": 10,
            "options": f"-c timezone=UTC -c lock_timeout={milliseconds}"
            " -c idle_in_transaction_session_timeout=60000",
        },
    )


def sqlite_module() -> ModuleType:
    """The SQLite library: pysqlite3's where its wheel is, since it is newer than most systems'
    (3.7.0 to 3.51.2 can corrupt a WAL with two connections), else the standard one."""
    try:
        import pysqlite3.dbapi2 as module  # noqa: PLC0415  wheels exist for Linux x86-64 only
    except ImportError:
        import sqlite3 as module  # noqa: PLC0415
    return module  # type: ignore[no-any-return, unused-ignore]  # pysqlite3 has no types


def create_file(path: Path) -> None:
    """Make an empty file that only its owner may read. Does nothing where there is one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as exc:
        raise LedgerUnwritable(f"cannot create the ledger {path}: {exc.strerror}") from exc


def is_there(path: Path) -> bool:
    """Whether there is a file. Raises LedgerUnwritable where we may not even look."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as exc:
        raise LedgerUnwritable(
            f"cannot look at {path}: {(exc.strerror or 'no reason given').lower()}; "
            "run syncd as the user whose ledger it is"
        ) from exc
    return True


def command(connection: Connection, words: str) -> None:
    """Run a command without values or answer. Lets errors of the driver through."""
    if connection.dialect.name == "sqlite":
        # Past SQLAlchemy: in a file of our own such a command takes 2 µs, not 30.
        connection.connection.cursor().execute(words)
    else:
        connection.exec_driver_sql(words)


def begin_reading(connection: Connection) -> None:
    """Begin a transaction that sees one moment and changes nothing."""
    is_sqlite = connection.dialect.name == "sqlite"
    command(connection, "BEGIN" if is_sqlite else _BEGIN_SNAPSHOT)


_BEGIN_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def begin_writing(connection: Connection, turn: str = "") -> None:
    """Begin a transaction that will write, once it is its turn: on SQLite among all writers of the
    file, on PostgreSQL among those of the practice `turn`.

    Every booking ends in the same two rows, the day's counter and the journal's head. Whoever waits
    for rows may deadlock, and rows under contention slow everybody down; a turn is fair and cheap.
    """
    if connection.dialect.name == "sqlite":
        command(connection, "BEGIN IMMEDIATE")
        return
    key = int.from_bytes(sha256(f"syncd/{turn}".encode()).digest()[:8], signed=True)
    connection.exec_driver_sql(f"BEGIN; SELECT pg_advisory_xact_lock({key})")


class _Hinting(SQLiteCompiler):
    """SQLAlchemy's words for SQLite, and INDEXED BY where a query asks for it."""

    def get_from_hint_text(self, table: FromClause, text: str | None) -> str | None:  # noqa: ARG002  SQLAlchemy's
        return text


def _connect_file(path: Path | None, wait: timedelta) -> Any:
    # mode=rw: looking for a ledger must not leave an empty file behind.
    return sqlite_module().connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=wait.total_seconds(),
        check_same_thread=False,
    )


def _prepare_reader(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA query_only = ON")


def _prepare_writer(connection: Any, _record: object) -> None:
    # FULL: a power cut loses no acknowledged commit. NORMAL did.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
