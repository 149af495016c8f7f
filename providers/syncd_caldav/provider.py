"""A CalDAV calendar as syncd's port sees it: the rooms of this package behind one door.

Decides nothing itself. RFC 4791; a departure from it by a server is a field of `profile.Profile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core.errors import Rejected
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
from syncd_caldav import changing, creating, feed, ical
from syncd_caldav.addresses import Resolve, resolve_by_system
from syncd_caldav.collection import Collection
from syncd_caldav.connecting import collection_path, connect
from syncd_caldav.fetch import Fetcher
from syncd_caldav.settings import read_settings


class CalDavProvider:
    """One calendar. Connects when it is first used; not for two threads at once."""

    def __init__(self, access: Access, *, resolve: Resolve = resolve_by_system) -> None:
        settings = read_settings(access.settings)
        self._zone = access.zone
        self._dav = connect(settings, access, resolve)
        self._calendar = Collection(
            self._dav, collection_path(settings.url), access.clock, settings.owner
        )
        self._fetcher = Fetcher(self._calendar)

    @property
    def capabilities(self) -> Capabilities:
        """What is known so far: certain after `check` or the first listing, standard before."""
        profile = self._calendar.profile
        return Capabilities(
            feed=Feed.MASTERS,
            create_idempotency=CreateIdempotency.CLIENT_ID,
            conditional_write=(
                ConditionalWrite.OBJECT if profile.has_conditions else ConditionalWrite.NONE
            ),
            push=Push.NONE,
            has_cursor=profile.has_cursor,
            trusts_cursor=profile.trusts_tokens,
            versions_are_unique=profile.versions_are_unique,
        )

    @property
    def requests(self) -> int:
        return self._dav.requests

    def check(self) -> None:
        self._calendar.check()

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        return feed.changes(self._calendar, cursor)

    def listing(self, *, bodies: bool) -> ChangeSet:
        return feed.listing(self._calendar, bodies=bodies)

    def get_many(self, refs: Iterable[EventRef]) -> Mapping[EventRef, Found]:
        return self._fetcher.get_many(refs)

    def create(self, draft: Draft) -> CreateResult:
        self._calendar.know()
        return creating.create(self._calendar, draft)

    def update(self, before: RemoteEvent, draft: Draft) -> UpdateResult:
        self._require_address(before.ref)
        return changing.update(self._calendar, before, draft)

    def delete(self, ref: EventRef, version: Version) -> DeleteResult:
        self._require_address(ref)
        return changing.delete(self._calendar, ref, version)

    def _require_address(self, ref: EventRef) -> None:
        self._calendar.know()
        if not self._calendar.has_address(ref):
            raise Rejected("the event is not in this calendar; was its url changed?")

    def read(self, ref: EventRef, version: Version, body: str) -> RemoteEvent | Unreadable:
        return self._calendar.read(ref, version, body, ask=False)

    def occurrences(self, body: str, horizon: Interval) -> tuple[Interval, ...]:
        return ical.occurrences(body, horizon, self._zone, owner=self._calendar.owner)

    def losses(self, sent: str, kept: str) -> tuple[str, ...]:
        return ical.losses(sent, kept)

    def close(self) -> None:
        self._dav.close()
