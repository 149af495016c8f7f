"""Where reading an account's changes resumes: two watermarks, and what is known at them.

`updatedAt` is null until a row is written again, so there is one watermark for it and one for
`createdAt`. Stamps are given before rows are committed, by several servers, so that a row may
appear behind the watermark: reading begins an overlap before it, and what is known there, by its
version, is no news. Nor is what was written before that: lists are read from copies, too, which
may be behind. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
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
    """`updated` is the latest stamp in the list of what was written, `created` in that of what was
    made: either may be behind. `known` are the rows at or after the overlap, by their uids, also
    while a list does not show them. `account` tells accounts and settings apart: another one's
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

    def reaching(self, made: Iterable[Raw], changed: Iterable[Raw], now: datetime) -> Mark:
        """The mark after those two lists. A stamp that is ahead of `now`, as after a server's clock
        jumped, does not carry it along: nothing would be told until that time comes."""
        return replace(
            self,
            updated=_latest(changed, "updatedAt", self.updated, now),
            created=_latest(made, "createdAt", self.created, now),
        )

    def settled(self, moment: datetime) -> Mark:
        """The mark at `moment` of the server's own time, where that is later: whatever was written
        before is committed by now."""
        return replace(self, updated=max(self.updated, moment), created=max(self.created, moment))

    def knowing(self, rows: Iterable[tuple[Raw, str]], *, behind: Collection[str] = ()) -> Mark:
        """The mark with those rows that will come again. What was known and is not among them stays
        so while it may come, and while lists show it as it was before (`behind`)."""
        still = {
            uid: shown
            for uid, shown in self.known.items()
            if uid in behind or self._may_come(shown)
        }
        known = {
            text_in(raw, "uid"): Shown(version, self._latest_of(raw))
            for raw, version in rows
            if self.covers(raw)
        }
        return replace(self, known=still | known)

    def is_behind(self, raw: Raw) -> bool:
        """Whether the row is as it was before it was seen last. What is cancelled never is,
        whatever its stamp says: servers' clocks differ, and no booking that lives ever was."""
        shown = self.known.get(text_in(raw, "uid"))
        return shown is not None and written(raw) < shown.written and not _is_cancelled(raw)

    def tells(self, uid: str, version: str) -> bool:
        """Whether the row was at another version, or not there, when it was seen last."""
        shown = self.known.get(uid)
        return shown is None or shown.version != version

    def covers(self, raw: Raw) -> bool:
        """Whether the row will come again when reading resumes here."""
        updated, created = instant_in(raw, "updatedAt"), instant_in(raw, "createdAt")
        is_late = updated is not None and updated >= self.updated_from
        return is_late or (created is not None and created >= self.created_from)

    def _may_come(self, shown: Shown) -> bool:
        """Whether a list that is behind by no more than the overlap may still show it."""
        return shown.written >= max(self.updated_from, self.created_from)

    def _latest_of(self, raw: Raw) -> datetime:
        shown = self.known.get(text_in(raw, "uid"))
        return written(raw) if shown is None else max(written(raw), shown.written)

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
        if uid not in found or _order(raw) >= _order(found[uid]):
            found[uid] = raw
    return found


def _order(raw: Raw) -> tuple[datetime, bool]:
    """Of two states of one millisecond a cancelled one is the later."""
    return written(raw), _is_cancelled(raw)


def _is_cancelled(raw: Raw) -> bool:
    """Whether it is over for good. What was rejected is not: it was seen to be confirmed."""
    return text_in(raw, "status").lower() == "cancelled"


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
