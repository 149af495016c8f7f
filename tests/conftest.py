"""For every test: examples are the same for everybody unless chance is asked for, failed laws show
their values, though they live in the shipped package, none fails because the machine is busy, and none
hears only what another one's level of logging lets through."""

import pytest
import structlog
from chance import BY_CHANCE
from hypothesis import HealthCheck, settings
from shared_statements import share

settings.register_profile(
    "plain",
    derandomize=not BY_CHANCE,
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("plain")
share()

pytest.register_assert_rewrite(
    "syncd.testing.harness",
    "syncd.testing.laws_changing",
    "syncd.testing.laws_creating",
    "syncd.testing.laws_listing",
    "syncd.testing.laws_reading",
    "syncd.testing.laws_time",
)


@pytest.fixture(autouse=True)
def _all_of_the_log():
    structlog.reset_defaults()
