"""A daemon that really runs, beside a stand-in for Cal.com on a socket, which tells it of bookings."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from blank_ledgers import migrate
from httpx import Client
from system.running_practice import CAUSE, MAIN, Practice, until

from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.wiring import furnish
from syncd_calcom.standin import (
    ALICE_KEY,
    CAL_DIY,
    HOOK_SECRET,
    HOOK_TRIGGERS,
    HOSTED,
    HookFaults,
    Running,
    serve,
)
from syncd_calcom.standin import a_practice as a_calcom
from syncd_calcom.standin.rows import Hook
from syncd_config import Settings

pytestmark = [pytest.mark.slow, pytest.mark.server]

JANE = {"name": "Jane Doe", "email": "jane@example.test", "timeZone": "Europe/Berlin"}
NEVER = timedelta(hours=1)


class Cal:
    """Alice's account as her clients reach it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        headers = {"Authorization": f"Bearer {ALICE_KEY}", "cal-api-version": "2024-08-13"}
        base = f"{running.origin}/v2"
        self.http = Client(base_url=base, headers=headers, timeout=30, trust_env=False)

    def ask(self, path, **body):
        answer = self.http.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]

    def book(self, hour):
        return self.ask(
            "/bookings", start=f"2031-03-03T{hour:02}:00:00Z", eventTypeId=301, attendee=JANE
        )

    def move(self, uid, hour):
        return self.ask(f"/bookings/{uid}/reschedule", start=f"2031-03-03T{hour:02}:00:00Z")

    def cancel(self, uid):
        return self.ask(f"/bookings/{uid}/cancel", cancellationReason="ill")

    def tells(self, address):
        """A webhook goes there from now on."""
        world = self.running.world
        world.hooks["wh_rec"] = Hook(
            id="wh_rec",
            url=f"http://{address}/webhooks/calcom/{MAIN}",
            triggers=list(HOOK_TRIGGERS),
            created_at=world.now(),
            secret=HOOK_SECRET,
            user_id=101,
        )

    def living(self):
        return [each for each in self.running.world.bookings.values() if not each.status.is_over]


@contextmanager
def a_practice_with(cal: Cal, folder, *, poll_every: timedelta) -> Iterator[Practice]:
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {
        "CAL_KEY": ALICE_KEY,
        "CAL_HOOK_SECRET": HOOK_SECRET,
        "STATE_DIRECTORY": str(folder),
        "SYNCD_DATABASE_URL": url,
        "SYNCD_LISTEN": "127.0.0.1:0",
        "PYTHONWARNINGS": "error",
    }
    around: Surroundings = furnish(Settings(state_directory=folder, database_url=url), environ)
    migrate(around.ledger)
    settings = {
        "url": f"{cal.running.origin}/v2",
        "api_key": "env:CAL_KEY",
        "webhook_secret": "env:CAL_HOOK_SECRET",
        "event_types": "301=consultation",
    }
    roster = Roster(
        practice=a_practice(),
        practitioners=(a_practitioner(),),
        activities=(an_activity(),),
        calendars=(a_calendar(provider="calcom", settings=settings, poll_every=poll_every),),
    )
    apply_roster(around, roster, CAUSE)
    practice = Practice(folder, None, None, url, environ, around)  # type: ignore[arg-type]
    yield practice
    for daemon in practice.daemons:
        daemon.kill()
        print(daemon.said())  # noqa: T201  shown when a test fails
    around.ledger.close()


@pytest.fixture(params=[CAL_DIY, HOSTED], ids=["cal.diy", "hosted"])
def cal(request):
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with serve(a_calcom(clock, seed=7, profile=request.param)) as running:
        running.desk.limits.is_off = True
        found = Cal(running)
        yield found
        found.http.close()


def address_of(daemon):
    found = until(lambda: re.search(r"address=(127\.0\.0\.1:\d+)", daemon.said()), "an address")
    return found[1]


def times(practice):
    return sorted(each.start.hour for each in practice.appointments() if not each.is_over)


def test_bookings_are_in_the_ledger_seconds_after_their_webhooks_and_keep_their_numbers(
    cal, tmp_path
):
    with a_practice_with(cal, tmp_path, poll_every=NEVER) as practice:
        daemon = practice.start()
        cal.tells(address_of(daemon))
        until(lambda: practice.state().last_listing_at, "a first look")

        first, second = cal.book(9), cal.book(11)
        until(lambda: times(practice) == [9, 11], "both bookings")
        numbers = {each.number for each in practice.appointments()}
        moved = cal.move(first["uid"], 13)
        cal.cancel(second["uid"])
        until(lambda: times(practice) == [13], "the move and the cancellation")
        [booked] = practice.book()
        until(lambda: len(cal.living()) == 2, "the practice's own booking")

        assert {each.number for each in practice.appointments()} == numbers | {booked.number}
        until(practice.is_settled, "rest")
        assert moved["uid"] in {each.uid for each in cal.living()}
        assert len(numbers) == 2
        assert practice.journal_is_sound()


def test_with_all_webhooks_lost_two_polls_find_everything_that_happened_beside_a_crash(
    cal, tmp_path
):
    with a_practice_with(cal, tmp_path, poll_every=timedelta(seconds=2)) as practice:
        daemon = practice.start()
        cal.tells(address_of(daemon))
        cal.running.world.faults.hooks = HookFaults(dropped=1.0)
        until(lambda: practice.state().last_listing_at, "a first look")
        uids = [cal.book(hour)["uid"] for hour in (8, 9, 10, 11)]
        daemon.send(signal.SIGKILL)
        cal.move(uids[0], 13)
        cal.cancel(uids[1])
        practice.start()

        until(lambda: times(practice) == [10, 11, 13], "the same in the ledger")
        until(practice.is_settled, "rest")

        assert len(practice.appointments()) in (3, 4)  # one may have gone before it was seen
        assert len(cal.living()) == 3
        assert practice.journal_is_sound()
