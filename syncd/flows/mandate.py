"""In whose name a round writes: its run, and the lease that it holds."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.ids import CalendarId
from syncd.core.journal import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """In whose name a round writes: the run, and the fence that proves the lease."""

    run_id: str
    fence: int

    def cause(self, calendar_id: CalendarId, why: str = "") -> Cause:
        return Cause(actor=f"calendar:{calendar_id}", via={"run": self.run_id}, why=why)
