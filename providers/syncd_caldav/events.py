"""Read a calendar object as the event that syncd knows. RFC 5545 §3.6.1, attendance by RFC 5546.

A scan, not a full parse: only what the event's meaning needs is looked at. Changes nothing, expands
no recurrence and never raises for bad input: that is `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.core.events import (
    AllDay,
    Attendance,
    EventStatus,
    Floating,
    RemoteEvent,
    Timed,
    Unreadable,
    When,
)
from syncd.core.ids import EventRef, Uid, Version
from syncd_caldav.content_lines import (
    MAX_EVENT,
    Component,
    Malformed,
    Property,
    decode,
    parse,
    unescape,
    without_controls,
)
from syncd_caldav.moments import Moment, moment_of
from syncd_caldav.semantics import digest_of
from syncd_caldav.values import parse_duration

MARK = "X-SYNCD-ID"
MARKED = "APPOINTMENT"
"""The category by which a person labels an event as an appointment."""

MAX_BLOCKS = 1_000
"""VEVENTs of one object: an event and its changed occurrences."""
_DAY = timedelta(days=1)
_STATUSES = {status.value: status for status in EventStatus}
_REPEATS = ("RRULE", "RDATE", "RECURRENCE-ID")


@dataclass(frozen=True, slots=True)
class NotAnEvent:
    """A calendar object without an event (a task, a journal, a bare time zone): nothing is wrong
    with it, and it concerns no appointment. `kind` is its component, or "" if it is empty."""

    ref: EventRef
    version: Version
    kind: str = ""


def read_event(
    ref: EventRef, version: Version, body: str | bytes, *, owner: AbstractSet[str] = frozenset()
) -> RemoteEvent | Unreadable | NotAnEvent:
    """What `body` stands for. `owner` holds the lower-cased addresses of the calendar's owner, with
    or without `mailto:`; when it is empty every event counts as the owner's own. Pure."""
    try:
        text = decode(body)
        return _read(ref, version, text, owner)
    except Malformed as problem:
        return Unreadable(ref=ref, version=version, reason=str(problem))


def _read(
    ref: EventRef, version: Version, text: str, owner: AbstractSet[str]
) -> RemoteEvent | Unreadable | NotAnEvent:
    calendar = parse(text)
    blocks = event_blocks(calendar, is_large=len(text) > MAX_EVENT)
    if not blocks:
        kinds = [part.name for part in calendar.parts if part.name != "VTIMEZONE"]
        return NotAnEvent(ref, version, kinds[0] if kinds else "")
    master = pick_master(blocks)
    fields = master.fields
    return RemoteEvent(
        ref=ref,
        version=version,
        uid=Uid(uid_of(fields)),
        when=when_of(fields, calendar),
        title=text_of(fields.get("SUMMARY")),
        status=status_of(fields),
        transparent=is_transparent(fields),
        attendance=attendance_of(master, owner),
        recurring=len(blocks) > 1 or any(name in fields for name in _REPEATS),
        mark=text_of(fields.get(MARK)).strip() or None,
        is_marked=_is_marked(master),
        body=text,
        digest=digest_of(calendar),
    )


class Block(NamedTuple):
    """One VEVENT: all its properties, and the first of each name."""

    properties: list[Property]
    fields: dict[str, Property]


def event_blocks(calendar: Component, *, is_large: bool = True) -> list[Block]:
    """The VEVENTs of one calendar object, which are one event. `Malformed` when they are not, or
    when one of them is too large (looked at only if `is_large` says that it may be)."""
    blocks: list[Block] = []
    for part in calendar.parts:
        if part.name != "VEVENT":
            continue
        if is_large and _size(part) > MAX_EVENT:
            raise Malformed(f"an event larger than {MAX_EVENT >> 10} KiB")
        properties = part.properties
        blocks.append(Block(properties, {each.name: each for each in reversed(properties)}))
    if len(blocks) > MAX_BLOCKS:
        raise Malformed(f"more than {MAX_BLOCKS} changed occurrences")
    if len(blocks) > 1:
        if len({uid_of(block.fields) for block in blocks}) > 1:
            raise Malformed("two UIDs in one object")
        if sum("RECURRENCE-ID" not in block.fields for block in blocks) > 1:
            raise Malformed("two events under one UID")
    return blocks


