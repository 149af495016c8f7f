"""A meeting of a colleague's, and an event of ours that is in a calendar in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from syncd.core.events import RemoteEvent
from syncd.ports import Written
from syncd.testing import ForeignEvent, MemoryProvider
from syncd.testing.builders import HALF_HOUR, NINE, a_draft

HOUR = timedelta(hours=1)
BERLIN = ZoneInfo("Europe/Berlin")


def a_meeting(**changes: object) -> ForeignEvent:
    meeting = ForeignEvent(start=NINE, end=NINE + HALF_HOUR, title="Team meeting")
    return replace(meeting, **changes)


def created(provider: MemoryProvider, **changes: object) -> RemoteEvent:
    result = provider.create(a_draft(**changes))
    assert isinstance(result, Written)
    event = provider.get_many([result.ref])[result.ref]
    assert isinstance(event, RemoteEvent)
    return event
