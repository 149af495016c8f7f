"""What hangs keeps nobody else waiting, and what systemd is told of it."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from syncd.core.ids import CalendarId
from syncd.daemon.loop import STOP
from syncd.testing.builders import a_calendar

from .conftest import MAIN, SECOND, names


def test_one_calendar_that_hangs_does_not_keep_the_others_waiting(make_house):
    house = make_house(a_calendar(), a_calendar(id=CalendarId("second")))
    node = house.node(workers=1)
    node.slow = True
    node.turn()
    hanging = node.held_back.pop()
    node.slow = False

    node.live(30 * SECOND)

    assert (house.calls(MAIN), house.calls("second")) == (0, 1)
    hanging()
    node.turn()
    assert node.loop.status() == "2 calendars fresh"


@pytest.fixture
def systemd(tmp_path):
    """What systemd hears; `heard()` empties the socket."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(address)
        server.setblocking(False)

        def heard():
            found = []
            while True:
                try:
                    found += server.recv(4096).decode().split("\n")
                except BlockingIOError:
                    return found

        yield {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "8000000"}, heard


def test_the_watchdog_is_fed_by_turns_and_the_status_when_it_changes(house, systemd):
    environ, heard = systemd
    house.environ = environ
    node = house.node()

    node.live(8 * SECOND)
    said = heard()

    assert said.count("WATCHDOG=1") == 4
    assert [each for each in said if each.startswith("STATUS")] == [
        "STATUS=0 of 1 calendar fresh, 1 not read yet",
        "STATUS=1 calendar fresh",
    ]


def test_the_watchdog_starves_once_every_place_is_taken_by_a_stuck_round(make_house, systemd):
    environ, heard = systemd
    house = make_house(*(a_calendar(id=CalendarId(f"c{each}")) for each in range(2)))
    house.environ = environ
    node = house.node(workers=1)
    node.slow = True
    with capture_logs() as logs:
        node.live(25 * SECOND)
        assert "WATCHDOG=1" in heard()
        for _ in range(9 * 6):
            node.live(10 * SECOND)
            assert "WATCHDOG=1" in heard()
        for _ in range(2 * 6):
            node.live(10 * SECOND)
            last = heard()

    assert "WATCHDOG=1" not in last
    assert node.loop.status().endswith("2 stuck")
    assert names(logs).count("round_stuck") == 2


def test_when_nothing_rings_the_alarm_is_wound_up_and_the_loop_goes_on(house, monkeypatch):
    """The alarm clock goes by the wall clock; set back an hour, it would ring in an hour."""
    monkeypatch.setattr("syncd.daemon.loop.PATIENCE", timedelta(milliseconds=1))
    node, wound = house.node(), []

    def rewind():
        wound.append(house.calls())
        if len(wound) == 3:
            node.loop.ring(STOP)

    assert node.loop.serve(rewind) == 0
    assert wound == [0, 1, 1]
