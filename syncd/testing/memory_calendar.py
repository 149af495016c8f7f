"""One remote calendar in memory: what is in it, everything that ever happened to it, its quirks.

It is the server and the colleague's hand on it; `MemoryProvider` is syncd's way in. Deterministic:
no clock, no randomness; a counter of changes is its only time.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from syncd.core.events import EventStatus, RemoteEvent, Unreadable
from syncd.core.ids import EventRef, Uid, Version
from syncd.testing import memory_body
from syncd.testing.foreign import ForeignEvent
from syncd.testing.memory_body import MemoryEvent
from syncd.testing.memory_replica import Replica, Shown
from syncd.testing.memory_rewriting import rewritten
from syncd.testing.quirks import CALDAV, Etag, Quirks, Shape


class Hand(StrEnum):
    """Who changed something."""

    SYNCD = "syncd"
    COLLEAGUE = "colleague"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object as it is: `changed_at` is the calendar's counter at its last change, `revision` its
    own since it was created at this address."""

    ref: EventRef
    body: str
    changed_at: int
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One entry of the history; a `body` of None is a deletion."""

    number: int
    ref: EventRef
    body: str | None
    hand: Hand
    incarnation: int = 1


class MemoryCalendar:
    """The truth about one calendar. `history` is never cut; `exists` turns false when the whole
    collection is removed. `refused` holds uids of which this server accepts no object, `silent`
    refs about which it says nothing when asked. `room` is how many objects it holds at most. For
    the next `away_for` requests the collection answers that it is not there.
    `neighbours` are the other calendars of the same account. `restamped` holds, for each object
    whose version changed by itself, the change that it was."""

    def __init__(self, quirks: Quirks = CALDAV, *, name: str = "memory") -> None:
        self.quirks = quirks
        self.name = name
        self.exists = True
        self.incarnation = 1
        self.changes = 0
        self.history: list[Happening] = []
        self.refused: set[Uid] = set()
        self.silent: set[EventRef] = set()
        self.room: int | None = None
        self.away_for = 0
        self.neighbours: list[MemoryCalendar] = []
        self.restamped: dict[EventRef, int] = {}
        self.replica = Replica()
        self.listings = 0
        self._objects: dict[EventRef, Stored] = {}
        self._lost_cursors_before = 0
        self._named = 0

    # What an observer sees

    @property
    def refs(self) -> tuple[EventRef, ...]:
        """The addresses of all objects, in order."""
        return tuple(sorted(self._objects))

    def stored(self, ref: EventRef) -> Stored | None:
        return self._objects.get(ref)

    def event(self, ref: EventRef) -> RemoteEvent | Unreadable | None:
        """What is at `ref`, with the version that the server would name."""
        found = self._objects.get(ref)
        return memory_body.read(ref, self.version_of(found), found.body) if found else None

    def events(self) -> tuple[RemoteEvent, ...]:
        """All events that can be understood, in order of their addresses."""
        found = (self.event(ref) for ref in self.refs)
        return tuple(each for each in found if isinstance(each, RemoteEvent))

    def writes(self, hand: Hand) -> tuple[Happening, ...]:
        """Everything that `hand` ever did here."""
        return tuple(each for each in self.history if each.hand is hand)

    def foreign_lines(self, ref: EventRef) -> tuple[str, ...]:
        """What a colleague entered at `ref` and syncd does not own, a line each."""
        found = self._objects.get(ref)
        return memory_body.foreign_lines(found.body) if found else ()

    # A colleague's hand

    def colleague_adds(
        self, event: ForeignEvent, *, uid: Uid | None = None, mark: str | None = None
    ) -> EventRef:
        """The ref of the new event. A given `uid` or `mark` makes it a copy of somebody's."""
        uid = uid or Uid(f"colleague-{self._named + 1}@{self.name}")
        ref = self.new_address(uid)
        body = memory_body.to_text(MemoryEvent(uid=uid, content=event, mark=mark))
        return self.put(ref, body, Hand.COLLEAGUE).ref

    def colleague_moves(
        self, ref: EventRef, start: date | datetime, end: date | datetime, *, asks: bool = False
    ) -> EventRef:
        """The ref under which the event is afterwards: another one where moving makes a new one.
        `asks`: it waits for its host's yes then."""
        event = self._content(ref)
        status = EventStatus.TENTATIVE if asks else event.content.status
        content = replace(event.content, start=start, end=end, status=status)
        moved = replace(event, content=content)
        if self.quirks.shape is Shape.CALCOM:
            return self.continue_as_new(ref, memory_body.to_text(moved), Hand.COLLEAGUE).ref
        return self.put(ref, memory_body.to_text(moved), Hand.COLLEAGUE).ref

    def colleague_edits(self, ref: EventRef, content: ForeignEvent) -> None:
        """Replace all that a person may enter, in place."""
        event = replace(self._content(ref), content=content)
        self.put(ref, memory_body.to_text(event), Hand.COLLEAGUE)

    def colleague_renames(self, ref: EventRef, title: str) -> None:
        self.colleague_edits(ref, replace(self._content(ref).content, title=title))

    def colleague_cancels(self, ref: EventRef) -> None:
        """STATUS:CANCELLED; where cancelling is deleting, it is gone."""
        content = self._content(ref).content
        self.colleague_edits(ref, replace(content, status=EventStatus.CANCELLED))

    def colleague_deletes(self, ref: EventRef) -> None:
        self.remove(ref, Hand.COLLEAGUE)

    def colleague_restores(self, ref: EventRef) -> None:
        """Undo of a deletion: the last body is back at its address."""
        last = [each.body for each in self.history if each.ref == ref and each.body is not None]
        self.put(ref, last[-1], Hand.COLLEAGUE)

    def colleague_spoils(self, ref: EventRef) -> None:
        """Leave something there that nobody can understand."""
        self.put(ref, "{ broken", Hand.COLLEAGUE)

    def content(self, ref: EventRef) -> ForeignEvent:
        """What a person would see at `ref`; KeyError where nothing is."""
        return self._content(ref).content

    # What happens to the server

    def expire_cursors(self) -> None:
        """No cursor that was given out before is of use any more."""
        self._lost_cursors_before = self.changes + 1
        self.changes += 1

    def vanish(self) -> None:
        """The collection is removed, with all that was in it."""
        for ref in self.refs:
            self.remove(ref, Hand.COLLEAGUE)
        self.exists = False

    def recreate(self) -> None:
        """An empty collection at the same address: its counter starts anew, its cursors too."""
        self.vanish()
        self._objects.clear()
        self.restamped.clear()
        self.replica.forget()
        self.exists, self.changes, self.incarnation = True, 0, self.incarnation + 1
        self._lost_cursors_before = 0

    # The server's own business, spoken to by `MemoryProvider`

    def version_of(self, stored: Stored) -> Version:
        match self.quirks.etag:
            case Etag.STRONG:
                return Version(f'"{self.incarnation}-{stored.changed_at}"')
            case Etag.WEAK:
                return Version(f'W/"{self.incarnation}-{stored.changed_at}"')
            case Etag.REUSED:
                return Version(f'"gcs{stored.revision:08d}"')
            case Etag.CONTENT:
                return Version(f'"{sha256(stored.body.encode()).hexdigest()[:16]}"')
            case Etag.PARTIAL:
                plain = memory_body.without_trifles(stored.body)
                return Version(f'"{sha256(plain.encode()).hexdigest()[:16]}"')
            case Etag.NONE:
                return Version("")

    def shown(self) -> MemoryCalendar:
        """The calendar as a reader sees it now: behind, where reads are late."""
        past = self.replica.behind(self.quirks.lag) if self.quirks.lag else None
        if past is None:
            return self
        seen = copy(self)
        seen._objects = dict(past.objects)  # noqa: SLF001  a copy of itself
        seen.changes, seen.history = past.changes, self.history[: past.told]
        return seen

    def ghost(self, ref: EventRef) -> RemoteEvent | Unreadable | None:
        """What was deleted at `ref` and is shown all the same."""
        found = self.replica.ghost(ref, self.quirks.lingers) if self.quirks.lingers else None
        return memory_body.read(ref, self.version_of(found), found.body) if found else None

    def address(self, uid: Uid) -> EventRef | None:
        """Where a client puts the event `uid`; None where the server names its events itself."""
        match self.quirks.shape:
            case Shape.CALDAV:
                return EventRef(f"/{self.name}/{uid}.ics")
            case Shape.GOOGLE:
                return EventRef(uid.encode().hex())
            case Shape.CALCOM:
                return None

    def new_address(self, uid: Uid) -> EventRef:
        """An address for a new event of anybody's."""
        self._named += 1
        return self.address(uid) or EventRef(f"booking{self._named}")

    def is_burnt(self, ref: EventRef) -> bool:
        """Whether the address was used once and can never be again (Google, trash bins)."""
        burns = self.quirks.burns_addresses or self.quirks.shape is Shape.GOOGLE
        current = (each for each in self.history if each.incarnation == self.incarnation)
        return burns and ref not in self._objects and any(each.ref == ref for each in current)

    def holder_of(self, uid: Uid) -> EventRef | None:
        """The address that has this uid, on a server that allows a uid only once."""
        for event in self.events() if self.quirks.uid_unique else ():
            if event.uid == uid:
                return event.ref
        return None

    def is_a_neighbours(self, uid: Uid) -> bool:
        """Whether another calendar of the account has this uid, where that matters."""
        if not self.quirks.uid_unique_in_account:
            return False
        return any(event.uid == uid for other in self.neighbours for event in other.events())

    def put(self, ref: EventRef, body: str, hand: Hand) -> Stored:
        """Store as a server does: after its own rewriting."""
        body = rewritten(body, self.quirks, self.changes + 1)
        if self._is_removal(body):
            return self.remove(ref, hand) or self._record(ref, body, hand)
        stored = self._record(ref, body, hand)
        self._objects[ref] = stored
        self._restamp(ref)
        return stored

    def remove(self, ref: EventRef, hand: Hand) -> Stored | None:
        """Delete what is there; a calendar that keeps deleted events makes it CANCELLED."""
        found = self._objects.get(ref)
        if found is None:
            return None
        if self.quirks.capabilities.keeps_deleted:
            event = memory_body.from_text(found.body)
            cancelled = replace(event.content, status=EventStatus.CANCELLED)
            return self.put(ref, memory_body.to_text(replace(event, content=cancelled)), hand)
        stored = self._record(ref, None, hand)
        del self._objects[ref]
        self.replica.bury(found)
        self._restamp(ref)
        return stored

    def continue_as_new(self, ref: EventRef, body: str, hand: Hand) -> Stored:
        """A move that cancels the event at `ref` and makes a new one in its place (Cal.com)."""
        event = memory_body.from_text(body)
        successor = self.new_address(event.uid)
        if (found := self._objects.get(ref)) is not None:
            old = memory_body.from_text(found.body)
            over = replace(old.content, status=EventStatus.CANCELLED)
            old = replace(old, content=over, continued_by=successor)
            self.put(ref, memory_body.to_text(old), hand)
        uid = Uid(f"{successor}@{self.name}")
        return self.put(
            successor, memory_body.to_text(replace(event, uid=uid, continues=ref)), hand
        )

    def cursor_is_lost(self, number: int) -> bool:
        """Whether what happened since `number` can no longer be told."""
        age, limit = self.changes - number, self.quirks.cursor_lives_for
        return number < self._lost_cursors_before or (limit is not None and age > limit)

    def _record(self, ref: EventRef, body: str | None, hand: Hand) -> Stored:
        before = self._objects.get(ref)
        if self.quirks.lag:
            seen = Shown(objects=dict(self._objects), changes=self.changes, told=len(self.history))
            self.replica.remember(seen)
        self.changes += 1
        self.history.append(
            Happening(
                number=self.changes, ref=ref, body=body, hand=hand, incarnation=self.incarnation
            )
        )
        revision = before.revision + 1 if before else 0
        return Stored(ref=ref, body=body or "", changed_at=self.changes, revision=revision)

    def _restamp(self, changed: EventRef) -> None:
        """A server that stores something else anew each so many changes."""
        every = self.quirks.restamps_every
        others = [ref for ref in self.refs if ref != changed]
        if every and others and self.changes % every == 0:
            chosen = others[self.changes // every % len(others)]
            self.changes += 1
            self._objects[chosen] = replace(self._objects[chosen], changed_at=self.changes)
            self.restamped[chosen] = self.changes

    def _is_removal(self, body: str) -> bool:
        event = memory_body.read(EventRef(""), Version(""), body)
        return (
            not self.quirks.capabilities.keeps_cancelled
            and isinstance(event, RemoteEvent)
            and event.status is EventStatus.CANCELLED
        )

    def _content(self, ref: EventRef) -> MemoryEvent:
        return memory_body.from_text(self._objects[ref].body)
