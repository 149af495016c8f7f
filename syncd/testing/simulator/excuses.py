"""What nobody could have known better: where a promise is let off, for one object and for how long.

Knows no promise itself. Everything is told of as it happens; an excuse about an object is about its
place in one calendar, and most of them end with the next write there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from syncd.core.events import Absent, EventStatus, Found, RemoteEvent
from syncd.core.ids import CalendarId, EventRef, Uid
from syncd.core.practice import Calendar
from syncd.testing.memory_calendar import Hand, MemoryCalendar
from syncd.testing.simulator.strangers import last_before, read

if TYPE_CHECKING:
    from syncd.testing.simulator.tasks import Task

Place = tuple[str, EventRef]
"""A calendar's name, and an address in it."""


class Excuses:
    """Of one world. `intents` holds whose end somebody wants, by uid and by mark; `doubled` counts
    how often somebody made an event another time, by its uid. `old_answers` are the journal's
    entries of rounds that were shown what was no longer so; `was_told_without_versions`: a server
    whose objects have none showed that to one. `clock_was_at` is the latest moment
    that the clock showed before it was set back: what had ended by then was over for whoever
    looked. `was_denied`: two answers agreed that something is not there which is; the next day's
    listing shows it again. `was_emptied`: a calendar was made anew whose feed knows no
    deletions."""

    def __init__(self, calendars: Mapping[CalendarId, MemoryCalendar]) -> None:
        self.intents: set[tuple[str, str]] = set()
        self.doubled: Counter[Uid] = Counter()
        self.old_answers: set[int] = set()
        self.was_told_without_versions = False
        self.clock_was_at: datetime | None = None
        self.was_denied = self.was_emptied = False
        self._calendars = calendars
        self._configured: dict[CalendarId, Calendar] = {}
        self._changed: dict[str, list[int]] = {name: [] for name in calendars}
        self._orphans: dict[Place, int] = {}
        self._late: set[tuple[str, int]] = set()
        self._troubled: set[Place] = set()
        self._delayed: set[Place] = set()
        self._not_shown: set[Place] = set()

    @property
    def hides_something(self) -> bool:
        """Whether only the next day's listing shows something: what old answers have hidden, one of
        a server without versions, which looks like what is known, or two that denied it; or that
        a calendar was emptied."""
        return self.was_told_without_versions or self.was_denied or self.was_emptied

    # Wishes

    def removes(self, calendar: MemoryCalendar, event: RemoteEvent) -> None:
        """A person wants this event to be no more."""
        self.intents |= {(calendar.name, event.uid), (calendar.name, event.mark or "")}

    # Old answers

    def deceives(
        self,
        calendar: MemoryCalendar,
        answer: Mapping[EventRef, Found],
        denied: Collection[EventRef],
    ) -> None:
        """An old answer says that what is there is not. Together with a listing that did not show
        it either (`denied`) that is proof that it was removed; what never was shown to anybody
        nobody can have removed, but it can be written another time."""
        for ref, found in answer.items():
            event = calendar.event(ref)
            if ref in denied and isinstance(found, Absent) and isinstance(event, RemoteEvent):
                if (calendar.name, ref) not in self._not_shown:
                    self.removes(calendar, event)
                self.doubled[event.uid] += 1
                self.orphans(calendar, ref)
                self.was_denied = True

    def is_not_shown(self, calendar: MemoryCalendar, ref: EventRef) -> None:
        """What we made there was not there when we looked for it at once."""
        self._not_shown.add((calendar.name, ref))

    def is_shown(self, calendar: MemoryCalendar, ref: EventRef) -> None:
        self._not_shown.discard((calendar.name, ref))

    def heeds_old_answers(self, task: Task, since: int, upto: int) -> None:
        """What a round stores next; `since` and `upto` are the journal's heads around it."""
        if task.was_shown_old:
            self.old_answers |= set(range(since + 1, upto + 1))

    # Clocks

    def clock_steps(self, now: datetime) -> None:
        """The clock is set to another time than `now`."""
        self.clock_was_at = max(now, self.clock_was_at or now)

    # Writes

    def is_hit(self, calendar: MemoryCalendar, ref: EventRef, *, by: str) -> None:
        """A write to this place was not answered, or arrives another time."""
        self._troubled.add((calendar.name, ref))
        if by in ("late", "twice"):
            self._delayed.add((calendar.name, ref))

    def is_answered(self, calendar: MemoryCalendar, ref: EventRef) -> None:
        self._troubled.discard((calendar.name, ref))

    def is_in_trouble(self, calendar: MemoryCalendar, ref: EventRef) -> bool:
        """Whether the last write to this place was hit."""
        return (calendar.name, ref) in self._troubled

    def was_delayed(self, calendar: MemoryCalendar, ref: EventRef | None) -> bool:
        return ref is None or (calendar.name, ref) in self._delayed

    def came_late(self, calendar: MemoryCalendar, position: int) -> None:
        """A write that asks nobody any more. Where its event lives elsewhere by now, it makes
        another one; what was called off lives again, and nobody can tell who did that."""
        ref = calendar.history[position].ref
        self._late.add((calendar.name, position))
        self._delayed.add((calendar.name, ref))
        made = calendar.event(ref)
        if isinstance(made, RemoteEvent):
            alike = [each for each in calendar.events() if each.uid == made.uid]
            self.doubled[made.uid] += len(alike) > 1
            before = read(last_before(calendar.history[:position], calendar.history[position]))
            was_over = before is not None and before.status is EventStatus.CANCELLED
            self.doubled[made.uid] += was_over and made.status is not EventStatus.CANCELLED

    def orphans(self, calendar: MemoryCalendar, ref: EventRef) -> None:
        """What stands there now cannot be told from what a stranger put there."""
        self._orphans[calendar.name, ref] = last_at(calendar, ref)

    def is_orphan(self, calendar: MemoryCalendar, ref: EventRef) -> bool:
        return self._orphans.get((calendar.name, ref)) == last_at(calendar, ref)

    # The configuration

    def is_configured(self, calendars: Collection[Calendar]) -> None:
        """The practice is as its file says since just now."""
        for each in calendars:
            if self._configured.get(each.id, each) != each:
                self._changed[each.id].append(len(self._calendars[each.id].history))
            self._configured[each.id] = each

    def changes_of(self, calendar_id: CalendarId) -> int:
        """How often this calendar was configured anew."""
        return len(self._changed[calendar_id])

    def is_of_before(self, calendar: MemoryCalendar, position: int) -> bool:
        """Whether the calendar was configured anew since this place in its history."""
        return any(at > position for at in self._changed[calendar.name])

    def is_nobodys(self, calendar: MemoryCalendar, position: int) -> bool:
        """Whether what was written then need not be known as ours: under another configuration, or
        by a request that nobody waited for any more."""
        return self.is_of_before(calendar, position) or (calendar.name, position) in self._late

    # Births

    def made_by_us(self, calendar: MemoryCalendar, ref: EventRef, *, now: int) -> bool:
        """Whether a round of ours made the live event there, in full knowledge: no colleague, no
        request that was given up long before, and not under another configuration. `now` is the
        write that is looked at."""
        at = born_at(calendar, ref)
        if at is None or calendar.history[at].hand is not Hand.SYNCD:
            return False
        is_known = at == now or not self.is_of_before(calendar, at)
        return is_known and (calendar.name, at) not in self._late


def last_at(calendar: MemoryCalendar, ref: EventRef) -> int:
    """The place in the history of what happened last at this address; -1 if nothing did."""
    return next(
        (at for at in reversed(range(len(calendar.history))) if calendar.history[at].ref == ref),
        -1,
    )


def born_at(calendar: MemoryCalendar, ref: EventRef) -> int | None:
    """Where in the history the plain event was made that lives at this address, if one does."""
    born: int | None = None
    for at, each in enumerate(calendar.history):
        if (each.ref, each.incarnation) == (ref, calendar.incarnation):
            event = read(each)
            if event is None or not lives(event):
                born = None
            elif born is None:
                born = at
    return born


def lives(event: RemoteEvent) -> bool:
    """Whether it could be an appointment's event."""
    return event.is_plain and event.status is not EventStatus.CANCELLED
