"""A whole world in memory: one calendar, its ledger, and rounds that carry plans out on values.

It does with values what the flows do with a database and a server, and nothing cleverer, so that a
law can speak about the world after a plan. Events carry digests and versions as a server would give
them. Whatever a write would destroy without a trace stops the test (`Destroyed`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.appointment import Agreed, Appointment, Flag, Link, LinkState, Origin, Status
from syncd.core.brake import BrakeLimits
from syncd.core.conflict import ConflictRecord
from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ConflictId,
    EventRef,
    Uid,
    Version,
    remote_uid,
)
from syncd.core.operations import AdoptEvent, ChangeLink, ChangeObject, Op, WriteEvent
from syncd.core.plan import CalendarPlan, make_plan
from syncd.core.pull_linked import pull_linked, relinked
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.core.scene import Pair, Picture, Scene
from syncd.core.time import Interval
from syncd.testing.builders import (
    a_calendar,
    a_number,
    a_practitioner,
    an_activity,
    an_appointment,
    an_event,
)
from syncd.testing.clock import MONDAY

NO_BRAKE = BrakeLimits(count=10_000, empty_from=10_000)
ACTIVITIES = {
    each.id: each for each in (an_activity(), an_activity(id="first", name="First visit"))
}


class Destroyed(AssertionError):
    """Something that a person entered is about to be lost without a trace."""


class AnswerLost(Exception):
    """A write had its effect, and the calendar's answer never came."""


