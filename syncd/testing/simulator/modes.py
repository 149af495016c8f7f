"""What a calendar's mode means: said here once more, and not asked of the engine that is judged."""

from __future__ import annotations

from syncd.core.practice import Mode

WRITTEN = frozenset((Mode.TWO_WAY, Mode.PUBLISH))
"""Appointments stand there as events; into the others nothing is ever written."""
BLOCKING = frozenset((Mode.TWO_WAY, Mode.IMPORT, Mode.BUSY))
"""What others put there takes time."""
ADOPTING = frozenset((Mode.TWO_WAY, Mode.IMPORT))
"""What others put there may become an appointment."""
