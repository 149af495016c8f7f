"""Where reading an account's changes resumes: two watermarks, and what is known at them.

`updatedAt` is null until a row is written again, so there is one watermark for it and one for
`createdAt`. Stamps are given before rows are committed, by several servers, so that a row may
appear behind the watermark: reading begins an overlap before it, and what is known there, by its
version, is no news. Nor is what was written before that: lists are read from copies, too, which
may be behind. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from syncd.core.ids import Cursor
from syncd_calcom.answers import parsed
from syncd_calcom.paging import FIRST, iso
from syncd_calcom.shapes import instant_in, text_in

OVERLAP = timedelta(minutes=5)
Raw = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Shown:
    """How a row was seen last, and when that was written."""

    version: str
    written: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """`updated` and `created` are the latest stamps that were seen. `known` are the rows at or
    after the overlap, by their uids. `account` tells accounts and settings apart: another one's
    cursor is none."""

    account: str
    updated: datetime = FIRST
    created: datetime = FIRST
    known: Mapping[str, Shown] = field(default_factory=dict)

    @property
    def updated_from(self) -> datetime:
        return max(FIRST, self.updated - OVERLAP)

    @property
    def created_from(self) -> datetime:
        return max(FIRST, self.created - OVERLAP)

    def reaching(self, rows: Iterable[Raw], now: datetime) -> Mark:
        """The mark after `rows`. A stamp that is ahead of `now`, as after a server's clock jumped,
        does not carry it along: nothing would be told until that time comes."""
        rows = list(rows)
        return replace(
            self,
            updated=_latest(rows, "updatedAt", self.updated, now),
            created=_latest(rows, "createdAt", self.created, now),
        )

    def settled(self, moment: datetime) -> Mark:
        """The mark at `moment` of the server's own time, where that is later: whatever was written
        before is committed by now."""
        return replace(self, updated=max(self.updated, moment), created=max(self.created, moment))

    def knowing(self, rows: Iterable[tuple[Raw, str]]) -> Mark:
        """The mark with those rows that will come again, and what was known and will, too, though
        it is not among them."""
        still = {uid: shown for uid, shown in self.known.items() if self._will_come(shown)}
        known = {
            text_in(raw, "uid"): Shown(version, written(raw))
            for raw, version in rows
            if self.covers(raw)
        }
        return replace(self, known=still | known)

    def is_behind(self, raw: Raw) -> bool:
        """Whether the row is as it was before it was seen last."""
        shown = self.known.get(text_in(raw, "uid"))
        return shown is not None and written(raw) < shown.written

    def tells(self, uid: str, version: str) -> bool:
        """Whether the row was at another version, or not there, when it was seen last."""
        shown = self.known.get(uid)
        return shown is None or shown.version != version

    def covers(self, raw: Raw) -> bool:
        """Whether the row will come again when reading resumes here."""
        updated, created = instant_in(raw, "updatedAt"), instant_in(raw, "createdAt")
        is_late = updated is not None and updated >= self.updated_from
        return is_late or (created is not None and created >= self.created_from)

    def _will_come(self, shown: Shown) -> bool:
        return shown.written >= self.updated_from

    @property
    def text(self) -> Cursor:
        fields = {
            "account": self.account,
            "updated": iso(self.updated),
            "created": iso(self.created),
            "known": {uid: [each.version, iso(each.written)] for uid, each in self.known.items()},
        }
        return Cursor(json.dumps(fields, sort_keys=True, separators=(",", ":")))


def mark_in(text: str, account: str) -> Mark | None:
    """The mark in a cursor of this account; None for anything else."""
    fields = parsed(text)
    if not isinstance(fields, dict) or fields.get("account") != account:
        return None
    updated, created = instant_in(fields, "updated"), instant_in(fields, "created")
    known = _shown_in(fields.get("known"))
    if updated is None or created is None or known is None:
        return None
    return Mark(account=account, updated=updated, created=created, known=known)


def written(raw: Raw) -> datetime:
    """When the row was written last."""
    return instant_in(raw, "updatedAt") or instant_in(raw, "createdAt") or FIRST


def newest_of_each(rows: Iterable[Raw]) -> dict[str, Raw]:
    """Each row as it was written last, by its uid, where lists of two moments show it."""
    found: dict[str, Raw] = {}
    for raw in rows:
        uid = text_in(raw, "uid")
        if uid not in found or written(raw) >= written(found[uid]):
            found[uid] = raw
    return found


def _shown_in(known: object) -> dict[str, Shown] | None:
    if not isinstance(known, dict):
        return None
    found: dict[str, Shown] = {}
    for uid, entry in known.items():
        if not (isinstance(entry, list) and len(entry) == len(("version", "written"))):
            return None
        at = instant_in({"written": entry[1]}, "written")
        if at is None:
            return None
        found[str(uid)] = Shown(str(entry[0]), at)
    return found


def _latest(rows: Iterable[Raw], name: str, least: datetime, now: datetime) -> datetime:
    found = (instant_in(raw, name) for raw in rows)
    return max([least, *(each for each in found if each is not None and each <= now)])
