"""What a calendar holds, and what has happened to it: sync-collection, or a listing of versions.

A cursor is `sync:` and a sync token, or `ctag:` and a collection tag for servers without tokens.
Fetches no single objects. Limits are never asked for, but the server's are obeyed (507). RFC 6578,
RFC 4918 §9.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncd.core.ids import Cursor, EventRef, Version
from syncd.ports import ChangeSet, Rescan, Seen
from syncd_caldav import xml
from syncd_caldav.answers import TooLarge
from syncd_caldav.collection import Collection, Mark
from syncd_caldav.etags import as_version
from syncd_caldav.failures import NotWhatWasAsked
from syncd_caldav.profile import went_backwards
from syncd_caldav.xml import Multistatus, Row

_MAX_PAGES = 10_000
_MAX_TOKEN = 4096
_SYNC = "sync:"
_CTAG = "ctag:"
_UNKNOWN_TOKEN = Rescan("the server does not know the sync token (any more)")
_OUTAGE = (401, 402, 404, 407, 408, 421, 423, 425, 429, 451, 502, 503, 504)
"""Statuses of a report that say nothing about its token."""


@dataclass(slots=True)
class _Harvest:
    """Rows gathered over the pages of one report; a later row about an object wins."""

    seen: dict[EventRef, Seen] = field(default_factory=dict)
    gone: dict[EventRef, None] = field(default_factory=dict)
    token: str = ""

    def change_set(self, *, complete: bool, cursor: Cursor | None) -> ChangeSet:
        return ChangeSet(
            changed=tuple(self.seen.values()),
            gone=() if complete else tuple(self.gone),
            cursor=cursor,
            complete=complete,
        )


def changes(calendar: Collection, cursor: Cursor) -> ChangeSet | Rescan:
    """What happened since `cursor`; `Rescan` where this server cannot be asked, or the cursor is
    not one that it can continue from."""
    calendar.begin()
    if cursor.startswith(_CTAG):
        return _compare_tag(calendar, cursor)
    token = cursor.removeprefix(_SYNC)
    if token == cursor or not 0 < len(token) <= _MAX_TOKEN:
        return Rescan("the cursor is not one of this provider's")
    calendar.profile.recognise_token(token)
    if not calendar.profile.trusts_tokens:
        return Rescan(f"the change feed of {calendar.profile.family} is known to lose changes")
    known = _where_it_stands(calendar, token) if calendar.profile.echoes_tokens else None
    found = known or _report(calendar, token)
    if isinstance(found, _Harvest):
        if len(found.token) > _MAX_TOKEN:
            return Rescan("the server's sync token is too long to be kept")
        return found.change_set(complete=False, cursor=Cursor(_SYNC + found.token))
    return found


def _where_it_stands(calendar: Collection, token: str) -> ChangeSet | Rescan | None:
    """What the collection's own token tells; None if there is something to report."""
    now_at = calendar.check().sync_token
    if now_at == token:
        return ChangeSet(cursor=Cursor(_SYNC + token))
    if went_backwards(token, now_at):
        return Rescan("the calendar's change counter went backwards")
    return None


def listing(calendar: Collection, *, bodies: bool) -> ChangeSet:
    """Everything, with versions. With `bodies` by one initial sync report where the server has
    them; else, and whenever that one names nothing, by PROPFIND, which is the truth."""
    calendar.begin()
    if bodies and calendar.profile.has_sync is not False:
        found = _report(calendar, "")
        if not isinstance(found, Rescan) and found.seen:
            return found.change_set(complete=True, cursor=_cursor(calendar, Mark(found.token, "")))
    return _propfind(calendar)


def _compare_tag(calendar: Collection, cursor: Cursor) -> ChangeSet | Rescan:
    mark = calendar.check()
    if _CTAG + mark.ctag == cursor:
        return ChangeSet(cursor=cursor)
    return Rescan("the calendar has changed; the server does not say what")


def _report(calendar: Collection, since: str) -> _Harvest | Rescan:
    """All pages of a sync report since the token `since`, "" for everything."""
    harvest = _Harvest(token=since)
    for _ in range(_MAX_PAGES):
        page = _page(calendar, harvest.token)
        if isinstance(page, Rescan):
            return page
        calendar.profile.recognise_token(page.sync_token)
        if not page.sync_token:
            return Rescan("the change report names no token to continue from")
        if since and went_backwards(harvest.token, page.sync_token):
            return Rescan("the calendar's change counter went backwards")
        has_more = _gather(calendar, page, harvest)
        stuck = has_more and page.sync_token == harvest.token
        harvest.token = page.sync_token
        if stuck:
            return Rescan("the change report does not get on")
        if not has_more:
            calendar.profile.has_sync = True
            return harvest
    return Rescan("the change report does not end")


