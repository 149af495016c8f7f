"""The schema: what the migrations make is what the tables say, and nothing else is worked with."""

from __future__ import annotations

import re
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_stores import Store, book, view, with_a_practice
from sqlalchemy import Connection, text
from sqlalchemy.schema import DropTable

from syncd.core.errors import (
    SchemaMismatch,
)
from syncd.ledger import Standing, schema
from syncd.ledger.tables import metadata


def test_the_migrations_make_what_the_tables_say(empty_store: Store) -> None:
    ledger = empty_store.open()
    ledger.migrate()

    with ledger._reading.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "version_table": schema.VERSION_TABLE},
        )
        assert compare_metadata(context, metadata) == []


def test_the_migrations_make_the_very_same_indexes_and_checks(empty_store: Store) -> None:
    """What Alembic does not compare: conditions of indexes, checks, tables without row ids."""
    ledger = empty_store.open()
    ledger.migrate()
    with ledger._writing.connect() as connection:
        migrated = described(connection)
        for table in reversed(metadata.sorted_tables):
            connection.execute(DropTable(table))
        metadata.create_all(connection)
        made_directly = described(connection)

    assert migrated == made_directly


_LINES = re.compile(r"\n|, (?=\w+ [A-Z]+(?: DEFAULT '[^']+' NOT NULL)?(?:, | *$))", re.MULTILINE)


def described(connection: Connection) -> dict[str, list[str]]:
    """Every index and constraint in the database's own words; on SQLite the tables too."""
    if connection.dialect.name == "sqlite":
        statement = (
            "SELECT name, sql FROM sqlite_master WHERE type <> 'trigger' AND sql IS NOT NULL"
        )
    else:
        statement = (
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL"
            " SELECT conrelid::regclass || conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE connamespace = 'public'::regnamespace"
        )
    rows = connection.execute(text(statement))
    # The order of constraints inside a table does not matter, nor that SQLite writes a column that
    # was added later on the line of the one before it.
    return {
        row[0]: sorted(line.strip(" \t,") for line in _LINES.split(row[1]))
        for row in rows
        if not row[0].startswith(schema.VERSION_TABLE) and schema.VERSION_TABLE not in row[0]
    }


def test_the_newest_revision_is_the_one_that_the_release_names() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]

    assert tuple(reversed(revisions)) == schema.REVISIONS
    assert schema.REVISIONS[-1] == schema.HEAD


def test_opening_creates_nothing(empty_store: Store) -> None:
    ledger = empty_store.open()

    assert ledger.standing() is Standing.EMPTY
    with pytest.raises(SchemaMismatch, match="holds no ledger yet"):
        book(ledger)
    assert empty_store.path is None or list(empty_store.path.parent.iterdir()) == []


def test_migrating_is_idempotent(empty_store: Store) -> None:
    ledger = empty_store.open()
    ledger.migrate()
    with_a_practice(ledger)
    book(ledger)

    assert empty_store.open().migrate() is None
    assert len(view(ledger, lambda seen: seen.appointments())) == 1


def test_two_processes_may_migrate_at_once(empty_store: Store) -> None:
    program = (
        "import sys; from syncd.ledger import open_ledger;"
        "from syncd.testing.clock import FrozenClock, SeededRandomness;"
        "open_ledger(sys.argv[1], clock=FrozenClock(), randomness=SeededRandomness()).migrate()"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, empty_store.url]) for _ in range(2)]

    assert [each.wait(60) for each in both] == [0, 0]
    assert empty_store.open().standing() is Standing.CURRENT


