"""The way from a node to a calendar, on which everything happens that happens to requests.

A request may fail before or after its effect, arrive twice, or arrive late: long after its sender
gave it up. An answer may be an old one, or leave things out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Rejected, SyncdError, Transient
from syncd.core.events import Absent, Draft, Found, RemoteEvent, Unreadable
from syncd.core.ids import AppointmentId, CalendarId, Cursor, EventRef, Version
from syncd.core.time import Interval
from syncd.ports import (
    Capabilities,
    ChangeSet,
    CreateResult,
    DeleteResult,
    Rescan,
    UpdateResult,
    Written,
)
from syncd.testing.faults import Faults, Moment, PortCall, answer_lost
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.memory_provider import MemoryProvider
from syncd.testing.quirks import Cursors, Etag
from syncd.testing.simulator.fences import check_sending
from syncd.testing.simulator.intents import Intent, check_delete, check_update
from syncd.testing.simulator.tasks import Crash

if TYPE_CHECKING:
    from syncd.testing.simulator.process import Process

T = TypeVar("T")

WRITES = ("create", "update", "delete")
PATIENCE = timedelta(minutes=2)
"""The pause that a server wants which is asked too often."""
ERRORS: Mapping[str, Callable[[str], SyncdError]] = {
    "transient": lambda what: Transient(f"a fault at {what}"),
    "rate limited": lambda what: RateLimited(f"too many requests at {what}", retry_after=PATIENCE),
    "needs login": lambda what: NeedsLogin(f"401 at {what}"),
    "forbidden": lambda what: Forbidden(f"404 at {what}"),
}


@dataclass(frozen=True, slots=True)
class Hot:
    """What was written last, or is being written: where others interfere most."""

    ref: EventRef | None = None
    mark: str | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A write under way whose sender has given it up; `arrive` does what it still does, for the
    `intent` that it had."""

    calendar_id: CalendarId
    what: str
    arrive: Callable[[], object]
    intent: Intent | None


