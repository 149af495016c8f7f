"""A provider as a round is given it: it goes no further than this node may, and shows its pulse.

Adds no behaviour of its own. Between two requests a round is stopped when the daemon drains, and
refused to write when its lease may have passed to another node; what was sent until then is read
back and recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from syncd.core.errors import LeaseLost
from syncd.core.events import Draft, Found, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.time import Interval
from syncd.ports import (
    CalendarProvider,
    Capabilities,
    ChangeSet,
    CreateResult,
    DeleteResult,
    Rescan,
    UpdateResult,
)


class Halted(Exception):
    """The daemon drains: this round ends here, without having failed. Known to the daemon only."""


class Pulse:
    """Signs of life of one round, to be read from another thread."""

    def __init__(self) -> None:
        self._calls = 0
        self._provider: CalendarProvider | None = None

    def follow(self, provider: CalendarProvider) -> None:
        self._provider = provider

    def beat(self) -> None:
        self._calls += 1

    def count(self) -> int:
        """A number that changes as long as the round gets anywhere."""
        return self._calls + (self._provider.requests if self._provider else 0)


class GuardedProvider:
    """`CalendarProvider` around another, for the length of one round."""

    def __init__(
        self,
        provider: CalendarProvider,
        *,
        pulse: Pulse,
        halts: Callable[[], bool],
        may_write: Callable[[], bool],
    ) -> None:
        self._provider = provider
        self._pulse = pulse
        self._halts = halts
        self._may_write = may_write
        pulse.follow(provider)

    @property
    def capabilities(self) -> Capabilities:
        return self._provider.capabilities

    @property
    def requests(self) -> int:
        return self._provider.requests

    def check(self) -> None:
        self._begin()
        self._provider.check()

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        self._begin()
        return self._provider.changes(cursor)

    def listing(self, *, bodies: bool) -> ChangeSet:
        self._begin()
        return self._provider.listing(bodies=bodies)

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        self._pulse.beat()  # allowed while draining: it is how written events are read back
        return self._provider.get_many(refs)

    def create(self, draft: Draft) -> CreateResult:
        self._begin_writing()
        return self._provider.create(draft)

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        self._begin_writing()
        return self._provider.update(before, draft)

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        self._begin_writing()
        return self._provider.delete(ref, version)

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        return self._provider.read(ref, version, body)

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        self._pulse.beat()
        return self._provider.occurrences(body, horizon)

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return self._provider.losses(sent, kept)

    def close(self) -> None:
        self._provider.close()

    def _begin(self) -> None:
        self._pulse.beat()
        if self._halts():
            raise Halted

    def _begin_writing(self) -> None:
        self._begin()
        if not self._may_write():
            raise LeaseLost("the lease may have passed to another node; nothing more is written")
