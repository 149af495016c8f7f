"""The Cal.com provider on a stand-in in this process, and the stand-in under the conformance suite.

The colleague's hand is the stand-in's world itself: rows are written there, not asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from syncd.core.events import EventStatus, Timed
from syncd.core.ids import CalendarId, EventRef, Uid
from syncd.ports import Access
from syncd.testing.clock import FrozenClock
from syncd.testing.foreign import ForeignEvent, when_of
from syncd_calcom.client import Line
from syncd_calcom.provider import CalcomProvider
from syncd_calcom.standin import ALICE_KEY, CAL_DIY, Desk, InProcess, Profile, World, a_practice
from syncd_calcom.standin.rows import Attendee, Booking, EventType, Status

URL = "http://localhost/v2"
NEW_YEAR = datetime(2031, 1, 1, 8, 0, tzinfo=UTC)
PLAIN, ASKING, PRIVATE = 305, 306, 307
"""Event types of half an hour, offered at any time: booked at once, asked for, and one that the
practice does not name."""
JANE = {"name": "Jane Doe", "email": "jane@example.test"}


class Spoiling(httpx.BaseTransport):
    """Something in between that garbles the bookings of the uids in `spoilt`, and counts."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.spoilt: set[str] = set()
        self.requests: list[httpx.Request] = []
        self.before: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if (instead := self.before(request)) is not None:
            return instead
        response = self.inner.handle_request(request)
        if not self.spoilt:
            return response
        document = httpx.Response(200, content=response.read()).json()
        self._spoil(document.get("data"))
        return httpx.Response(response.status_code, headers=response.headers, json=document)

    def _spoil(self, data: Any) -> None:
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and each.get("uid") in self.spoilt:
                each["start"] = "soon"


class CalcomHarness:
    """`CalendarUnderTest` over one account, Alice's, of a world. `transport` sees all that
    providers ask."""

    zone = ZoneInfo("Europe/Berlin")
    nonce = "calcom"
    first_day = date(2031, 3, 3)

    def __init__(
        self, profile: Profile = CAL_DIY, *, clock: FrozenClock | None = None, **settings: Any
    ) -> None:
        self.clock = clock or FrozenClock(NEW_YEAR)
        self.world: World = a_practice(self.clock.now, profile=profile)
        self.desk = Desk(self.world)
        self.desk.limits.of_key = 100_000
        self.in_process = InProcess(self.desk)
        self.transport = Spoiling(self.in_process)
        self.settings = {
            "url": URL,
            "api_key": "env:CALCOM_KEY",
            "username": "alice",
            "event_types": f"{PLAIN}=consultation, {ASKING}=first-visit",
            **settings,
        }
        for number, slug in ((PLAIN, "half"), (ASKING, "asked"), (PRIVATE, "private")):
            self.offer(number, slug)
        self.world.event_types[ASKING].confirmation = {"type": "always"}
        self._named = 0

    # Providers

    def open(self, *, take: int = 250, key: str = ALICE_KEY, **settings: Any) -> CalcomProvider:
        access = Access(
            calendar_id=CalendarId("alice"),
            settings={**self.settings, **settings},
            secret=lambda _: key,
            zone=self.zone,
            clock=self.clock,
        )
        return CalcomProvider(access, line=self.line, take=take)

    @property
    def line(self) -> Line:
        return Line(transport=self.transport, wait=self.clock.advance)

    def open_missing(self) -> CalcomProvider:
        return self.open(username="nobody")

    # The world

    def offer(self, number: int, slug: str, **more: Any) -> EventType:
        """One more event type of Alice's, at any time of any day."""
        fields: dict[str, Any] = {"title": slug.title(), "length": 30, "schedule_id": 203} | more
        found = EventType(id=number, owner_id=101, slug=slug, **fields)
        self.world.event_types[number] = found
        return found

    def booking(self, ref: str) -> Booking:
        found = self.world.booking(ref)
        assert found is not None
        return found

    def book(
        self,
        start: datetime,
        minutes: int = 30,
        *,
        event_type: int = PLAIN,
        status: Status = Status.ACCEPTED,
        **more: Any,
    ) -> Booking:
        """A row as a patient's booking leaves it."""
        world = self.world
        uid, now = world.mint.uid(), world.now()
        person = Attendee(id=world.mint.number("attendee"), time_zone="Europe/Berlin", **JANE)
        fields: dict[str, Any] = {
            "id": world.mint.number("booking"),
            "ics_uid": f"{uid}@{world.profile.application}",
            "host_id": 101,
            "title": "Half between Alice Peer and Jane Doe",
            "end": start + timedelta(minutes=minutes),
            "attendees": [person],
        }
        row = Booking(
            uid=uid,
            start=start,
            status=status,
            event_type_id=event_type,
            created_at=now,
            updated_at=now,
            **(fields | more),
        )
        world.insert(row)
        return row

    def pass_time(self, **much: float) -> None:
        self.clock.advance(timedelta(**much))

    # A colleague's hand

    def add(self, event: ForeignEvent) -> EventRef:
        when = when_of(event)
        if not isinstance(when, Timed) or event.repeat is not None:
            pytest.skip("Cal.com has single bookings between two instants only")
        if event.transparent:
            pytest.skip("every booking takes time in Cal.com")
        self.world.users[101].time_zone = when.zone or "UTC"
        statuses = {
            EventStatus.CONFIRMED: Status.ACCEPTED,
            EventStatus.TENTATIVE: Status.PENDING,
            EventStatus.CANCELLED: Status.CANCELLED,
        }
        is_private = bool(event.categories) and "Appointment" not in event.categories
        row = self.book(
            when.start,
            event_type=PRIVATE if is_private else PLAIN,
            status=statuses[event.status],
            title=event.title,
            description=event.note,
            end=when.end,
        )
        return EventRef(row.uid)

    def move(self, ref: EventRef, start: datetime, end: datetime) -> EventRef:
        """A new row in the place of the old one, as a reschedule leaves it."""
        old = self.booking(ref)
        old.status, old.is_rescheduled = Status.CANCELLED, True
        self.world.write(old)
        new = self.book(
            start,
            end=end,
            ics_uid=old.ics_uid,
            event_type=old.event_type_id,
            title=old.title,
            description=old.description,
            metadata=dict(old.metadata),
            rescheduled_from=old.uid,
            series_uid=old.series_uid,
        )
        return EventRef(new.uid)

    def rename(self, ref: EventRef, title: str) -> None:
        row = self.booking(ref)
        row.title = title
        if "syncd_title" in row.metadata:
            row.metadata["syncd_title"] = title
        self.world.write(row)

    def delete(self, ref: EventRef) -> None:
        row = self.booking(ref)
        row.status, row.cancellation_reason = Status.CANCELLED, "ill"
        self.world.write(row)

    def occupy(self, uid: Uid, event: ForeignEvent) -> EventRef | None:
        return None

    def spoil(self, ref: EventRef) -> bool:
        self.transport.spoilt.add(ref)
        return True

    def remove(self) -> bool:
        return False

    def recreate(self) -> bool:
        return False

    def foreign_lines(self, ref: EventRef) -> tuple[str, ...]:
        row = self.booking(ref)
        people = () if "syncd_appointment" in row.metadata else row.attendees
        return (f"description {row.description}", *(f"who {each}" for each in people))


def accounts_at(*profiles: Profile) -> Any:
    """A fixture: the account at each of these kinds of server in turn."""

    @pytest.fixture(params=profiles, ids=lambda each: each.name)
    def account(request: pytest.FixtureRequest) -> CalcomHarness:
        return CalcomHarness(request.param)

    return account
