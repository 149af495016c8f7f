"""syncd's way into a `MemoryCalendar`: a whole `CalendarProvider` without a network.

What a real provider would do for a server with the calendar's quirks is done here; what it cannot
do is declared. Nothing is kept between calls but the count of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from syncd.core.errors import Forbidden, Rejected
from syncd.core.events import (
    Absent,
    Draft,
    EventStatus,
    Found,
    RemoteEvent,
    Timed,
    Unreadable,
    agrees,
)
from syncd.core.ids import Cursor, EventRef, Uid, Version
from syncd.core.time import Interval
from syncd.ports import (
    Adopted,
    Capabilities,
    ChangeSet,
    ConditionalWrite,
    Conflict,
    CreateIdempotency,
    CreateResult,
    DeleteResult,
    Done,
    Gone,
    KeyBurnt,
    Rescan,
    Seen,
    UpdateResult,
    Written,
)
from syncd.testing import memory_body, memory_feed
from syncd.testing.faults import Faults, Moment, PortCall, no_faults
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_calendar import Hand, MemoryCalendar, Stored

BERLIN = ZoneInfo("Europe/Berlin")
MOST_STEPS = 5000
"""How many occurrences may be counted before an event is refused as endless work."""


class MemoryProvider:
    """Opened on one calendar; several may be, as several nodes do. `zone` is the practitioner's."""

    def __init__(
        self,
        calendar: MemoryCalendar,
        *,
        zone: ZoneInfo = BERLIN,
        faults: Faults = no_faults,
    ) -> None:
        self._calendar = calendar
        self._zone = zone
        self._faults = faults
        self._requests = 0

    @property
    def capabilities(self) -> Capabilities:
        return self._calendar.quirks.capabilities

    @property
    def requests(self) -> int:
        return self._requests

    def check(self) -> None:
        self._ask("check")

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        self._ask("changes")
        number = memory_feed.position(self._calendar, cursor)
        if isinstance(number, Rescan):
            return number
        refs = memory_feed.changed_since(self._calendar, number)
        upto = memory_feed.cursor(self._calendar)
        seen, gone = self._pages(refs, bodies=self._calendar.quirks.bodies_in_feed)
        news = tuple(each for each in seen if not memory_feed.is_known(number, each))
        if self._calendar.quirks.capabilities.keeps_deleted:
            gone = ()
        return ChangeSet(changed=news, gone=gone, cursor=upto)

    def listing(self, *, bodies: bool) -> ChangeSet:
        self._ask("listing")
        upto = memory_feed.cursor(self._calendar)
        seen, _ = self._pages(
            self._calendar.refs, bodies=bodies and self._calendar.quirks.bodies_in_feed
        )
        return ChangeSet(changed=seen, cursor=upto, complete=True)

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        asked = tuple(dict.fromkeys(refs))
        if not asked:
            return {}
        self._ask("get_many")
        found: dict[EventRef, Found] = {
            ref: self._calendar.event(ref) or Absent(ref)
            for ref in asked
            if ref not in self._calendar.silent
        }
        self._faults(PortCall(name="get_many", moment=Moment.AFTER))
        return found

    def create(self, draft: Draft) -> CreateResult:
        self._ask("create")
        if draft.uid in self._calendar.refused:
            raise Rejected("this server accepts no such event")
        if self.capabilities.create_idempotency is CreateIdempotency.SEARCH:
            result = self._create_after_search(draft)
        else:
            result = self._create_at_own_address(draft)
        self._faults(PortCall(name="create", moment=Moment.AFTER, ref=_ref_of(result)))
        return result

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        self._ask("update", before.ref)
        result = self._refusal(before, draft)
        if result is None and not self._is_conditional:
            self._faults(PortCall(name="update", moment=Moment.BETWEEN, ref=before.ref))
        result = result or self._write(before, draft)
        self._faults(PortCall(name="update", moment=Moment.AFTER, ref=before.ref))
        return result

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        self._ask("delete", ref)
        there = self._calendar.event(ref)
        result: DeleteResult = Done()
        if there is None or _is_over(there, self.capabilities):
            pass
        elif version not in ("", there.version):
            result = Conflict(there if isinstance(there, RemoteEvent) else None)
        else:
            self._faults(PortCall(name="delete", moment=Moment.BETWEEN, ref=ref))
            self._calendar.remove(ref, Hand.SYNCD)
        self._faults(PortCall(name="delete", moment=Moment.AFTER, ref=ref))
        return result

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        return memory_body.read(ref, version, body)

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        try:
            content = memory_body.from_text(body).content
        except ValueError as exc:
            raise Rejected("not an event") from exc
        found = occurrences_of(content, horizon, self._zone, limit=MOST_STEPS)
        if found is None:
            raise Rejected(f"more than {MOST_STEPS} occurrences before the horizon ends")
        return tuple(found)

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return memory_body.losses(sent, kept)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def _is_conditional(self) -> bool:
        return self.capabilities.conditional_write is ConditionalWrite.OBJECT

    def _ask(self, name: str, ref: EventRef | None = None) -> None:
        self._requests += 1
        self._faults(PortCall(name=name, moment=Moment.BEFORE, ref=ref))
        if not self._calendar.exists:
            raise Forbidden(f"calendar {self._calendar.name} is not there")

    def _pages(
        self, refs: tuple[EventRef, ...], *, bodies: bool
    ) -> tuple[tuple[Seen, ...], tuple[EventRef, ...]]:
        """Each page shows what is there when it is asked for, not when the first was."""
        size = self._calendar.quirks.page_size or max(len(refs), 1)
        seen: list[Seen] = []
        gone: list[EventRef] = []
        for first in range(0, len(refs), size):
            if first:
                self._ask("page")
            for ref in refs[first : first + size]:
                found = self._calendar.event(ref)
                if found is None:
                    gone.append(ref)
                else:
                    item = found if bodies else None
                    seen.append(Seen(ref=ref, version=found.version, item=item))
        return tuple(seen), tuple(gone)

    def _create_at_own_address(self, draft: Draft) -> CreateResult:
        ref = self._calendar.address(draft.uid) or EventRef(draft.uid)
        there = self._calendar.event(self._calendar.holder_of(draft.uid) or ref)
        if isinstance(there, RemoteEvent) and _is_ours(there, draft):
            return Adopted(there)
        if there is not None or self._calendar.is_burnt(ref):
            return KeyBurnt("something else is, or was, at this address")
        return self._written(ref, memory_body.render(draft, draft.uid))

    def _create_after_search(self, draft: Draft) -> CreateResult:
        for event in self._calendar.events():
            if draft.mark and event.mark == draft.mark and not _is_over(event, self.capabilities):
                return Adopted(event)
        ref = self._calendar.new_address(draft.uid)
        uid = Uid(f"{ref}@{self._calendar.name}")
        return self._written(ref, memory_body.render(draft, uid))

    def _refusal(self, before: RemoteEvent, draft: Draft) -> UpdateResult | None:
        """Why the update cannot be made, or that it was made already; None when it can."""
        there = self._calendar.event(before.ref)
        if there is None:
            return Gone()
        if draft.uid in self._calendar.refused:
            raise Rejected("this server accepts no such event")
        if isinstance(there, Unreadable):
            return Conflict(None)
        if there.version == before.version and there.digest == before.digest:
            return None
        there = self._successor(there)
        wanted = memory_body.patch(before.body, draft)
        was_ours = there.ref != before.ref and agrees(replace(draft, title=None), there)
        if was_ours or memory_body.digest(wanted) == there.digest:
            return Written(ref=there.ref, version=there.version, sent=wanted)
        return Conflict(there)

    def _successor(self, event: RemoteEvent) -> RemoteEvent:
        """The event that took the place of `event`, at the end of all moves; itself if none did."""
        followers = {each.continues: each for each in self._calendar.events() if each.continues}
        while event.ref in followers:
            event = followers[event.ref]
        return event

    def _write(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        body = memory_body.patch(before.body, draft)
        if self.capabilities.edits_freely:
            return self._written(before.ref, body)
        if _is_over(before, self.capabilities):
            raise Rejected("a cancelled booking cannot be changed")
        if draft.status is EventStatus.CANCELLED:
            self._calendar.remove(before.ref, Hand.SYNCD)
            return self._answer(before.ref, body)
        own_title = memory_body.patch(before.body, replace(draft, title=None))
        if not isinstance(before.when, Timed) or not agrees(
            replace(draft, title=None, status=None, transparent=None), before
        ):
            stored = self._calendar.continue_as_new(before.ref, own_title, Hand.SYNCD)
            return self._answer(stored.ref, own_title)
        if draft.status not in (None, before.status):
            return self._written(before.ref, own_title)
        return self._answer(before.ref, before.body)

    def _written(self, ref: EventRef, body: str) -> Written:
        return self._answered(self._calendar.put(ref, body, Hand.SYNCD), body)

    def _answer(self, ref: EventRef, sent: str) -> Written:
        stored = self._calendar.stored(ref)
        return (
            self._answered(stored, sent)
            if stored
            else Written(ref=ref, version=Version(""), sent=sent)
        )

    def _answered(self, stored: Stored, sent: str) -> Written:
        named = self._calendar.quirks.answers_versions
        version = self._calendar.version_of(stored) if named else Version("")
        return Written(ref=stored.ref, version=version, sent=sent)


def _ref_of(result: CreateResult) -> EventRef | None:
    match result:
        case Written(ref=ref):
            return ref
        case Adopted(event=event):
            return event.ref
        case KeyBurnt():
            return None


def _is_ours(there: RemoteEvent, draft: Draft) -> bool:
    """The same identity, and nothing that says otherwise."""
    return there.uid == draft.uid and there.mark in (None, draft.mark)


def _is_over(event: RemoteEvent | Unreadable, capabilities: Capabilities) -> bool:
    """Deleted as far as a calendar that keeps its deleted events can delete."""
    return (
        capabilities.keeps_deleted
        and isinstance(event, RemoteEvent)
        and event.status is EventStatus.CANCELLED
    )
