"""What a push does to a world, behind the conditions that every server would check."""

from __future__ import annotations

from dataclasses import replace

from laws.world_changes import Changes
from laws.world_state import times_of

from syncd.core.appointment import Link, LinkState
from syncd.core.events import Draft, EventStatus, RemoteEvent, Timed
from syncd.core.ids import (
    EventRef,
    Version,
)
from syncd.core.operations import Op, WriteEvent
from syncd.core.pull_linked import pull_linked, relinked
from syncd.testing.builders import (
    an_event,
)


class Destroyed(AssertionError):
    """Something that a person entered is about to be lost without a trace."""


class AnswerLost(Exception):
    """A write had its effect, and the calendar's answer never came."""


class Writes(Changes):
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
            absent=event.absent if draft.absent is None else draft.absent,
        )
