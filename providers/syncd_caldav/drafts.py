"""Turn a draft into content lines, and into a whole new calendar object.

Nothing that a person typed can become a line of its own. No METHOD, no ATTENDEE: a server would
send mail (RFC 6638). Changes no existing object: that is `patch`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from syncd.core.errors import Invalid, Rejected
from syncd.core.events import Draft, EventStatus
from syncd.core.time import zone as iana_zone
from syncd_caldav.content_lines import escape, fold
from syncd_caldav.events import MARK
from syncd_caldav.values import format_local
from syncd_caldav.vtimezones import vtimezone

PRODID = "-//syncd//syncd caldav//EN"
_UTC_NAMES = frozenset(("UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Zulu"))
_MARK = re.compile(r"[A-Za-z0-9._:@-]{1,100}")


def render(draft: Draft, *, now: datetime) -> str:
    """A new calendar object for `draft`, lines ending in CRLF, stamped `now` (aware UTC). The same
    arguments give the same text. `Rejected` for a draft that cannot be an event."""
    check_draft(draft)
    zone = draft_zone(draft)
    if not (is_told_by(zone, draft.start) and is_told_by(zone, draft.end)):
        zone = UTC
    described = ""
    if isinstance(zone, ZoneInfo):
        described = vtimezone(zone, draft.start.astimezone(zone).year)
    status = draft.status or EventStatus.CONFIRMED
    title = fold("SUMMARY:" + escape(draft.title)) if draft.title else ""
    mark = f"{MARK}:{draft.mark}\r\n" if draft.mark else ""
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:{PRODID}\r\n{described}"
        f"BEGIN:VEVENT\r\n{fold('UID:' + escape(draft.uid))}DTSTAMP:{utc_value(now)}\r\n"
        f"{time_line('DTSTART', draft.start, zone)}\r\n{time_line('DTEND', draft.end, zone)}\r\n"
        f"{title}STATUS:{status}\r\nTRANSP:{transp(is_transparent=bool(draft.transparent))}\r\n"
        f"SEQUENCE:0\r\n{mark}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def check_draft(draft: Draft) -> None:
    """`Rejected` when no event can be made of it; a mark must survive every server's rewriting."""
    if draft.end <= draft.start:
        raise Rejected("an event must end after it starts")
    if draft.mark and not _MARK.fullmatch(draft.mark):
        raise Rejected("a mark must be a plain token of letters, digits and . _ : @ -")
    draft_zone(draft)


def draft_zone(draft: Draft) -> tzinfo:
    """The zone to write the draft in; `datetime.UTC` stands for UTC under any of its names."""
    if draft.zone in _UTC_NAMES:
        return UTC
    try:
        return iana_zone(draft.zone)
    except Invalid as problem:
        raise Rejected(str(problem)) from problem


def is_told_by(zone: tzinfo, instant: datetime) -> bool:
    """Whether the wall clock of `zone` shows this instant and no other. Of two that it shows alike
    a TZID means the first (RFC 5545 §3.3.5), and not every reader knows that."""
    local = instant.astimezone(zone)
    return all(local.replace(fold=fold).astimezone(UTC) == instant for fold in (0, 1))


def time_line(name: str, instant: datetime, zone: tzinfo) -> str:
    """A DTSTART or DTEND line without its line break, in an IANA zone or else in UTC."""
    if isinstance(zone, ZoneInfo):
        return f"{name};TZID={zone.key}:{format_local(instant.astimezone(zone))}"
    return f"{name}:{utc_value(instant)}"


def utc_value(instant: datetime) -> str:
    return format_local(instant.astimezone(UTC)) + "Z"


def transp(*, is_transparent: bool) -> str:
    return "TRANSPARENT" if is_transparent else "OPAQUE"
