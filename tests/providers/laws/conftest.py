"""Failed laws show their values, though the laws live in the shipped package."""

import pytest

pytest.register_assert_rewrite(
    "syncd.testing.harness",
    "syncd.testing.laws_reading",
    "syncd.testing.laws_time",
    "syncd.testing.laws_writing",
)