def _page(calendar: Collection, token: str) -> Multistatus | Rescan:
    """One page, with bodies unless the server is known not to give them."""
    profile = calendar.profile
    if profile.carries_bodies is not False:
        try:
            found = _ask(calendar, token, (xml.GETETAG, xml.CALENDAR_DATA))
        except (TooLarge, NotWhatWasAsked):
            found = None
        if isinstance(found, Multistatus) or found is _UNKNOWN_TOKEN:
            return found
    plain = _ask(calendar, token, (xml.GETETAG,))
    if isinstance(plain, Multistatus) and profile.carries_bodies is None:
        profile.carries_bodies = False
    return plain


def _ask(calendar: Collection, token: str, names: tuple[str, ...]) -> Multistatus | Rescan:
    """One report. A refusal of the token, however it is put, is a `Rescan`: RFC 6578 wants 403 or
    409 with a precondition, servers also answer 400, 410, 412, 415, 418 or 500."""
    body = xml.sync_collection(token, names)
    answer = calendar.dav.report(calendar.path, body, depth="0")
    conditions = frozenset() if answer.status < 400 else xml.preconditions(answer.body)
    if "valid-sync-token" in conditions:
        return _UNKNOWN_TOKEN
    if answer.status < 400 or answer.status in _OUTAGE:
        return calendar.multistatus(answer)
    if "supported-report" in conditions or answer.status in (405, 501):
        calendar.profile.has_sync = False
    return Rescan(f"the server cannot continue from the cursor (status {answer.status})")


def _gather(calendar: Collection, page: Multistatus, harvest: _Harvest) -> bool:
    """Add a page's rows; whether the server has more (RFC 6578 §3.6)."""
    has_more = False
    carried: bool | None = None
    for row in page.rows:
        if calendar.hrefs.is_collection(row.href):
            has_more = has_more or row.status == 507
            continue
        ref = calendar.hrefs.learn(row.href)
        if ref is None:
            continue
        if row.status in (404, 410):
            if ref not in harvest.seen:
                harvest.gone[ref] = None
            continue
        seen = _seen(calendar, ref, row)
        carried = carried or seen.item is not None
        harvest.seen[ref] = seen
        harvest.gone.pop(ref, None)
    if carried is not None and calendar.profile.carries_bodies is None:
        calendar.profile.carries_bodies = carried
    return has_more


def _seen(calendar: Collection, ref: EventRef, row: Row) -> Seen:
    version = _version(calendar, row)
    body = row.raw_text(xml.CALENDAR_DATA)
    item = calendar.read(ref, version, body) if body else None
    return Seen(ref=ref, version=version, item=item)


def _version(calendar: Collection, row: Row) -> Version:
    version = as_version(row.text(xml.GETETAG))
    calendar.profile.note_version(version)
    return version


def _propfind(calendar: Collection) -> ChangeSet:
    """The cursor is read before the listing: what happens in between is reported again later."""
    mark = calendar.check()
    names = (xml.GETETAG, xml.RESOURCETYPE)
    answer = calendar.dav.propfind(calendar.path, xml.propfind(names), depth="1")
    found: dict[EventRef, Seen] = {}
    itself: Row | None = None
    complete = True
    for row in calendar.multistatus(answer).rows:
        if calendar.hrefs.is_collection(row.href):
            itself = row
        elif row.status is None or row.status < 400:
            ref = None if row.is_collection else calendar.hrefs.learn(row.href)
            if ref is not None:
                found[ref] = Seen(ref=ref, version=_version(calendar, row))
        complete = complete and row.status != 507
    if itself is None:
        raise NotWhatWasAsked(answer, "it does not name the calendar itself")
    if itself.status != 507:
        calendar.require_calendar(itself, answer)
    return ChangeSet(
        changed=tuple(found.values()), cursor=_cursor(calendar, mark), complete=complete
    )


def _cursor(calendar: Collection, mark: Mark) -> Cursor | None:
    if not calendar.profile.trusts_tokens:
        return None
    if 0 < len(mark.sync_token) <= _MAX_TOKEN and calendar.profile.has_sync is not False:
        return Cursor(_SYNC + mark.sync_token)
    return Cursor(_CTAG + mark.ctag) if 0 < len(mark.ctag) <= _MAX_TOKEN else None
