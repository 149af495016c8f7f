"""What people were told when they booked, moved and cancelled, and whether it stays true."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment, Status
from syncd.core.conflict import ConflictField
from syncd.core.events import EventStatus, Timed
from syncd.core.ids import CalendarId, Number
from syncd.core.remote import RemoteKind
from syncd.core.time import Interval
from syncd.ledger import View
from syncd.testing import memory_body
from syncd.testing.foreign import occurrences_of
from syncd.testing.simulator.modes import BLOCKING
from syncd.testing.simulator.profile import is_open
from syncd.testing.simulator.telling import summary
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.world import World


@dataclass(frozen=True, slots=True)
class Ack:
    """What somebody was told: an appointment as it was stored then."""

    appointment: Appointment
    asked: int
    told: int


class Bookings:
    """Everything that was acknowledged in one world."""

    def __init__(self, world: World) -> None:
        self.acks: list[Ack] = []
        self._world = world
        self._bookings: list[Ack] = []
        self._moment = 0

    def asks(self) -> int:
        """Somebody asks for something: the moment, for `booked`."""
        self._moment += 1
        return self._moment

    def booked(self, made: Appointment, asked: int) -> None:
        """Somebody was told that this is booked."""
        self._moment += 1
        self._bookings.append(Ack(made, asked, self._moment))
        self.acks.append(self._bookings[-1])

    def acted(self, after: Appointment) -> None:
        self._moment += 1
        self.acks.append(Ack(after, self._moment, self._moment))

    def starts_seen(self) -> list[datetime]:
        """When something starts, anywhere."""
        with self._world.eyes.read() as view:
            found = {each.start for each in view.appointments() if not each.is_over}
        for calendar in self._world.calendars.values():
            found |= {each.when.start for each in calendar.events() if isinstance(each.when, Timed)}
        return sorted(each for each in found if each > self._world.clock.now())

    def check(self, appointments: list[Appointment]) -> None:
        """L1, L2 and L3, of all appointments as they are stored now."""
        self._check_overlaps(appointments)
        self._check_acks(appointments)

    def _check_overlaps(self, appointments: list[Appointment]) -> None:
        now = self._world.clock.now()
        holding = [each for each in appointments if holds_time(each, now)]
        holding.sort(key=lambda each: each.start)
        for at, one in enumerate(holding):
            for other in holding[at + 1 :]:
                if other.start >= one.end:
                    break
                if not _same_people(one, other):
                    continue
                exempt = any(map(self._world.oracle.trails.may_overlap, (one, other)))
                require(exempt, "L3", "two at a time:", one.number, other.number, one.start)

    def check_really_free(self, view: View, made: Appointment) -> None:
        """What is booked or moved is open, and no calendar had said that it is busy: as the ledger
        stands in the very transaction."""
        if made.flags & EXEMPT_FROM_OVERLAP:
            return
        for calendar in view.calendars():
            theirs = calendar.practitioner_id in made.practitioners
            if theirs and calendar.mode in BLOCKING and calendar.active:
                self._check_not_busy(view, calendar.id, made.interval, made.number)
                self._check_not_disputed(view, calendar.id, made)
        inside = is_open(self._world.profile, made)
        require(inside, "S13", "booked outside opening hours:", made.start, made.end)

    def _check_not_busy(
        self, view: View, calendar_id: CalendarId, wanted: Interval, number: Number
    ) -> None:
        for ref in view.known_versions(calendar_id):
            record = view.known(calendar_id, [ref])[ref]
            series = record.kind is RemoteKind.QUARANTINED and record.recurring
            if not (record.kind is RemoteKind.BUSY or series) or not record.body:
                continue
            content = memory_body.from_text(record.body).content
            taken = occurrences_of(content, wanted, self._world.zone, limit=1000) or []
            require(not taken, "L3", number, "was booked over", summary(record.body))

    def _check_not_disputed(self, view: View, calendar_id: CalendarId, made: Appointment) -> None:
        """What became recurring takes its time until somebody decides, unless it is called off."""
        for conflict in view.conflicts():
            kind = conflict.field is ConflictField.KIND and conflict.calendar_id == calendar_id
            if not kind or not conflict.remote_body or conflict.appointment_id == made.id:
                continue
            content = memory_body.from_text(conflict.remote_body).content
            if content.status is EventStatus.CANCELLED:
                continue
            taken = occurrences_of(content, made.interval, self._world.zone, limit=1000) or []
            told = summary(conflict.remote_body)
            require(not taken, "L3", made.number, "was booked over a disputed", told)

    def _check_acks(self, appointments: list[Appointment]) -> None:
        """L1 and L2: what was acknowledged is there, under a number of its own, in order."""
        stored = {each.id: each for each in appointments}
        for ack in self.acks:
            there = stored.get(ack.appointment.id)
            require(there is not None, "L1", "acknowledged and gone:", ack.appointment.number)
            assert there is not None
            kept = there.version >= ack.appointment.version
            require(kept, "L1", "acknowledged and undone:", ack.appointment.number)
            same = there.number == ack.appointment.number
            require(same, "L2", "a number changed:", there.number, ack.appointment.number)
        numbers = [each.number for each in appointments]
        require(len(set(numbers)) == len(numbers), "L2", "a number twice:", numbers)
        told: dict[str, Ack] = {}
        for ack in self._bookings:
            day, _, number = ack.appointment.number.rpartition("-")
            before = told.get(day)
            if before is not None and before.told < ack.asked:
                earlier = int(before.appointment.number.rpartition("-")[2])
                require(earlier < int(number), "L2", "numbers out of order:", before, ack)
            told[day] = ack
        by_day: dict[str, list[int]] = defaultdict(list)
        for each in numbers:
            day, _, number = each.rpartition("-")
            by_day[day].append(int(number))
        for day, found in by_day.items():
            whole = sorted(found) == list(range(1, len(found) + 1))
            require(whole, "L2", "a gap among the numbers of", day, sorted(found))


def _same_people(one: Appointment, other: Appointment) -> bool:
    clients = {each.client.id for each in (one, other) if each.client}
    same_client = len(clients) == 1 and one.client is not None and other.client is not None
    return bool({*one.practitioners} & {*other.practitioners}) or same_client


def holds_time(appointment: Appointment, now: datetime) -> bool:
    """Whether nobody else may have this time."""
    if appointment.status is Status.PROPOSED:
        until = appointment.hold_expires_at
        return until is not None and until > now
    return appointment.status.holds_time
