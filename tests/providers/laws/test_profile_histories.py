"""Random histories with every fault, on each kind of server that we know: a short run of many.

Here one on each server; `HISTORIES=1000 FIRST_SEED=5000 pytest` with this file lives through so
many on each server and with each single switch.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flows.deeds import DEEDS
from flows.histories import CALM, World, furnish, make_world, swarm, two_way
from flows.oracle import Rest, check_causes, judge

from syncd.core.appointment import Status
from syncd.core.ids import CalendarId
from syncd.testing.quirks import OUTLAWS, PROFILES, SERVERS, Quirks

COUNT = int(os.environ.get("HISTORIES", "1"))
LIVED_THROUGH = PROFILES if "HISTORIES" in os.environ else SERVERS
COMPLETE = [name for name, quirks in OUTLAWS.items() if quirks.listing_cap is None]
MAIN = CalendarId("patel-main")
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
    with living(seed, folder, PROFILES[profile]) as world:
        world.agitate(20)
        world.heal()
        judge(world)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
@pytest.mark.parametrize("profile", COMPLETE)
def test_a_server_against_the_contract_costs_time_and_nothing_else(
    profile: str, seed: int, folder: Path
) -> None:
    """Nothing is cancelled, moved or overwritten without a cause; and after the daily look at
    everything, once all reads have caught up, both sides agree."""
    with living(seed, folder, OUTLAWS[profile]) as world:
        world.agitate(20)
        world.heal()
        catch_up(world)

        world.sync(MAIN, in_full=True, calm=True)
        world.heal()

        require_causes(world)
        with world.ledger.read() as view:
            for calendar in world.practice:
                Rest(world, view, calendar).check()


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_listings_that_end_early_cancel_nothing(seed: int, folder: Path) -> None:
    """What they never show is never known; but what was known stays."""
    with living(seed, folder, OUTLAWS["listings with an end"]) as world:
        world.agitate(20)
        world.rates = CALM
        world.clock.advance(timedelta(hours=1))
        for _ in range(4):
            world.try_round(MAIN)

        require_causes(world)


@pytest.mark.parametrize("lag", [0, 4, 8, 16])
def test_an_event_that_is_not_shown_yet_is_not_taken_for_deleted(lag: int, folder: Path) -> None:
    """Listing and single read are two proofs of one stale copy."""
    with living(1, folder, Quirks(lag=lag)) as world:
        world.rates = CALM
        world.meddle_with(DEEDS[:1])
        for _ in range(3):
            world.sync(MAIN, calm=True)

        assert [each.status for each in world.appointments()] != [Status.CANCELLED]


@contextmanager
def living(seed: int, folder: Path, quirks: Quirks) -> Iterator[World]:
    """A history that tells its story when it ends badly."""
    world = make_world(
        seed,
        folder,
        folder / "template.sqlite3",
        (two_way(),),
        quirks=quirks,
        deeds=DEEDS,
        rates=swarm(random.Random(f"rates {seed}")),
    )
    try:
        yield world
    except BaseException as exc:
        exc.add_note(f"history {seed} on {quirks}:\n" + "\n".join(world.trace))
        raise
    finally:
        world.close()


def require_causes(world: World) -> None:
    """Nothing was done that nobody wanted."""
    world.check_writes()
    with world.ledger.read() as view:
        assert view.verify_journal().is_sound
        check_causes(world, view)


def catch_up(world: World) -> None:
    """Time passes: what was written is shown everywhere."""
    for calendar in world.calendars.values():
        calendar.replica.requests += 1000
