"""The daemon as systemd and an admin meet it: signals, notifications, leases, exit codes."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress

import pytest
from system import proxy as faults
from system.running_practice import Daemon, until

pytestmark = [pytest.mark.slow, pytest.mark.server]

BIN = (sys.executable, "-m", "syncd")


@contextmanager
def at_write(practice, count, what):
    """Call `what` while the answer to the `count`-th write is held back; says when it did."""
    struck = []

    def strike(_):
        if len(practice.proxy.writes()) >= count and not struck:
            struck.append(True)
            what()

    practice.proxy.after = strike
    yield lambda: struck
    practice.proxy.after = None


def test_a_stop_ends_the_round_after_what_it_was_writing(practice):
    practice.book(12)
    daemon = practice.start()

    with at_write(practice, 3, lambda: daemon.send(signal.SIGTERM)):
        code = daemon.ended()

    written = len(practice.events())
    assert code == 0, daemon.said()
    assert 3 <= written < 12
    assert practice.dirty() == 12 - written
    assert practice.state().failures == 0
    assert practice.holder() is None
    assert "event=stopped" in daemon.said()


def test_a_second_stop_ends_the_process_at_once(practice):
    daemon = practice.start()
    until(practice.is_settled, "the first round")

    with practice.proxy.spoilt(faults.Fault(hangs=True)):
        seen = len(practice.proxy.log)
        until(lambda: len(practice.proxy.log) > seen, "a request hangs")
        daemon.send(signal.SIGTERM)
        until(lambda: "event=draining" in daemon.said(), "draining")
        assert daemon.process.poll() is None
        daemon.send(signal.SIGTERM)

        assert daemon.ended(5) == 128 + signal.SIGTERM


def test_a_node_that_slept_through_its_lease_writes_nothing_more(practice):
    practice.book(8)
    first = practice.start()

    with at_write(practice, 3, first.freeze) as struck:
        until(struck, "the first node stands still")
    second = practice.start()
    until(lambda: practice.is_settled() and len(practice.events()) == 8, "the second takes over")
    writes = len(practice.proxy.writes())
    first.send(signal.SIGCONT)
    until(lambda: "calendar_elsewhere" in first.said(), "the first notices")

    assert len(practice.proxy.writes()) == writes == 8
    assert "LEASE_LOST" not in (practice.state().error_code or "")
    for each in (first, second):
        each.send(signal.SIGTERM)
        assert each.ended() == 0


def test_two_daemons_on_one_ledger_write_everything_once(practice):
    daemons = [practice.start(), practice.start()]
    until(practice.holder, "one of them has the calendar")

    for _ in range(4):
        practice.book(2)
        until(practice.is_settled, "convergence")
    holder = practice.holder()
    owner = next(each for each in daemons if f":{each.process.pid}:" in holder)
    owner.kill()
    practice.book(2)
    until(lambda: len(practice.events()) == 10, "the other takes over")

    assert len(practice.proxy.writes()) == 10
    assert practice.journal_is_sound()


@pytest.mark.postgresql
def test_two_nodes_on_postgresql_write_everything_once_and_outlive_a_broken_connection(
    shared_practice,
):
    practice, server = shared_practice
    daemons = [practice.start(), practice.start()]
    until(practice.holder, "one of them has the calendar")
    practice.book(3)
    until(lambda: len(practice.events()) == 3, "the bookings are written")

    server.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger%'"
    )
    practice.book(1)
    until(lambda: len(practice.events()) == 4, "they go on")
    holder = practice.holder() or until(practice.holder, "a holder")
    owner = next(each for each in daemons if f":{each.process.pid}:" in holder)
    owner.kill()
    practice.book(1)
    until(lambda: len(practice.events()) == 5, "the other takes over")
    until(practice.is_settled, "convergence")

    assert len(practice.proxy.writes()) == 5
    assert practice.journal_is_sound()


@pytest.fixture
def systemd(tmp_path):
    """A NOTIFY_SOCKET; `heard(word)` waits until a message with the word comes in."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.settimeout(20)

        def heard(word):
            while True:
                message = server.recv(4096).decode()
                if word in message:
                    return message.split("\n")

        yield {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"}, heard, server


def test_systemd_hears_of_everything(practice, systemd):
    environ, heard, _ = systemd
    config = practice.folder / "syncd.toml"
    config.write_text("workers = 2\n")
    practice.environ |= environ | {"SYNCD_CONFIG": str(config)}
    daemon = practice.start()

    assert "READY=1" in heard("READY")
    heard("STATUS=1 calendar fresh")
    heard("WATCHDOG=1")
    config.write_text("workers = 0\n")
    daemon.send(signal.SIGHUP)
    assert heard("RELOADING=1")[1].startswith("MONOTONIC_USEC=")
    assert "reload refused" in heard("READY=1")[1]
    config.write_text("workers = 3\n")
    daemon.send(signal.SIGHUP)
    heard("RELOADING=1")
    assert heard("READY=1")[1] == "STATUS=1 calendar fresh"
    daemon.send(signal.SIGTERM)
    heard("STOPPING=1")

    assert daemon.ended() == 0
    assert "setting_refused" in daemon.said()
    assert "event=reloaded" in daemon.said()


def test_a_process_that_stands_still_feeds_no_watchdog(practice, systemd):
    environ, heard, server = systemd
    practice.environ |= environ
    daemon = practice.start()
    heard("WATCHDOG=1")

    daemon.send(signal.SIGSTOP)
    drain(server)
    server.settimeout(1)

    with pytest.raises(TimeoutError):
        server.recv(4096)


def drain(server):
    """Take what was said until now."""
    server.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            server.recv(4096)


def run_to_the_end(environ):
    """`syncd run` as it is installed."""
    return subprocess.run(
        (*BIN, "run"), env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_newer_ledger_is_left_alone(practice):
    practice.around.ledger.close()
    with closing(sqlite3.connect(practice.folder / "ledger.sqlite3")) as file:
        file.execute("UPDATE syncd_schema SET version_num = '9999'")
        file.commit()

    ended = run_to_the_end(practice.environ)

    assert ended.returncode == 10, ended.stderr
    assert "newer than this release" in ended.stderr


def test_a_damaged_ledger_is_left_alone(practice):
    practice.around.ledger.close()
    for each in practice.folder.glob("ledger.sqlite3*"):
        each.unlink()
    (practice.folder / "ledger.sqlite3").write_bytes(b"not a database" * 400)

    ended = run_to_the_end(practice.environ)

    assert ended.returncode == 10, ended.stderr


def test_a_wrong_setting_is_no_reason_to_try_again(practice):
    ended = run_to_the_end(practice.environ | {"SYNCD_WORKERS": "many"})

    assert ended.returncode == 78
    assert "SYNCD_WORKERS" in ended.stderr


def test_a_reload_reads_the_file_that_was_named(practice, systemd):
    environ, heard, _ = systemd
    config = practice.folder / "elsewhere.toml"
    config.write_text("workers = 2\n")
    log = practice.folder / "run.log"
    with log.open("wb") as output:
        daemon = Daemon(
            subprocess.Popen(
                [*BIN, "--config", str(config), "run"],
                env=practice.environ | environ,
                stderr=output,
            ),
            log,
        )
    practice.daemons.append(daemon)
    heard("READY=1")

    config.write_text("workers = none\n")
    daemon.send(signal.SIGHUP)

    heard("reload refused")
    assert "elsewhere.toml" in daemon.said()


def test_a_daemon_without_a_practice_waits_for_one(practice, tmp_path_factory):
    """The unit may be enabled before practice.toml is written."""
    elsewhere = tmp_path_factory.mktemp("empty")
    practice.environ["SYNCD_DATABASE_URL"] = f"sqlite:///{elsewhere / 'ledger.sqlite3'}"
    daemon = practice.start()

    until((elsewhere / "ledger.sqlite3").exists, "the ledger is made")
    until(lambda: "event=started" in daemon.said(), "it runs")
    daemon.send(signal.SIGINT)

    assert daemon.ended() == 0, daemon.said()
    assert (elsewhere / "ledger.sqlite3").stat().st_mode & 0o777 == 0o600
