"""A practice whose calendar is an account of a stand-in for Cal.com on a socket, with real daemons."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from blank_ledgers import migrate
from httpx import Client
from system.running_practice import CAUSE, MAIN, Daemon, Practice, until

from syncd.core.practice import Activity
from syncd.flows.practice import Roster, apply_roster
from syncd.flows.surroundings import Surroundings
from syncd.testing.builders import a_calendar, a_practice, a_practitioner, an_activity
from syncd.wiring import furnish
from syncd_calcom.standin import ALICE_KEY, HOOK_SECRET, HOOK_TRIGGERS, Running
from syncd_calcom.standin.rows import Hook
from syncd_config import Settings

JANE = {"name": "Jane Doe", "email": "jane@example.test", "timeZone": "Europe/Berlin"}
NEVER = timedelta(hours=1)


class Cal:
    """Alice's account as her clients reach it."""

    def __init__(self, running: Running) -> None:
        self.running = running
        headers = {"Authorization": f"Bearer {ALICE_KEY}", "cal-api-version": "2024-08-13"}
        base = f"{running.origin}/v2"
        self.http = Client(base_url=base, headers=headers, timeout=30, trust_env=False)

    def ask(self, path: str, **body: Any) -> Any:
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


def address_of(daemon: Daemon) -> str:
    found = until(lambda: re.search(r"address=(127\.0\.0\.1:\d+)", daemon.said()), "an address")
    return found[1]


@contextmanager
def a_practice_with(
    cal: Cal,
    folder: Path,
    *,
    poll_every: timedelta,
    event_types: str = "301=consultation",
    activities: tuple[Activity, ...] = (an_activity(),),
    **variables: str,
) -> Iterator[Practice]:
    """`variables` are of the daemons' environment."""
    url = f"sqlite:///{folder / 'ledger.sqlite3'}"
    environ = {key: value for key, value in os.environ.items() if not key.startswith("SYNCD_")}
    environ |= {
        "CAL_KEY": ALICE_KEY,
        "CAL_HOOK_SECRET": HOOK_SECRET,
        "STATE_DIRECTORY": str(folder),
        "SYNCD_DATABASE_URL": url,
        "SYNCD_LISTEN": "127.0.0.1:0",
        "PYTHONWARNINGS": "error",
    } | variables
    around: Surroundings = furnish(Settings(state_directory=folder, database_url=url), environ)
    migrate(around.ledger)
    settings = {
        "url": f"{cal.running.origin}/v2",
        "api_key": "env:CAL_KEY",
        "webhook_secret": "env:CAL_HOOK_SECRET",
        "event_types": event_types,
    }
    roster = Roster(
        practice=a_practice(),
        practitioners=(a_practitioner(),),
        activities=activities,
        calendars=(a_calendar(provider="calcom", settings=settings, poll_every=poll_every),),
    )
    apply_roster(around, roster, CAUSE)
    practice = Practice(folder, None, None, url, environ, around)  # type: ignore[arg-type]
    try:
        yield practice
    finally:
        for daemon in practice.daemons:
            daemon.kill()
            sys.stdout.write(f"{daemon.log.name}:\n{daemon.said()}\n")  # shown when a test fails
        around.ledger.close()
