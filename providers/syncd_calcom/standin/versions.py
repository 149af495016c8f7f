"""Which dated version of the API answers a request: `cal-api-version`, family by family.

Vendor page on versioning, public constants; observed: a missing or unknown value is no error but
the oldest version, which another controller serves in another shape, or none at all (404). So
2026-02-25 is the newest where it is known, and the oldest where it is not.
"""

from __future__ import annotations

from enum import StrEnum

from syncd_calcom.standin.messages import Call
from syncd_calcom.standin.profile import Profile

OLDEST = "2024-04-15"
NEWEST_BOOKINGS = "2026-02-25"


class Family(StrEnum):
    BOOKINGS = "bookings"
    EVENT_TYPES = "event types"
    SCHEDULES = "schedules"
    SLOTS = "slots"
    NEUTRAL = "neutral"


_CURRENT = {
    Family.BOOKINGS: {"2024-08-13", NEWEST_BOOKINGS},
    Family.EVENT_TYPES: {"2024-06-14"},
    Family.SCHEDULES: {"2024-06-11"},
    Family.SLOTS: {"2024-09-04"},
}
_LEGACY = {
    Family.BOOKINGS: {OLDEST, "2024-06-11", "2024-06-14"},
    Family.EVENT_TYPES: {OLDEST},
    Family.SCHEDULES: {OLDEST},
    Family.SLOTS: frozenset[str](),
}


class Edition(StrEnum):
    """`NONE`: no controller of the family serves that version."""

    CURRENT = "current"
    LEGACY = "legacy"
    NONE = "none"


def version_of(call: Call, profile: Profile) -> str:
    asked = call.headers.get("cal-api-version", "")
    return asked if asked in profile.versions else OLDEST


def edition(family: Family, version: str) -> Edition:
    if family is Family.NEUTRAL or version in _CURRENT[family]:
        return Edition.CURRENT
    return Edition.LEGACY if version in _LEGACY[family] else Edition.NONE
