"""A small world to begin with: two people, their hours, four event types, one webhook.

The same that the recordings begin with. Every name, address and key is made up.
"""

from __future__ import annotations

from syncd_calcom.standin.messages import Json
from syncd_calcom.standin.profile import CAL_DIY, Profile
from syncd_calcom.standin.rows import EventType, Hook, Key, Schedule, User
from syncd_calcom.standin.world import Clock, World

ALICE_KEY = "cal_alice00000000000000000000000000"
BOB_KEY = "cal_bob0000000000000000000000000000"
HOOK_SECRET = "syncd-test-secret"  # noqa: S105  a test value
HOOK_TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
)
_WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
_ALWAYS = ["Sunday", *_WEEK, "Saturday"]


def a_practice(
    clock: Clock,
    *,
    seed: int = 0,
    profile: Profile = CAL_DIY,
    booker_url: str = "https://booker.example.test",
    hook_url: str | None = None,
) -> World:
    """Alice (Berlin; consult 301, needs-ok 302 with confirmation, quick 304) and Bob (New York;
    call 303). `hook_url`: where Alice's webhook `wh_rec` goes; none without it."""
    world = World(clock, seed=seed, profile=profile, booker_url=booker_url)
    _add_people(world)
    _add_schedules(world)
    _add_event_types(world)
    if hook_url is not None:
        world.hooks["wh_rec"] = Hook(
            id="wh_rec",
            url=hook_url,
            triggers=list(HOOK_TRIGGERS),
            created_at=world.now(),
            secret=HOOK_SECRET,
            user_id=101,
        )
    return world


def _add_people(world: World) -> None:
    alice = User(
        id=101,
        username="alice",
        email="alice@example.test",
        name="Alice Peer",
        time_zone="Europe/Berlin",
        week_start="Monday",
        time_format=24,
        default_schedule_id=201,
    )
    bob = User(
        id=102,
        username="bob",
        email="bob@example.test",
        name="Bob Peer",
        time_zone="America/New_York",
        default_schedule_id=202,
    )
    for user, token in ((alice, ALICE_KEY), (bob, BOB_KEY)):
        world.users[user.id] = user
        world.keys[token] = Key(token=token, user_id=user.id)


def _add_schedules(world: World) -> None:
    for number, owner, name, zone, hours in (
        (201, 101, "Working hours", "Europe/Berlin", _hours(_WEEK, "09:00", "17:00")),
        (202, 102, "Working hours", "America/New_York", _hours(_WEEK, "09:00", "17:00")),
        (203, 101, "Always", "UTC", _hours(_ALWAYS, "00:00", "23:59")),
    ):
        world.schedules[number] = Schedule(
            id=number, owner_id=owner, name=name, time_zone=zone, availability=[hours]
        )


def _hours(days: list[str], start: str, end: str) -> Json:
    return {"days": days, "startTime": start, "endTime": end}


def _add_event_types(world: World) -> None:
    address: Json = {"type": "address", "address": "1 Test St", "public": False}
    link: Json = {"type": "link", "link": "https://meet.example.test/bob", "public": False}
    asks: Json = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
    for found in (
        EventType(
            id=301,
            owner_id=101,
            slug="consult",
            title="Consultation",
            length=30,
            locations=[address],
        ),
        EventType(
            id=302,
            owner_id=101,
            slug="needs-ok",
            title="Needs OK",
            length=60,
            locations=[address],
            confirmation=asks,
        ),
        EventType(id=303, owner_id=102, slug="call", title="Bob call", length=15, locations=[link]),
        EventType(
            id=304,
            owner_id=101,
            slug="quick",
            title="Quick check",
            length=1,
            locations=[address],
            schedule_id=203,
        ),
    ):
        world.event_types[found.id] = found
