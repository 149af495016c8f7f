"""Bookings that are answered once their calendar has said its word, and what is answered then."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from httpx import Client
from web.conftest import CAUSE, Door, served, wait_for

from syncd.core import awaiting
from syncd.core.awaiting import LONGEST_WAIT
from syncd.core.errors import LedgerAway, Rejected
from syncd.core.ids import AppointmentId, CalendarId
from syncd.core.practice import OnOutage
from syncd.flows.acting import act_on
from syncd.flows.mandate import Mandate
from syncd.flows.sync import run_round
from syncd.ports import Access
from syncd.testing.builders import a_calendar
from syncd.testing.faults import FaultScript
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.memory_kind import MemoryKind
from syncd.web import Office, appointments, booking, create_app
from syncd.web.waiting import WaitingRoom

MAIN = CalendarId("patel-main")
KEY = {"Idempotency-Key": "7c2f"}
FULL = Rejected("its host is busy at that time")


@dataclass
class Cal:
    """The calendar, and what is done as soon as somebody waits for it: a round, as a rule."""

    door: Door
    memory: MemoryCalendar
    faults: FaultScript
    when_awaited: Callable[[], object]

    def round(self) -> None:
        around = self.door.around
        fence = around.ledger.write(lambda tx: tx.take_lease(MAIN, "test", timedelta(minutes=5)))
        kind = MemoryKind({MAIN: self.memory}, faults=lambda _: self.faults)
        zone = ZoneInfo("Europe/Berlin")
        access = Access(calendar_id=MAIN, settings={}, secret=str, zone=zone, clock=around.clock)
        report = run_round(around, kind.open(access), MAIN, Mandate(run_id="run", fence=fence))
        assert report.ok

    def is_silent(self) -> None:
        self.when_awaited = lambda: self.door.around.clock.advance(LONGEST_WAIT)


@contextmanager
def last_words(door: Door, policy: OnOutage) -> Iterator[Cal]:
    calendar = a_calendar(write_through=policy)
    door.around.ledger.write(lambda tx: tx.save_calendar(calendar, CAUSE))
    memory = MemoryCalendar(name=MAIN)
    cal = Cal(door, memory, FaultScript(), lambda: None)
    cal.round()
    cal.when_awaited = cal.round
    beside: list[threading.Thread] = []

    def hurry() -> None:
        beside.append(threading.Thread(target=cal.when_awaited))
        beside[-1].start()

    app = create_app(Office(around=door.around, hurry=hurry))
    with served(app) as base, Client(base_url=base, trust_env=False) as http:
        door.http = http
        yield cal
    for each in beside:
        each.join()


@pytest.fixture
def cal(door):
    with last_words(door, OnOutage.REFUSE) as found:
        yield found


def test_what_the_calendar_takes_is_booked_when_it_is_answered_for(door, cal):
    answer = door.book("website", headers=KEY)

    made = answer.json()["appointment"]
    assert (answer.status_code, made["status"]) == (201, "booked")
    assert answer.json()["message"] == "Appointment made"
    assert answer.json()["key"].startswith("syncd_booking_")
    assert door.book("website", headers=KEY).json() == answer.json()
    assert len(cal.memory.refs) == 1
    [link] = door.get(f"/appointments/{made['number']}").json()["links"]
    assert (link["calendarId"], link["state"]) == (MAIN, "in-sync")
    assert (link["ref"],) == cal.memory.refs


def test_what_it_refuses_is_a_cancelled_appointment_and_the_key_may_be_used_again(door, cal):
    cal.faults.at("create", FULL)

    refused = door.book("website", headers=KEY)

    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    assert refused.json()["alternatives"][0]["start"] == "2031-03-03T09:30:00+01:00"
    again = door.book("website", headers=KEY)
    assert again.status_code == 201
    rows = door.get("/appointments").json()["appointments"]
    assert [(each["number"][-4:], each["status"]) for each in rows] == [
        ("0001", "cancelled"),
        ("0002", "booked"),
    ]
    assert again.json()["appointment"]["number"] == rows[1]["number"]


def test_where_anybody_would_do_somebody_else_is_asked_for_once_a_calendar_refused(door, cal):
    """Dr. Owl has more to do on that day, and no such calendar."""
    door.booked(start="2031-03-03T16:00:00+01:00", practitionerId="dr-owl")
    cal.faults.at("create", FULL)

    answer = door.book("website", headers=KEY, practitionerId=None)

    assert answer.status_code == 201, answer.text
    rows = door.get("/appointments").json()["appointments"]
    assert sorted((each["practitionerId"], each["status"]) for each in rows) == [
        ("dr-owl", "booked"),
        ("dr-owl", "booked"),
        ("dr-patel", "cancelled"),
    ]
    assert door.book("website", headers=KEY, practitionerId=None).json() == answer.json()


def test_where_silence_is_accepted_the_booking_is_pending_and_its_answer_stays(door):
    with last_words(door, OnOutage.ACCEPT) as cal:
        cal.is_silent()

        answer = door.book("website", headers=KEY)

        assert (answer.status_code, answer.json()["appointment"]["status"]) == (201, "pending")
        cal.round()
        assert door.book("website", headers=KEY).json() == answer.json()
        number = answer.json()["appointment"]["number"]
        assert door.get(f"/appointments/{number}").json()["status"] == "booked"


def test_an_answer_that_nobody_gave_is_given_to_whoever_asks_again(door, cal, monkeypatch):
    """As after a kill -9 of the process that waited, once the calendar was written."""

    def killed(*_, **__):
        raise LedgerAway("killed")

    with monkeypatch.context() as patched:
        patched.setattr(booking, "told_at_last", killed)
        assert door.book("website", headers=KEY).status_code == 503

    answer = door.book("website", headers=KEY)

    assert (answer.status_code, answer.json()["appointment"]["status"]) == (201, "booked")
    assert door.get("/appointments").json()["total"] == 1


def test_a_hold_waits_when_it_is_booked(door, cal):
    body = {"activityId": "consultation", "start": "2031-03-03T09:00:00+01:00"}
    body["practitionerId"] = "dr-patel"
    held = door.post("/holds", body, "jane").json()
    number = held["appointment"]["number"]
    assert cal.memory.refs == ()

    booked = door.act(number, "book", "jane")

    assert (booked.status_code, booked.json()["status"]) == (200, "booked")
    assert booked.headers["ETag"] == f'"{booked.json()["version"]}"'
    again = door.post(
        "/holds",
        body | {"start": "2031-03-03T11:00:00+01:00"},
        "jane",
    )
    cal.faults.at("create", FULL)
    refused = door.act(again.json()["appointment"]["number"], "book", "jane")
    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    assert refused.json()["alternatives"]


def test_a_hold_that_is_refused_before_anybody_could_wait_is_refused(door, cal, monkeypatch):
    body = {"activityId": "consultation", "start": "2031-03-03T09:00:00+01:00"}
    held = door.post("/holds", body | {"practitionerId": "dr-patel"}, "jane").json()

    def refused_at_once(*args, **more):
        after = act_on(*args, **more)
        cal.faults.at("create", FULL)
        cal.round()
        return after

    monkeypatch.setattr(appointments, "act_on", refused_at_once)

    refused = door.act(held["appointment"]["number"], "book", "jane")

    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")


def awaited(door):
    with door.around.ledger.read() as view:
        return view.awaited()


def test_many_wait_at_once_and_hold_no_thread(door, cal):
    """More than there are threads for requests."""
    cal.when_awaited = lambda: None
    answers = []
    starts = [
        f"2031-03-{3 + day:02}T{9 + half // 2:02}:{30 * (half % 2):02}:00+01:00"
        for day in range(4)
        for half in range(11)
    ]
    threads = [
        threading.Thread(target=lambda at=at: answers.append(door.book(start=at).status_code))
        for at in starts
    ]
    for each in threads:
        each.start()
    wait_for(lambda: len(awaited(door)) == len(starts))
    assert door.get("/me").status_code == 200
    cal.round()
    for each in threads:
        each.join()
    assert answers == [201] * len(starts)


def test_nobody_waits_for_ever_where_looking_breaks(door, monkeypatch):
    room = WaitingRoom(Office(around=door.around))
    monkeypatch.setattr(room, "_look", lambda: 1 / 0)
    monkeypatch.setattr(awaiting, "LONGEST_WAIT", timedelta(seconds=-0.5))

    async def wait():
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        await room.wait(AppointmentId("1"), room.longest())

    asyncio.run(asyncio.wait_for(wait(), 5))
