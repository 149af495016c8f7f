"""What colleagues enter in a calendar, and when."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.ids import CalendarId
from syncd.testing.builders import NINE
from syncd.testing.foreign import ForeignEvent

TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
MAIN = CalendarId("patel-main")


def a_foreign(start=NINE, *, hours=0.5, **more):
    return ForeignEvent(
        **{"title": "Team", "start": start, "end": start + timedelta(hours=hours)} | more
    )
