"""What a calendar names and has never shown: it may be an event that was created unheard. Pure.

Server and reader may see different copies, so that a listing names what a read does not show yet;
and while the answer to a creation is lost, nobody can tell that object from another one.
"""

from __future__ import annotations

from datetime import timedelta

from syncd.core.events import RemoteEvent, Unreadable
from syncd.core.ids import EventRef
from syncd.core.scene import Pair, Picture

_CLOCKS_DIFFER_BY = timedelta(hours=1)
"""Of several nodes, and of one that was set."""


def perhaps_created(picture: Picture, pair: Pair) -> EventRef | None:
    """Where the pair's event may be that was perhaps created, as something that was named since
    there is the appointment and was never shown; None where nothing is, or nothing was tried."""
    if pair.link.ref is not None or pair.link.intended is None:
        return None
    since = pair.appointment.created_at - _CLOCKS_DIFFER_BY
    for item in sorted(picture.seen, key=lambda each: each.ref):
        known = picture.records.get(item.ref)
        was_shown = known is not None and known.uid
        is_older = known is not None and known.since is not None and known.since < since
        if _is_not_shown(item) and not (was_shown or is_older):
            return item.ref
    return None


def _is_not_shown(item: RemoteEvent | Unreadable) -> bool:
    return isinstance(item, Unreadable) and item.awaits == item.ref
