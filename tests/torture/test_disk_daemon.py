"""A daemon whose ledger's disk fills up, or whose ledger somebody else holds: it stays honest, does
nothing at the calendar that it could not record, and goes on by itself."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from calendar_servers import CalendarServer, radicale
from system.running_practice import MONDAY, WEEK, Practice, an_event, running_practice, until
from torture.databases import LONG, a_desk, problems_of
from torture.databases_disk import WANTED, can_mount, small_disk

from syncd.core.errors import LedgerUnwritable

pytestmark = [pytest.mark.slow, pytest.mark.server, pytest.mark.timeout(240)]

WAITS = 10.0
"""Seconds that a command or a daemon waits for the ledger."""
only_long = pytest.mark.skipif(not LONG, reason="takes half a minute of waiting; TORTURE=1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalendarServer]:
    with radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def practice(tmp_path: Path, server: CalendarServer) -> Iterator[Practice]:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    with running_practice(tmp_path, server, url) as running:
        yield running


@pytest.mark.skipif(not can_mount(), reason=WANTED)
def test_a_daemon_on_a_full_disk_says_so_writes_nothing_and_recovers_once_there_is_room(
    tmp_path: Path, server: CalendarServer
) -> None:
    with (
        small_disk(tmp_path / "disk") as disk,
        running_practice(
            tmp_path, server, f"sqlite:///{disk.folder / 'ledger.sqlite3'}"
        ) as practice,
        hearing(practice, tmp_path) as heard,
    ):
        practice.book(2)
        daemon = practice.start()
        until(lambda: practice.is_settled() and len(practice.events()) == 2, "the first rounds")

        daemon.send(signal.SIGSTOP)
        practice.book(1)
        practice.put("team.ics", an_event("team", MONDAY + WEEK))
        with practice.around.ledger.read():  # somebody reads: the log cannot begin anew
            disk.fill()
            daemon.send(signal.SIGCONT)
            heard("STATUS=waiting for the ledger: the disk")
            with pytest.raises(LedgerUnwritable):
                practice.book(1)
            for _ in range(10):
                heard("WATCHDOG=1")  # its loop turns, and finds the disk as full as before
            during = (len(practice.proxy.writes()), len(practice.appointments()))
        practice.booked -= 1
        disk.make_room()
        heard("STATUS=1 calendar fresh")
        until(lambda: practice.is_settled() and len(practice.events()) == 4, "recovery")

        assert during == (2, 3)
        assert len(practice.proxy.writes()) == 3
        assert len(practice.appointments()) == 4
        assert practice.journal_is_sound()
        assert daemon.process.poll() is None


@pytest.mark.parametrize("seconds", [1.5, pytest.param(1.4 * WAITS, marks=only_long)])
def test_a_daemon_outlives_a_ledger_that_another_program_holds(
    practice: Practice, seconds: float
) -> None:
    practice.book(1)
    daemon = practice.start()
    until(lambda: practice.is_settled() and len(practice.events()) == 1, "the first round")

    with held(practice.folder / "ledger.sqlite3"):
        practice.put("team.ics", an_event("team", MONDAY + WEEK))
        wait_for(seconds)
        during = len(practice.proxy.writes())

    until(lambda: len(practice.appointments()) == 2, "the event arrives")
    practice.book(1)
    until(lambda: practice.is_settled() and len(practice.events()) == 3, "recovery")
    assert during == 1
    assert practice.state().failures == 0
    assert daemon.process.poll() is None
    assert ("ledger_away" in daemon.said()) is (seconds > WAITS)


@only_long
@pytest.mark.parametrize("how", ["exclusively", "exclusively, readers too", "in the queue"])
def test_a_booking_gives_up_in_time_while_another_program_holds_the_ledger(
    tmp_path: Path, how: str
) -> None:
    desk = a_desk(tmp_path)
    holders: dict[str, Callable[[Path], object]] = {
        "exclusively": held,
        "exclusively, readers too": held_alone,
        "in the queue": held_queue,
    }
    began = time.monotonic()
    with holders[how](desk.file):  # type: ignore[attr-defined]
        locked = desk.run(*desk.words_to_book(3))
    took = time.monotonic() - began
    again = desk.run(*desk.words_to_book(3))

    assert (locked.code, locked.error, locked.number) == (11, "LOCKED", None)
    assert took < 2.5 * WAITS
    assert again.number is not None
    assert problems_of(desk, [again.number], asked=1) == []


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another program writes, and does not end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def held_alone(file: Path) -> Iterator[None]:
    """Another program has the file for itself: nobody can even read."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("COMMIT")
        yield


@contextmanager
def held_queue(file: Path) -> Iterator[None]:
    """A syncd that was stopped in the middle of a write."""
    queue = os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(queue, fcntl.LOCK_EX)
        yield
    finally:
        os.close(queue)


@contextmanager
def hearing(practice: Practice, folder: Path) -> Iterator[Callable[[str], None]]:
    """What the daemon tells systemd: wait until it says this."""
    address = str(folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.settimeout(30)
        practice.environ |= {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "400000"}

        def heard(words: str) -> None:
            while words not in server.recv(4096).decode():
                pass

        yield heard


def wait_for(seconds: float) -> None:
    """The other program is at work for so long."""
    until_then = time.monotonic() + seconds
    until(lambda: time.monotonic() >= until_then, "time passes", within=seconds + 30)
