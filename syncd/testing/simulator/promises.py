"""More of what must hold at every instant: what a round may conclude, what people were promised.

Looks at each commit before it is made, from inside its transaction, beside the ledger as it was
before; so nobody can come between what is looked at and what is stored.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from syncd.core.appointment import EXEMPT_FROM_OVERLAP, Appointment, Status
from syncd.core.conflict import ConflictField, ConflictRecord
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId, PractitionerId, Version
from syncd.core.journal import Entry
from syncd.core.practice import Calendar, Disclosure, Mode, OnRemoteDelete
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.time import Interval
from syncd.ledger import Transaction, View
from syncd.testing import memory_body
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.simulator.causes import time_of
from syncd.testing.simulator.identities import check_generations, check_links
from syncd.testing.simulator.intents import check_intents, check_wishes
from syncd.testing.simulator.modes import WRITTEN
from syncd.testing.simulator.network import Hot
from syncd.testing.simulator.pauses import check_asking, check_failure
from syncd.testing.simulator.strangers import check_write, read
from syncd.testing.simulator.titles import check_title, since_it_is_there
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.process import Process
    from syncd.testing.simulator.tasks import Task
    from syncd.testing.simulator.world import World

CLIENT = "Client-"
"""How every client's name begins."""
MOST_AT_ONCE = 5


@dataclass(slots=True)
class Look:
    """What was true when a round asked its calendar what is new."""

    at: datetime
    nudges: int
    live: int
    is_released: bool
    removed: int = 0


