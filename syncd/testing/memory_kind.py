"""Memory calendars as a kind of provider, for flows that open calendars by their id.

Holds no calendar of its own: a test makes them and keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from syncd.core.errors import Unknown
from syncd.core.ids import CalendarId
from syncd.core.problem import Problem
from syncd.ports import Access, Discovered
from syncd.testing.faults import Faults, no_faults
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.memory_provider import MemoryProvider


class MemoryKind:
    """A `ProviderKind` for `provider = "memory"`. `faults` gives each calendar its own hook."""

    name = "memory"
    webhooks = None

    def __init__(
        self,
        calendars: Mapping[CalendarId, MemoryCalendar],
        *,
        faults: Callable[[CalendarId], Faults] = lambda _: no_faults,
    ) -> None:
        self._calendars = calendars
        self._faults = faults

    def check_settings(self, settings: Mapping[str, object]) -> list[Problem]:
        return [Problem(where=key, what="memory calendars have no settings") for key in settings]

    def open(self, access: Access) -> MemoryProvider:
        calendar = self._calendars.get(access.calendar_id)
        if calendar is None:
            raise Unknown("memory calendar", access.calendar_id)
        return MemoryProvider(calendar, zone=access.zone, faults=self._faults(access.calendar_id))

    def discover(self, access: Access) -> list[Discovered]:  # noqa: ARG002  the port's signature
        return [
            Discovered(name=calendar.name, url=f"memory:{calendar.name}", settings={})
            for calendar in self._calendars.values()
        ]

    def set_up(self, access: Access) -> None:  # noqa: ARG002  the port's signature
        return None
