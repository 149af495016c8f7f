"""The alarm clock rings, and can be wound up again after its wall clock was set."""

from __future__ import annotations

from datetime import timedelta
from queue import SimpleQueue

from syncd.daemon.alarm import Alarm


def test_every_alarm_rings_with_its_name_until_stopped():
    rung = SimpleQueue()
    alarm = Alarm(rung.put, look=timedelta(milliseconds=10), upkeep=timedelta(milliseconds=15))

    alarm.wind()
    heard = {rung.get(timeout=5) for _ in range(12)}
    alarm.stop()
    while not rung.empty():
        rung.get()

    assert heard == {"look", "upkeep"}
    assert rung.empty()


def test_winding_up_again_replaces_what_was_there():
    """After the wall clock was set back an hour, the old alarms would ring in an hour."""
    rung = SimpleQueue()
    alarm = Alarm(rung.put, look=timedelta(hours=1))
    alarm.wind()
    alarm._every = {"look": timedelta(milliseconds=5)}

    alarm.wind()

    assert rung.get(timeout=5) == "look"
    alarm.stop()
    alarm.stop()