def _size(component: Component) -> int:
    return sum(map(len, component.lines)) + sum(map(_size, component.parts))


def pick_master(blocks: list[Block]) -> Block:
    """The event itself, or its earliest overridden occurrence where only such are given."""
    for block in blocks:
        if "RECURRENCE-ID" not in block.fields:
            return block
    return min(blocks, key=lambda block: _value(block.fields, "DTSTART"))


def _value(fields: dict[str, Property], name: str) -> str:
    found = fields.get(name)
    return found.value.strip() if found else ""


def text_of(field: Property | None) -> str:
    """A TEXT property as people see it, "" where there is none."""
    return without_controls(unescape(field.value)) if field else ""


def uid_of(fields: dict[str, Property]) -> str:
    uid = text_of(fields.get("UID")).strip()
    if not uid:
        raise Malformed("no UID")
    return uid


def required(fields: dict[str, Property], name: str) -> Property:
    if name not in fields:
        raise Malformed(f"no {name}")
    return fields[name]


def sequence_of(block: Block) -> int:
    value = _value(block.fields, "SEQUENCE")
    return int(value) if value.isdecimal() and len(value) < 10 else 0


def status_of(fields: dict[str, Property]) -> EventStatus:
    return _STATUSES.get(_value(fields, "STATUS").upper(), EventStatus.CONFIRMED)


def is_transparent(fields: dict[str, Property]) -> bool:
    """TRANSP; where it is missing, what Outlook says instead."""
    if transp := _value(fields, "TRANSP"):
        return transp.upper() == "TRANSPARENT"
    return _value(fields, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "FREE"


def attendance_of(block: Block, owner: AbstractSet[str]) -> Attendance:
    """The owner's part: declined whoever invited, invited when somebody else organizes."""
    if not owner or "ORGANIZER" not in block.fields:
        return Attendance.OWN
    people = {address.lower().removeprefix("mailto:") for address in owner}
    for attendee in block.properties:
        if attendee.name == "ATTENDEE" and _is_one_of(attendee, people):
            if attendee.parameters().get("PARTSTAT", "").upper() == "DECLINED":
                return Attendance.DECLINED
            if not _is_one_of(block.fields["ORGANIZER"], people):
                return Attendance.INVITED
    return Attendance.OWN


def _is_one_of(who: Property, people: set[str]) -> bool:
    """By address, or by the EMAIL parameter of RFC 7986 where the address is a principal's URL."""
    if who.value.strip().lower().removeprefix("mailto:") in people:
        return True
    return "EMAIL" in who.params.upper() and who.parameters().get("EMAIL", "").lower() in people


def _is_marked(block: Block) -> bool:
    if "CATEGORIES" not in block.fields:
        return False
    return any(
        word.strip().upper() == MARKED
        for each in block.properties
        if each.name == "CATEGORIES"
        for word in each.value.split(",")
    )


def when_of(fields: dict[str, Property], calendar: Component) -> When:
    """The stretch of a VEVENT; one without an end lasts a day (date) or no time at all."""
    start = moment_of(required(fields, "DTSTART"), calendar)
    try:
        end = _end(start, fields, calendar)
        if start.is_date and end.local == start.local:
            end = end._replace(local=start.local + _DAY)
    except OverflowError as problem:
        raise Malformed("an end beyond the year 9999") from problem
    if start.is_date:
        return AllDay(start.local.date(), end.local.date())
    if start.zone is None:
        return Floating(start.local, end.local)
    name = start.zone.key if isinstance(start.zone, ZoneInfo) else None
    return Timed(start.instant, end.instant, name)


def _end(start: Moment, fields: dict[str, Property], calendar: Component) -> Moment:
    if "DTEND" in fields:
        end = moment_of(fields["DTEND"], calendar)
        if end.zone is None and not end.is_date:
            end = end._replace(zone=start.zone)
        if end.is_date != start.is_date or (start.zone is None) != (end.zone is None):
            raise Malformed("DTSTART and DTEND of different kinds")
        return end
    if "DURATION" in fields:
        days, exact = parse_duration(fields["DURATION"].value)
        later = start._replace(local=start.local + days)
        if start.zone is None:
            return later._replace(local=later.local + exact)
        return Moment((later.instant + exact).replace(tzinfo=None), UTC)
    return start._replace(local=start.local + _DAY) if start.is_date else start