def a_scene(**changes) -> Scene:
    """Dr. Patel's calendar on a Monday at eight; `changes` are the calendar's."""
    now = changes.pop("now", MONDAY)
    practitioner = changes.pop("practitioner", a_practitioner())
    return Scene(
        calendar=a_calendar(**changes), practitioner=practitioner, activities=ACTIVITIES, now=now
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
class World:
    scene: Scene
    appointments: dict[AppointmentId, Appointment] = field(default_factory=dict)
    links: dict[AppointmentId, Link] = field(default_factory=dict)
    records: dict[EventRef, RemoteRecord] = field(default_factory=dict)
    blocks: dict[EventRef, tuple[Interval, ...]] = field(default_factory=dict)
    remote: dict[EventRef, RemoteEvent] = field(default_factory=dict)
    conflicts: list[ConflictRecord] = field(default_factory=list)
    kept: list[tuple[AppointmentId, RemoteEvent | None]] = field(default_factory=list)
    mirrored: dict[Uid, Interval] = field(default_factory=dict)
    past: dict[AppointmentId, Past] = field(default_factory=dict)
    writes: int = 0
    stamps: int = 0

    # What people do.

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

    # What a round does.

    def look(self, *, in_full: bool = False) -> Picture:
        """The picture of everything that is new and of what is disputed and changed in the ledger,
        or of everything."""
        disturbed = {
            link.ref
            for link in self.links.values()
            if link.state is LinkState.CONFLICT and self.is_dirty(link)
        }
        seen = tuple(
            event
            for ref, event in sorted(self.remote.items())
            if in_full or ref in disturbed or not self._knows(ref, event)
        )
        gone = frozenset(self.records.keys() - self.remote.keys())
        refs = {event.ref for event in seen} | gone
        by_uid = {
            link.uid: self._pair(link)
            for link in self.links.values()
            if link.ref is None or link.ref in gone
        }
        return Picture(
            scene=self.scene,
            seen=seen,
            gone=gone,
            records={ref: self.records[ref] for ref in refs if ref in self.records},
            pairs={link.ref: self._pair(link) for link in self.links.values() if link.ref in refs},
            pairs_by_uid=by_uid,
            mirrored=self.mirrored,
            expanded={event.ref: () for event in seen if event.recurring},
            reconsidered=tuple(
                self._pair(link)
                for link in self.links.values()
                if link.state is LinkState.CONFLICT and link.ref is None and self.is_dirty(link)
            ),
            dirty=tuple(
                self._pair(link)
                for link in self.links.values()
                if link.state in (LinkState.PENDING_WRITE, LinkState.IN_SYNC)
                and self.is_dirty(link)
            ),
            live=sum(1 for _ in self.remote) + len(gone),
        )

    def is_dirty(self, link: Link) -> bool:
        return link.pushed_version != self.appointments[link.appointment_id].version

    def plan(self, *, in_full: bool = False) -> CalendarPlan:
        return make_plan(self.look(in_full=in_full), limits=NO_BRAKE)

    def round(self, *, in_full: bool = False, loses: int | None = None) -> CalendarPlan:
        """One round. `loses`: the answer to the write of that position is lost, which ends it."""
        for key, link in self.links.items():
            # A title that was seen and left alone gives way when the ledger asks for another.
            self.past[key].titles |= {link.base.title} if link.base else set()
        plan = self.plan(in_full=in_full)
        self.pull(plan)
        self.push(plan, loses=loses)
        return plan

    def pull(self, plan: CalendarPlan) -> None:
        for step in plan.pull:
            match step:
                case ChangeLink():
                    self._change_link(step)
        for step in plan.pull:
            match step:
                case ChangeObject():
                    self._change_object(step)
        for step in plan.pull:
            match step:
                case AdoptEvent():
                    self._adopt(step)

    def push(self, plan: CalendarPlan, *, loses: int | None = None) -> None:
        for position, step in enumerate(plan.push):
            try:
                self._write(step, is_lost=position == loses)
            except AnswerLost:
                return

    def settle(self, *, rounds: int = 5) -> int:
        """Rounds until one has nothing to do; how many had."""
        for count in range(rounds):
            if self.round(in_full=count == 0).is_empty:
                return count
        assert self.plan().is_empty, "the world never comes to rest"
        return rounds

    # How it is done.

    def _knows(self, ref: EventRef, event: RemoteEvent) -> bool:
        record = self.records.get(ref)
        return record is not None and (record.version, record.digest) == (
            event.version,
            event.digest,
        )

    def _pair(self, link: Link) -> Pair:
        mine = [
            each
            for each in self.conflicts
            if each.appointment_id == link.appointment_id and each.resolved_at is None
        ]
        return Pair(
            link=link, appointment=self.appointments[link.appointment_id], conflicts=tuple(mine)
        )

    def _change_link(self, step: ChangeLink) -> None:
        key = step.link.appointment_id
        assert self.appointments[key] == step.before, "planned for another version"
        if step.appointment != step.before:
            assert step.appointment.version == step.before.version + 1
        holders = [each for each in self.links.values() if each.ref == step.link.ref is not None]
        assert {each.appointment_id for each in holders} <= {key}, "its place is still taken"
        self.put(step.appointment, step.link)
        left = step.link_before.ref
        if left is not None and left != step.link.ref:
            self.records.pop(left, None)
        if step.event is not None and step.link.ref is not None:
            self._remember(step.event, step.appointment)
        closed = {each.id for each in step.closes}
        assert not closed or step.resolution is not None
        self.conflicts = [
            replace(each, resolved_at=self.scene.now, resolution=step.resolution)
            if each.id in closed
            else each
            for each in self.conflicts
        ]
        if step.opens is not None:
            self.keep(key, step.opens.event)
            self.open_conflict(step)

    def keep(self, key: AppointmentId, event: RemoteEvent | None) -> None:
        self.kept.append((key, event))
        if event is not None:
            past = self.past[key]
            past.times.add(times_of(event))
            past.titles.add(event.title)
            past.cancelled = past.cancelled or event.status is EventStatus.CANCELLED

    def open_conflict(self, step: ChangeLink) -> None:
        assert step.opens is not None
        key, about = step.link.appointment_id, step.opens.field
        if step.opens.resolution is None:
            self.conflicts = [
                each
                for each in self.conflicts
                if (each.appointment_id, each.field) != (key, about) or each.resolved_at
            ]
        self.conflicts.append(
            ConflictRecord(
                id=ConflictId(f"conflict-{len(self.kept)}"),
                appointment_id=key,
                calendar_id=CalendarId(self.scene.calendar.id),
                field=about,
                base=None,
                ledger=None,
                remote=None,
                since=self.scene.now,
                ref=step.opens.event.ref if step.opens.event else None,
                resolved_at=self.scene.now if step.opens.resolution else None,
                resolution=step.opens.resolution,
            )
        )

    def _change_object(self, step: ChangeObject) -> None:
        ref = step.record.ref
        if step.forget:
            self.records.pop(ref, None)
            self.blocks.pop(ref, None)
            return
        self.records[ref] = step.record
        if not step.keeps_time:
            self.blocks[ref] = step.intervals

    def _adopt(self, step: AdoptEvent) -> None:
        event = step.event
        sequence = len(self.appointments) + 1
        appointment = an_appointment(
            id=AppointmentId(f"appointment-{sequence}"),
            number=a_number(sequence),
            start=step.interval.start,
            end=step.interval.end,
            timezone=step.zone,
            title=event.title,
            activity_id=None,
            client=None,
            flags=frozenset({Flag.ADOPTED}),
        )
        link = Link(
            appointment_id=appointment.id,
            calendar_id=self.scene.calendar.id,
            uid=event.uid,
            origin=Origin.ADOPTED,
            ref=event.ref,
            version=event.version,
            digest=event.digest,
            base=Agreed(start=appointment.start, end=appointment.end, title=event.title),
            state=LinkState.IN_SYNC,
            pushed_version=1,
        )
        self.put(appointment, link)
        self._remember(event, appointment)
        self.blocks.pop(event.ref, None)

    def _remember(self, event: RemoteEvent, appointment: Appointment) -> None:
        self.records[event.ref] = RemoteRecord(
            calendar_id=self.scene.calendar.id,
            ref=event.ref,
            version=event.version,
            kind=RemoteKind.LINKED,
            uid=event.uid,
            digest=event.digest,
            appointment_id=appointment.id,
            ends_at=appointment.end,
        )

    def _write(self, step: WriteEvent, *, is_lost: bool) -> None:
        link, key = step.link, step.link.appointment_id
        if step.op is Op.SETTLE:
            state = LinkState.IN_SYNC
            if step.appointment.is_over and link.ref is None:
                state = LinkState.GONE
            self._written(step, replace(link, state=state, intended=None))
            return
        self.put(self.appointments[key], replace(link, intended=step.base))
        self.writes += 1
        match step.op, step.draft:
            case Op.CREATE, Draft() as draft:
                ref = EventRef(f"/patel-main/{draft.uid}.ics")
                there = self.remote.get(ref)
                if there is not None:
                    self._was_there(step, there)
                    return
                event = self.show(self._drafted(an_event(ref=ref, uid=draft.uid, title=""), draft))
            case Op.UPDATE, Draft() as draft:
                event = self._update(step, draft)
            case _:
                event = self._delete(step)
        if is_lost:
            raise AnswerLost
        if event is None:
            self.records.pop(link.ref or EventRef(""), None)
            gone = replace(link, ref=None, version=Version(""), digest="", intended=None)
            self._written(step, replace(gone, state=LinkState.GONE))
        else:
            self._remember(event, step.appointment)
            fresh = replace(link, ref=event.ref, version=event.version, digest=event.digest)
            self._written(
                step, replace(fresh, base=step.base, intended=None, state=LinkState.IN_SYNC)
            )

    def _written(self, step: WriteEvent, link: Link) -> None:
        self.past[link.appointment_id].agreed_on(step.base)
        self.put(
            self.appointments[link.appointment_id],
            replace(link, pushed_version=step.appointment.version),
        )

    def _was_there(self, step: WriteEvent, event: RemoteEvent) -> None:
        """Something stands where an event was to be created: it is ours, or we go elsewhere."""
        link = self.links[step.link.appointment_id]
        if event.uid != link.uid:
            self.put(step.appointment, link.next_generation())
            return
        change = pull_linked(self.scene, relinked(self._pair(link), event), event)
        assert change.op is not Op.UNLINK
        self._change_link(change)

    def _update(self, step: WriteEvent, draft: Draft) -> RemoteEvent:
        before = self._guarded(step)
        past = self.past[step.link.appointment_id]
        after = self._drafted(before, draft)
        if times_of(after) != times_of(before) and times_of(before) not in past.times:
            raise Destroyed(f"the time {times_of(before)}")
        if after.title != before.title and before.title.strip() not in past.known_titles:
            raise Destroyed(f"the title {before.title!r}")
        revived = before.status is EventStatus.CANCELLED is not after.status
        if revived and not past.cancelled:
            raise Destroyed("a cancellation")
        return self.show(after)

    def _delete(self, step: WriteEvent) -> None:
        before = self._guarded(step)
        past = self.past[step.link.appointment_id]
        if times_of(before) not in past.times or before.title.strip() not in past.known_titles:
            raise Destroyed(f"{before.title!r} at {times_of(before)}")
        del self.remote[before.ref]

    def _guarded(self, step: WriteEvent) -> RemoteEvent:
        """The event that a write may replace: every server would check its version."""
        assert step.link.ref is not None
        before = self.remote[step.link.ref]
        assert before.version == step.link.version, "a write without its condition"
        return before

    @staticmethod
    def _drafted(event: RemoteEvent, draft: Draft) -> RemoteEvent:
        return replace(
            event,
            when=Timed(draft.start, draft.end, draft.zone),
            title=event.title if draft.title is None else draft.title,
            status=event.status if draft.status is None else draft.status,
            transparent=event.transparent if draft.transparent is None else draft.transparent,
            mark=draft.mark or event.mark,
        )


def shows(world: World, appointment: Appointment) -> bool:
    """Whether the calendar shows this appointment as it should."""
    link = world.links[appointment.id]
    event = world.remote.get(link.ref) if link.ref is not None else None
    if appointment.is_over or appointment.status is Status.PROPOSED:
        return event is None or event.status is EventStatus.CANCELLED
    return event is not None and times_of(event) == (appointment.start, appointment.end)
