"""What goes wrong in a database, as errors of the core. No other module looks at such exceptions,
and none of them leaves the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolExhausted

from syncd.core.errors import (
    Broken,
    Invalid,
    LedgerAway,
    LedgerDamaged,
    LedgerUnwritable,
    Locked,
    SchemaMismatch,
    SlotTaken,
    SyncdError,
)
from syncd.ledger.engine import sqlite_module
from syncd.ledger.triggers import MARK

_RETRYABLE = frozenset({"40001", "40P01"})
"""PostgreSQL: serialization failure, deadlock. The transaction is rolled back and may be redone."""

_STATES: tuple[tuple[str, type[SyncdError], str], ...] = (
    ("40", Locked, "others were at the same rows too many times; try again"),
    ("55P03", Locked, "another node has held the ledger for too long; try again"),
    ("25006", LedgerUnwritable, "the database is read-only; is it the standby?"),
    ("53100", LedgerUnwritable, "the disk of the database server is full; make room"),
    ("42501", LedgerUnwritable, "the database's user may not do this; grant it the right"),
    ("XX001", LedgerDamaged, "the database server finds its data damaged; restore a backup"),
    ("XX002", LedgerDamaged, "the database server finds an index damaged; have it rebuilt"),
    ("57014", LedgerAway, "the database server gave up a statement that took too long"),
    ("25P03", LedgerAway, "the database server ended a session that stood still"),
    ("08", LedgerAway, "the database server broke off"),
    ("53", LedgerAway, "the database server has no room for us now"),
    ("57", LedgerAway, "the database server is shutting down, or ended our session"),
)
"""What PostgreSQL's states mean, by how they begin."""
_WORDS: tuple[tuple[str, type[SyncdError], str], ...] = (
    (
        "is locked",
        Locked,
        "another process has held the ledger for too long; see which one, and try again",
    ),
    ("lock timeout", Locked, "another node has held the ledger for too long; try again"),
    (
        "readonly database",
        LedgerUnwritable,
        "the ledger's file or folder is read-only; give syncd the right to write both",
    ),
    (
        "unable to open database",
        LedgerUnwritable,
        "the ledger's file cannot be opened; see that its folder exists and syncd may write it",
    ),
    ("is full", LedgerUnwritable, "the disk that holds the ledger is full; make room"),
    ("disk i/o error", LedgerUnwritable, "the disk that holds the ledger fails"),
    (
        "not a database",
        LedgerDamaged,
        "the ledger's file is no database (any more); restore a backup",
    ),
    (
        "malformed",  # SQLite's word for a read that failed, too
        LedgerDamaged,
        "the ledger's file is damaged or cannot be read; look at the disk, or restore a backup",
    ),
    ("file is encrypted", LedgerDamaged, "the ledger's file is no database; restore a backup"),
    ("no such table", SchemaMismatch, "the database has no ledger yet; run `syncd db upgrade`"),
    ("undefined_table", SchemaMismatch, "the database has no ledger yet; run `syncd db upgrade`"),
    ("no such column", SchemaMismatch, "the ledger is of another release; run `syncd db upgrade`"),
)


FATAL = (LedgerAway, LedgerUnwritable, LedgerDamaged)
"""Errors after which a transaction cannot go on: the database may have undone all of it."""
_DRIVER_ERRORS = sqlite_module().Error


@contextmanager
def translated() -> Iterator[None]:
    """Let nothing of the database through but errors of the core."""
    try:
        yield
    except (SQLAlchemyError, _DRIVER_ERRORS) as exc:
        if isinstance(exc, StatementError) and isinstance(exc.orig, ValueError):
            raise exc.orig from exc  # a value that a column type refused: the caller's mistake
        raise meaning_of(exc) from exc
    except UnicodeEncodeError as exc:
        raise Invalid("a text cannot be stored as it is: it holds half a character") from exc


def meaning_of(exc: Exception) -> SyncdError:
    """The error of the core that says what `exc` means, and what to do."""
    words = str(exc.orig if isinstance(exc, DBAPIError) else exc)
    if MARK in words:
        resource = words.partition(MARK)[2].split(maxsplit=1)[0]
        return SlotTaken(
            f"the {resource} has an appointment then; ask for slots again", resource=resource
        )
    if isinstance(exc, PendingRollbackError) or getattr(exc, "connection_invalidated", False):
        return LedgerAway("the database server broke off; nothing was stored")
    for mark, kind, message in _WORDS:
        if mark in words.lower():
            return kind(message)
    for beginning, kind, message in _STATES:
        if _state_of(exc).startswith(beginning):
            return kind(f"{message} ({_first_line(words)})")
    return _by_kind(exc, _first_line(words))


def may_be_redone(exc: BaseException) -> bool:
    """Whether the database rolled back for reasons of order between transactions only."""
    return _state_of(exc.__cause__ if isinstance(exc, SyncdError) else exc) in _RETRYABLE


def _state_of(exc: BaseException | None) -> str:
    """PostgreSQL's code for what went wrong; empty where there is none."""
    return getattr(exc.orig, "sqlstate", None) or "" if isinstance(exc, DBAPIError) else ""


def _by_kind(exc: Exception, words: str) -> SyncdError:
    if isinstance(exc, DataError):
        return Invalid("a text cannot be stored as it is: it holds a NUL or half a character")
    if isinstance(exc, IntegrityError):
        return Broken(f"the ledger refused a row that contradicts another: {words}")
    if isinstance(exc, OperationalError) and not _state_of(exc):
        return LedgerAway(f"the database server cannot be reached: {words}")
    if isinstance(exc, PoolExhausted):
        return Locked("too many are at the ledger at once; try again")
    return Broken(f"the ledger failed: {type(exc).__name__}: {words}")


def _first_line(words: str) -> str:
    return words.strip().splitlines()[0] if words.strip() else "no reason given"
