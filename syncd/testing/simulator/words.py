"""Bookings for which a calendar has the last word: what it said, what people were told, what stays.

Believes neither the marks nor the answers: it knows what each calendar holds and refused, and
follows the journal. What is in the calendars at rest beside that is judged in `rest`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from syncd.core.appointment import Appointment, Link, LinkState, Status
from syncd.core.awaiting import Answer
from syncd.core.errors import SlotTaken, Transient
from syncd.core.events import RemoteEvent
from syncd.core.ids import AppointmentId, CalendarId
from syncd.core.journal import Entry
from syncd.core.practice import Calendar, OnOutage
from syncd.flows.awaiting import CAUSE as DEADLINE
from syncd.flows.awaiting import last_word
from syncd.ledger import Transaction, View
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.simulator.consents import is_a_persons
from syncd.testing.simulator.excuses import lives
from syncd.testing.simulator.modes import WRITTEN
from syncd.testing.simulator.strangers import read
from syncd.testing.simulator.trails import CALENDAR
from syncd.testing.simulator.violation import require

if TYPE_CHECKING:
    from syncd.testing.simulator.tasks import Task
    from syncd.testing.simulator.world import World

LONG_OVER = timedelta(days=6)
"""What ended before that is not written any more, and so need not be heard of."""
LOST = (Answer.REFUSED, Answer.AWAY)
"""That there is no appointment; why not is told no longer once its client was erased."""
Place = tuple[CalendarId, AppointmentId]


class Words:
    """Of one world. `waiting` are those whose clients have not been answered yet; `refusals`, what
    each calendar said no to."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.waiting: list[AppointmentId] = []
        self.refusals: set[Place] = set()
        self._configured_anew: set[CalendarId] = set()
        self._unheeded: dict[Task, set[Place]] = {}
        self._told: dict[AppointmentId, tuple[Answer, Status | None]] = {}
        self._marks: dict[Place, tuple[Status, bool]] = {}
        self._heard: set[Place] = set()
        self._decided: dict[str, str] = {}
        self._by_staff: set[str] = set()
        self._read = 0

    # People

    def is_booked(self, made: Appointment) -> None:
        """Somebody booked, and waits for the answer where a calendar may have a say."""
        has_say = any(each.write_through for each in self._world.practice)
        if made.status is Status.PENDING and has_say:
            self.waiting.append(made.id)

    def is_away(self, exc: Transient) -> None:
        """Somebody was told at once that a calendar is out of reach."""
        if "last word" not in str(exc):
            return
        with self._world.eyes.read() as view:
            here = [each.id for each in view.calendars() if _has_say(each)]
            out = [each for each in view.states() if each.calendar_id in here]
        fine = any(each.suspended_at or each.retry_at for each in out)
        require(fine, "B1", "out of reach, it says:", exc, out)

    def hears(self, which: AppointmentId) -> str:
        """Whoever booked waits no longer: what they are told must be so."""
        made: Appointment | None = None
        try:
            made = last_word(self._world.front.around, which)
            answer = Answer.MADE
        except SlotTaken:
            answer = Answer.REFUSED
        except Transient:
            answer = Answer.AWAY
        if which in self.waiting:
            self.waiting.remove(which)
        before, _ = self._told.get(which, (None, None))
        same = before in (None, Answer.MADE) or (before in LOST) is (answer in LOST)
        require(same, "B2", "two answers:", which, before, answer)
        self._told[which] = answer, made.status if made is not None else None
        self._world.counts[f"told: {answer}"] += 1
        if made is not None:
            self._check_made(made)
        return f"{which[:8]} {answer}"

    def _check_made(self, made: Appointment) -> None:
        require(not made.is_over, "B1", "it is made, it says, and over:", made)
        long_ago = self._world.clock.now() - LONG_OVER
        if made.end < long_ago or made.created_at < long_ago:
            return  # it may have been too old to be published, whatever became of it since
        with self._world.eyes.read() as view:
            entries = view.history(made.id)
        agreed = any(each.action == "confirm" and is_a_persons(each) for each in entries)
        for calendar in self._world.practice:
            theirs = calendar.practitioner_id in made.practitioners and _has_say(calendar)
            changed = calendar.id in self._configured_anew
            if not theirs or changed or self._was_made(calendar.id, made.id):
                continue
            hopes = calendar.write_through is OnOutage.ACCEPT
            fine = hopes and (made.status is Status.PENDING or agreed)
            require(fine, "B1", "made, it says, and not in", calendar.id, made)

    def _was_made(self, calendar_id: CalendarId, which: AppointmentId) -> bool:
        history = self._world.calendars[calendar_id].history
        ours = (read(each) for each in history if each.hand is Hand.SYNCD)
        return any(each is not None and each.mark == which for each in ours)

    # Told by the world

    def is_configured(self, calendars: Sequence[Calendar]) -> None:
        """Somebody applies the practice's file, as it says now."""
        practice = self._world.practice
        self._configured_anew |= {each.id for each in calendars if each not in practice}

    def refuses(self, calendar_id: CalendarId, which: AppointmentId) -> None:
        """A calendar will not make this event."""
        self.refusals.add((calendar_id, which))
        task = self._world.tasks.current
        if task is not None:
            self._unheeded.setdefault(task, set()).add((calendar_id, which))

    def about_to_commit(self, name: str, before: View, tx: Transaction, result: object) -> None:
        """B1, B2: who books waits for the word, and what decides is the word, or the deadline."""
        since, upto = before.journal_head()[0], tx.journal_head()[0]
        if name == "Pusher._conclude":
            self._check_heeded(before, tx)
        if upto == since:
            return
        for entry in tx.journal(after_seq=since):
            if entry.subject_kind != "appointment" or is_a_persons(entry):
                continue
            if entry.action == "decline":
                self._check_declined(name, before, tx, entry)
            elif entry.action == "confirm":
                self._check_confirmed(before, tx, entry)
        if name in ("book.work", "act_on.work") and isinstance(result, Appointment):
            self._check_waits(before, tx, result)

    def _check_waits(self, before: View, tx: Transaction, made: Appointment) -> None:
        was = {each.id: each.status for each in before.appointments()}
        is_new = was.get(made.id, Status.PROPOSED) is Status.PROPOSED
        if not is_new or made.status is Status.PROPOSED or made.is_over:
            return
        marked = {each.calendar_id for each in _links(tx, made.id) if each.awaited}
        who = set(made.practitioners)
        say = {each.id for each in tx.calendars() if _has_say(each) and each.practitioner_id in who}
        require(marked == say, "B1", "whose word is waited for?", marked, say, made)
        require(not say or made.status is Status.PENDING, "B1", "booked without a word:", made)

    def _check_declined(self, name: str, before: View, tx: Transaction, entry: Entry) -> None:
        which = AppointmentId(entry.subject_id)
        if entry.actor.startswith(CALENDAR):
            source = CalendarId(entry.actor.removeprefix(CALENDAR))
            said = (source, which) in self.refusals
            require(said, "B2", "declined, and", source, "had not refused it:", entry)
            return
        require(entry.actor == DEADLINE.actor, "B2", "declined by", entry)
        silent = [
            each.awaited.until
            for each in _links(before, which)
            if each.awaited is not None
            and not _is_tried(each)
            and tx.calendar(each.calendar_id).write_through is OnOutage.REFUSE
        ]
        passed = name.startswith(("last_word", "note_failure")) or any(
            until is not None and until <= tx.now for until in silent
        )
        require(silent and passed, "B2", "declined by", name, "in", silent, entry)

    def _check_heeded(self, before: View, tx: Transaction) -> None:
        """Whoever learned of a refusal heeds it, unless it was another appointment by then."""
        task = self._world.tasks.current
        intent = task.intent if task is not None else None
        places = self._unheeded.pop(task, set()) if task is not None else set()
        if intent is None:
            return
        changed = {each.subject_id for each in before.journal(after_seq=intent.seq)}
        for calendar_id, which in places:
            was = before.link(calendar_id, which)
            waited = was is not None and was.awaited is not None and which not in changed
            counts = waited and _has_say(tx.calendar(calendar_id))
            now = tx.appointment(which)
            require(now.is_over or not counts, "B2", "refused, and it is no end:", now, was)

    def _check_confirmed(self, before: View, tx: Transaction, entry: Entry) -> None:
        which = AppointmentId(entry.subject_id)
        marked = {each.calendar_id for each in _links(before, which) if each.awaited}
        waits = [
            each
            for each in _links(tx, which)
            if each.calendar_id in marked
            and not _is_tried(each)
            and _has_say(tx.calendar(each.calendar_id))
        ]
        require(not waits, "B2", "confirmed without the word of", waits, entry)

    def wrote(self, view: View, calendar: MemoryCalendar, event: RemoteEvent) -> None:
        """B4: what another calendar has yet to decide about is shown nowhere."""
        here = CalendarId(calendar.name)
        whose = view.links_by_ref(here, [event.ref]).get(event.ref)
        if not event.mark or (whose is not None and whose.appointment_id != event.mark):
            return  # a copy keeps the mark
        links = _links(view, AppointmentId(event.mark))
        awaited = {each.calendar_id for each in links if each.awaited}
        fine = not awaited or here in awaited
        require(fine, "B4", here, "is told while it waits for", awaited, event)

    def after_step(self, view: View, entries: Sequence[Entry], found: list[Appointment]) -> None:
        """B2, B3: whatever was decided stays so; a mark only ever goes."""
        for entry in entries[self._read :]:
            if entry.subject_kind == "appointment":
                self._follow(entry)
        self._read = len(entries)
        links = view.links_of(each.id for each in found)
        for each in found:
            told, as_ = self._told.get(each.id, (None, None))
            gone = told in LOST
            require(not gone or each.is_over, "B2", "told", told, "and it lives:", each)
            stays = as_ is not Status.BOOKED or self._decided.get(each.id) != "decline"
            require(stays or each.id in self._by_staff, "B2", "told", told, "and declined:", each)
            for one in links.get(each.id, ()):
                self._check_mark(each, one)

    def _follow(self, entry: Entry) -> None:
        if is_a_persons(entry):
            self._by_staff |= {entry.subject_id} if entry.action == "confirm" else set()
            return
        if entry.action in ("confirm", "decline"):
            before = self._decided.get(entry.subject_id)
            require(before is None, "B2", "decided twice:", before, "then", entry)
            self._decided[entry.subject_id] = entry.action

    def _check_mark(self, appointment: Appointment, link: Link) -> None:
        place = link.calendar_id, link.appointment_id
        before = self._marks.pop(place, None)
        if link.awaited is None:
            self._heard |= {place} if before is not None else set()
            return
        now = link.awaited.becomes, link.awaited.until is None
        fresh = place not in self._heard
        require(fresh, "B3", "it waits once more:", link)
        same = before is None or (now[0] is before[0] and now[1] >= before[1])
        require(same, "B3", "another mark than before:", before, link)
        takes = appointment.status.holds_time or appointment.is_over
        require(takes, "L3", "it waits, and takes no time:", appointment)
        self._marks[place] = now

    def at_rest(self, view: View) -> None:
        """B3, B1: nothing waits any more, and what was refused is nowhere."""
        for found in view.links_of(each.id for each in view.appointments()).values():
            for link in found:
                require(link.awaited is None, "B3", "a mark is left:", link)
        excuses = self._world.excuses
        for calendar in self._world.calendars.values():
            for event in calendar.events():
                told, _ = self._told.get(AppointmentId(event.mark or ""), (None, None))
                if told not in LOST or not lives(event):
                    continue
                ours = excuses.made_by_us(calendar, event.ref, now=len(calendar.history))
                kept = ours and not excuses.is_orphan(calendar, event.ref)
                here = view.links_by_ref(CalendarId(calendar.name), [event.ref]).get(event.ref)
                kept = kept and (here is None or here.appointment_id == event.mark)
                kept = kept and not self._has_ended(event)
                require(not kept, "B1", "told", told, "and it is in", calendar.name, event)

    def _has_ended(self, event: RemoteEvent) -> bool:
        until = getattr(event.when, "end", None)
        clock_was_at = self._world.excuses.clock_was_at
        now = self._world.clock.now()
        return until is not None and until <= max(now, clock_was_at or now)


def _has_say(calendar: Calendar) -> bool:
    """Said once more, and not asked of the engine."""
    return calendar.active and calendar.mode in WRITTEN and calendar.write_through is not None


def _is_tried(link: Link) -> bool:
    return link.ref is not None or link.state is not LinkState.PENDING_WRITE


def _links(view: View, which: AppointmentId) -> Sequence[Link]:
    return view.links_of([which]).get(which, ())