class FarCalendar:
    """A `CalendarProvider`: one process's way to one calendar."""

    def __init__(self, process: Process, calendar: MemoryCalendar) -> None:
        self._process = process
        self._world = process.world
        self._calendar = calendar
        self._near = self._provider(self._passing)
        self._just_seen: Mapping[EventRef, Found] = {}
        self._denied: frozenset[EventRef] = frozenset()
        self._has_written = False
        self._made: set[EventRef] = set()

    @property
    def capabilities(self) -> Capabilities:
        return self._near.capabilities

    @property
    def requests(self) -> int:
        return self._near.requests

    def check(self) -> None:
        self._near.check()

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        self._looks()
        answer = self._answer("changes", lambda near: near.changes(cursor))
        if isinstance(answer, ChangeSet) and self._lies("changes", "nothing new"):
            return ChangeSet(cursor=cursor)
        if isinstance(answer, ChangeSet) and self._is_torn(answer):
            answer = replace(self._without(answer, 0), gone=(), cursor=cursor)
        if isinstance(answer, ChangeSet):
            self._denied = frozenset(answer.gone)
            for each in answer.changed:
                self._world.excuses.is_shown(self._calendar, each.ref)
        return answer

    def listing(self, *, bodies: bool) -> ChangeSet:
        self._looks()
        answer = self._answer("listing", lambda near: near.listing(bodies=bodies))
        if self._lies("listing", "empty"):
            answer = self._without(answer, 0)
        elif self._lies("listing", "leaves one out"):
            answer = self._without(answer, 1)
        self._denied = frozenset(self._calendar.refs) - {each.ref for each in answer.changed}
        for each in answer.changed:
            self._world.excuses.is_shown(self._calendar, each.ref)
        return answer

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        asked = tuple(refs)
        answer = self._answer("get_many", lambda near: near.get_many(asked))
        self._world.excuses.deceives(self._calendar, answer, self._denied)
        self._note_births(answer)
        if self._lies("get_many", "leaves one out"):
            answer = {ref: found for ref, found in answer.items() if ref not in asked[:1]}
        self._just_seen = answer
        return answer

    def create(self, draft: Draft) -> CreateResult:
        self._world.hot = Hot(EventRef(f"/{self._calendar.name}/{draft.uid}.ics"), draft.mark)
        ref = self._calendar.address(draft.uid) or EventRef(draft.uid)
        try:
            made = self._send("create", ref, lambda near: self._create(near, draft))
        except Rejected:
            here = CalendarId(self._calendar.name)
            self._world.oracle.words.refuses(here, AppointmentId(draft.mark))
            raise
        self._made |= {made.ref} if isinstance(made, Written) else set()
        self._is_answered(draft)
        return made

    def _create(self, near: MemoryProvider, draft: Draft) -> CreateResult:
        """As near as may be; a calendar that is full makes nothing of what it would not offer."""
        is_there = any(each.mark == draft.mark for each in self._calendar.events())
        if draft.as_offered and self._calendar.name in self._world.full and not is_there:
            raise Rejected("nothing is free then")
        return near.create(draft)

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        calendar_id = CalendarId(self._calendar.name)
        check_update(self._world, calendar_id, before)
        self._world.hot = Hot(before.ref, draft.mark or before.mark)
        written = self._send("update", before.ref, lambda near: near.update(before, draft))
        self._is_answered(draft)
        return written

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        calendar_id = CalendarId(self._calendar.name)
        check_delete(self._world, calendar_id, ref, version, seen=self._just_seen.get(ref))
        self._world.hot = Hot(ref)
        return self._send("delete", ref, lambda near: near.delete(ref, version))

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        return self._near.read(ref, version, body)

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        return self._near.occurrences(body, horizon)

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return self._near.losses(sent, kept)

    def close(self) -> None:
        """Nothing is held."""

    def _is_answered(self, draft: Draft) -> None:
        task = self._world.tasks.current
        if task is not None and draft.mark:
            task.answered.add(draft.mark)

    def _note_births(self, answer: Mapping[EventRef, Found]) -> None:
        """What was just made and is not shown was never seen by anybody."""
        for ref, found in answer.items():
            if isinstance(found, Absent) and ref in self._made:
                self._world.excuses.is_not_shown(self._calendar, ref)
            elif not isinstance(found, Absent):
                self._world.excuses.is_shown(self._calendar, ref)

    def _looks(self) -> None:
        """A round asks what is new: what it was told before counts no more."""
        self._world.oracle.promises.asks(self._process, CalendarId(self._calendar.name))
        self._denied, self._has_written = frozenset(), False
        self._made.clear()
        self._world.unseen[self._calendar.name] -= 1
        if self._world.tasks.current is not None:
            self._world.tasks.current.was_shown_old = False

    def _send(self, what: str, ref: EventRef, send: Callable[[MemoryProvider], T]) -> T:
        """A write, on its way once, twice, or until long after."""
        if self._process.is_dead:
            return send(self._near)
        excuses, intent = self._world.excuses, self._world.sending
        fate = self._world.fate(f"{self._where} {what} on its way", ("late", "twice"))
        if fate == "late":
            quiet = self._provider(self._quiet)
            calendar_id = CalendarId(self._calendar.name)
            self._world.parcels.append(Parcel(calendar_id, what, lambda: send(quiet), intent))
            excuses.is_hit(self._calendar, ref, by=fate)
            raise answer_lost()
        self._just_seen, self._has_written = {}, True
        check_sending(self._world, CalendarId(self._calendar.name))
        try:
            answer = send(self._near)
            if fate == "twice":
                excuses.is_hit(self._calendar, ref, by=fate)
                self._meanwhile(what)
                answer = send(self._near)
        except (Crash, Transient):
            excuses.is_hit(self._calendar, ref, by="no answer")
            raise
        if fate != "twice":
            excuses.is_answered(self._calendar, ref)
        return answer

    def _meanwhile(self, what: str) -> None:
        """Between the two arrivals of one request."""
        if self._world.tasks.current is not None:
            self._world.tasks.current.is_writing = True
        self._process.moment(f"{self._calendar.name} {what} again", ("switch",), times=4)

    def _answer(self, what: str, ask: Callable[[MemoryProvider], T]) -> T:
        """The answer to a question, of now or of some changes ago."""
        answer = ask(self._near)
        if self._world.profile.lags and self._lies(what, "stale"):
            behind = int(self._world.choices.pick("changes ago", ("1", "2", "3")))
            if self._calendar.quirks.etag is Etag.NONE:
                self._world.excuses.was_told_without_versions = True
            past = as_of(self._calendar, self._calendar.changes - behind)
            if self._world.tasks.current is not None:
                self._world.tasks.current.was_shown_old = True
            return ask(MemoryProvider(past, zone=self._world.zone))
        return answer

    def _without(self, answer: ChangeSet, most: int) -> ChangeSet:
        """The answer without what is known already (`most` of it, 0 for all): what was never seen
        cannot be missed."""
        with self._world.eyes.read() as view:
            known = view.known_versions(CalendarId(self._calendar.name))
        hidden = [each.ref for each in answer.changed if each.ref in known][: most or None]
        return replace(
            answer, changed=tuple(each for each in answer.changed if each.ref not in hidden)
        )

    def _is_torn(self, answer: ChangeSet) -> bool:
        """Where what was made and what was written come from two lists, the other one may be
        behind: what is known already has its news the next time."""
        is_of_two = self._calendar.quirks.cursors is Cursors.WATERMARK
        return is_of_two and len(answer.changed) > 1 and self._lies("changes", "only what is new")

    def _lies(self, what: str, how: str) -> bool:
        """Most often where it does most harm: right after a write, and about what just moved."""
        name = self._calendar.name
        is_hot = self._has_written or self._world.unseen[name] > 0
        times = 4 if what == "get_many" and is_hot else 1
        if how == "stale":
            times = 4 if self._world.behind[name] > 0 else times
            self._world.behind[name] -= 1
        lies = self._world.fate(f"{self._where} answer to {what}", (how,), times=times) == how
        if lies and how == "stale":
            self._world.behind[name] = 3  # answers: who is behind stays so for a while
        return lies

    @property
    def _where(self) -> str:
        return f"{self._process.name} {self._calendar.name}"

    def _provider(self, faults: Faults) -> MemoryProvider:
        return MemoryProvider(self._calendar, zone=self._world.zone, faults=faults)

    def _passing(self, call: PortCall) -> None:
        """Something may happen to the process or to this request at this moment."""
        process, world = self._process, self._world
        task = world.tasks.current
        if task is not None:
            task.about = self._calendar.name
            looks = call.name == "get_many" and task.intent is not None
            task.is_writing = (call.name in WRITES or looks) and call.moment is Moment.BEFORE
        world.wrote(process)
        # Between the look and the write of a server without conditions nobody can help it.
        mishaps: tuple[str, ...] = (
            ("crash",) if call.moment is Moment.BETWEEN else ("switch", "crash")
        )
        if call.moment is Moment.BEFORE:
            mishaps += tuple(ERRORS)
            mishaps += ("rejected",) if call.name in WRITES[:2] else ()
        if call.moment is Moment.AFTER and call.name in WRITES:
            mishaps += ("answer lost",)
        what = f"{self._calendar.name} {call.name} {call.moment}"
        is_unheard = any(
            (each.calendar_id, each.what) == (self._calendar.name, call.name)
            for each in world.parcels
        )
        fate = process.moment(what, mishaps, times=3 if is_unheard else 1)
        if call.moment is Moment.BEFORE and self._calendar.name in world.unreachable:
            raise ERRORS[world.unreachable[self._calendar.name]](call.name)
        match fate:
            case "answer lost":
                raise answer_lost()
            case "rejected":
                raise Rejected("not this one")
            case _ if fate in ERRORS:
                raise ERRORS[fate](call.name)

    def _quiet(self, _: PortCall) -> None:
        self._world.wrote(None)


def as_of(calendar: MemoryCalendar, number: int) -> MemoryCalendar:
    """The calendar as it was after so many changes."""
    past = MemoryCalendar(calendar.quirks, name=calendar.name)
    past.incarnation, past.exists = calendar.incarnation, calendar.exists
    for each in calendar.history:
        if each.incarnation != calendar.incarnation or each.number > number:
            continue
        past.changes = each.number - 1
        if each.body is None:
            past.remove(each.ref, each.hand)
        else:
            past.put(each.ref, each.body, each.hand)
    past.changes = max(number, 0)
    return past
