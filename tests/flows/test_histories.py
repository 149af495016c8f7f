"""Random histories with every fault, on every kind of server: a short run of many.

A failure names its seed and tells its story. More of them: `HISTORIES=1000 FIRST_SEED=5000 pytest
tests/flows/test_histories.py`.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from flows.deeds import DEEDS
from flows.histories import World, furnish, make_world, swarm, two_way
from flows.oracle import judge

from syncd.core.practice import Adopt, Calendar, Mode, OnRemoteDelete
from syncd.testing.quirks import CALCOM, CALDAV, GOOGLE, Cursors, Etag, Quirks

COUNT = int(os.environ.get("HISTORIES", "5"))
FIRST = int(os.environ.get("FIRST_SEED", "1"))

SERVERS = {
    "caldav": CALDAV,
    "weak versions": Quirks(etag=Etag.WEAK),
    "no versions": Quirks(etag=Etag.NONE),
    "reused versions": Quirks(etag=Etag.REUSED),
    "ignores preconditions": Quirks(honours_preconditions=False),
    "names no version when it writes": Quirks(answers_versions=False),
    "forgetful cursors": Quirks(cursors=Cursors.FORGETFUL),
    "no cursors": Quirks(cursors=Cursors.ABSENT),
    "short memory, small pages": Quirks(cursor_lives_for=3, page_size=2, uid_unique=True),
    "rewrites what it is given": Quirks(
        bodies_in_feed=False, adds_properties=True, squeezes_titles=True
    ),
    "google": GOOGLE,
    "cal.com": CALCOM,
}
PRACTICES: dict[str, tuple[Calendar, ...]] = {
    "restores what is removed": (two_way(on_remote_delete=OnRemoteDelete.RESTORE),),
    "asks about what is removed": (two_way(on_remote_delete=OnRemoteDelete.ASK),),
    "publishes": (two_way(mode=Mode.PUBLISH),),
    "imports": (two_way(mode=Mode.IMPORT),),
    "adopts nothing": (two_way(adopt=Adopt.NONE),),
    "two calendars": (two_way(), two_way("patel-second")),
    "two calendars, one to show": (two_way(), two_way("patel-public", mode=Mode.PUBLISH)),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("histories")


def live_through(seed: int, folder: Path, calendars: tuple[Calendar, ...], quirks: Quirks) -> None:
    """One history: trouble, then peace, then judgement."""
    world = a_world(seed, folder, calendars, quirks)
    try:
        world.agitate(20)
        world.heal()
        judge(world)
    except BaseException as exc:
        exc.add_note(f"history {seed}:\n" + "\n".join(world.trace))
        raise
    finally:
        world.close()


def a_world(seed: int, folder: Path, calendars: tuple[Calendar, ...], quirks: Quirks) -> World:
    template = folder / f"{abs(hash(calendars_key(calendars)))}.sqlite3"
    if not template.exists():
        furnish(template, calendars)
    rates = swarm(random.Random(f"rates {seed}"))
    return make_world(seed, folder, template, calendars, quirks=quirks, deeds=DEEDS, rates=rates)


def calendars_key(calendars: tuple[Calendar, ...]) -> str:
    return " ".join(
        f"{each.id} {each.mode} {each.adopt} {each.deletion_policy}" for each in calendars
    )


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
@pytest.mark.parametrize("server", SERVERS)
def test_whatever_goes_wrong_on_any_server_all_comes_to_rest(server, seed, folder):
    live_through(seed, folder, (two_way(),), SERVERS[server])


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
@pytest.mark.parametrize("practice", PRACTICES)
def test_whatever_goes_wrong_in_any_practice_all_comes_to_rest(practice, seed, folder):
    live_through(seed, folder, PRACTICES[practice], CALDAV)


def test_a_history_is_the_same_each_time(folder):
    traces = []
    for _ in range(2):
        world = a_world(7, folder, (two_way(),), CALDAV)
        world.agitate(20)
        traces.append(world.trace)
        world.close()

    assert traces[0] == traces[1]
