"""What the conformance suite needs of a calendar beside the provider: a colleague's hand.

A provider's author writes one harness for each server and hands it to `provider_laws`. The hand
must not be the provider itself, or its faults would hide each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from syncd.core.events import Absent, Draft, EventStatus, RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId, Cursor, EventRef, Uid, remote_uid
from syncd.ports import CalendarProvider, Capabilities, CreateIdempotency, Seen, Written
from syncd.testing.foreign import ForeignEvent

HALF_HOUR = timedelta(minutes=30)


class CalendarUnderTest(Protocol):
    """One calendar that nobody else writes to meanwhile; it may hold other events. `zone` is the
    practitioner's. `nonce` is a text that no other run used, so that identities are new."""

    @property
    def zone(self) -> ZoneInfo: ...

    @property
    def nonce(self) -> str: ...

    @property
    def first_day(self) -> date:
        """A Monday on which events may be booked; the laws use the seven days from it."""
        ...

    def open(self) -> CalendarProvider:
        """A new provider for the calendar. The harness closes it when the test ends."""
        ...

    def open_missing(self) -> CalendarProvider:
        """A new provider, as well configured, for a calendar that is not there."""
        ...

    def add(self, event: ForeignEvent) -> EventRef: ...

    def move(self, ref: EventRef, start: datetime, end: datetime) -> EventRef:
        """Where the moved event is: `ref`, unless moving makes a new one. `start` and `end` are
        aware UTC."""
        ...

    def rename(self, ref: EventRef, title: str) -> None: ...

    def delete(self, ref: EventRef) -> None: ...

    def occupy(self, uid: Uid, event: ForeignEvent) -> EventRef | None:
        """Put a foreign `event`, with a uid of its own, where a provider would create `uid`; None
        where clients have no say in addresses."""
        ...

    def spoil(self, ref: EventRef) -> bool:
        """Replace what is at `ref` by something no calendar can mean; false if it is refused."""
        ...

    def remove(self) -> bool:
        """Remove the calendar with all that is in it; false if impossible."""
        ...

    def recreate(self) -> bool:
        """Remove the calendar and make an empty one at the same address; false if impossible."""
        ...

    def foreign_lines(self, ref: EventRef) -> Collection[str]:
        """All that is stored at `ref` and that syncd does not own, as comparable lines."""
        ...


class Desk:
    """A calendar under test with a provider open on it, and the short words of the laws."""

    def __init__(self, calendar: CalendarUnderTest) -> None:
        self.calendar = calendar
        self.provider = calendar.open()
        self.provider.check()
        self._drafts = 0

    @property
    def capabilities(self) -> Capabilities:
        """As declared now: a provider may learn what its server can do."""
        return self.provider.capabilities

    def at(self, hour: int, minute: int = 0, *, day: int = 0) -> datetime:
        """A time of the practitioner's `day` after the first, as aware UTC."""
        on = self.calendar.first_day + timedelta(days=day)
        local = datetime(on.year, on.month, on.day, hour, minute, tzinfo=self.calendar.zone)
        return local.astimezone(UTC)

    def draft(self, **changes: Any) -> Draft:
        """A draft of a new appointment, on the next free half hour of the first day."""
        self._drafts += 1
        name = f"law-{self.calendar.nonce}-{self._drafts}"
        start: datetime = changes.pop("start", self.at(9) + (self._drafts - 1) * HALF_HOUR)
        fields: dict[str, Any] = {
            "uid": remote_uid(AppointmentId(name), CalendarId("law"), 1),
            "start": start,
            "end": start + HALF_HOUR,
            "zone": self.calendar.zone.key,
            "title": f"Consultation {self._drafts}",
            "mark": name,
        }
        return Draft(**(fields | changes))

    def meeting(self, **changes: Any) -> ForeignEvent:
        """A colleague's meeting at 14:00 of the second day, on the practitioner's wall."""
        day = self.calendar.first_day + timedelta(days=1)
        start = datetime(day.year, day.month, day.day, 14, 0)  # noqa: DTZ001  a wall-clock time
        fields: dict[str, Any] = {
            "start": start,
            "end": start + HALF_HOUR,
            "zone": self.calendar.zone.key,
            "title": "Team meeting",
        }
        return ForeignEvent(**(fields | changes))

    def created(self, draft: Draft) -> RemoteEvent:
        """The event of `draft` after creating it, as read back."""
        result = self.provider.create(draft)
        assert isinstance(result, Written), f"create answered {result}"
        return self.event(result.ref)

    def added(self, **changes: Any) -> RemoteEvent:
        """A colleague's new meeting, as read."""
        return self.event(self.calendar.add(self.meeting(**changes)))

    def event(self, ref: EventRef) -> RemoteEvent:
        found = self.provider.get_many([ref])
        assert ref in found, f"nothing was learnt about {ref}"
        event = found[ref]
        assert isinstance(event, RemoteEvent), f"{ref} is {event}"
        return event

    def is_removed(self, ref: EventRef) -> bool:
        """Whether the calendar says that the event was deleted, in its own way of saying it."""
        found = self.provider.get_many([ref]).get(ref)
        if self.capabilities.keeps_deleted:
            return isinstance(found, RemoteEvent) and found.status is EventStatus.CANCELLED
        return isinstance(found, Absent)

    def cursor(self) -> Cursor:
        """Where reading would resume now."""
        cursor = self.provider.listing(bodies=False).cursor
        assert cursor is not None, "a listing of a calendar with cursors came without one"
        return cursor

    def listed(self) -> Mapping[EventRef, Seen]:
        return {each.ref: each for each in self.provider.listing(bodies=True).changed}

    @property
    def searches(self) -> bool:
        """Whether the calendar names its events itself, so that a uid is not ours to choose."""
        return self.capabilities.create_idempotency is not CreateIdempotency.CLIENT_ID
