"""What must hold at every instant of a history: looked at as soon as something was written.

It believes nobody: what it knows comes from the calendars' own histories, from what people did, and
from the ledger as it stands on disk. What must hold once all is quiet is in `rest`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment, Status
from syncd.core.conflict import ConflictField
from syncd.core.errors import LeaseLost
from syncd.core.events import EventStatus, RemoteEvent, Timed
from syncd.core.ids import AppointmentId, CalendarId, Number
from syncd.core.journal import Entry
from syncd.core.practice import Mode
from syncd.core.remote import RemoteKind
from syncd.core.time import Interval
from syncd.flows.apply import Mandate
from syncd.flows.status import Health, overview
from syncd.ledger import Transaction, View
from syncd.ports import ConditionalWrite
from syncd.testing import memory_body
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_calendar import Hand, Happening, MemoryCalendar
from syncd.testing.quirks import Cursors, Etag
from syncd.testing.simulator.causes import check_entry, start_of
from syncd.testing.simulator.process import Process
from syncd.testing.simulator.promises import Promises
from syncd.testing.simulator.violation import Violation, require
from syncd.testing.simulator.world import World

GRACE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Ack:
    """What somebody was told: an appointment as it was stored then."""

    appointment: Appointment
    asked: int
    told: int


class Oracle:
    """Watches one world."""

    def __init__(self, world: World, logs: Sequence[Mapping[str, object]] = ()) -> None:
        """`logs`: where everything that syncd logs ends up."""
        self.world = world
        self._logs = logs
        self.acks: list[Ack] = []
        self.bookings: list[Ack] = []
        self.seq = 0
        self.entries: list[Entry] = []
        self.down_since: dict[str, datetime] = {}
        self._looked = dict.fromkeys(world.calendars, 0)
        self._cursors: dict[CalendarId, str | None] = dict.fromkeys(world.calendars)
        self._dirty = True
        self._read_logs = 0
        self._moment = 0
        self._intended: dict[object, int] = {}
        self._cancelled_at: dict[str, int] = {}
        self.promises = Promises(world)

    # Told by people

    def asks(self) -> int:
        """Somebody asks for something: the moment, for `booked`."""
        self._moment += 1
        return self._moment

    def booked(self, made: Appointment, asked: int) -> None:
        """Somebody was told that this is booked."""
        self._moment += 1
        self.bookings.append(Ack(made, asked, self._moment))
        self.acks.append(self.bookings[-1])
        if not (made.flags & EXEMPT_FROM_OVERLAP):
            self._check_really_free(made)

    def moved(self, after: Appointment) -> None:
        self.acted(after)
        self._check_really_free(after)

    def acted(self, after: Appointment) -> None:
        self._moment += 1
        self.acks.append(Ack(after, self._moment, self._moment))

    def starts_seen(self) -> list[datetime]:
        """When something starts, anywhere."""
        with self.world.eyes.read() as view:
            found = {each.start for each in view.appointments() if not each.is_over}
        for calendar in self.world.calendars.values():
            found |= {each.when.start for each in calendar.events() if isinstance(each.when, Timed)}
        return sorted(each for each in found if each > self.world.clock.now())

    # Told by the world

    def about_to_commit(
        self,
        process: Process,
        name: str,
        tx: Transaction,
        *,
        result: object,
        mandate: Mandate | None,
    ) -> None:
        """S9: what a round commits, it commits behind the newest fence."""
        self.promises.about_to_commit(name, tx, result)
        task = self.world.tasks.current
        if task is None:
            return
        if name == "Pusher._intend":
            self._intended[task] = tx.journal_head()[0]
        if mandate is None or not task.about:
            return
        try:
            tx.require_fence(CalendarId(task.about), mandate.fence)
        except LeaseLost:
            raise Violation("S9", process.name, "commits", name, "behind", mandate.fence) from None

    def committed(self, process: Process, name: str) -> None:  # noqa: ARG002
        self._dirty = True

    def look_at_writes(self, process: Process | None) -> None:
        """Every write of ours to a calendar since the last look, against what was there before."""
        for calendar_id, calendar in self.world.calendars.items():
            upto, self._looked[calendar_id] = self._looked[calendar_id], len(calendar.history)
            for position in range(upto, len(calendar.history)):
                if calendar.history[position].hand is Hand.SYNCD:
                    self._check_write(calendar, position, process)

    def after_step(self) -> None:
        """Everything that must hold always."""
        self.look_at_writes(None)
        for entry in self._logs[self._read_logs :]:
            require(entry["event"] != "round_broken", "O2", repr(entry.get("exc_info")))
        self._read_logs = len(self._logs)
        if not self._dirty:
            return
        self._dirty = False
        with self.world.eyes.read() as view:
            self.read_journal(view)
            appointments = view.appointments()
            self._check_overlaps(appointments)
            self._check_acks(appointments)
            for state in view.states():
                if state.cursor != self._cursors.get(state.calendar_id):
                    self._cursors[state.calendar_id] = state.cursor
                    self._check_cursor(view, state.calendar_id, state.cursor)
            self._check_status(view)
            self.promises.after_step(view, self.entries)

    def read_journal(self, view: View) -> None:
        """Take in what is new, and ask of each change who wanted it."""
        for entry in view.journal(after_seq=self.seq):
            require(entry.seq == self.seq + 1, "L5", "after entry", self.seq, "comes", entry.seq)
            self.seq = entry.seq
            self.entries.append(entry)
            if entry.subject_kind == "appointment":
                check_entry(self.world, view, entry)
                if entry.action == "cancel":
                    self._cancelled_at[entry.subject_id] = entry.seq

    # The checks

    def _check_write(
        self, calendar: MemoryCalendar, position: int, process: Process | None
    ) -> None:
        done = calendar.history[position]
        before = _before(calendar.history[:position], done)
        self.world.tell("wrote", calendar.name, done.ref, summary(done.body))
        self.promises.wrote(calendar, position)
        if done.body is not None:
            self._check_alone(calendar, done, process, before)
        if before is None or before.body is None:
            return
        self._check_seen(calendar, done, before)
        if done.body is None:
            return
        if memory_body.digest(before.body) == memory_body.digest(done.body):
            retry = process is None or self.world.had_trouble
            require(retry, "S7", "wrote what was there", summary(done.body))
        if not calendar.quirks.drops_properties:
            lost = set(_foreign(before.body)) - set(_foreign(done.body))
            require(not lost, "S12", "foreign lines lost:", lost)

    def _check_seen(self, calendar: MemoryCalendar, done: Happening, before: Happening) -> None:
        """S4: what we overwrite, the ledger has seen, and keeps what it said."""
        if done.body is None and calendar.quirks.etag is Etag.NONE:
            return  # somebody may always come between the look and a deletion
        if before.hand is not Hand.COLLEAGUE or before.body is None:
            return
        calendar_id = CalendarId(calendar.name)
        with self.world.eyes.read() as view:
            record = view.known(calendar_id, [done.ref]).get(done.ref)
            known = record.digest if record is not None else ""
            seen = known == memory_body.digest(before.body)
            require(seen, "S4", "written over what nobody had seen:", summary(before.body))
            start, mode = start_of(before.body), view.calendar(calendar_id).mode
            if start is not None and mode is Mode.TWO_WAY and start != start_of(done.body or ""):
                self._check_kept(view, calendar_id, start, before)

    def _check_kept(
        self, view: View, calendar_id: CalendarId, start: datetime, before: Happening
    ) -> None:
        self.read_journal(view)
        text = start.isoformat()
        told = any(text in f"{each.before}{each.after}" for each in self.entries)
        kept = any(
            each.remote_body == before.body or text in str(each.remote)
            for each in view.conflicts(open_only=False)
        )
        require(
            told or kept or self.world.reconfigured,
            "S4",
            f"a colleague's time in {calendar_id} is nowhere any more:",
            summary(before.body),
        )

    def _check_alone(
        self,
        calendar: MemoryCalendar,
        done: Happening,
        process: Process | None,
        before: Happening | None,
    ) -> None:
        """S8 and S10: one live event an appointment, and none for one that was over before."""
        event = calendar.event(done.ref)
        if not isinstance(event, RemoteEvent) or event.status is EventStatus.CANCELLED:
            return
        if event.mark is None:
            return
        same = [
            each
            for each in calendar.events()
            if each.mark == event.mark
            and each.is_plain
            and each.status is not EventStatus.CANCELLED
        ]
        with self.world.eyes.read() as view:
            mine = view.conflicts_of([AppointmentId(event.mark)], open_only=False).values()
        split = sum(each.field is ConflictField.KIND for found in mine for each in found)
        if process is None:  # a request that arrives late asks nobody any more
            self.world.doubled[event.mark] += 1
        copies = self.world.doubled[event.uid] + _came_between(calendar, before) + split
        copies += self.world.doubled[event.mark] + self.world.reconfigured
        require(len(same) <= 1 + copies, "S8", "two events for one appointment:", event.mark)
        task = self.world.tasks.current
        intended = self._intended.get(task) if process is not None else None
        over = self._cancelled_at.get(event.mark)
        if intended is not None and over is not None:
            require(over > intended, "S10", "written although cancelled before:", event)

    def _check_overlaps(self, appointments: list[Appointment]) -> None:
        now = self.world.clock.now()
        holding = [each for each in appointments if holds_time(each, now)]
        holding.sort(key=lambda each: each.start)
        for at, one in enumerate(holding):
            for other in holding[at + 1 :]:
                if other.start >= one.end:
                    break
                if not _same_people(one, other):
                    continue
                exempt = (one.flags | other.flags) & EXEMPT_FROM_OVERLAP
                require(exempt, "L3", "two at a time:", one.number, other.number, one.start)

    def _check_really_free(self, made: Appointment) -> None:
        """What was booked or moved is open, and no calendar had said that it was busy."""
        with self.world.eyes.read() as view:
            stored = view.appointment(made.id)
            if stored.version != made.version or made.flags & EXEMPT_FROM_OVERLAP:
                return
            for calendar in view.calendars():
                theirs = calendar.practitioner_id == made.practitioner_id
                if theirs and calendar.mode.blocks and calendar.active:
                    self._check_not_busy(view, calendar.id, made.interval, made.number)
        if self.world.profile.hours != "always":
            opens, closes = (int(each) for each in self.world.profile.hours.split()[1::2])
            walls = [each.astimezone(self.world.zone) for each in (made.start, made.end)]
            minutes = [each.hour * 60 + each.minute for each in walls]
            inside = opens * 60 <= minutes[0] and minutes[1] <= closes * 60
            require(inside, "S13", "booked outside opening hours:", walls)

    def _check_not_busy(
        self, view: View, calendar_id: CalendarId, wanted: Interval, number: Number
    ) -> None:
        for ref in view.known_versions(calendar_id):
            record = view.known(calendar_id, [ref])[ref]
            if record.kind is not RemoteKind.BUSY or not record.body:
                continue
            content = memory_body.from_text(record.body).content
            taken = occurrences_of(content, wanted, self.world.zone, limit=1000) or []
            require(not taken, "L3", number, "was booked over", summary(record.body))

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
        for ack in self.bookings:
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

    def _check_cursor(self, view: View, calendar_id: CalendarId, cursor: str | None) -> None:
        """S6: everything that the stored cursor covers is known."""
        calendar = self.world.calendars[calendar_id]
        if cursor is None or calendar.quirks.cursors is not Cursors.HONEST:
            return
        incarnation, _, number = cursor.partition(":")
        if incarnation != str(calendar.incarnation):
            return
        known = view.known_versions(calendar_id)
        for ref in calendar.refs:
            stored = calendar.stored(ref)
            if stored is not None and stored.changed_at <= int(number):
                there = ref in known and (
                    known[ref].version in ("", calendar.version_of(stored))
                    or calendar.quirks.etag is not Etag.STRONG
                )
                require(there, "S6", "the cursor", cursor, "passed", ref, summary(stored.body))

    def _check_status(self, view: View) -> None:
        """O6: a calendar that nobody could read for too long is not in sync."""
        now = self.world.clock.now()
        for name in self.world.unreachable:
            self.down_since.setdefault(name, now)
        for name in [each for each in self.down_since if each not in self.world.unreachable]:
            del self.down_since[name]
        practice = view.practice()
        if not self.down_since or practice is None or self.world.profile.skew:
            return
        for status in overview(view, practice).calendars:
            since = self.down_since.get(status.calendar.id)
            if since is not None and now - since > status.calendar.stale_after + GRACE:
                claims = status.health is Health.IN_SYNC
                require(not claims, "O6", status.calendar.id, "in sync, unread since", since)


def _same_people(one: Appointment, other: Appointment) -> bool:
    clients = {each.client.id for each in (one, other) if each.client}
    same_client = len(clients) == 1 and one.client is not None and other.client is not None
    return one.practitioner_id == other.practitioner_id or same_client


def _came_between(calendar: MemoryCalendar, before: Happening | None) -> bool:
    """Whether somebody took the event away between the look and the write, on a server that knows
    no conditions: then it is there twice, and nobody could help it."""
    quirks = calendar.quirks
    bound = quirks.capabilities.conditional_write is ConditionalWrite.OBJECT and quirks.is_atomic
    return not bound and before is not None and before.body is None


def holds_time(appointment: Appointment, now: datetime) -> bool:
    """Whether nobody else may have this time."""
    if appointment.status is Status.PROPOSED:
        until = appointment.hold_expires_at
        return until is not None and until > now
    return appointment.status.holds_time


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


def _before(history: list[Happening], done: Happening) -> Happening | None:
    """What was there; a remade collection began empty."""
    same = (each for each in reversed(history) if each.ref == done.ref)
    found = next(same, None)
    return found if found is not None and found.incarnation == done.incarnation else None


def _foreign(body: str) -> tuple[str, ...]:
    try:
        return memory_body.foreign_lines(body)
    except ValueError:
        return ()
