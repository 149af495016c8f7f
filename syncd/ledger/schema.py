"""Which schema a database has, and how it becomes the current one. Forward only.

A migration runs whole or not at all; before one changes an existing SQLite ledger, a copy is made
beside it. Alembic is loaded only when there is something to do.
"""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection, text

from syncd.core.errors import LedgerUnwritable, SchemaMismatch
from syncd.ledger.engine import APPLICATION_ID, Address
from syncd.ledger.triggers import create_triggers, triggers_are_right

HEAD = "0015"
"""The newest revision. A test compares it with the migrations."""
REVISIONS = tuple(f"{number:04}" for number in range(1, int(HEAD) + 1))
"""All revisions, oldest first."""
VERSION_TABLE = "syncd_schema"
MIGRATIONS = Path(__file__).parent / "migrations"


class Standing(Enum):
    """How a database stands to this release."""

    EMPTY = "empty"
    OLDER = "older"
    CURRENT = "current"
    WITHOUT_TRIGGERS = "without triggers"
    NEWER = "newer"
    FOREIGN = "foreign"


def standing_of(connection: Connection) -> Standing:
    """How the connected database stands to this release."""
    tables = _tables(connection)
    if VERSION_TABLE not in tables:
        return Standing.FOREIGN if tables else Standing.EMPTY
    revision = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608  a constant
    if revision is None:
        return Standing.EMPTY
    if revision not in REVISIONS:
        return Standing.NEWER
    if revision != HEAD:
        return Standing.OLDER
    return Standing.CURRENT if triggers_are_right(connection) else Standing.WITHOUT_TRIGGERS


def require_current(standing: Standing, address: Address) -> None:
    """Raise SchemaMismatch, saying what to do, unless the database is what this release expects."""
    if standing is Standing.CURRENT:
        return
    words = {
        Standing.EMPTY: "holds no ledger yet; run `syncd db upgrade` or `syncd practice apply`",
        Standing.OLDER: "is older than this release; run `syncd db upgrade`",
        Standing.WITHOUT_TRIGGERS: "lacks what refuses double bookings; run `syncd db upgrade`",
        Standing.NEWER: "is newer than this release; install the release that it was used with",
        Standing.FOREIGN: "is not a syncd ledger; name another one",
    }
    raise SchemaMismatch(f"the database {address} {words[standing]}")


def migrate(connection: Connection, address: Address) -> None:
    """Bring the database to the current schema, inside the caller's writing transaction. Raises
    SchemaMismatch for a newer or foreign one."""
    standing = standing_of(connection)
    if standing in (Standing.NEWER, Standing.FOREIGN):
        require_current(standing, address)
    if standing in (Standing.EMPTY, Standing.OLDER):
        _upgrade(connection)
    create_triggers(connection)


def back_up(connection: Connection, target: Path) -> None:
    """Write a whole copy of a SQLite ledger, of this moment, in place of what is at `target`."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(0o600)
        connection.execute(text("VACUUM INTO :target"), {"target": str(partial)})
        with partial.open("rb") as copy:
            os.fsync(copy.fileno())
        partial.replace(target)
    except OSError as exc:
        raise LedgerUnwritable(f"cannot write {target}: {exc.strerror}") from exc
    finally:
        partial.unlink(missing_ok=True)


def mark_file(connection: Connection) -> None:
    """What is set once, when a SQLite ledger is made: the write-ahead log, and whose file it is."""
    connection.exec_driver_sql("PRAGMA journal_mode = WAL")
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415  slow to load, seldom needed
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _tables(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        statement = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        statement = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    return {row[0] for row in connection.execute(text(statement))}
