"""Which `cal-api-version` goes with which path: the one place where that is said.

A wrong one is no error: Cal.com silently answers as its oldest version would, with live code behind
it. So the answer's shape tells whether the version was understood; `account` looks at it. Asks
nothing itself. Vendor page on versions of API v2.
"""

from __future__ import annotations

NEWEST = "2026-02-25"
"""Of bookings, where it is known: the hosted API. Takes a host's own overrides of availability."""
OLDER = "2024-08-13"
"""Of bookings, wherever there is an API v2 worth talking to: Cal.diy, and the hosted one too."""

_OTHERS = {"/event-types": "2024-06-14", "/schedules": "2024-06-11", "/slots": "2024-09-04"}


def version_for(path: str, bookings: str) -> str | None:
    """The header for `path`, relative to the API's root; None where there are no versions.
    `bookings` is the version in which this server speaks of bookings."""
    family = "/" + path.lstrip("/").partition("/")[0].partition("?")[0]
    return bookings if family == "/bookings" else _OTHERS.get(family)
