"""The simulator lives through random histories; here a few on every kind of server, by fixed seeds,
and what one must be able to rely on: the same choices give the same history."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.testing.quirks import PROFILES
from syncd.testing.simulator import Drawn, Profile, Scripted, from_seed, from_text, tell, to_text
from syncd.testing.simulator.choices import Choices, Seeded
from syncd.testing.simulator.profile import PRACTICES, choose_profile

SHORT = 20


def require_whole(story):
    assert story.broken is None, to_text(story.steps, str(story.broken))


@pytest.mark.parametrize("server", PROFILES)
def test_every_promise_holds_on_every_server(server, templates):
    require_whole(from_seed(1, templates, profile=Profile(server=server, nodes=2), length=SHORT))


@pytest.mark.parametrize("practice", PRACTICES)
def test_every_promise_holds_in_every_practice(practice, templates):
    require_whole(from_seed(2, templates, profile=Profile(practice=practice), length=SHORT))


@pytest.mark.parametrize("seed", range(10, 15))
def test_a_seed_gives_the_same_history_each_time(seed, templates):
    once, again = from_seed(seed, templates), from_seed(seed, templates)

    assert once.digest == again.digest
    assert once.trace == again.trace


def test_two_seeds_give_two_histories(templates):
    assert from_seed(10, templates).digest != from_seed(11, templates).digest


@pytest.mark.parametrize("seed", [20, 21])
def test_a_history_can_be_told_from_its_record(seed, templates):
    told = from_seed(seed, templates)

    again = tell(Scripted(from_text(to_text(told.steps))), templates)

    assert again.trace == told.trace


def test_a_history_in_a_world_that_was_asked_for_can_be_told_from_its_record(templates):
    world = Profile(server="listings with holes", practice="two calendars", nodes=2, lags=True)
    told = from_seed(22, templates, profile=world)

    again = tell(Scripted(from_text(to_text(told.steps))), templates)

    assert again.profile == world
    assert again.trace == told.trace


def test_no_seed_comes_to_a_server_against_the_contract():
    found = {choose_profile(Choices(Seeded(seed, 1))).server for seed in range(2000)}

    assert found == set(PROFILES)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_the_same_world_under_hypothesis(data, templates):
    story = tell(Drawn(lambda names: data.draw(st.sampled_from(names)), length=25), templates)

    require_whole(story)


def test_the_proof_tells_how_many_kinds_of_servers_and_practices_there_are():
    words = " ".join((Path(__file__).parents[2] / "docs/proof.md").read_text().split())

    assert f"one of {len(PROFILES)} kinds of server, in one of {len(PRACTICES)} kinds" in words
