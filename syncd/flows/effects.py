"""Whether a write that the calendar confirmed had any effect, as the reading after it shows.

Sends and stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from syncd.core.appointment import Agreed, Link, LinkState
from syncd.core.events import Absent, EventStatus, Found, RemoteEvent, Timed, agrees
from syncd.core.operations import Op, WriteEvent
from syncd.ports import Capabilities, Written


def is_as_before(step: WriteEvent, found: Found | None, can: Capabilities) -> bool:
    """Whether an event that should have changed is at the version that was to be replaced. Where
    versions are unique that is nobody's edit: the calendar lost the write, or shows an old copy."""
    if step.draft is None or not isinstance(found, RemoteEvent) or not can.versions_are_unique:
        return False
    draft = step.draft
    if not can.edits_freely:
        draft = replace(draft, title=None, transparent=None)  # these it never writes
    return found.version == step.link.version != "" and not agrees(draft, found)


def is_nowhere(step: WriteEvent, found: Found | None) -> bool:
    """Whether an event that was just made is not there. Nobody can have missed it yet who did not
    remove it this very instant: more likely the calendar lost it, or shows an old copy. What nobody
    ever saw was never there to be removed."""
    return step.op is Op.CREATE and isinstance(found, Absent)


def unwritten(step: WriteEvent) -> Link:
    """The link after a write without effect: still to be written, and still intended, since it may
    show itself later."""
    shows = "nothing" if step.op is Op.CREATE else "the event as it was"
    return replace(
        step.link.intends(step.base),
        attempts=step.link.attempts + 1,
        problem=f"the calendar confirmed a change, and shows {shows}",
    )


def is_answer(step: WriteEvent, written: Written, found: RemoteEvent) -> bool:
    """Whether what is read back is what we wrote. A title that we left alone, and that is another
    now, was changed by somebody since; so was an absence."""
    if written.version not in ("", found.version):
        return False
    if step.draft is None or step.base is None or not agrees(step.draft, found):
        return False
    if found.absent is not step.base.absent:
        return False
    return step.draft.title is not None or found.title.strip() == step.base.title.strip()


def agreed(step: WriteEvent, found: Found | None, *, hears_yes: bool) -> Agreed | None:
    """The base after a write. What was just made to wait for a yes and has it was confirmed by the
    calendar itself: nobody said it."""
    if step.base is None or not hears_yes or not isinstance(found, RemoteEvent):
        return step.base
    is_new, is_confirmed = found.ref != step.link.ref, found.status is EventStatus.CONFIRMED
    return replace(step.base, tentative=False) if is_new and is_confirmed else step.base


def shown(step: WriteEvent, found: RemoteEvent) -> Agreed | None:
    """The base as the server shows it, in its own spelling of the title."""
    if step.base is None or not isinstance(found.when, Timed):
        return step.base
    return replace(step.base, title=found.title)


def is_spent(step: WriteEvent, can: Capabilities) -> bool:
    """Whether the event was cancelled where that is for good: it is created anew instead."""
    base = step.link.base
    return can.keeps_deleted and base is not None and base.cancelled


def settled_link(step: WriteEvent) -> Link:
    """The link of a step that writes nothing."""
    over = step.appointment.is_over and step.link.ref is None
    return replace(
        step.link,
        state=LinkState.GONE if over else LinkState.IN_SYNC,
        pushed_version=step.appointment.version,
        intended=None,
    )


def losses_told(properties: Sequence[str]) -> str | None:
    """What to say of an event of which the server did not keep these."""
    return f"the server changed {', '.join(properties)}" if properties else None
