"""Databases that are damaged, locked, read-only, elsewhere or none: clear words, nothing half done."""

from __future__ import annotations

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_stores import SOON, Store, book, view, with_a_practice

from syncd.core.errors import (
    Invalid,
    LedgerAway,
    LedgerDamaged,
    LedgerUnwritable,
    Locked,
    Unsupported,
)
from syncd.ledger import Ledger, engine, open_ledger
from syncd.testing.builders import NINE
from syncd.testing.clock import FrozenClock, SeededRandomness

NOBODY = 65534


def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    path.write_bytes(b"Dear diary, " * 1000)
    store = Store("sqlite", f"sqlite:///{path}", path)

    for attempt in (store.open().require_current, store.open().migrate):
        with pytest.raises(LedgerDamaged, match="restore a backup"):
            attempt()
    store.close()
    assert path.read_bytes().startswith(b"Dear diary")


def test_a_file_with_a_damaged_middle_is_damaged(sqlite_store: Store) -> None:
    with sqlite_store.open() as ledger:
        for hour in range(30):
            book(ledger, start=NINE.replace(hour=hour % 24, month=4 + hour // 24))
    assert sqlite_store.path is not None
    whole = sqlite_store.path.read_bytes()
    sqlite_store.path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))

    with pytest.raises(LedgerDamaged):
        view(sqlite_store.open(), lambda seen: seen.appointments())


def test_a_database_that_another_program_locks_is_locked(sqlite_store: Store) -> None:
    ledger = sqlite_store.open(wait=SOON)
    ledger.require_current()
    other = engine.sqlite_module().connect(str(sqlite_store.path), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(Locked):
            book(ledger)
        with pytest.raises(Locked):
            sqlite_store.open(inline=True).write(lambda tx: tx.appointments())
    finally:
        other.close()

    assert book(ledger).number.endswith("-0001")


@pytest.fixture
def unprivileged_folder() -> Iterator[Path]:
    """A folder, and a process that may not do everything everywhere: not root."""
    with tempfile.TemporaryDirectory(prefix="syncd-ro-") as name:
        folder = Path(name)
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(folder, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o700)


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_ledger_that_may_not_be_written_says_so(unprivileged_folder: Path, closed: str) -> None:
    path = unprivileged_folder / "ledger.sqlite3"
    store = Store("sqlite", f"sqlite:///{path}", path)
    with store.open() as ledger:
        with_a_practice(ledger)
    path.chmod(0o400)
    if closed == "folder":
        path.with_name("ledger.sqlite3.lock").unlink()
        unprivileged_folder.chmod(0o500)

    with pytest.raises(LedgerUnwritable):
        book(store.open())
    store.close()


def test_a_ledger_that_may_not_be_created_says_so(unprivileged_folder: Path) -> None:
    unprivileged_folder.chmod(0o500)
    path = unprivileged_folder / "ledger.sqlite3"

    with pytest.raises(LedgerUnwritable, match="cannot create"):
        Store("sqlite", f"sqlite:///{path}", path).open().migrate()


def test_a_ledger_opened_for_reading_writes_nothing(store: Store) -> None:
    ledger = store.open(read_only=True)

    assert view(ledger, lambda seen: seen.practice()) is not None
    with pytest.raises(LedgerUnwritable, match="for reading"):
        book(ledger)


def test_a_new_ledger_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "folder" / "ledger.sqlite3"
    store = Store("sqlite", f"sqlite:///{path}", path)
    with_a_practice(store.open())

    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    store.close()

    assert set(modes.values()) == {0o600}, modes


def test_a_backup_is_a_ledger_and_never_replaces_a_file(sqlite_store: Store) -> None:
    assert sqlite_store.path is not None
    ledger = sqlite_store.open()
    booked = book(ledger)
    target = sqlite_store.path.with_name("copy")

    ledger.back_up(target)

    with pytest.raises(LedgerUnwritable, match="exists already"):
        ledger.back_up(target)
    copy = Store("sqlite", f"sqlite:///{target}", target)
    assert view(copy.open(), lambda seen: seen.appointment(booked.id)) == booked
    copy.close()


def test_a_postgresql_ledger_is_not_copied_to_a_file(
    postgresql_store: Store, tmp_path: Path
) -> None:
    with pytest.raises(Unsupported, match="pg_dump"):
        postgresql_store.open().back_up(tmp_path / "copy")


@pytest.mark.parametrize(
    "url", ["", "ledger.db", "mysql://host/db", "sqlite://", "sqlite:///:memory:", "::"]
)
def test_an_address_that_is_none_of_ours_says_what_is(url: str) -> None:
    with pytest.raises(Invalid, match=r"sqlite:////path/to/file"):
        open_ledger(url, clock=FrozenClock(), randomness=SeededRandomness())


def test_a_server_that_is_not_there_is_away_and_its_password_is_not_told(tmp_path: Path) -> None:
    url = f"postgresql://syncd:hunter2@/none?host={tmp_path}"
    ledger = open_ledger(url, clock=FrozenClock(), randomness=SeededRandomness())

    with pytest.raises(LedgerAway) as away:
        ledger.migrate()

    assert "hunter2" not in str(away.value)
    assert "hunter2" not in str(ledger.address)


def test_the_standard_librarys_sqlite_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where pysqlite3 has no wheel."""
    monkeypatch.setattr(engine, "sqlite_module", lambda: sqlite3)
    path = tmp_path / "ledger.sqlite3"
    with Store("sqlite", f"sqlite:///{path}", path).open() as ledger:
        with_a_practice(ledger)
        book(ledger)
        with pytest.raises(Exception, match="practitioner"):
            book(ledger)


def test_sqlite_syncs_each_commit_to_the_disk(sqlite_store: Store) -> None:
    """synchronous=NORMAL loses acknowledged commits at a power cut."""
    ledger: Ledger = sqlite_store.open()

    def pragma(name: str) -> object:
        return ledger.write(
            lambda tx: tx.scope.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        )

    assert (pragma("synchronous"), pragma("journal_mode"), pragma("foreign_keys")) == (2, "wal", 1)
    assert pragma("mmap_size") in (0, None)


def test_postgresql_without_its_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda _: None)

    with pytest.raises(Invalid, match=r"syncd\[postgresql\]"):
        open_ledger("postgresql://localhost/x", clock=FrozenClock(), randomness=SeededRandomness())
