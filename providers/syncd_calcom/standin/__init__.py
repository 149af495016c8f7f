"""A stateful server that behaves like a real Cal.com API v2, hosted or Cal.diy, in memory.

For tests, the demo, and whoever integrates. It knows bookings with their chains, seats and series,
slots, schedules, event types and webhooks, which it delivers before it answers; it lies where the
real one lies, and fails on demand. It knows no payments, teams, workflows or connected calendars,
and nothing of syncd. What it is held to: tests/calcom.

    world = a_practice(clock, seed=7, profile=HOSTED, hook_url="http://127.0.0.1:9000/hook")
    with serve(world) as running: ...                       # over HTTP, on loopback
    httpx.Client(transport=InProcess(Desk(world)), base_url="http://cal.test/v2")  # without
"""

from __future__ import annotations

from syncd_calcom.standin.announcing import UNSIGNED, release, signature
from syncd_calcom.standin.desk import Desk
from syncd_calcom.standin.door import create_app
from syncd_calcom.standin.driving import run, send_all
from syncd_calcom.standin.faults import Effect, Fault, HookFaults
from syncd_calcom.standin.hooks import ping
from syncd_calcom.standin.inprocess import InProcess
from syncd_calcom.standin.meetings import due_meetings
from syncd_calcom.standin.messages import Answer, Call, Delivery, HungUp
from syncd_calcom.standin.profile import CAL_DIY, HOSTED, RECORDED, Profile
from syncd_calcom.standin.sample import ALICE_KEY, BOB_KEY, HOOK_SECRET, HOOK_TRIGGERS, a_practice
from syncd_calcom.standin.sending import LoopbackSender, Sender, nobody
from syncd_calcom.standin.server import Running, serve
from syncd_calcom.standin.world import World

__all__ = [
    "ALICE_KEY",
    "BOB_KEY",
    "CAL_DIY",
    "HOOK_SECRET",
    "HOOK_TRIGGERS",
    "HOSTED",
    "RECORDED",
    "UNSIGNED",
    "Answer",
    "Call",
    "Delivery",
    "Desk",
    "Effect",
    "Fault",
    "HookFaults",
    "HungUp",
    "InProcess",
    "LoopbackSender",
    "Profile",
    "Running",
    "Sender",
    "World",
    "a_practice",
    "create_app",
    "due_meetings",
    "nobody",
    "ping",
    "release",
    "run",
    "send_all",
    "serve",
    "signature",
]
