"""A real daemon beside a Cal.com that has the last word on what can be booked."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from httpx import Client
from system.calcom_practice import NEVER, Cal, a_practice_with, address_of
from system.running_practice import CAUSE, MAIN, until

from syncd.core.access import Role
from syncd.core.practice import OnOutage
from syncd.flows.tokens import Grant, issue
from syncd_calcom.standin import HOSTED, Effect, Fault, serve
from syncd_calcom.standin import a_practice as a_calcom
from syncd_calcom.standin.faults import Faults

pytestmark = [pytest.mark.slow, pytest.mark.server]

MEETING = {"type": "link", "link": "https://meet.example.test/alice", "public": True}


class SilentOnceItMade(Faults):
    """Nothing can be read any more once an answer was lost."""

    def strike(self, call):
        fault = super().strike(call)
        if fault is not None and fault.effect is Effect.LOST:
            self.add(Fault(effect=Effect.STATUS, method="GET", times=None))
        return fault


@pytest.fixture
def cal():
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with serve(a_calcom(clock, seed=7, profile=HOSTED)) as running:
        running.desk.limits.is_off = True
        running.world.event_types[301].locations = [MEETING]
        found = Cal(running)
        yield found
        found.http.close()


@contextmanager
def a_practice_that_asks(cal, folder):
    with a_practice_with(cal, folder, poll_every=NEVER) as practice:

        def give_the_last_word(tx):
            here = tx.calendar(MAIN)
            tx.save_calendar(replace(here, write_through=OnOutage.REFUSE), CAUSE)

        practice.around.ledger.write(give_the_last_word)
        yield practice


@contextmanager
def the_office(practice, daemon):
    """How the practice's own people book by HTTP."""
    _, token = issue(practice.around, Grant(name="office", role=Role.ADMIN), CAUSE)
    headers = {"Authorization": f"Bearer {token}"}
    base = f"http://{address_of(daemon)}/api/v1"
    with Client(base_url=base, headers=headers, timeout=60, trust_env=False) as http:
        yield http


def book(http, hour, key):
    wish = {
        "activityId": "consultation",
        "practitionerId": "dr-patel",
        "start": f"2031-03-03T{hour:02}:00:00Z",
        "client": {"name": "John Roe", "email": "john@example.test"},
    }
    return http.post("/appointments", json=wish, headers={"Idempotency-Key": key})


def test_cal_com_is_heard_before_a_booking_is_answered_for_and_its_silence_is_undone(cal, tmp_path):
    """What it refuses is refused; what was made unheard, and cannot be read, is undone once it can:
    until then nobody knows."""
    with a_practice_that_asks(cal, tmp_path) as practice:
        daemon = practice.start(longest_wait=4.0)
        until(lambda: practice.state().last_listing_at, "a first look")
        cal.book(9)  # which nobody tells the practice of
        with the_office(practice, daemon) as http:
            refused = book(http, 9, "1")
            made = book(http, 11, "2")
            again = book(http, 11, "2")
            faults = cal.running.world.faults = SilentOnceItMade(cal.running.world.mint)
            faults.add(Fault(effect=Effect.LOST, method="POST", path="*/bookings"))
            unheard = book(http, 13, "3")
        perhaps = len(cal.living())
        faults.clear()

        assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
        assert refused.json()["alternatives"][0]["start"] == "2031-03-03T10:30:00+01:00"
        booked = made.json()["appointment"]
        assert (made.status_code, booked["status"]) == (201, "booked")
        assert booked["meetingLink"] == MEETING["link"]
        assert again.text == made.text
        assert (unheard.status_code, unheard.json()["code"]) == (503, "CALENDAR_UNAVAILABLE")
        assert (perhaps, int(unheard.headers["Retry-After"]) > 0) == (3, True)
        until(lambda: len(cal.living()) == 2 and practice.is_settled(), "it is undone")
        assert booked["links"][0]["ref"] in {each.uid for each in cal.living()}
        kept = {each.number: each.status.value for each in practice.appointments()}
        assert sorted(kept.values()) == ["booked", "booked", "cancelled", "cancelled"]
        assert practice.journal_is_sound()
