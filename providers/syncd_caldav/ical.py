"""Everything that the provider needs of iCalendar, in one place. No clock, no network.

    read_event(ref, version, body, owner=…)   what a body stands for: RemoteEvent, Unreadable, or
                                              NotAnEvent, which the provider leaves out
    render(draft, now=…)                      a new body
    patch(body, draft, now=…)                 a body with only the drafted fields changed
    occurrences(body, horizon, zone, owner=…) the busy time of a recurring event
    semantic_digest(body)                     equal for bodies of equal meaning
    losses(sent, kept)                        what a server dropped or changed

`render`, `patch` and `occurrences` raise `Rejected`, `occurrences` also `Unavailable` if it cannot
have the process that it needs, the others nothing. RFC 5545.
"""

from __future__ import annotations

from syncd_caldav.content_lines import MAX_BODY
from syncd_caldav.drafts import PRODID, render
from syncd_caldav.events import MARK, NotAnEvent, read_event
from syncd_caldav.patch import patch
from syncd_caldav.recurrence import occurrences
from syncd_caldav.semantics import losses, semantic_digest

__all__ = [
    "MARK",
    "MAX_BODY",
    "PRODID",
    "NotAnEvent",
    "losses",
    "occurrences",
    "patch",
    "read_event",
    "render",
    "semantic_digest",
]
