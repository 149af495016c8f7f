"""A door for deliveries, as a process that can be killed: `python hook_process.py URL MOMENT`.

MOMENT: `durable`, dead once the first delivery is on disk and before anybody is told; `before`,
dead before it is; `never`. Prints where it listens.
"""

from __future__ import annotations

import os
import signal
import sys
from threading import Event

from syncd.core.ids import CalendarId
from syncd.core.practice import Calendar, Practitioner
from syncd.flows.deliveries import Mailbox
from syncd.flows.surroundings import Surroundings
from syncd.ledger import StandIn, open_ledger
from syncd.ports import CalendarProvider
from syncd.web import Office, create_app
from syncd.web.server import Address, WebServer, listen
from syncd.wiring import SystemClock, SystemRandomness
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.standin import HOOK_SECRET

BOX = Mailbox(
    calendar_id=CalendarId("patel-main"),
    provider="calcom",
    source=CalComWebhooks(),
    secrets=(HOOK_SECRET,),
)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    Event().wait()


def dying_before_it_answers(app):
    async def wrapped(scope, receive, send):
        async def send_or_die(message):
            if message.get("status") == 202:
                die()
            await send(message)

        await app(scope, receive, send_or_die)

    return wrapped


def no_provider(calendar: Calendar, practitioner: Practitioner) -> CalendarProvider:
    raise AssertionError(f"{calendar.id} was opened for {practitioner.id}")


if __name__ == "__main__":
    url, moment = sys.argv[1:]
    clock, randomness = SystemClock(), SystemRandomness()
    ledger = open_ledger(
        url,
        clock=clock,
        randomness=randomness,
        stand_in=StandIn(before_commit=die if moment == "before" else None),
    )
    around = Surroundings(
        ledger=ledger, clock=clock, randomness=randomness, open_provider=no_provider
    )
    app = create_app(Office(around=around, mailboxes=lambda: [BOX], requests_a_minute=10**6))
    if moment == "durable":
        app = dying_before_it_answers(app)
    server = WebServer(app, listen(Address("127.0.0.1", 0)))
    server.start()
    sys.stdout.write(f"{server.address}\n")
    sys.stdout.flush()
    Event().wait()
