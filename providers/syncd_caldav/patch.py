"""Change what syncd owns in somebody's calendar object, and not one octet more.

Owned are DTSTART, DTEND or DURATION, SUMMARY, STATUS, TRANSP, SEQUENCE, the stamps and X-SYNCD-ID
of the one VEVENT. Every other line keeps its octets, its place, its folding and its line break.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from syncd.core.errors import Rejected
from syncd.core.events import Draft, RemoteEvent, Timed
from syncd.core.ids import EventRef, Version
from syncd_caldav.content_lines import Component, Malformed, Property, escape, parse, unescape
from syncd_caldav.drafts import (
    check_draft,
    draft_zone,
    is_told_by,
    time_line,
    transp,
    utc_value,
)
from syncd_caldav.events import MARK, read_event, when_of
from syncd_caldav.moments import moment_of
from syncd_caldav.sheet import Sheet
from syncd_caldav.values import format_duration, format_local
from syncd_caldav.vtimezones import vtimezone


def patch(body: str, draft: Draft, *, now: datetime) -> str:
    """`body` saying what `draft` says. Fields of the draft that are None stay as they are, and so
    does a time that is already right; a moved event keeps its own zone where that is UTC, has rules
    of its own, or shows the same clock as the draft's. Nothing to change gives `body` itself:
    applying it twice is applying it once. `Rejected` when the body is not one plain event, or
    cannot be made to say the draft."""
    check_draft(draft)
    before = _plain(body)
    sheet = Sheet(before.body)
    try:
        _put_times(sheet, before, draft)
    except Malformed as problem:
        raise Rejected(str(problem)) from problem
    _put_words(sheet, before, draft)
    if not sheet.is_changed:
        return body
    sheet.put("DTSTAMP", f"DTSTAMP:{utc_value(now)}")
    if sheet.find("LAST-MODIFIED") is not None:
        sheet.put("LAST-MODIFIED", f"LAST-MODIFIED:{utc_value(now)}")
    sheet.put("SEQUENCE", f"SEQUENCE:{_next_sequence(sheet.find('SEQUENCE'))}")
    patched = sheet.text()
    if not _says(_plain(patched), draft):
        raise Rejected("the event cannot be made to say what is wanted")
    return patched


def _plain(body: str) -> RemoteEvent:
    event = read_event(EventRef(""), Version(""), body)
    if not isinstance(event, RemoteEvent):
        raise Rejected(getattr(event, "reason", "not an event"))
    if not event.is_plain:
        raise Rejected("a recurring, all-day or floating event, or one without length")
    return event


def _says(event: RemoteEvent, draft: Draft) -> bool:
    when = event.when
    return (
        isinstance(when, Timed)
        and (when.start, when.end) == _whole(draft)
        and (draft.title is None or event.title.strip() == _shown(draft.title))
        and draft.status in (None, event.status)
        and draft.transparent in (None, event.transparent)
        and draft.mark in ("", event.mark)
    )


def _whole(draft: Draft) -> tuple[datetime, datetime]:
    """iCalendar knows no fractions of a second."""
    return draft.start.replace(microsecond=0), draft.end.replace(microsecond=0)


def _shown(title: str) -> str:
    """What a calendar shows of a title that was written to it."""
    return unescape(escape(title)).strip()


def _put_words(sheet: Sheet, before: RemoteEvent, draft: Draft) -> None:
    if draft.title is not None and _shown(draft.title) != before.title.strip():
        if _shown(draft.title):
            sheet.put("SUMMARY", f"SUMMARY{_language(sheet)}:{escape(draft.title)}")
        else:
            sheet.drop("SUMMARY")
    if draft.status not in (None, before.status):
        sheet.put("STATUS", f"STATUS:{draft.status}")
    if draft.transparent not in (None, before.transparent):
        sheet.put("TRANSP", f"TRANSP:{transp(is_transparent=bool(draft.transparent))}")
    if draft.mark not in ("", before.mark):
        sheet.put(MARK, f"{MARK}:{draft.mark}")


def _language(sheet: Sheet) -> str:
    """The parameters of the title, unless they point to another form of the old one."""
    found = sheet.find("SUMMARY")
    return "" if found is None or "ALTREP" in found.params.upper() else found.params


def _next_sequence(found: Property | None) -> int:
    value = found.value.strip() if found else ""
    return int(value) + 1 if value.isdecimal() and len(value) < 9 else 1


def _put_times(sheet: Sheet, before: RemoteEvent, draft: Draft) -> None:
    start, end = _whole(draft)
    if isinstance(before.when, Timed) and (before.when.start, before.when.end) == (start, end):
        return
    calendar = parse(before.body)
    old_start = sheet.find("DTSTART")
    old_end = sheet.find("DTEND")
    own = moment_of(old_start, calendar).zone if old_start else None
    own_end = moment_of(old_end, calendar).zone if old_end else None
    place, end_place = _place(own, draft), _place(own_end or own, draft)
    if UTC in (place, end_place):  # RFC 5545 §3.8.2.2: both in UTC, or neither
        place = end_place = UTC
    sheet.put("DTSTART", _time_line("DTSTART", start, place, old_start if own is place else None))
    if old_end is not None:
        kept = old_end if own_end is end_place else None
        sheet.put("DTEND", _time_line("DTEND", end, end_place, kept))
    elif _length(sheet, calendar) != (start, end):
        sheet.put("DURATION", f"DURATION:{format_duration(end - start)}")
    for zone in {place, end_place}:
        if isinstance(zone, ZoneInfo) and zone not in (own, own_end):
            _describe(sheet, calendar, zone, start.astimezone(zone).year)


def _place(own: tzinfo | None, draft: Draft) -> tzinfo:
    """Where to write the draft's times: the event's own zone if it tells them, else the draft's."""
    wanted = draft_zone(draft)
    moments = _whole(draft)
    if own is UTC:
        return UTC
    if own is not None and all(is_told_by(own, each) for each in moments):
        shows_the_same = all(
            each.astimezone(own).utcoffset() == each.astimezone(wanted).utcoffset()
            for each in moments
        )
        if shows_the_same or not isinstance(own, ZoneInfo):
            return own
    return wanted if all(is_told_by(wanted, each) for each in moments) else UTC


def _time_line(name: str, instant: datetime, zone: tzinfo, kept: Property | None) -> str:
    """`kept` is the old line when it has the same zone: then it keeps its parameters."""
    if kept is None or zone is UTC:
        return time_line(name, instant, zone)
    return f"{name}{kept.params}:{format_local(instant.astimezone(zone))}"


def _length(sheet: Sheet, calendar: Component) -> tuple[datetime, datetime] | None:
    """The stretch that the new start and the old DURATION give."""
    names = ("DTSTART", "DURATION")
    fields = {name: found for name in names if (found := sheet.find(name)) is not None}
    when = when_of(fields, calendar)
    return (when.start, when.end) if isinstance(when, Timed) else None


def _describe(sheet: Sheet, calendar: Component, zone: ZoneInfo, year: int) -> None:
    """Add the VTIMEZONE of a zone that the object does not have yet."""
    described = (
        field.value.strip()
        for part in calendar.parts
        if part.name == "VTIMEZONE"
        for field in part.properties
        if field.name == "TZID"
    )
    if zone.key not in described:
        sheet.add_component(vtimezone(zone, year))
