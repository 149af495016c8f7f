"""Random histories with every fault, on each kind of server that we know: a short run of many.

Here one on each server; `HISTORIES=1000 FIRST_SEED=5000 pytest` with this file lives through so
many on each server and with each single switch.
"""

from __future__ import annotations

import os

import pytest

from syncd.testing.quirks import OUTLAWS, PROFILES, SERVERS
from syncd.testing.simulator import Profile, Templates, from_seed, to_text

COUNT = int(os.environ.get("HISTORIES", "1"))
FIRST = int(os.environ.get("FIRST_SEED", "1"))
LIVED_THROUGH = PROFILES if "HISTORIES" in os.environ else SERVERS
SEEDS = range(FIRST, FIRST + COUNT)


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return Templates(tmp_path_factory.mktemp("profile-histories"))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("server", LIVED_THROUGH)
def test_whatever_goes_wrong_on_such_a_server_all_comes_to_rest(
    server: str, seed: int, templates: Templates
) -> None:
    live_through(server, seed, templates)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("server", OUTLAWS)
def test_a_server_against_the_contract_costs_time_and_nothing_else(
    server: str, seed: int, templates: Templates
) -> None:
    """Nothing is cancelled, moved or overwritten without a cause; and after the daily look at
    everything both sides agree, but for what listings that end early never show."""
    live_through(server, seed, templates)


def live_through(server: str, seed: int, templates: Templates) -> None:
    """A history that tells its story when it ends badly. Each other one has a second node."""
    world = Profile(server=server, nodes=2 - seed % 2)

    story = from_seed(seed, templates, profile=world)

    assert story.broken is None, to_text(story.steps, f"seed {seed}: {story.broken}")
