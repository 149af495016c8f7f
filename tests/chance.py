"""Whether examples are drawn by chance (CHANCE=1, as `make soak` has it) or are always the same.

What CI runs is the same for everybody; what chance finds becomes a test of its own.
"""

import os

BY_CHANCE = os.environ.get("CHANCE") == "1"
