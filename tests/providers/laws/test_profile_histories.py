"""Random histories with every fault, on each kind of server that we know: a short run of many.

Here one on each server; `HISTORIES=1000 FIRST_SEED=5000 pytest` with this file lives through so
many on each server and with each single switch.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from flows.deeds import DEEDS
from flows.histories import furnish, make_world, swarm, two_way
from flows.oracle import judge

from syncd.testing.quirks import PROFILES, SERVERS

COUNT = int(os.environ.get("HISTORIES", "1"))
LIVED_THROUGH = PROFILES if "HISTORIES" in os.environ else SERVERS
FIRST = int(os.environ.get("FIRST_SEED", "1"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("profile-histories")
    furnish(found / "template.sqlite3", (two_way(),))
    return found


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
@pytest.mark.parametrize("profile", LIVED_THROUGH)
def test_whatever_goes_wrong_on_such_a_server_all_comes_to_rest(
    profile: str, seed: int, folder: Path
) -> None:
    world = make_world(
        seed,
        folder,
        folder / "template.sqlite3",
        (two_way(),),
        quirks=PROFILES[profile],
        deeds=DEEDS,
        rates=swarm(random.Random(f"rates {seed}")),
    )
    try:
        world.agitate(20)
        world.heal()
        judge(world)
    except BaseException as exc:
        exc.add_note(f"history {seed} on {profile}:\n" + "\n".join(world.trace))
        raise
    finally:
        world.close()
