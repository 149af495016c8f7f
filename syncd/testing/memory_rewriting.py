"""What a server makes of an event that it is given: some mend, some order, some lose.

Each step is one switch of `Quirks`. Storing its own output changes nothing more, but for a stamp.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_body import SERVERS_OWN, from_text, to_text

if TYPE_CHECKING:
    from syncd.testing.quirks import Quirks

LONG_EMOJI = 40
"""So many characters outside the basic plane in one title reach a folding edge somewhere."""
NOTHING_LEFT = "(null)"


def rewritten(body: str, quirks: Quirks, stamp: int) -> str:
    """What such a server makes of a body that it is given. Storing its own output changes nothing
    more, but for its `stamp`."""
    try:
        event = from_text(body)
    except ValueError:
        return body
    if quirks.destroys_emoji and sum(ord(each) > 0xFFFF for each in event.content.title) > (
        LONG_EMOJI
    ):
        return NOTHING_LEFT
    content = _mended(event.content, quirks)
    if quirks.adds_properties:
        own = (f"{SERVERS_OWN}STAMP", str(stamp))
        others = tuple(pair for pair in content.properties if pair[0] != own[0])
        content = replace(content, properties=(*others, own))
    return to_text(replace(event, content=content))


def _mended(content: ForeignEvent, quirks: Quirks) -> ForeignEvent:
    if quirks.drops_seconds and isinstance(content.start, datetime):
        content = replace(content, start=content.start.replace(second=0))
    if quirks.squeezes_titles:
        content = replace(content, title=" ".join(content.title.split()))
    if quirks.drops_properties:
        whole = tuple(pair for pair in content.properties if "," not in pair[1])
        content = replace(content, properties=whole)
    if quirks.drops_alarms:
        content = replace(content, alarm=None)
    if quirks.reorders:
        content = replace(content, properties=tuple(sorted(content.properties)))
    return _pinned(content) if quirks.pins_floating else content


def _pinned(content: ForeignEvent) -> ForeignEvent:
    """A floating time on the wall of UTC."""
    start, end = content.start, content.end
    if not (isinstance(start, datetime) and isinstance(end, datetime)):
        return content
    if start.tzinfo is not None or content.zone is not None or content.repeat is not None:
        return content
    return replace(content, start=start.replace(tzinfo=UTC), end=end.replace(tzinfo=UTC))
