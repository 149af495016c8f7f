"""What a memory calendar's cursors mean: where they point, what has happened since, what is lost.

Three kinds of feed: counted (CalDAV, Google), watermark (Cal.com: a coarse time of last change, all
bounds inclusive, no deletions), none. How they misbehave is the calendar's `Cursors`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from syncd.core.ids import Cursor, EventRef, Version
from syncd.ports import Rescan, Seen
from syncd.testing.memory_calendar import MemoryCalendar
from syncd.testing.quirks import Cursors

FORGOTTEN_EVERY = 4
"""A forgetful feed never reports each fourth change."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a feed resumes: after change `number`, or from stamp `number` on with `known` read
    already. `tombstones` is false where it tells of the living only."""

    number: int
    known: dict[EventRef, Version] = field(default_factory=dict)
    tombstones: bool = True


def cursor(calendar: MemoryCalendar) -> Cursor | None:
    """The cursor that a reader of everything up to this moment should keep."""
    match calendar.quirks.cursors:
        case Cursors.ABSENT:
            return None
        case Cursors.WATERMARK:
            stamp = max((_stamp(calendar, each) for each in calendar.refs), default=0)
            known = {
                ref: calendar.version_of(stored)
                for ref in calendar.refs
                if (stored := calendar.stored(ref)) and _stamp(calendar, ref) == stamp
            }
            return Cursor(json.dumps({"stamp": stamp, "known": known}, sort_keys=True))
        case _:
            return Cursor(f"{calendar.incarnation}:{calendar.changes}")


def position(calendar: MemoryCalendar, text: Cursor) -> Position | Rescan:
    """Where `text` points. A lying calendar takes an unknown cursor for its newest."""
    match calendar.quirks.cursors:
        case Cursors.ABSENT:
            return Rescan("this calendar has no cursors")
        case Cursors.WATERMARK:
            return _watermark(calendar, text)
        case _:
            return _counted(calendar, text)


def changed_since(calendar: MemoryCalendar, position: Position) -> tuple[EventRef, ...]:
    """The addresses that something happened to, in order of the last of it."""
    if calendar.quirks.cursors is Cursors.WATERMARK:
        recent = [ref for ref in calendar.refs if _stamp(calendar, ref) >= position.number]
        return tuple(sorted(recent, key=lambda ref: (_stamp(calendar, ref), ref)))
    forgets = calendar.quirks.cursors is Cursors.FORGETFUL
    start = position.number - calendar.quirks.repeats
    last = {ref: number for ref, number in calendar.restamped.items() if number > start}
    lived: set[EventRef] = set()
    for each in calendar.history:
        told = not (forgets and each.number % FORGOTTEN_EVERY == 0)
        if each.incarnation != calendar.incarnation:
            continue
        if each.number > start and told:
            last[each.ref] = max(each.number, last.get(each.ref, 0))
        elif each.number <= start:
            (lived.add if each.body is not None else lived.discard)(each.ref)
    if not position.tombstones:
        lived.clear()
    if calendar.quirks.forgets_brief_lives or not position.tombstones:
        last = {ref: number for ref, number in last.items() if calendar.stored(ref) or ref in lived}
    return tuple(sorted(last, key=lambda ref: last[ref]))


def is_known(position: Position, seen: Seen) -> bool:
    """Whether the reader has this row already: inclusive bounds repeat the last ones."""
    return position.known.get(seen.ref) == seen.version


def _stamp(calendar: MemoryCalendar, ref: EventRef) -> int:
    stored = calendar.stored(ref)
    return stored.changed_at // calendar.quirks.stamp_width if stored else 0


def _watermark(calendar: MemoryCalendar, text: Cursor) -> Position | Rescan:
    try:
        fields = json.loads(text)
        position = Position(int(fields["stamp"]), dict(fields["known"]))
    except (ValueError, KeyError, TypeError):
        return Rescan("not a watermark")
    if position.number > calendar.changes // calendar.quirks.stamp_width:
        return Rescan("the watermark is in the future")
    return position


def _counted(calendar: MemoryCalendar, text: Cursor) -> Position | Rescan:
    incarnation, _, number = text.partition(":")
    is_ours = incarnation == str(calendar.incarnation) and number.isdecimal()
    if not is_ours or int(number) > calendar.changes:
        if calendar.quirks.cursors is Cursors.LYING:
            return Position(calendar.changes)
        if calendar.quirks.cursors is Cursors.LENIENT:
            return Position(0, tombstones=False)
        return Rescan("unknown cursor")
    if calendar.cursor_is_lost(int(number)):
        return Rescan("the cursor has expired")
    if calendar.quirks.cursors is Cursors.TAG and int(number) != calendar.changes:
        return Rescan("the calendar has changed; it does not say what")
    return Position(int(number))
