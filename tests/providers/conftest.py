"""One Radicale and one Xandikos for each test session, a fresh calendar for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from calendar_servers import PASSWORD_VARIABLE, CalendarServer, radicale, xandikos


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    folder: Path = tmp_path_factory.mktemp("radicale")
    with radicale(folder) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    folder: Path = tmp_path_factory.mktemp("xandikos")
    with xandikos(folder) as server:
        yield server


@pytest.fixture(params=["radicale", "xandikos"])
def calendar_server(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> CalendarServer:
    """Each real server in turn; its password stands in the variable that `settings` names."""
    server: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    monkeypatch.setenv(PASSWORD_VARIABLE, server.password)
    return server
