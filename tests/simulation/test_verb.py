"""`syncd simulate` as somebody types it: both limits hold, and a history told twice is compared."""

import json
import shlex

import pytest

from syncd.cli.app import app


@pytest.fixture
def said(capsys):
    """What the verb says to these words, as JSON."""

    def run(words: str):
        with pytest.raises(SystemExit) as ended:
            app(shlex.split(f"simulate {words} --json"), prog_name="syncd")
        assert not ended.value.code
        return json.loads(capsys.readouterr().out)

    return run


def test_one_seed_is_told_twice_and_compared(said):
    assert said("--seed 10 --twice")["sameTwice"] is True
    assert said("--seed 10")["sameTwice"] is None


def test_a_hunt_ends_with_its_seeds(said):
    assert said("--seeds 2 --first 10 --workers 1")["histories"] == 2


def test_a_hunt_ends_with_its_seconds_though_seeds_are_left(said):
    assert said("--seeds 1000 --seconds 0 --first 10 --workers 1")["histories"] == 1
