"""syncd's way into a `MemoryCalendar`: a whole `CalendarProvider` without a network.

What a real provider would do for a server with the calendar's quirks is done here; what it cannot
do is declared. Nothing is kept between calls but the count of requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from syncd.core.errors import Forbidden, Rejected
from syncd.core.events import (
    Absent,
    Draft,
    Found,
    RemoteEvent,
    Unreadable,
)
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.time import Interval
from syncd.ports import (
    Adopted,
    Capabilities,
    ChangeSet,
    ConditionalWrite,
    Conflict,
    CreateResult,
    DeleteResult,
    Done,
    KeyBurnt,
    Rescan,
    Seen,
    UpdateResult,
    Written,
)
from syncd.testing import memory_body, memory_feed, memory_writing
from syncd.testing.faults import Faults, Moment, PortCall, no_faults
from syncd.testing.foreign import occurrences_of
from syncd.testing.memory_calendar import Hand, MemoryCalendar

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
        shown = self._calendar.shown()
        number = memory_feed.position(shown, cursor)
        if isinstance(number, Rescan):
            return number
        refs = memory_feed.changed_since(shown, number)
        upto = memory_feed.cursor(shown)
        seen, gone = self._pages(refs, bodies=self._calendar.quirks.bodies_in_feed)
        if every := self._calendar.quirks.false_tombstones:
            gone = (*gone, *(each.ref for each in seen[::every]))
            seen = tuple(each for each in seen if each.ref not in gone)
        news = tuple(each for each in seen if not memory_feed.is_known(number, each))
        if self._calendar.quirks.capabilities.keeps_deleted:
            gone = ()
        return ChangeSet(changed=news, gone=gone, cursor=upto)

    def listing(self, *, bodies: bool) -> ChangeSet:
        self._ask("listing")
        shown = self._calendar.shown()
        upto, refs = memory_feed.cursor(shown), shown.refs[: self._calendar.quirks.listing_cap]
        complete = len(refs) == len(shown.refs)
        if every := self._calendar.quirks.listing_misses:
            self._calendar.listings += 1
            hole = self._calendar.listings % every
            refs = tuple(ref for at, ref in enumerate(refs) if at % every != hole)
        seen, _ = self._pages(refs, bodies=bodies and self._calendar.quirks.bodies_in_feed)
        return ChangeSet(changed=seen, cursor=upto, complete=complete)

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        asked = tuple(dict.fromkeys(refs))
        if not asked:
            return {}
        self._ask("get_many")
        shown = self._calendar.shown()
        found: dict[EventRef, Found] = {
            ref: shown.event(ref) or self._calendar.ghost(ref) or Absent(ref)
            for ref in asked
            if ref not in self._calendar.silent
        }
        self._faults(PortCall(name="get_many", moment=Moment.AFTER))
        return found

    def create(self, draft: Draft) -> CreateResult:
        self._ask("create")
        result = memory_writing.create(self._calendar, draft)
        self._faults(PortCall(name="create", moment=Moment.AFTER, ref=_ref_of(result)))
        return result

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        self._ask("update", before.ref)
        result = memory_writing.objection(self._calendar, before, draft)
        if result is None:
            self._look_away("update", before.ref)
            result = memory_writing.update(self._calendar, before, draft)
        self._faults(PortCall(name="update", moment=Moment.AFTER, ref=before.ref))
        return result

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        self._ask("delete", ref)
        there = self._calendar.event(ref)
        result: DeleteResult = Done()
        if there is None or memory_writing.is_over(self._calendar, there):
            pass
        elif version not in ("", there.version):
            result = Conflict(there if isinstance(there, RemoteEvent) else None)
        else:
            self._look_away("delete", ref)
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

    def _ask(self, name: str, ref: EventRef | None = None) -> None:
        self._requests += 1
        self._calendar.replica.requests += 1
        self._faults(PortCall(name=name, moment=Moment.BEFORE, ref=ref))
        if self._calendar.away_for:
            self._calendar.away_for -= 1
            raise Forbidden(f"calendar {self._calendar.name} is not there just now")
        if not self._calendar.exists:
            raise Forbidden(f"calendar {self._calendar.name} is not there")

    def _look_away(self, name: str, ref: EventRef) -> None:
        """The moment between reading and writing, which a condition that is one does not have."""
        is_condition = self.capabilities.conditional_write is ConditionalWrite.OBJECT
        if not (is_condition and self._calendar.quirks.is_atomic):
            self._faults(PortCall(name=name, moment=Moment.BETWEEN, ref=ref))

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
            shown = self._calendar.shown()
            for ref in refs[first : first + size]:
                found = shown.event(ref)
                if found is None:
                    gone.append(ref)
                else:
                    item = found if bodies else None
                    seen.append(Seen(ref=ref, version=found.version, item=item))
        return tuple(seen), tuple(gone)


def _ref_of(result: CreateResult) -> EventRef | None:
    match result:
        case Written(ref=ref):
            return ref
        case Adopted(event=event):
            return event.ref
        case KeyBurnt():
            return None
