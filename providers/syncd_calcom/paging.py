"""Walk through a list that has no cursor and whose rows move while it is read.

`skip` counts rows, so that a row which leaves a page pulls the next one into it, unread. Instead
each page begins where the last one ended: at its last value of the time that the list is sorted by.
Bounds include, so the last rows come again, as they are by then. Only rows of one instant, more
than a page of them, need `skip`; they are read again until a pass shows nothing new. Vendor page
on pagination; observed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from syncd.core.errors import Transient
from syncd_calcom.shapes import instant_in, text_in

Raw = Mapping[str, object]
Ask = Callable[[Mapping[str, str | int]], list[Raw]]

TAKE = 250
MOST_PAGES = 4000
FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """A time that the list can be sorted and bounded by."""

    name: str
    after: str
    sort: str


CREATED = Key("createdAt", "afterCreatedAt", "sortCreated")
UPDATED = Key("updatedAt", "afterUpdatedAt", "sortUpdatedAt")


class NoFilter(Transient):
    """The server does not filter or sort by that time."""


def walk(
    ask: Ask,
    key: Key,
    *,
    since: datetime,
    also: Mapping[str, str | int] | None = None,
    take: int = TAKE,
) -> list[Raw]:
    """Every row whose time is `since` or later, each once and as it was seen last. Rows that cannot
    be named come as they are. `NoFilter` where the server ignores the bound or the order."""
    walker = _Walk(ask=ask, key=key, also=also or {}, take=take)
    bound = since
    while True:
        page = walker.page(bound)
        if len(page) < take:
            return walker.rows
        last = walker.last(page)
        if last == bound:
            last, is_end = walker.whole_instant(bound)
            if is_end:
                return walker.rows
        bound = last


@dataclass(slots=True, kw_only=True)
class _Walk:
    """What was seen so far, and how many pages it took."""

    ask: Ask
    key: Key
    also: Mapping[str, str | int]
    take: int
    pages: int = 0
    seen: dict[str, Raw] = field(default_factory=dict)
    nameless: list[Raw] = field(default_factory=list)

    @property
    def rows(self) -> list[Raw]:
        return [*self.seen.values(), *self.nameless]

    def page(self, bound: datetime, skip: int = 0) -> list[Raw]:
        self.pages += 1
        if self.pages > MOST_PAGES:
            raise Transient("the list of bookings has no end")
        query: dict[str, str | int] = {**self.also, self.key.after: iso(bound)}
        found = self.ask({**query, self.key.sort: "asc", "take": self.take, "skip": skip})
        for raw in found:
            uid = text_in(raw, "uid")
            if uid:
                self.seen[uid] = raw
            elif raw not in self.nameless:
                self.nameless.append(raw)
        self._require_filter(found, bound)
        return found

    def last(self, page: list[Raw]) -> datetime:
        """The time of the last row."""
        times = self._times(page)
        if not times or times != sorted(times):
            raise NoFilter(f"the list of bookings is not in order of {self.key.name}")
        return times[-1]

    def whole_instant(self, bound: datetime) -> tuple[datetime, bool]:
        """Read more than a page of rows of one instant: the time at which the list goes on, and
        whether it does not. A row that leaves meanwhile pulls another one over the edge of a page,
        so it is read until there is nothing new."""
        while True:
            known, skip = len(self.seen), 0
            page = self.page(bound)
            while len(page) == self.take and self.last(page) == bound:
                skip += self.take
                page = self.page(bound, skip)
            if len(self.seen) == known:
                is_end = len(page) < self.take
                return (bound if is_end else self.last(page)), is_end

    def _require_filter(self, page: list[Raw], bound: datetime) -> None:
        if any(each < bound for each in self._times(page)):
            raise NoFilter(f"the list of bookings cannot be bounded by {self.key.name}")

    def _times(self, page: list[Raw]) -> list[datetime]:
        found = (instant_in(raw, self.key.name) for raw in page)
        return [each for each in found if each is not None]


def iso(moment: datetime) -> str:
    """As the API reads and writes instants; what is finer than a millisecond is cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
