"""What must hold at every instant of a history: looked at as soon as something was written.

It believes nobody: what it knows comes from the calendars' own histories, from what people did, and
from the ledger as it stands on disk. What must hold once all is quiet is in `rest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.appointment import Status
from syncd.core.errors import LeaseLost
from syncd.core.events import EventStatus, RemoteEvent, Timed
from syncd.core.ids import AppointmentId, CalendarId, EventRef
from syncd.core.journal import Entry
from syncd.core.practice import Mode
from syncd.core.time import Interval
from syncd.flows.mandate import Mandate
from syncd.flows.status import Health, overview
from syncd.ledger import Transaction, View
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Hand, Happening, MemoryCalendar
from syncd.testing.quirks import Cursors, Etag
from syncd.testing.simulator.bookings import Bookings
from syncd.testing.simulator.causes import check_entry, time_of
from syncd.testing.simulator.consents import Request, requests_known
from syncd.testing.simulator.fences import check_taking
from syncd.testing.simulator.intents import Intent
from syncd.testing.simulator.outlaws import hides_news
from syncd.testing.simulator.process import Process
from syncd.testing.simulator.promises import Promises
from syncd.testing.simulator.strangers import read
from syncd.testing.simulator.telling import summary
from syncd.testing.simulator.trails import Trails
from syncd.testing.simulator.violation import Violation, require
from syncd.testing.simulator.words import Words
from syncd.testing.simulator.world import World

GRACE = timedelta(seconds=1)


class Oracle:
    """Watches one world."""

    def __init__(self, world: World, logs: Sequence[Mapping[str, object]] = ()) -> None:
        """`logs`: where everything that syncd logs ends up."""
        self.world = world
        self._logs = logs
        self.bookings = Bookings(world)
        self.seq = 0
        self.entries: list[Entry] = []
        self.down_since: dict[str, datetime] = {}
        self._looked = dict.fromkeys(world.calendars, 0)
        self._cursors: dict[CalendarId, str | None] = dict.fromkeys(world.calendars)
        self._dirty = True
        self._read_logs = 0
        self._cancelled_at: dict[str, int] = {}
        self.requests: set[Request] = set()
        self.trails = Trails()
        self.promises = Promises(world)
        self.words = Words(world)

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
        with self.world.eyes.read() as view:
            if name == "take.work":
                check_taking(self.world, process, view, tx)
            since, upto = view.journal_head()[0], tx.journal_head()[0]
            self.words.about_to_commit(name, view, tx, result)
        self.world.excuses.heeds_old_answers(task, since, upto)
        if name == "Pusher._intend":
            calendar = tx.calendar(CalendarId(task.about))
            task.intent = Intent(
                seq=upto,
                at=self.world.clock.now(),
                calendar=calendar,
                fence=mandate.fence if mandate is not None else 0,
                is_held=tx.lease_holders().get(calendar.id) == process.name,
            )
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
            self.bookings.check(appointments)
            for state in view.states():
                if state.cursor != self._cursors.get(state.calendar_id):
                    self._cursors[state.calendar_id] = state.cursor
                    self._check_cursor(view, state.calendar_id, state.cursor)
            self._check_status(view)
            self.promises.after_step(view, self.entries)
            self.requests |= requests_known(self.world, view)
            self.words.after_step(view, self.entries, appointments)

    def read_journal(self, view: View) -> None:
        """Take in what is new, and ask of each change who wanted it."""
        for entry in view.journal(after_seq=self.seq):
            require(entry.seq == self.seq + 1, "L5", "after entry", self.seq, "comes", entry.seq)
            self.seq = entry.seq
            self.entries.append(entry)
            self.trails.follow(view, entry)
            if entry.subject_kind == "appointment":
                check_entry(self.world, view, entry)
                self._note_end(entry)

    # The checks

    def _check_write(
        self, calendar: MemoryCalendar, position: int, process: Process | None
    ) -> None:
        done = calendar.history[position]
        at = _before(calendar.history[:position], done)
        before = calendar.history[at] if at is not None else None
        self.world.tell("wrote", calendar.name, done.ref, summary(done.body))
        self.promises.wrote(calendar, position)
        if process is None:
            self.world.excuses.came_late(calendar, position)
            self._note_orphan(calendar, done)
        if done.body is not None:
            self._check_alone(calendar, position, process)
        if at is None or before is None or before.body is None:
            return
        self._check_seen(calendar, done, at)
        if done.body is None:
            return
        if memory_body.digest(before.body) == memory_body.digest(done.body):
            retry = process is None or self.world.excuses.is_in_trouble(calendar, done.ref)
            require(retry, "S7", "wrote what was there", summary(done.body))
        if not calendar.quirks.drops_properties:
            lost = set(_foreign(before.body)) - set(_foreign(done.body))
            require(not lost, "S12", "foreign lines lost:", lost)

    def _note_orphan(self, calendar: MemoryCalendar, done: Happening) -> None:
        """A creation that arrives when its appointment has gone on twice, or under another
        identity: nobody can tell it from what a person put there."""
        event = read(done)
        if event is None or not event.mark or not isinstance(event.when, Timed):
            return
        with self.world.eyes.read() as view:
            link = view.link(CalendarId(calendar.name), AppointmentId(event.mark))
        shown = (event.when.start, event.when.end, event.title)
        known = [each for each in (link.base, *link.wishes) if each] if link else []
        expected = any(shown == (each.start, each.end, each.title) for each in known)
        if link is None or link.uid != event.uid or (known and not expected):
            self.world.excuses.orphans(calendar, done.ref)

    def _check_seen(self, calendar: MemoryCalendar, done: Happening, at: int) -> None:
        """S4: what we overwrite, which happened at `at`, the ledger has seen, and keeps."""
        before, intent = calendar.history[at], self.world.sending
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
            time = time_of(before.body)
            both = intent is not None and intent.calendar.mode is Mode.TWO_WAY
            of_before = self.world.excuses.is_of_before(calendar, at)
            if time is not None and both and not of_before and time != time_of(done.body or ""):
                self._check_kept(view, calendar_id, time, before)

    def _check_kept(
        self, view: View, calendar_id: CalendarId, time: Interval, before: Happening
    ) -> None:
        self.read_journal(view)
        words = (time.start.isoformat(), time.end.isoformat())
        told = any(
            all(word in (text or "") for word in words)
            for each in self.entries
            for text in (each.before, each.after)
        )
        kept = any(
            each.remote_body == before.body or all(word in str(each.remote) for word in words)
            for each in view.conflicts(open_only=False)
        )
        require(
            told or kept,
            "S4",
            f"a colleague's time in {calendar_id} is nowhere any more:",
            summary(before.body),
        )

    def _note_end(self, entry: Entry) -> None:
        """When an appointment was cancelled last, if it is over."""
        status = (entry.state_after or {}).get("status")
        if status == Status.CANCELLED:
            self._cancelled_at.setdefault(entry.subject_id, entry.seq)
        elif status is not None:
            self._cancelled_at.pop(entry.subject_id, None)

    def _check_alone(
        self, calendar: MemoryCalendar, position: int, process: Process | None
    ) -> None:
        """S8 and S10: one live event an appointment of our making, and none for one that was over
        before."""
        event = calendar.event(calendar.history[position].ref)
        if not isinstance(event, RemoteEvent) or event.status is EventStatus.CANCELLED:
            return
        mark = event.mark
        if mark is None:
            return
        alike = [each.ref for each in calendar.events() if each.mark == mark]
        with self.world.eyes.read() as view:
            links = view.links_by_ref(CalendarId(calendar.name), [event.ref, *alike])

        def whose_is(ref: EventRef) -> str:
            return links[ref].appointment_id if ref in links else mark  # a copy keeps the mark

        whose, excuses = whose_is(event.ref), self.world.excuses
        ours = [
            ref
            for ref in alike
            if whose_is(ref) == whose
            and excuses.made_by_us(calendar, ref, now=position)
            and not excuses.is_orphan(calendar, ref)
        ]
        require(len(ours) <= 1, "S8", "two events for one appointment:", mark, ours)
        over, intent = self._cancelled_at.get(whose), self.world.sending
        if process is not None and intent is not None and over is not None:
            require(over > intent.seq, "S10", "written although cancelled before:", event)

    def _check_cursor(self, view: View, calendar_id: CalendarId, cursor: str | None) -> None:
        """S6: everything that the stored cursor covers is known."""
        calendar = self.world.calendars[calendar_id]
        honest = calendar.quirks.cursors is Cursors.HONEST and not hides_news(calendar.quirks)
        if cursor is None or not honest:
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
                    or known[ref].awaits == ref  # asked for at every look, whatever the cursor says
                    or calendar.quirks.etag is not Etag.STRONG
                )
                fine = there or self.world.excuses.is_orphan(calendar, ref)  # twice denied
                require(fine, "S6", "the cursor", cursor, "passed", ref, summary(stored.body))

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


def _before(history: list[Happening], done: Happening) -> int | None:
    """Where in the history that is which was there; a remade collection began empty."""
    same = (at for at in reversed(range(len(history))) if history[at].ref == done.ref)
    found = next(same, None)
    is_same = found is not None and history[found].incarnation == done.incarnation
    return found if is_same else None


def _foreign(body: str) -> tuple[str, ...]:
    try:
        return memory_body.foreign_lines(body)
    except ValueError:
        return ()