class Promises:
    """Watches one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._looks: dict[Task, Look] = {}
        self._down: dict[str, datetime] = {}
        self._suspended: dict[str, bool] = {}
        self._opened_at: dict[str, int] = {}
        self._moved_at: dict[str, set[int]] = {}
        self._read = 0

    # Told by the world

    def asks(self, process: Process, calendar_id: CalendarId) -> None:
        """A round asks a calendar what is new."""
        task = self._world.tasks.current
        if task is None:
            return
        with self._world.eyes.read() as view:
            state = view.calendar_state(calendar_id)
            now = process.clock.now()
            live = view.live_link_count(calendar_id, now) + view.live_busy_count(calendar_id, now)
        check_asking(process, state)
        self._looks[task] = Look(now, state.nudges, live, state.released)

    def about_to_commit(self, name: str, tx: Transaction, result: object) -> None:
        """What is stored next."""
        task = self._world.tasks.current
        if task is None:
            return
        if name == "Pusher._intend" and isinstance(result, list) and result:
            state = tx.calendar_state(CalendarId(task.about))
            require(not state.suspended_at, "P7", "writes to a suspended calendar", task.about)
            first = result[0]
            self._world.hot = Hot(first.link.ref, first.appointment.id)
            task.is_writing = True
            task.answered.clear()
            check_intents(tx, result)
        if name == "note_failure.work" and task.about:
            check_failure(tx, CalendarId(task.about))
        if name == "apply_pull.work":
            state = tx.calendar_state(CalendarId(task.about))
            require(not state.suspended_at, "P7", "applied to a suspended calendar", task.about)
        if name == "apply_pull.work" and task in self._looks:
            with self._world.eyes.read() as before:
                self._check_pull(tx, before, CalendarId(task.about), self._looks[task])
        if name in ("apply_pull.work", "Pusher._conclude"):
            with self._world.eyes.read() as before:
                calendar_id = CalendarId(task.about)
                check_links(tx, before, calendar_id, self._world.calendars[calendar_id])
                if name == "Pusher._conclude":
                    check_generations(tx, before, calendar_id, task.answered)
        if name == "book.work" and isinstance(result, Appointment):
            self._check_free(tx, result)
        if name == "act_on.work" and isinstance(result, Appointment):
            with self._world.eyes.read() as before:
                self._check_act(tx, before.appointment(result.id), result)

    def wrote(self, calendar: MemoryCalendar, position: int) -> None:
        """Something of ours was written to a calendar, just now."""
        done = calendar.history[position]
        event = memory_body.read(done.ref, Version(""), done.body) if done.body else None
        with self._world.eyes.read() as view:
            if isinstance(event, RemoteEvent) and event.mark:
                held = view.appointment(event.mark).status is Status.PROPOSED
                require(not held, "P10", "a hold is written to a calendar:", event)
            check_write(view, calendar, position)
            if isinstance(event, RemoteEvent):
                self._world.oracle.words.wrote(view, calendar, event)
        intent = self._world.sending
        require(intent is not None, "S7", "written without an intent", done)
        assert intent is not None
        written_to = intent.calendar.mode in WRITTEN and intent.calendar.active
        require(written_to, "S7", "written to a calendar that is only read", done)
        if isinstance(event, RemoteEvent):
            here = since_it_is_there(calendar.history[:position], done)
            was = read(calendar.history[here[-1]]) if here else None
            told = intent.calendar.shows is not Disclosure.FULL and CLIENT in event.title
            fine = not told or (was is not None and was.title == event.title)
            require(fine, "P10", "a client's name is told:", event.title)
            if intent.calendar.mode is Mode.TWO_WAY and event.mark and here:
                check_title(self._world, calendar, here, event)

    def after_step(self, view: View, entries: Sequence[Entry]) -> None:
        """What must hold always."""
        self._check_suspensions(view, entries)
        self._check_freshness(view)
        for each in entries[self._read :]:
            if (each.subject_kind, each.action) == ("conflict", "open"):
                self._opened_at[each.subject_id] = each.seq
            elif (each.subject_kind, each.action) == ("appointment", "move"):
                self._moved_at.setdefault(each.subject_id, set()).add(each.seq)
        self._read = len(entries)
        for conflict in view.conflicts():
            self._check_conflict(view, conflict)

    def at_rest(self, view: View, entries: Sequence[Entry]) -> None:
        """What needs a longer look."""
        for each in view.appointments():
            day = each.created_at.astimezone(self._world.zone)
            require(f"-{day:%Y%m%d}-" in each.number, "L2", "of another day:", each.number, day)
        check_wishes(entries)
        salts = Counter(each.salt for each in entries if each.salt)
        require(max(salts.values(), default=1) == 1, "L5", "two entries have the same salt")
        told = {
            (each.action, each.subject_id) for each in entries if each.subject_kind == "conflict"
        }
        for conflict in view.conflicts(open_only=False):
            require(("open", conflict.id) in told, "L5", "no entry opens", conflict)
            decided = conflict.resolved_at is not None and conflict.resolved_by != "rule"
            require(not decided or ("close", conflict.id) in told, "L5", "no entry ends", conflict)

    # A round's conclusions

    def _check_pull(
        self, tx: Transaction, before: View, calendar_id: CalendarId, look: Look
    ) -> None:
        state = tx.calendar_state(calendar_id)
        fine = state.nudges <= look.nudges or state.due_at is not None
        require(fine, "W4", "a nudge that came during the round is forgotten")
        since, _ = before.journal_head()
        for entry in tx.journal(after_seq=since):
            if entry.subject_kind != "appointment":
                continue
            if entry.action == "cancel" and entry.before:
                self._check_cancel(tx, calendar_id, entry, look)
            if entry.action == "adopt" and entry.after:
                ended = _moment(json.loads(entry.after)["end"]) <= look.at
                require(not ended, "S3", "adopted although it had ended:", entry.after)
        look.removed += self._dropped(tx, before, calendar_id, look.at)
        most = max(MOST_AT_ONCE, look.live // 10)
        everything = look.removed >= look.live >= 2
        braked = look.removed > most or everything
        require(
            look.is_released or not braked,
            "S5",
            f"{look.removed} of {look.live} removed at once, and nobody had said that they may be",
        )

    def _check_cancel(
        self, tx: Transaction, calendar_id: CalendarId, entry: Entry, look: Look
    ) -> None:
        """S5, S4: cancelled by a calendar that may, while it was to come, by who knew its time."""
        was: dict[str, Any] = json.loads(entry.before or "{}")
        start, end = _moment(was["start"]), _moment(was["end"])
        look.removed += end > look.at
        policy = _policy(tx.calendar(calendar_id))
        require(policy is OnRemoteDelete.CANCEL, "S5", "cancelled, though the policy is", policy)
        calendar = self._world.calendars[calendar_id]
        shown = [time_of(each.body) for each in calendar.history if each.body]
        seen = Interval(start, end) in shown
        require(seen, "S4", "cancelled by who never saw it at", start, end, was)
        link = tx.link(calendar_id, AppointmentId(entry.subject_id))
        names = {entry.subject_id, link.uid if link else ""}
        bodies = [read(each) for each in calendar.history]
        called_off = any(
            each.status is EventStatus.CANCELLED and names & {each.uid, each.mark}
            for each in bodies
            if each is not None
        )
        require(end > look.at or called_off, "S5", "what had ended is cancelled:", was)

    def _dropped(
        self, tx: Transaction, before: View, calendar_id: CalendarId, now: datetime
    ) -> int:
        """How many foreign objects that took time to come are forgotten now."""
        known, kept = before.known_versions(calendar_id), tx.known_versions(calendar_id)
        lost = before.known(calendar_id, sorted(known.keys() - kept.keys()))
        live = [each for each in lost.values() if _takes_time(each, now)]
        if not live:
            return 0
        still_there = {each.uid for each in tx.known(calendar_id, sorted(kept)).values()}
        return sum(each.uid not in still_there for each in live)

    # What people do

    def _check_free(self, tx: Transaction, made: Appointment) -> None:
        """L3: nobody is booked over time that is known to be busy."""
        if made.flags & EXEMPT_FROM_OVERLAP:
            return
        blocks = tx.busy_of(made.practitioners, made.interval, but_for=made.id)
        require(not blocks, "L3", made.number, "takes time that is busy:", blocks)
        self._world.oracle.bookings.check_really_free(tx, made)

    def _check_act(self, tx: Transaction, before: Appointment, after: Appointment) -> None:
        if before.interval != after.interval:
            exempt = after.flags & EXEMPT_FROM_OVERLAP
            require(not exempt, "L3", "moved by staff, and free to overlap:", after)
            self._check_free(tx, after)
        until = before.hold_expires_at
        if before.status is Status.PROPOSED and after.status.holds_time:
            require(until and until > tx.now, "L3", "booked though the hold had expired", before)

    def refused(
        self, who: Sequence[PractitionerId], wanted: Interval, *, but_for: Appointment | None = None
    ) -> None:
        """L3 the other way round: who is refused a time is told the truth."""
        with self._world.eyes.read() as view:
            now = self._world.front.clock.now()
            taken = [
                each.number
                for each in view.appointments()
                if each.interval.overlaps(wanted)
                and each.holds_time_at(now)
                and (but_for is None or each.id != but_for.id)
            ]
            own = but_for.id if but_for else None
            blocks = view.busy_of(who, wanted, but_for=own)
            states = view.states()
        beyond = any((each.horizon_until or wanted.start) < wanted.end for each in states)
        require(taken or blocks or beyond, "L3", "refused although it is free:", wanted)

    # What stands in the ledger

    def _check_conflict(self, view: View, conflict: ConflictRecord) -> None:
        """S4, L3: a conflict keeps the loser whole, and its time taken."""
        if conflict.remote is None or not view.calendar(conflict.calendar_id).active:
            return
        client = view.appointment(conflict.appointment_id).client
        if client is not None and not client.name:
            return  # erased
        require(conflict.remote_body, "S4", "the loser's body is not kept:", conflict)
        if conflict.field is not ConflictField.TIME or "start" not in conflict.remote:
            return
        start, end = (_moment(conflict.remote[key]) for key in ("start", "end"))
        for who in view.appointment(conflict.appointment_id).practitioners:
            blocks = view.busy(who, Interval(start, end))
            mine = any(each.conflict_id == conflict.id for each in blocks)
            require(mine, "L3", "the loser's time is free:", conflict, who)
        calendar = self._world.calendars[conflict.calendar_id]
        excuses = self._world.excuses
        old = self._opened_at.get(conflict.id) in excuses.old_answers
        # An old answer was believed before: what is there since then looks like somebody's edit.
        old = old or bool(self._moved_at.get(conflict.appointment_id, set()) & excuses.old_answers)
        if old or excuses.was_delayed(calendar, conflict.ref):
            return
        theirs = [
            time_of(each.body)
            for each in calendar.history
            if each.body and each.hand is Hand.COLLEAGUE
        ]
        require(
            Interval(start, end) in theirs,
            "S7",
            "a conflict with what we wrote ourselves:",
            conflict,
        )

    def _check_suspensions(self, view: View, entries: Sequence[Entry]) -> None:
        """P7: what somebody suspended stays so until somebody releases it."""
        for each in entries:
            if each.subject_kind == "calendar-state":
                self._suspended[each.subject_id] = each.action == "suspend"
        for state in view.states():
            wanted = self._suspended.get(state.calendar_id, False)
            same = (state.suspended_at is not None) == wanted
            require(same, "P7", state.calendar_id, "suspended?", wanted, state)

    def _check_freshness(self, view: View) -> None:
        """O6: nothing was read since it could not be."""
        world = self._world
        now = world.clock.now()
        self._down = {name: self._down.get(name, now) for name in world.unreachable}
        steps = any(each.name == "the clock steps" for each in world.choices.steps)
        if world.profile.skew or steps:
            return
        for name, since in self._down.items():
            read_at = view.calendar_state(CalendarId(name)).last_read_at
            fresh = read_at is not None and read_at > since
            require(not fresh, "O6", name, "read at", read_at, "but unreachable since", since)


def _policy(calendar: Calendar) -> OnRemoteDelete:
    if calendar.on_remote_delete is not None:
        return calendar.on_remote_delete
    publish = calendar.mode is Mode.PUBLISH
    return OnRemoteDelete.RESTORE if publish else OnRemoteDelete.CANCEL


def _takes_time(record: RemoteRecord, now: datetime) -> bool:
    return record.kind is RemoteKind.BUSY and (record.ends_at is None or record.ends_at > now)


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)
