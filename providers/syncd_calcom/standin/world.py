"""Everything that the server remembers, and the few questions that every room asks of it.

In memory, for one process. Time comes from `clock`, identifiers and chances from `seed`: two worlds
that were asked the same at the same times are equal to the byte.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime

from syncd_calcom.standin.faults import Faults
from syncd_calcom.standin.messages import Answer, Delivery
from syncd_calcom.standin.mint import Mint
from syncd_calcom.standin.profile import CAL_DIY, Profile
from syncd_calcom.standin.rows import (
    Booking,
    EventType,
    Hook,
    Key,
    Meeting,
    Reservation,
    Schedule,
    User,
)

Clock = Callable[[], datetime]
"""Answers aware UTC."""


class World:
    """`booker_url` is where patients would book; webhooks name it. `key_prefix` marks API keys:
    anything else is taken for an access token."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        profile: Profile = CAL_DIY,
        booker_url: str = "https://booker.example.test",
        key_prefix: str = "cal_",
    ) -> None:
        self._clock = clock
        self._writes = 0
        self.mint = Mint(seed)
        self.profile = profile
        self.booker_url = booker_url
        self.key_prefix = key_prefix
        self.faults = Faults(self.mint)
        self.users: dict[int, User] = {}
        self.keys: dict[str, Key] = {}
        self.schedules: dict[int, Schedule] = {}
        self.event_types: dict[int, EventType] = {}
        self.bookings: dict[int, Booking] = {}
        self.hooks: dict[str, Hook] = {}
        self.reservations: dict[str, Reservation] = {}
        self.meetings: list[Meeting] = []
        self.cached_slots: dict[str, tuple[datetime, Answer]] = {}
        self._past: dict[int, Booking] | None = None
        self.held: list[Delivery] = []

    def now(self) -> datetime:
        """Whole milliseconds, as the API shows them."""
        found = self._clock()
        return found.replace(microsecond=found.microsecond // 1000 * 1000)

    def insert(self, booking: Booking) -> None:
        """Store a new row: created and updated are one instant until it is written again."""
        booking.created_at = self.now()
        self.write(booking)
        booking.updated_at = booking.created_at

    def write(self, booking: Booking, *, touches: bool = True) -> None:
        """Store a booking's row. `touches` false: only rows beside it changed, and its `updatedAt`
        stays, as it does for an attendee's attendance and for a seat."""
        self.bookings[booking.id] = booking
        if touches:
            self._writes += 1
            booking.written, booking.updated_at = self._writes, self.now()

    def booking(self, uid: str) -> Booking | None:
        return next((each for each in self.bookings.values() if each.uid == uid), None)

    def series(self, uid: str) -> list[Booking]:
        """The occurrences of a series, in the order of their time."""
        found = (each for each in self.bookings.values() if each.series_uid == uid)
        return sorted(found, key=lambda each: (each.start, each.id))

    def successor(self, booking: Booking) -> Booking | None:
        """Of a booking that was moved; where two moves won, the first of them."""
        return next(
            (each for each in self.bookings.values() if each.rescheduled_from == booking.uid), None
        )

    def event_type_of(self, booking: Booking) -> EventType | None:
        return self.event_types.get(booking.event_type_id or 0)

    def schedule_of(self, event_type: EventType, host: User) -> Schedule | None:
        chosen = event_type.schedule_id or host.default_schedule_id
        return self.schedules.get(chosen or 0)

    def user_named(self, username: str) -> User | None:
        return next((each for each in self.users.values() if each.username == username), None)

    def event_type_named(self, user: User | None, slug: str) -> EventType | None:
        return next(
            (
                each
                for each in self.event_types.values()
                if user is not None and each.owner_id == user.id and each.slug == slug
            ),
            None,
        )

    def remember(self) -> None:
        """Keep the bookings as they are now, for reads that will be stale."""
        self._past = deepcopy(self.bookings)

    def past(self) -> dict[int, Booking]:
        """The bookings before the last write; as they are, where nothing was remembered."""
        return self.bookings if self._past is None else self._past
