"""What a pull does to a world: the ledger's side of a plan, carried out on values."""

from __future__ import annotations

from dataclasses import replace

from laws.world_state import State, times_of

from syncd.core.appointment import Agreed, Appointment, Flag, Link, LinkState, Origin, Status
from syncd.core.conflict import ConflictRecord
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import (
    AppointmentId,
    CalendarId,
    ConflictId,
)
from syncd.core.operations import AdoptEvent, ChangeLink, ChangeObject
from syncd.core.remote import RemoteKind, RemoteRecord
from syncd.testing.builders import (
    a_number,
    an_appointment,
)


class Changes(State):
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
            status=Status.PENDING if step.asks else Status.BOOKED,
        )
        start, end = appointment.start, appointment.end
        link = Link(
            appointment_id=appointment.id,
            calendar_id=self.scene.calendar.id,
            uid=event.uid,
            origin=Origin.ADOPTED,
            ref=event.ref,
            version=event.version,
            digest=event.digest,
            base=Agreed(start=start, end=end, title=event.title, tentative=step.asks),
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
