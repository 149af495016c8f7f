"""Every door takes whatever comes: an answer that it promises, in time, and no other exception."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .bounds import ITEM_SECONDS
from .mutations import mutated
from .seeds import TARGETS, seeds, tokens

WORDS = tokens()


def in_time(target: str, item: bytes) -> None:
    begun = time.process_time()

    TARGETS[target](item)

    assert time.process_time() - begun < ITEM_SECONDS


@pytest.mark.parametrize("target", TARGETS)
def test_what_was_sent_before_is_taken(target: str):
    for each in seeds(target):
        in_time(target, each)


@pytest.mark.parametrize("target", TARGETS)
@given(chance=st.randoms(use_true_random=False))
def test_damaged_input_is_taken(target: str, chance: Random):
    in_time(target, mutated(chance, seeds(target), WORDS))


@pytest.mark.parametrize("target", TARGETS)
@given(noise=st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_noise_is_taken(target: str, noise: bytes):
    in_time(target, noise)
