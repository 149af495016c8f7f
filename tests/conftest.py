"""Failed laws show their values, though the laws live in the shipped package."""

import pytest

pytest.register_assert_rewrite(
    "syncd.testing.harness",
    "syncd.testing.laws_changing",
    "syncd.testing.laws_creating",
    "syncd.testing.laws_listing",
    "syncd.testing.laws_reading",
    "syncd.testing.laws_time",
)
