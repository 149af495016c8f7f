"""What a decision about one calendar may look at, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core.appointment import Appointment, Link, Origin
from syncd.core.conflict import ConflictRecord
from syncd.core.disclosure import title_for
from syncd.core.events import RemoteEvent, Timed, Unreadable
from syncd.core.ids import ActivityId, EventRef, PractitionerId, Uid
from syncd.core.practice import Activity, Calendar, Practitioner
from syncd.core.remote import RemoteRecord
from syncd.core.time import Interval, zone

PUBLISH_FROM = timedelta(days=7)
"""How far back appointments are still written to a calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One calendar, its practitioner, and the moment. `takes_titles`: an event that is there can be
    given another title. `confirms`: a tentative event there waits for its host's yes;
    `marks_absence`: one can say that nobody came. `others` may take part in what takes place."""

    calendar: Calendar
    practitioner: Practitioner
    activities: Mapping[ActivityId, Activity]
    now: datetime
    takes_titles: bool = True
    confirms: bool = False
    marks_absence: bool = False
    others: Mapping[PractitionerId, Practitioner] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return zone(self.practitioner.timezone)

    @property
    def hears_yes(self) -> bool:
        """Whether what is confirmed there is confirmed here: a calendar that is only written to
        has no say."""
        return self.confirms and self.calendar.mode.adopts

    @property
    def hears_absence(self) -> bool:
        """Whether both sides tell each other that nobody came."""
        return self.marks_absence and self.calendar.mode.adopts

    def title(self, link: Link, appointment: Appointment) -> str | None:
        """The title that the ledger wants; None for an adopted event, whose title is its own."""
        if link.origin is Origin.ADOPTED:
            return None
        activity = self.activity_of(appointment)
        return title_for(appointment, activity=activity, disclosure=self.calendar.shows)

    def activity_of(self, appointment: Appointment) -> Activity | None:
        which = appointment.activity_id
        return self.activities.get(which) if which is not None else None

    def activity_named(self, name: str | None) -> ActivityId | None:
        """The activity that a kind of event stands for, if the practice has it (still)."""
        found = self.activities.get(ActivityId(name)) if name is not None else None
        return found.id if found is not None and found.active else None

    def is_outside_hours(self, interval: Interval, who: Iterable[PractitionerId] = ()) -> bool:
        """Whether it is outside of the hours of the practitioner, or of any of these."""
        everybody = {self.practitioner.id: self.practitioner} | {
            each: self.others[each] for each in who if each in self.others
        }
        return any(each.is_outside_hours(interval) for each in everybody.values())

    def event_zone(self, event: RemoteEvent) -> str:
        """The zone an event was scheduled in, or the practitioner's where it names none."""
        named = event.when.zone if isinstance(event.when, Timed) else None
        return named or self.practitioner.timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An appointment and its link in this calendar, with what is still disputed about them."""

    link: Link
    appointment: Appointment
    conflicts: tuple[ConflictRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a pull saw. `seen` are objects whose content is new; `gone` refs are twice proven; an
    event at a `held` ref may have come from the place beside it, for which the calendar does not
    answer. `expanded` holds the occurrences of recurring events. `pairs_by_uid` holds the links
    that have no event (any more) under their UID, and those whose ref is gone in this very round.
    `mirrored` holds when the appointments take place that events of other calendars show, None for
    those that are over. `dirty` pairs changed in the ledger; of these, `reconsidered` are in
    conflict about an event that is gone. `live` counts the objects that matter to the brake; 0
    means that nobody counted, as where nothing is gone. `unheard` are the marks on strangers that
    no appointment of the ledger has."""

    scene: Scene
    seen: tuple[RemoteEvent | Unreadable, ...] = ()
    gone: frozenset[EventRef] = frozenset()
    held: Mapping[EventRef, EventRef] = field(default_factory=dict)
    records: Mapping[EventRef, RemoteRecord] = field(default_factory=dict)
    pairs: Mapping[EventRef, Pair] = field(default_factory=dict)
    pairs_by_uid: Mapping[Uid, Pair] = field(default_factory=dict)
    mirrored: Mapping[Uid, Interval | None] = field(default_factory=dict)
    expanded: Mapping[EventRef, tuple[Interval, ...]] = field(default_factory=dict)
    reconsidered: tuple[Pair, ...] = ()
    dirty: tuple[Pair, ...] = ()
    live: int = 0
    unheard: frozenset[str] = frozenset()
