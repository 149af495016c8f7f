"""The mass-deletion brake: too many removals at once are held until a person releases them.

Pure. Promise P7; the limits are the practice's, the defaults those of design §2.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BrakeLimits:
    """More than `max(count, ratio * live)` removals in one round engage the brake, and so does a
    calendar of at least `empty_from` live objects that is suddenly empty."""

    count: int = 5
    ratio: float = 0.1
    empty_from: int = 2

    def allows(self, live: int) -> int:
        """How many removals pass among `live` objects."""
        return max(self.count, int(self.ratio * live))


def why_braked(*, removals: int, live: int | None, limits: BrakeLimits) -> str | None:
    """Why these removals must wait for a person; None when they may pass. `live` counts the objects
    before the removals that still matter, not ended and taking time; None where nobody counted."""
    if live is None:
        if removals <= limits.count:
            return None
        return f"{removals} events are gone at once; at most {limits.count} pass by themselves"
    if removals >= live >= limits.empty_from:
        return f"all {live} events are gone at once"
    allowed = limits.allows(live)
    if removals > allowed:
        return f"{removals} of {live} events are gone at once; at most {allowed} pass by themselves"
    return None
