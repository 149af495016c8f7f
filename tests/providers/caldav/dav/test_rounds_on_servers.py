"""Whole rounds of the real engine against each server of the stand-in: a day in a practice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flows.deeds import DEEDS
from flows.histories import HALF_HOUR, STAFF, World, furnish, make_world, two_way
from quirky_caldav import SERVERS

from syncd.core.appointment import Appointment, Party, Status
from syncd.core.ids import CalendarId
from syncd.core.lifecycle import Action, Command
from syncd.core.time import Interval
from syncd.flows.booking import act_on
from syncd.flows.sync import Report
from syncd.ports import CalendarProvider
from syncd.testing import ForeignEvent
from syncd.testing.builders import utc

from .standin import StandIn

MAIN = CalendarId("patel-main")
HOUR = timedelta(hours=1)


class Day:
    """One practice with one calendar, on a stand-in."""

    def __init__(self, world: World, standin: StandIn) -> None:
        self.world = world
        self.standin = standin
        self.provider: CalendarProvider = standin.open()
        world.provider_of = lambda *_, **__: self.provider  # type: ignore[method-assign]

    def book(self) -> Appointment:
        known = {each.id for each in self.appointments.values()}
        self.world.meddle_with(DEEDS[:1])
        return next(each for each in self.appointments.values() if each.id not in known)

    def sync(self) -> Report:
        report = self.world.sync(MAIN, calm=True)
        assert report.ok, report
        return report

    def settle(self) -> None:
        for _ in range(6):
            report = self.sync()
            if not (report.pulled or report.pushed):
                return
        pytest.fail("it never comes to rest")

    @property
    def appointments(self) -> dict[str, Appointment]:
        return {each.id: each for each in self.world.appointments()}

    def ref(self, appointment: Appointment) -> Any:
        with self.world.ledger.read() as view:
            link = view.link(MAIN, appointment.id)
        assert link is not None
        return link.ref

    def writes(self) -> int:
        return sum(
            each.is_ours and each.method in ("PUT", "DELETE") for each in self.standin.site.seen
        )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("days") / "template.sqlite3"
    furnish(path, (two_way(),))
    return path


@pytest.fixture(params=SERVERS)
def day(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Day]:
    standin = StandIn(SERVERS[request.param])
    world = make_world(1, tmp_path, template, (two_way(),), deeds=DEEDS)
    yield Day(world, standin)
    world.close()
    standin.close()


def test_a_day_in_a_practice_ends_with_both_sides_alike_and_at_rest(day: Day) -> None:
    """Booked here, moved there; moved here; added there; removed there; removed here. What a server
    makes of our events is no change of theirs."""
    moved_there, moved_here, removed_there, removed_here = (day.book() for _ in range(4))
    day.settle()
    start, later = utc("2031-04-07 09:00"), utc("2031-04-08 09:00")
    day.standin.move(day.ref(moved_there), start, start + HALF_HOUR)
    added = day.standin.add(
        ForeignEvent(start=later, end=later + HALF_HOUR, title="Lunch", note="with Ada")
    )
    day.standin.delete(day.ref(removed_there))
    _act(day, moved_here, Action.RESCHEDULE, Interval(start + HOUR, start + HOUR + HALF_HOUR))
    _act(day, removed_here, Action.CANCEL)
    day.settle()

    now = day.appointments
    assert now[moved_there.id].start == start
    assert now[moved_here.id].start == start + HOUR
    assert now[removed_there.id].status is Status.CANCELLED
    assert now[removed_here.id].status is Status.CANCELLED
    adopted = [each for each in now.values() if each.title == "Lunch"]
    assert [each.start for each in adopted] == [later]
    there = day.provider.get_many([day.ref(now[each.id]) for each in (moved_there, moved_here)])
    assert sorted(each.when.start for each in there.values()) == [start, start + HOUR]  # type: ignore[union-attr]
    assert "with Ada" in day.standin.text(added)
    assert len(day.provider.listing(bodies=False).changed) == 3

    writes, commits = day.writes(), day.world.ledger.commits
    report = day.sync()
    assert (report.pulled, report.pushed, day.writes()) == (0, 0, writes)
    assert day.world.ledger.commits == commits + 1  # the lease


def test_a_calendar_that_is_made_anew_is_not_taken_for_a_cancelled_practice(day: Day) -> None:
    booked = [day.book() for _ in range(7)]
    day.settle()

    day.standin.recreate()
    report = day.world.sync(MAIN, calm=True)

    assert report.code == "BRAKE"
    still = [day.appointments[each.id].status for each in booked]
    assert Status.CANCELLED not in still


def _act(day: Day, appointment: Appointment, action: Action, at: Interval | None = None) -> None:
    command = Command(action=action, party=Party.ADMIN, interval=at)
    act_on(day.world.around, appointment.number, command, STAFF)
