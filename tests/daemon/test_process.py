"""From the settings to the loop: a ledger that is not there yet, a reload that is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

import syncd.daemon
from syncd.core.errors import (
    Invalid,
    LedgerAway,
    LedgerDamaged,
    LedgerUnwritable,
    Locked,
    SchemaMismatch,
)
from syncd.core.ids import CalendarId
from syncd.daemon import process
from syncd.daemon.loop import DAMAGED
from syncd.daemon.notify import Notifier
from syncd.daemon.process import FAILED, LOCKED, Reload, open_up
from syncd.testing import FrozenClock

MAIN = CalendarId("patel-main")


@pytest.fixture
def opened(make_house, monkeypatch):
    """`opened(error, …)`: the exit code, when opening the ledger fails in these ways one after the
    other, the last for ever; and how often it was tried."""
    house = make_house(furnished=False)
    tries = []

    def attempt(*errors):
        def migrate():
            tries.append(1)
            error = errors[min(len(tries), len(errors)) - 1]
            if error is not None:
                raise error

        def pause(_notifier, _exc):
            house.clock.advance(process.OPEN_AGAIN)

        monkeypatch.setattr(house.desk.ledger, "migrate", migrate)
        monkeypatch.setattr(process, "_pause", pause)
        return open_up(house.desk, Notifier({}, house.clock)), len(tries)

    return attempt


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SchemaMismatch("newer"), DAMAGED),
        (LedgerDamaged("no database"), DAMAGED),
        (LedgerUnwritable("read-only"), FAILED),
    ],
)
def test_what_waiting_cannot_mend_ends_the_start(opened, error, code):
    assert opened(error) == (code, 1)


@pytest.mark.parametrize("error", [Locked("busy"), LedgerAway("not up yet")])
def test_a_ledger_that_is_not_there_yet_is_waited_for(opened, error):
    assert opened(error, error, None) == (None, 3)


@pytest.mark.parametrize(("error", "code"), [(Locked("busy"), LOCKED), (LedgerAway("off"), FAILED)])
def test_it_is_not_waited_for_for_ever(opened, error, code):
    ended, tries = opened(error)

    assert ended == code
    assert tries == process.OPEN_WITHIN / process.OPEN_AGAIN + 1


def test_there_is_no_third_part_to_run(house):
    with pytest.raises(Invalid, match="--only worker"):
        syncd.daemon.run(house.settings, {}, only="mail")


class Deaf(Notifier):
    """Keeps what it is told."""

    def __init__(self):
        super().__init__({}, FrozenClock())
        self.said = []

    def tell(self, *assignments):
        self.said.append(assignments)


@pytest.fixture
def reloading(house, monkeypatch):
    """`reloading(settings or error)` reloads a node that has read its calendar once."""
    monkeypatch.setattr(process, "configure", lambda *_: None)
    node, notifier = house.node(), Deaf()
    node.live(timedelta(seconds=2))

    def reload(found):
        def load():
            if isinstance(found, Exception):
                raise found
            return found

        with capture_logs() as logs:
            Reload(node.loop, notifier, load, around=node.around, settings=house.settings)()
        return node, notifier.said, logs

    return reload


def test_wrong_settings_change_nothing_and_say_so(house, reloading):
    node, said, logs = reloading(Invalid("workers must be at least 1"))
    node.live(timedelta(minutes=6))

    assert said[0][0] == "RELOADING=1"
    assert said[1] == ("READY=1", "STATUS=1 calendar fresh; reload refused, see the log")
    assert [each["event"] for each in logs] == ["setting_refused", "reload_refused"]
    assert house.opened == [MAIN]


def test_right_settings_hold_and_calendars_are_opened_with_their_secrets_read_again(
    house, reloading
):
    node, said, _ = reloading(house.settings.model_copy(update={"brake_count": 77}))
    node.live(timedelta(minutes=6))

    assert said[-1] == ("READY=1", "STATUS=1 calendar fresh")
    assert house.opened == [MAIN, MAIN]
    assert node.loop.rounds.around.limits.count == 77


def test_another_database_needs_a_restart_and_is_not_used(house, reloading):
    other = house.settings.model_copy(update={"database_url": "sqlite:////elsewhere"})
    node, _, logs = reloading(other)
    node.live(timedelta(minutes=6))

    assert {"event": "needs_restart", "property": "database_url", "log_level": "warning"} in logs
    assert node.loop.status() == "1 calendar fresh"
