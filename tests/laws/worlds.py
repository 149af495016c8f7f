"""Rounds over a whole world in memory: look, plan, and carry the plan out on values.

It does with values what the flows do with a database and a server, and nothing cleverer, so that a
law can speak about the world after a plan. Events carry digests and versions as a server would give
them. Whatever a write would destroy without a trace stops the test (`Destroyed`).
"""

from __future__ import annotations

from laws.world_state import NO_BRAKE, a_scene, stamped, times_of
from laws.world_writes import AnswerLost, Destroyed, Writes

from syncd.core.appointment import Appointment, LinkState, Status
from syncd.core.events import EventStatus, RemoteEvent
from syncd.core.ids import (
    EventRef,
)
from syncd.core.operations import AdoptEvent, ChangeLink, ChangeObject
from syncd.core.plan import CalendarPlan, make_plan
from syncd.core.scene import Picture

__all__ = [
    "NO_BRAKE",
    "AnswerLost",
    "Destroyed",
    "World",
    "a_scene",
    "shows",
    "stamped",
    "times_of",
]


class World(Writes):
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
        refs = {event.ref for event in seen} | {event.continues for event in seen} | gone
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

    def _knows(self, ref: EventRef, event: RemoteEvent) -> bool:
        record = self.records.get(ref)
        return record is not None and (record.version, record.digest) == (
            event.version,
            event.digest,
        )


def shows(world: World, appointment: Appointment) -> bool:
    """Whether the calendar shows this appointment as it should."""
    link = world.links[appointment.id]
    event = world.remote.get(link.ref) if link.ref is not None else None
    if appointment.is_over or appointment.status is Status.PROPOSED:
        return event is None or event.status is EventStatus.CANCELLED
    return event is not None and times_of(event) == (appointment.start, appointment.end)
