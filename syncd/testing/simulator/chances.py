"""What can happen next in a history, and how often: the deeds, their weights, the mishaps' rates.

Decides nothing that must hold; a weight that is changed here changes every seed's history.
"""

from __future__ import annotations

import random  # noqa: TID251  seeded: the simulator has no other entropy
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from syncd.testing.simulator import circumstances, clinic, colleagues
from syncd.testing.simulator.choices import Option
from syncd.testing.simulator.network import ERRORS
from syncd.testing.simulator.world import World

if TYPE_CHECKING:
    from syncd.testing.simulator.tasks import Task

Deed = Callable[[World], str | None]

OPENING = 8
"""The first steps fill the world, or there is nothing that could go wrong."""

FREEZES = "a node freezes"
DEEDS: Mapping[str, tuple[Deed, float]] = {
    "the clinic books": (clinic.books, 3),
    "the clinic moves": (clinic.moves, 14),
    "the clinic cancels": (clinic.cancels, 3),
    "the clinic confirms": (clinic.confirms, 1),
    "the clinic takes up a hold": (clinic.takes_up, 1),
    "the clinic erases a client": (clinic.erases, 0.3),
    "the clinic renames a client": (clinic.renames_client, 1.5),
    "the clinic renames an activity": (clinic.renames_activity, 0.5),
    "the clinic amends": (clinic.amends, 1),
    "the clinic resolves": (clinic.resolves, 2),
    "the clinic releases": (clinic.releases, 1),
    "the clinic suspends": (clinic.suspends, 0.3),
    "the clinic resyncs": (clinic.resyncs, 0.5),
    "the clinic tidies": (clinic.tidies, 0.3),
    "a colleague adds": (colleagues.adds, 2.5),
    "a colleague moves": (colleagues.moves_event, 8),
    "a colleague resizes": (colleagues.resizes, 3),
    "a colleague renames": (colleagues.renames, 3),
    "a colleague annotates": (colleagues.annotates, 2),
    "a colleague removes": (colleagues.removes, 2),
    "a colleague calls off": (colleagues.calls_off, 1.5),
    "a colleague agrees": (colleagues.agrees, 4),
    "a colleague revives": (colleagues.revives, 1),
    "a colleague restores": (colleagues.restores, 1),
    "a colleague relocates": (colleagues.relocates, 2),
    "a colleague clears out": (colleagues.clears_out, 0.5),
    "a colleague copies": (colleagues.copies, 1),
    "a colleague keeps one copy": (colleagues.keeps_one_copy, 5),
    "a colleague makes recurring": (colleagues.makes_recurring, 1),
    "a colleague spoils": (colleagues.spoils, 0.7),
    "a colleague mends": (colleagues.mends, 1.5),
    "a hint arrives": (circumstances.hint_arrives, 1),
    "a server fails": (circumstances.server_fails, 0.7),
    "a server is back": (circumstances.server_is_back, 1),
    "cursors expire": (circumstances.cursors_expire, 0.5),
    "a collection is remade": (circumstances.collection_is_remade, 0.2),
    "an item is refused": (circumstances.item_is_refused, 0.3),
    "an object is not answered for": (circumstances.object_falls_silent, 1),
    "an object is answered for again": (circumstances.object_is_answered_for, 0.7),
    "a node is killed": (circumstances.node_is_killed, 0.5),
    "a node stops": (circumstances.node_stops, 0.3),
    FREEZES: (circumstances.node_freezes, 0.4),
    "a node thaws": (circumstances.node_thaws, 1),
    "a late request arrives": (circumstances.late_request_arrives, 1.5),
    "the clock steps": (circumstances.clock_steps, 0.2),
    "the practice changes": (circumstances.practice_changes, 0.7),
    "a client waits no longer": (clinic.stops_waiting, 6),
    "a calendar is full": (circumstances.calendar_is_full, 1.5),
}
DISTURBING = frozenset(
    (
        "the clinic moves",
        "the clinic cancels",
        "the clinic renames a client",
        "a colleague moves",
        "a colleague renames",
        "a colleague annotates",
        "a colleague removes",
        "a colleague calls off",
        "a late request arrives",
        "a client waits no longer",
    )
)
"""What comes between the look and the write, most often while one is on its way; and a node freezes
where another one can take over."""
IF: Mapping[str, Callable[[World], object]] = {
    "a node thaws": lambda world: any(each.is_paused for each in world.nodes.values()),
    "a server is back": lambda world: world.unreachable,
    "a late request arrives": lambda world: world.parcels,
    "an object is answered for again": lambda world: any(
        each.silent for each in world.calendars.values()
    ),
    "a colleague keeps one copy": colleagues.twins,
    "a colleague agrees": colleagues.requests,
    "a client waits no longer": lambda world: world.oracle.words.waiting,
    "a calendar is full": lambda world: any(each.write_through for each in world.practice),
    "a colleague mends": lambda world: any(map(colleagues.spoilt, world.calendars.values())),
}
"""What can only be done at times."""
MOODS = (0.3, 1, 1, 3)
"""How much more often a deed is done in one history than in another."""
TIME, GOES_ON = "time passes", "somebody goes on"
RATES: Mapping[str, float] = {
    "switch": 0.1,
    "crash": 0.03,
    "ledger away": 0.02,
    "done again": 0.1,
    "late": 0.06,
    "twice": 0.06,
    "answer lost": 0.15,
    "rejected": 0.05,
    "stale": 0.1,
    "empty": 0.05,
    "nothing new": 0.05,
    "leaves one out": 0.05,
    "only what is new": 0.4,
    **dict.fromkeys(ERRORS, 0.02),
}


def options(world: World) -> list[Option]:
    """What can happen next, and how often."""
    opening = len(world.choices.steps) <= OPENING
    possible = {name: deed for name, deed in DEEDS.items() if IF.get(name, _always)(world)}
    deeds = [
        Option(name, weight * world.rates.get(name, 1)) for name, (_, weight) in possible.items()
    ]
    if opening:
        likely = ("the clinic books", "a colleague adds")
        deeds = [Option(each.name, 20 if each.name in likely else 0.2) for each in deeds]
    ready = ready_tasks(world)
    is_writing = any(task.is_writing for task in ready)
    if is_writing:
        disturbing = DISTURBING | {FREEZES} if len(world.nodes) > 1 else DISTURBING
        deeds = [
            Option(each.name, each.weight * 8 if each.name in disturbing else each.weight)
            for each in deeds
        ]
    waits = [Option(GOES_ON, 6 if is_writing else 12)] if ready else []
    return [Option(TIME, 2 if opening or is_writing else 9 if ready else 36), *waits, *deeds]


def _always(_: World) -> bool:
    return True


def ready_tasks(world: World) -> list[Task]:
    """What has given way and could go on."""
    return [each for each in world.tasks.parked if not getattr(each.owner, "is_paused", False)]


def swarm(seed: int) -> dict[str, float]:
    """A random half of the mishaps, or rare combinations never get far; sometimes none. And how
    much more or less often than usual each deed is done."""
    chance = random.Random(f"rates {seed}")  # noqa: S311
    calm = chance.random() < 0.05
    mishaps = {
        name: 0.0 if calm or chance.random() < 0.5 else rate * chance.choice((0.5, 1, 2))
        for name, rate in RATES.items()
    }
    return mishaps | {name: chance.choice(MOODS) for name in DEEDS}
