"""What systemd hears, on real datagram sockets. sd_notify(3)."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta

import pytest

from syncd.daemon import notify
from syncd.daemon.notify import Notifier, watchdog_period
from syncd.testing import FrozenClock


@pytest.fixture(params=["path", "abstract"])
def listener(request, tmp_path):
    """A socket like systemd's, and the NOTIFY_SOCKET that names it."""
    name = str(tmp_path / "notify") if request.param == "path" else f"@syncd-{uuid.uuid4().hex}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind("\0" + name[1:] if name.startswith("@") else name)
        server.settimeout(5)
        yield server, name


def test_each_message_is_one_datagram_of_assignments(listener):
    server, name = listener
    clock = FrozenClock()
    clock.advance(timedelta(seconds=1.5))
    notifier = Notifier({"NOTIFY_SOCKET": name}, clock)

    notifier.ready("started")
    notifier.status("1 calendar fresh\nREADY=1")
    notifier.alive()
    notifier.reloading()
    notifier.stopping("bye")
    notifier.close()

    assert [server.recv(4096).decode() for _ in range(5)] == [
        "READY=1\nSTATUS=started",
        "STATUS=1 calendar fresh READY=1",
        "WATCHDOG=1",
        "RELOADING=1\nMONOTONIC_USEC=1500000",
        "STOPPING=1\nSTATUS=bye",
    ]


@pytest.mark.parametrize("address", ["", "relative/path", "vsock:2:1", "/nobody/listens/here"])
def test_without_a_listener_nothing_happens(address):
    notifier = Notifier({"NOTIFY_SOCKET": address} if address else {}, FrozenClock())

    notifier.ready("started")
    notifier.close()


def test_a_listener_that_does_not_read_stops_nobody(listener, monkeypatch):
    _, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name}, FrozenClock())
    notifier.alive()
    notifier._socket.settimeout(0.001)

    for _ in range(300):
        notifier.status("x" * 1000)
    notifier.close()


def test_a_long_start_asks_for_more_time(listener, monkeypatch):
    server, name = listener
    monkeypatch.setattr(notify, "EXTEND_EVERY", timedelta(milliseconds=1))
    notifier = Notifier({"NOTIFY_SOCKET": name}, FrozenClock())

    with notifier.patience():
        heard = server.recv(4096).decode()
    notifier.close()

    assert heard == "EXTEND_TIMEOUT_USEC=60000000"


@pytest.mark.parametrize(
    ("environ", "period"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "120000000"}, timedelta(seconds=120)),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid())}, timedelta(seconds=120)),
        ({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_watchdog_counts_only_if_it_means_this_process(environ, period):
    assert watchdog_period(environ) == period
