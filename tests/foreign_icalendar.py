"""A colleague's events as iCalendar text, and what such a text holds that is not syncd's.

Written without syncd's own iCalendar code, so that its faults cannot hide here. RFC 5545.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import cache

import icalendar

from syncd.testing.foreign import WINDOWS_ZONES, ForeignEvent

OURS = frozenset(
    [
        "UID",
        "DTSTART",
        "DTEND",
        "DURATION",
        "SUMMARY",
        "STATUS",
        "TRANSP",
        "SEQUENCE",
        "DTSTAMP",
        "LAST-MODIFIED",
        "CREATED",
        "X-SYNCD-ID",
    ]
)
"""What syncd may write in an event, and what any server may stamp."""


def text_of(event: ForeignEvent, uid: str) -> str:
    """A whole calendar object, lines ending in CRLF."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Colleague//Desk 1.0//EN"]
    if event.zone:
        lines += _timezone(event.zone)
    lines += _component(event, uid)
    for old, start, end in event.repeat.moved if event.repeat else ():
        moved = ForeignEvent(start=start, end=end, zone=event.zone, title=event.title)
        lines += _component(moved, uid, instead_of=old)
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def with_lines(text: str, changes: dict[str, str]) -> str:
    """`text` with those properties of its first event replaced, everything else as it was."""
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    begin = next(at for at, line in enumerate(lines) if line.upper() == "BEGIN:VEVENT")
    left = dict(changes)
    for at in range(begin, len(lines)):
        if lines[at].upper().startswith(("BEGIN:VALARM", "END:VEVENT")):
            lines[at:at] = left.values()
            break
        name = re.split("[:;]", lines[at], maxsplit=1)[0].upper()
        if name in changes:
            lines[at] = left.pop(name)
    return "".join(folded(line) for line in lines)


def utc_line(name: str, instant: datetime) -> str:
    return f"{name}:{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def text_line(name: str, value: str) -> str:
    return f"{name}:{escaped(value)}"


def foreign_lines(raw: bytes) -> tuple[str, ...]:
    """Every property that is not syncd's, with its place, parameters and value, in one order."""
    calendar = icalendar.Calendar.from_ical(raw)
    return tuple(sorted(_lines_in(calendar, "")))


def folded(line: str) -> str:
    """Folded by octets, never inside a character."""
    pieces, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > 73:
            pieces.append(" ")
            size = 1
        pieces[-1] += char
        size += width
    return "\r\n".join(pieces) + "\r\n"


def escaped(value: str) -> str:
    value = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return value.replace("\n", "\\n")


def _component(event: ForeignEvent, uid: str, *, instead_of: datetime | None = None) -> list[str]:
    lines = ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", "SEQUENCE:3"]
    lines += [_time("DTSTART", event.start, event.zone), _time("DTEND", event.end, event.zone)]
    if instead_of is not None:
        lines.append(_time("RECURRENCE-ID", instead_of, event.zone))
    lines += [text_line("SUMMARY", event.title), f"STATUS:{event.status.value}"]
    lines.append(f"TRANSP:{'TRANSPARENT' if event.transparent else 'OPAQUE'}")
    if event.note is not None:
        lines.append(text_line("DESCRIPTION", event.note))
    if event.categories:
        lines.append("CATEGORIES:" + ",".join(map(escaped, event.categories)))
    lines += [
        f"ATTENDEE;CN=Guest;PARTSTAT=ACCEPTED;SCHEDULE-AGENT=CLIENT:mailto:{who}"
        for who in event.attendees
    ]
    lines += [text_line(name, value) for name, value in event.properties]
    lines += _rule(event)
    if event.alarm is not None:
        minutes = int(event.alarm / timedelta(minutes=1))
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-PT{minutes}M"]
        lines += ["DESCRIPTION:Do not forget", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def _rule(event: ForeignEvent) -> list[str]:
    if event.repeat is None:
        return []
    count = f";COUNT={event.repeat.count}" if event.repeat.count else ""
    rule = f"RRULE:FREQ=DAILY;INTERVAL={event.repeat.every_days}{count}"
    return [rule, *(_time("EXDATE", each, event.zone) for each in event.repeat.without)]


def _time(name: str, moment: date | datetime, zone: str | None) -> str:
    if not isinstance(moment, datetime):
        return f"{name};VALUE=DATE:{moment:%Y%m%d}"
    if moment.tzinfo is not None:
        return utc_line(name, moment)
    return f"{name}{f';TZID={zone}' if zone else ''}:{moment:%Y%m%dT%H%M%S}"


@cache
def _timezone(name: str) -> list[str]:
    """The zone's rules as Outlook and others send them along, under the name that they use."""
    component = icalendar.Timezone.from_tzid(
        WINDOWS_ZONES.get(name, name), first_date=date(2030, 1, 1), last_date=date(2032, 1, 1)
    )
    component["TZID"] = name
    return component.to_ical().decode().replace("\r\n ", "").splitlines()


def _lines_in(component: icalendar.Component, place: str) -> list[str]:
    place = f"{place}/{component.name}"
    lines = []
    for name, value in component.property_items(recursive=False, sorted=False):
        skipped = name in OURS if component.name == "VEVENT" else component.name == "VCALENDAR"
        if name in ("BEGIN", "END") or skipped:
            continue
        parameters = ";".join(f"{key}={value.params[key]}" for key in sorted(value.params))
        text = value.to_ical().decode()
        parts = text.split(",") if name == "CATEGORIES" else [text]
        lines += [f"{place} {name};{parameters}:{part.rstrip()}" for part in sorted(parts)]
    for part in component.subcomponents:
        if part.name != "VTIMEZONE":
            lines += _lines_in(part, place)
    return lines
