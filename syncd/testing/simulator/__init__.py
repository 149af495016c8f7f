"""A whole practice in one thread: the real engine on a real ledger, and everything that goes wrong.

`from_seed(n, templates)` lives through one random history: people book and move and cancel,
colleagues edit their calendars, servers lie, processes end, clocks step. After every step, and once
all is quiet, the oracle asks whether a promise was broken. `tell` does the same for a recorded
story or for Hypothesis. Needs the `greenlet` package.
"""

from syncd.testing.simulator.choices import Drawn, Scripted, Step, from_text, to_text
from syncd.testing.simulator.profile import Profile, Templates
from syncd.testing.simulator.story import Story, from_seed, tell
from syncd.testing.simulator.violation import INVARIANTS, Violation

__all__ = [
    "INVARIANTS",
    "Drawn",
    "Profile",
    "Scripted",
    "Step",
    "Story",
    "Templates",
    "Violation",
    "from_seed",
    "from_text",
    "tell",
    "to_text",
]
