"""How the laws are tried: examples in bounded numbers, no deadline on a busy machine.

LAWS_EXAMPLES in the environment caps them: mutation testing asks thousands of times.
"""

import os

from chance import BY_CHANCE
from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES", "0"))

settings.register_profile(
    "laws",
    deadline=None,
    max_examples=EXAMPLES or 100,
    derandomize=not BY_CHANCE,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("laws")


def pytest_collection_modifyitems(items):
    """A law that asks for more examples than most gets no more than the cap."""
    for item in items:
        own = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if EXAMPLES and own is not None and own.max_examples > EXAMPLES:
            item.obj._hypothesis_internal_use_settings = settings(own, max_examples=EXAMPLES)
