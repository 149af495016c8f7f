"""All bookings of an account, and what happened to them: lists, watermarks, what is not news.

A booking is gone where it is not the account owner's any more: they may see it all the same, as of
a team of theirs. Else it stays, so that there are no other deletions to report. An attendee's
absence and a seat that somebody leaves change no stamp: only the whole listing shows them. Vendor
page on listing bookings; observed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

from syncd.core.ids import Cursor, EventRef
from syncd.ports import ChangeSet, Rescan, Seen
from syncd_calcom.account import Account
from syncd_calcom.cursors import OVERLAP, Mark, mark_in, newest_of_each
from syncd_calcom.fetch import Series
from syncd_calcom.paging import CREATED, FIRST, TAKE, UPDATED, Key, NoFilter, iso, walk
from syncd_calcom.shapes import instant_in, text_in

Raw = Mapping[str, object]
MANY = 100
"""Rows at a watermark that are worth a new cursor, although nothing happened."""


class Feed:
    """`take` is how many rows a page has."""

    def __init__(self, account: Account, series: Series, *, take: int = TAKE) -> None:
        self._account = account
        self._series = series
        self._take = take

    def listing(self) -> ChangeSet:
        """Every booking, in the order of their making, which no row ever leaves. Complete unless a
        row could not even be named. The cursor is from before the first page."""
        self._account.check()
        begun = self._newest()
        rows = self._rows(CREATED, FIRST)
        named = [raw for raw in rows if text_in(raw, "uid")]
        seen = self._seen(named, ask=False)
        mark = begun.knowing((raw, seen[text_in(raw, "uid")].version) for raw in named)
        others = self._not_ours(named)
        return ChangeSet(
            changed=tuple(each for each in seen.values() if each.ref not in others),
            cursor=mark.text,
            complete=len(named) == len(rows),
        )

    def changes(self, cursor: Cursor) -> ChangeSet | Rescan:
        """What was made or written since, by either stamp."""
        mark = mark_in(cursor, self._name)
        if mark is None:
            return Rescan("not a watermark of this account and its settings")
        try:
            made = self._rows(CREATED, mark.created_from)
            changed = self._rows(UPDATED, mark.updated_from)
        except NoFilter as exc:
            return Rescan(str(exc))
        rows = newest_of_each([*made, *changed])
        if mark.known and not rows.keys() & mark.known.keys():
            return Rescan("what was at the watermark is not there any more")
        named = [raw for uid, raw in rows.items() if uid and not mark.is_behind(raw)]
        seen = self._seen(named, ask=False)
        stamped = [(raw, seen[text_in(raw, "uid")].version) for raw in named]
        told = [raw for raw, version in stamped if mark.tells(text_in(raw, "uid"), version)]
        news = self._seen(told, among=named, ask=True).values()
        after = self._after(mark, made, changed)
        after = after.knowing(stamped, behind=rows.keys() - seen.keys())
        others = self._not_ours(named)
        return ChangeSet(
            changed=tuple(each for each in news if each.ref not in others),
            gone=tuple(each.ref for each in news if each.ref in others),
            cursor=after.text,
        )

    def _after(self, mark: Mark, made: list[Raw], changed: list[Raw]) -> Mark:
        """The mark after those rows. Where many stand at the watermark, as after an import, it goes
        on with the server's time, or they would be read again until something else happens."""
        now, told = self._account.clock.now(), self._account.client.server_time
        after = mark.reaching(made, changed, now)
        has_many = max(len(made), len(changed)) > MANY
        return after.settled(min(told, now) - OVERLAP) if told and has_many else after

    def _newest(self) -> Mark:
        """How far the account had come when it was asked."""
        found = [
            raw
            for key in (CREATED, UPDATED)
            for raw in self._account.page(
                {key.after: iso(FIRST), key.sort: "desc", "take": 1, **self._bounds}
            )
        ]
        return Mark(account=self._name).reaching(found, found, self._account.clock.now())

    def _rows(self, key: Key, since: datetime) -> list[Raw]:
        found = walk(self._account.page, key, since=since, also=self._bounds, take=self._take)
        return [raw for raw in found if self._is_within(raw)]

    def _seen(
        self, named: list[Raw], *, ask: bool, among: list[Raw] | None = None
    ) -> dict[str, Seen]:
        """Each row as what is reported of it. `ask`: for what took the place of an occurrence that
        was moved, where that is not `among` the rows that are there (all of these, as a rule)."""
        successors = self._series.successors(named, among=among or named, ask=ask)
        found: dict[str, Seen] = {}
        for raw in named:
            uid = text_in(raw, "uid")
            item = self._account.reader.event(self._account.row(raw, successors.get(uid, "")))
            found[uid] = Seen(ref=EventRef(uid), version=item.version, item=item)
        return found

    def _not_ours(self, named: list[Raw]) -> set[str]:
        """What others host, without the account's owner."""
        return {text_in(raw, "uid") for raw in named if self._account.part_of(raw) is None}

    @property
    def _bounds(self) -> Mapping[str, str]:
        beginning = self._account.beginning
        return {"afterStart": iso(beginning)} if beginning else {}

    def _is_within(self, raw: Raw) -> bool:
        """Filters were seen to be ignored: what began before `since` is left alone here, too."""
        beginning, start = self._account.beginning, instant_in(raw, "start")
        return beginning is None or start is None or start >= beginning

    @property
    def _name(self) -> str:
        """Of the account, and of the settings that change what its bookings mean."""
        settings, owner = self._account.settings, self._account.owner
        meant = f"{settings.base} {owner.id} {settings.event_types} {settings.since}"
        return blake2b(meant.encode(), digest_size=8).hexdigest()
