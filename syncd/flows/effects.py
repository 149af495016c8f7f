"""Whether a write that the calendar confirmed had any effect, as the reading after it shows.

Sends and stores nothing.
"""

from __future__ import annotations

from dataclasses import replace

from syncd.core.appointment import Link
from syncd.core.events import Found, RemoteEvent, agrees
from syncd.core.operations import WriteEvent
from syncd.ports import Capabilities


def is_as_before(step: WriteEvent, found: Found | None, can: Capabilities) -> bool:
    """Whether an event that should have changed is at the version that was to be replaced. Where
    versions are unique that is nobody's edit: the calendar lost the write, or shows an old copy."""
    if step.draft is None or not isinstance(found, RemoteEvent) or not can.versions_are_unique:
        return False
    return found.version == step.link.version != "" and not agrees(step.draft, found)


def unwritten(step: WriteEvent) -> Link:
    """The link after a write without effect: still to be written, and still intended, since it may
    show itself later."""
    return replace(
        step.link,
        intended=step.base,
        attempts=step.link.attempts + 1,
        problem="the calendar confirmed a change, and shows the event as it was",
    )
