"""One Radicale for the session, one running practice for each test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from calendar_servers import PASSWORD_VARIABLE, CalendarServer, radicale
from system.proxy import proxy_to
from system.running_practice import Practice

from syncd.wiring import furnish
from syncd_config import Settings


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    folder: Path = tmp_path_factory.mktemp("radicale")
    with radicale(folder) as server:
        yield server


@pytest.fixture
def practice(tmp_path: Path, radicale_server: CalendarServer) -> Iterator[Practice]:
    """One practitioner with one calendar; no daemon yet. Whatever was started is killed."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {
        PASSWORD_VARIABLE: radicale_server.password,
        "STATE_DIRECTORY": str(tmp_path),
        "PYTHONWARNINGS": "error",
    }
    settings = Settings(
        state_directory=tmp_path, database_url=f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    )
    around = furnish(settings, environ)
    around.ledger.migrate()
    with proxy_to(radicale_server.origin) as proxy:
        practice = Practice(
            folder=tmp_path,
            server=radicale_server,
            proxy=proxy,
            url=radicale_server.new_calendar(),
            environ=environ,
            around=around,
        )
        practice.apply(practice.calendar(practice.url))
        yield practice
        for daemon in practice.daemons:
            if daemon.process.poll() is None:
                daemon.send(signal.SIGCONT)
            daemon.kill()
    around.ledger.close()