def test_a_newer_ledger_is_refused_and_left_alone(empty_store: Store) -> None:
    with empty_store.open() as ledger:
        ledger.migrate()
    empty_store.sql(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    ledger = empty_store.open()

    for attempt in (ledger.migrate, ledger.require_current, lambda: book(ledger)):
        with pytest.raises(SchemaMismatch, match="newer than this release"):
            attempt()


def test_a_foreign_database_is_refused_and_left_alone(empty_store: Store) -> None:
    if empty_store.path is not None:
        sqlite3.connect(empty_store.path).close()
    empty_store.sql("CREATE TABLE invoices (id integer)")
    ledger = empty_store.open()

    for attempt in (ledger.migrate, ledger.require_current):
        with pytest.raises(SchemaMismatch, match="not a syncd ledger"):
            attempt()


@pytest.fixture
def older(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Call it to let a release come out that has one more migration."""

    def release() -> None:
        scripts = Path(shutil.copytree(schema.MIGRATIONS, tmp_path / "migrations"))
        (scripts / "versions" / "9000_next.py").write_text(
            f"from alembic import op\nrevision = '9000'\ndown_revision = '{schema.HEAD}'\n"
            "def upgrade():\n    op.execute('CREATE TABLE next (id integer)')\n"
        )
        monkeypatch.setattr(schema, "MIGRATIONS", scripts)
        monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, "9000"))
        monkeypatch.setattr(schema, "HEAD", "9000")

    return release


def test_an_older_ledger_is_refused_until_it_is_upgraded(
    empty_store: Store, older: Callable[[], None]
) -> None:
    with empty_store.open() as ledger:
        with_a_practice(ledger)
        booked = book(ledger)
    older()
    ledger = empty_store.open()

    with pytest.raises(SchemaMismatch, match=r"older than this release; run `syncd db upgrade`"):
        book(ledger)
    copy = ledger.migrate()

    assert view(ledger, lambda seen: seen.appointment(booked.id)) == booked
    assert ledger.standing() is Standing.CURRENT
    if empty_store.path is None:
        assert copy is None
    else:
        assert copy == empty_store.path.with_name("ledger.sqlite3.before-9000")


def test_a_ledger_of_every_earlier_release_becomes_the_same_as_a_new_one(
    empty_store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = Path(shutil.copytree(schema.MIGRATIONS, tmp_path / "first"))
    for script in (first / "versions").glob("0*.py"):
        if not script.name.startswith("0001_"):
            script.unlink()
    with monkeypatch.context() as earlier:
        earlier.setattr(schema, "MIGRATIONS", first)
        earlier.setattr(schema, "HEAD", "0001")
        # Those of today watch columns that there were not.
        earlier.setattr(schema, "create_triggers", lambda _: None)
        empty_store.open().migrate()
    assert empty_store.open().standing() is Standing.OLDER

    ledger = empty_store.open()
    ledger.migrate()

    with ledger._reading.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "version_table": schema.VERSION_TABLE}
        )
        assert compare_metadata(context, metadata) == []
    with_a_practice(ledger)
    assert book(ledger).number.endswith("-0001")


def test_the_copy_made_before_an_upgrade_is_the_whole_ledger_for_its_owner_alone(
    sqlite_store: Store, older: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite_store.open() as ledger:
        booked = book(ledger)
    older()
    copy = sqlite_store.open().migrate()
    monkeypatch.undo()

    assert copy is not None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    before = Store("sqlite", f"sqlite:///{copy}", copy).open()
    assert view(before, lambda seen: seen.appointment(booked.id)) == booked
    before.close()


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(
    empty_store: Store, older: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with empty_store.open() as ledger:
        with_a_practice(ledger)
    older()
    script = schema.MIGRATIONS / "versions" / "9000_next.py"
    script.write_text(script.read_text() + "    raise RuntimeError('half done')\n")

    with pytest.raises(RuntimeError):
        empty_store.open().migrate()

    monkeypatch.undo()
    assert empty_store.open().standing() is Standing.CURRENT
    assert book(empty_store.open()).number.endswith("-0001")


@pytest.mark.parametrize("how", ["missing", "changed"])
def test_a_ledger_without_its_triggers_is_refused_until_they_are_made_anew(
    empty_store: Store, how: str
) -> None:
    """Alembic's batch mode drops SQLite's triggers without a word."""
    with empty_store.open() as ledger:
        with_a_practice(ledger)
    if empty_store.kind == "sqlite":
        name = "appointments_refuse_overlap_insert"
        empty_store.sql(f"DROP TRIGGER {name}")
        if how == "changed":
            empty_store.sql(
                f"CREATE TRIGGER {name} BEFORE INSERT ON appointments BEGIN SELECT 1; END"
            )
    elif how == "missing":
        empty_store.sql("DROP TRIGGER appointments_refuse_overlap ON appointments")
    else:
        empty_store.sql("ALTER TABLE appointments DISABLE TRIGGER appointments_refuse_overlap")
    ledger = empty_store.open()

    with pytest.raises(SchemaMismatch, match="lacks what refuses double bookings"):
        book(ledger)
    ledger.migrate()
    book(ledger)
    with pytest.raises(Exception, match="has an appointment then"):
        book(ledger)
