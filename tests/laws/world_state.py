"""A world in memory: one calendar and its ledger, as values, and the people who change both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.appointment import Agreed, Appointment, Link, Origin
from syncd.core.brake import BrakeLimits
from syncd.core.conflict import ConflictRecord
from syncd.core.events import RemoteEvent, Timed
from syncd.core.ids import (
    AppointmentId,
    EventRef,
    Uid,
    Version,
    remote_uid,
)
from syncd.core.remote import RemoteRecord
from syncd.core.scene import Pair, Scene
from syncd.core.time import Interval
from syncd.testing.builders import (
    a_calendar,
    a_number,
    a_practitioner,
    an_activity,
    an_appointment,
)
from syncd.testing.clock import MONDAY

NO_BRAKE = BrakeLimits(count=10_000, empty_from=10_000)
ACTIVITIES = {
    each.id: each for each in (an_activity(), an_activity(id="first", name="First visit"))
}


def a_scene(**changes) -> Scene:
    """Dr. Patel's calendar on a Monday at eight; `changes` are the calendar's, but for what its
    kind can do."""
    now = changes.pop("now", MONDAY)
    practitioner = changes.pop("practitioner", a_practitioner())
    can = {name: changes.pop(name, False) for name in ("confirms", "marks_absence")}
    return Scene(
        calendar=a_calendar(**changes),
        practitioner=practitioner,
        activities=ACTIVITIES,
        now=now,
        **can,
    )


def stamped(event: RemoteEvent, version: int) -> RemoteEvent:
    """The event as its server would now show it."""
    plain = replace(event, version=Version(""), digest="", ref=EventRef(""))
    return replace(event, version=Version(f'"{version}"'), digest=repr(plain))


def times_of(event: RemoteEvent) -> tuple[datetime, datetime] | None:
    return (event.when.start, event.when.end) if isinstance(event.when, Timed) else None


@dataclass
class Past:
    """What was ever agreed upon or kept of one appointment: losing any of it is no loss."""

    times: set[object] = field(default_factory=set)
    titles: set[str] = field(default_factory=set)
    cancelled: bool = False

    @property
    def known_titles(self) -> set[str]:
        return {title.strip() for title in self.titles}

    def agreed_on(self, agreed: Agreed | None) -> None:
        if agreed is not None:
            self.times.add((agreed.start, agreed.end))
            self.titles |= {agreed.title, agreed.drafted_title or ""}
            self.cancelled = self.cancelled or agreed.cancelled


@dataclass
class State:
    """What there is. `past` is what may be overwritten without a loss; `kept` what conflicts hold."""

    scene: Scene
    appointments: dict[AppointmentId, Appointment] = field(default_factory=dict)
    links: dict[AppointmentId, Link] = field(default_factory=dict)
    records: dict[EventRef, RemoteRecord] = field(default_factory=dict)
    blocks: dict[EventRef, tuple[Interval, ...]] = field(default_factory=dict)
    remote: dict[EventRef, RemoteEvent] = field(default_factory=dict)
    conflicts: list[ConflictRecord] = field(default_factory=list)
    kept: list[tuple[AppointmentId, RemoteEvent | None]] = field(default_factory=list)
    mirrored: dict[Uid, Interval | None] = field(default_factory=dict)
    past: dict[AppointmentId, Past] = field(default_factory=dict)
    writes: int = 0
    stamps: int = 0

    def book(self, **changes) -> Appointment:
        """A new appointment with a link that is still to be written."""
        sequence = len(self.appointments) + 1
        appointment = an_appointment(
            id=AppointmentId(f"appointment-{sequence}"), number=a_number(sequence), **changes
        )
        calendar_id = self.scene.calendar.id
        self.put(
            appointment,
            Link(
                appointment_id=appointment.id,
                calendar_id=calendar_id,
                uid=remote_uid(appointment.id, calendar_id, 1),
                origin=Origin.OURS,
            ),
        )
        return appointment

    def put(self, appointment: Appointment, link: Link) -> None:
        self.appointments[appointment.id] = appointment
        self.links[appointment.id] = link
        past = self.past.setdefault(appointment.id, Past())
        past.times.add((appointment.start, appointment.end))
        past.titles |= {self.scene.title(link, appointment) or "", appointment.title or ""}

    def link(self, appointment: Appointment, link: Link) -> None:
        """As it would be after earlier rounds: what the link says was agreed upon then."""
        self.put(appointment, link)
        self.past[appointment.id].agreed_on(link.base)
        self.past[appointment.id].agreed_on(link.intended)

    def edit_appointment(self, appointment_id: AppointmentId, **changes) -> Appointment:
        """A change through another surface: one version on."""
        before = self.appointments[appointment_id]
        after = replace(before, version=before.version + 1, **changes)
        self.put(after, self.links[appointment_id])
        return after

    def show(self, event: RemoteEvent) -> RemoteEvent:
        """A colleague enters or changes an event."""
        self.stamps += 1
        self.remote[event.ref] = stamped(event, self.stamps)
        return self.remote[event.ref]

    def edit_event(self, ref: EventRef, **changes) -> RemoteEvent:
        return self.show(replace(self.remote[ref], **changes))

    def is_dirty(self, link: Link) -> bool:
        return link.pushed_version != self.appointments[link.appointment_id].version

    def _pair(self, link: Link) -> Pair:
        mine = [
            each
            for each in self.conflicts
            if each.appointment_id == link.appointment_id and each.resolved_at is None
        ]
        return Pair(
            link=link, appointment=self.appointments[link.appointment_id], conflicts=tuple(mine)
        )
