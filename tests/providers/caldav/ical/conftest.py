"""How the laws are tried: examples in bounded numbers, no deadline on a busy machine."""

from chance import BY_CHANCE
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ical",
    deadline=None,
    max_examples=150,
    derandomize=not BY_CHANCE,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ical")
