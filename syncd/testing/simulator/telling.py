"""How a story speaks of events."""

from __future__ import annotations

from syncd.testing import memory_body


def summary(body: str | None) -> str:
    """An event in a line, for a trace."""
    if body is None:
        return "nothing"
    try:
        event = memory_body.from_text(body)
    except ValueError:
        return "rubbish"
    content = event.content
    more = " recurring" if content.repeat else ""
    return f"{content.start} {content.title!r} {content.status}{more} uid={event.uid[:12]}"
