"""The bookings of a Cal.com account as syncd's port sees them: the rooms of this package behind one
door.

Decides nothing itself. What Cal.com cannot do is declared: no conditional writes, no free edits, no
deletions, a new booking for each move.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core.events import Draft, Found, RemoteEvent, Unreadable
from syncd.core.ids import Cursor, EventRef, Version
from syncd.core.time import Interval
from syncd.ports import (
    Access,
    Capabilities,
    ChangeSet,
    ConditionalWrite,
    CreateIdempotency,
    CreateResult,
    DeleteResult,
    Feed,
    Push,
    Rescan,
    UpdateResult,
)
from syncd_calcom import events
from syncd_calcom.account import Account
from syncd_calcom.changing import Changer
from syncd_calcom.client import Client, Line
from syncd_calcom.creating import Creator
from syncd_calcom.event_types import EventTypes
from syncd_calcom.feed import Feed as ChangeFeed
from syncd_calcom.fetch import Fetcher, Series
from syncd_calcom.hooks import UNSTAMPED
from syncd_calcom.paging import TAKE
from syncd_calcom.settings import read_settings

_CAPABILITIES = Capabilities(
    feed=Feed.INSTANCES,
    create_idempotency=CreateIdempotency.SEARCH,
    conditional_write=ConditionalWrite.NONE,
    push=Push.WEBHOOK,
    attendees=True,
    keeps_identity=False,
    edits_freely=False,
    keeps_deleted=True,
    confirms=True,
    marks_absence=True,
    unstamped=UNSTAMPED,
)


class CalcomProvider:
    """One account. Connects when it is first used; not for two threads at once. `take` is how many
    rows a page of a list has, at most 250."""

    def __init__(self, access: Access, *, line: Line | None = None, take: int = TAKE) -> None:
        settings = read_settings(access.settings)
        self._client = Client(settings, access, line or Line())
        self._account = Account(settings, access, self._client)
        types, series = EventTypes(self._account), Series(self._account)
        self._fetcher = Fetcher(self._account, series)
        self._feed = ChangeFeed(self._account, series, take=take)
        self._creator = Creator(self._account, self._fetcher, types, take=take)
        self._changer = Changer(self._account, self._fetcher, types)

    @property
    def capabilities(self) -> Capabilities:
        return _CAPABILITIES

    @property
    def requests(self) -> int:
        return self._client.requests

    def check(self) -> None:
        self._account.check()

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        return self._feed.changes(cursor)

    def listing(self, *, bodies: bool) -> ChangeSet:  # noqa: ARG002  a list always has them
        return self._feed.listing()

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        return self._fetcher.get_many(refs)

    def create(self, draft: Draft) -> CreateResult:
        return self._creator.create(draft)

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        return self._changer.update(before, draft)

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        return self._changer.delete(ref, version)

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        return self._account.reader.stored(ref, version, body)

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        event = self._account.reader.stored(EventRef(""), Version(""), body)
        return events.occurrences(event, horizon)

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return events.losses(sent, kept)

    def close(self) -> None:
        self._client.close()
