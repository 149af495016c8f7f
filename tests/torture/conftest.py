"""Long forms under TORTURE=1, samples otherwise; a seed that repeats a run; tables at the end."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from calendar_servers import CalendarServer, radicale, xandikos
from faulty_http import Reply, ScriptedServer, scripted
from system.running_practice import Practice, running_practice
from torture.diary import Diary
from torture.shown import Desk
from torture.table import TABLE

THOROUGH = os.environ.get("TORTURE") == "1"
SERVERS = ["radicale", "xandikos"]


ELSEWHERE = pytest.mark.skipif(not THOROUGH, reason="tests/system has a short form; TORTURE=1")


@pytest.fixture(scope="session")
def thorough() -> bool:
    """Whether to enumerate everything, as `make torture` does."""
    return THOROUGH


@pytest.fixture
def chance() -> random.Random:
    """SYNCD_TEST_SEED repeats a run."""
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")
    return random.Random(seed)


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(scope="session")
def xandikos_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as server:
        yield server


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> CalendarServer:
    """Each real server in turn."""
    found: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(params=SERVERS if THOROUGH else SERVERS[1:])
def practice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Practice]:
    """For whole daemons, on SQLite. The samples use the server that tests/system does not."""
    server = request.getfixturevalue(f"{request.param}_server")
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with running_practice(tmp_path, server, url) as practice:
        yield practice


@pytest.fixture
def diary(practice: Practice) -> Iterator[Diary]:
    desk = Desk(practice.server, urlsplit(practice.url).path)
    yield Diary(practice.around, desk)
    desk.close()


@pytest.fixture
def elsewhere() -> Iterator[ScriptedServer]:
    """Another origin, to which nobody may be lured."""
    with scripted(lambda _: Reply(body=b"credentials, please")) as trap:
        yield trap


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the tables that tests made, also those of other workers."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == TABLE and getattr(report, "when", "") == "call":
                    terminalreporter.write_line(f"\n{value}")
