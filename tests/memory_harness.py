"""A memory calendar under the conformance suite: its own methods are the colleague's hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from syncd.core.events import Timed
from syncd.core.ids import EventRef, Uid
from syncd.testing import ForeignEvent, Hand, MemoryCalendar, MemoryProvider, Quirks
from syncd.testing.foreign import when_of
from syncd.testing.memory_body import MemoryEvent, to_text


class MemoryHarness:
    """`CalendarUnderTest` over one memory calendar."""

    zone = ZoneInfo("Europe/Berlin")
    nonce = "memory"
    first_day = date(2031, 3, 3)

    def __init__(self, quirks: Quirks) -> None:
        self.calendar = MemoryCalendar(quirks)

    def open(self) -> MemoryProvider:
        return MemoryProvider(self.calendar, zone=self.zone)

    def open_missing(self) -> MemoryProvider:
        missing = MemoryCalendar(self.calendar.quirks, name="missing")
        missing.vanish()
        return MemoryProvider(missing, zone=self.zone)

    def add(self, event: ForeignEvent) -> EventRef:
        return self.calendar.colleague_adds(event)

    def move(self, ref: EventRef, start: datetime, end: datetime) -> EventRef:
        content = self.calendar.content(ref)
        assert isinstance(when_of(content), Timed)
        if content.zone is None:
            return self.calendar.colleague_moves(ref, start.astimezone(UTC), end.astimezone(UTC))
        tz = ZoneInfo(content.zone)
        walls = (each.astimezone(tz).replace(tzinfo=None) for each in (start, end))
        return self.calendar.colleague_moves(ref, *walls)

    def rename(self, ref: EventRef, title: str) -> None:
        self.calendar.colleague_renames(ref, title)

    def delete(self, ref: EventRef) -> None:
        self.calendar.colleague_deletes(ref)

    def occupy(self, uid: Uid, event: ForeignEvent) -> EventRef | None:
        ref = self.calendar.address(uid)
        if ref is None:
            return None
        stranger = MemoryEvent(uid=Uid("somebody-elses@example.org"), content=event)
        return self.calendar.put(ref, to_text(stranger), Hand.COLLEAGUE).ref

    def spoil(self, ref: EventRef) -> bool:
        self.calendar.colleague_spoils(ref)
        return True

    def remove(self) -> bool:
        self.calendar.vanish()
        return True

    def recreate(self) -> bool:
        self.calendar.recreate()
        return True

    def foreign_lines(self, ref: EventRef) -> tuple[str, ...]:
        return self.calendar.foreign_lines(ref)
