"""When an event takes its owner's time: rule, added and excluded dates, changed occurrences.

RFC 5545 §3.8.5 and §3.8.4.4. Everything is counted on the wall clock of the event's own zone, and
only the results become instants: a weekly 09:00 stays 09:00 when the clocks change. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from syncd.core.errors import Rejected
from syncd.core.events import AllDay, Attendance, EventStatus, Floating, Timed, interval_of
from syncd.core.time import Interval
from syncd_caldav.content_lines import Component, Malformed, Property, decode, parse
from syncd_caldav.events import (
    Block,
    attendance_of,
    event_blocks,
    is_transparent,
    required,
    sequence_of,
    status_of,
    when_of,
)
from syncd_caldav.expansion import MAX_OCCURRENCES, expand
from syncd_caldav.moments import Moment, moment_of, placed
from syncd_caldav.rules import parse_rule
from syncd_caldav.values import Duration, parse_duration, parse_time

MAX_RULES = 8
_MARGIN = timedelta(days=2)
"""More than any zone is ahead of or behind another: windows are cut on wall clocks."""
_NOTHING = timedelta(0)
Stretch = tuple[datetime, datetime]


def occurrences(
    body: str | bytes,
    horizon: Interval,
    zone: ZoneInfo,
    *,
    owner: AbstractSet[str] = frozenset(),
) -> tuple[Interval, ...]:
    """Every stretch of busy time that overlaps `horizon`, whole, sorted, none twice. Floating and
    all-day occurrences stand on the wall of `zone`. Changed occurrences count where they are; ones
    that are cancelled, transparent or declined by `owner` do not. An object that does not recur has
    its one stretch. `Rejected` beyond the limits, and for a body that cannot be read."""
    try:
        calendar = parse(decode(body))
        blocks = event_blocks(calendar)
        busy = (
            _Expansion(calendar, blocks, horizon, zone=zone, owner=owner).busy()
            if blocks
            else set()
        )
    except Malformed as problem:
        raise Rejected(str(problem)) from problem
    except OverflowError as problem:
        raise Rejected("a recurrence beyond the year 9999") from problem
    if len(busy) > MAX_OCCURRENCES:
        raise Rejected(f"more than {MAX_OCCURRENCES} occurrences")
    return tuple(Interval(*each) for each in sorted(busy))


class _Shape(NamedTuple):
    """How an occurrence lies: how far from its regular start, how long, and whether it takes time.
    It ends at the latest of its `lengths`, each days on the clock and then an exact time."""

    shift: timedelta
    lengths: tuple[Duration, ...]
    blocks: bool


class _Expansion:
    """One event's occurrences; all naive times stand on the wall clock of the event's zone."""

    def __init__(
        self,
        calendar: Component,
        blocks: list[Block],
        horizon: Interval,
        *,
        zone: ZoneInfo,
        owner: AbstractSet[str],
    ) -> None:
        masters = [block for block in blocks if "RECURRENCE-ID" not in block.fields]
        start = moment_of(required((masters or blocks)[0].fields, "DTSTART"), calendar)
        self._calendar = calendar
        self._masters = masters
        self._changed = [block for block in blocks if "RECURRENCE-ID" in block.fields]
        self._horizon = horizon
        self._zone = zone
        self._owner = owner
        self._home: tzinfo = start.zone or zone
        self._first = start.local
        self._is_all_day = start.is_date
        self._rules_left = MAX_RULES

    def busy(self) -> set[Stretch]:
        """All stretches that overlap the horizon."""
        single, following = self._changes()
        found = {self._lying(block) for block in single.values() if self._blocks(block)}
        for master in self._masters:
            found.update(self._series(master, single.keys(), following))
        return {each for each in found if each is not None and self._is_near(each)}

    def _blocks(self, block: Block) -> bool:
        return not (
            is_transparent(block.fields)
            or status_of(block.fields) is EventStatus.CANCELLED
            or attendance_of(block, self._owner) is Attendance.DECLINED
        )

    def _lying(self, block: Block) -> Stretch | None:
        """Where one block lies by itself."""
        interval = interval_of(when_of(block.fields, self._calendar), self._zone)
        return (interval.start, interval.end) if interval else None

    def _is_near(self, stretch: Stretch) -> bool:
        return stretch[0] < self._horizon.end and self._horizon.start < stretch[1]

    def _wall(self, moment: Moment) -> datetime:
        """A time of any zone on the event's own wall."""
        if moment.zone is None or moment.zone is self._home:
            return moment.local
        return moment.instant.astimezone(self._home).replace(tzinfo=None)

    def _regular(self, moment: Moment) -> datetime:
        """The regular start that a RECURRENCE-ID, EXDATE or RDATE names: where the event has times
        a date means the occurrence of that day, and the other way round."""
        if self._is_all_day:
            return datetime.combine(moment.local, time.min)
        if moment.is_date:
            return datetime.combine(moment.local, self._first.time())
        return self._wall(moment)

    def _changes(self) -> tuple[dict[datetime, Block], list[tuple[datetime, _Shape]]]:
        """Changed occurrences by their regular start, the latest SEQUENCE of each; and those that
        change all following ones too (RANGE=THISANDFUTURE), latest first."""
        single: dict[datetime, Block] = {}
        following: dict[datetime, _Shape] = {}
        for block in sorted(self._changed, key=sequence_of):
            field = block.fields["RECURRENCE-ID"]
            regular = self._regular(moment_of(field, self._calendar))
            changes_all = field.parameters().get("RANGE", "").upper() == "THISANDFUTURE"
            if changes_all and self._masters:
                following[regular] = self._shape(block, regular)
            else:
                single[regular] = block
        return single, sorted(following.items(), reverse=True)

    def _shape(self, block: Block, regular: datetime) -> _Shape:
        start = self._wall(moment_of(required(block.fields, "DTSTART"), self._calendar))
        return _Shape(start - regular, self._lengths(block, start), self._blocks(block))

    def _lengths(self, block: Block, start: datetime) -> tuple[Duration, ...]:
        """DURATION says which it means. With a DTEND both readings count where the clocks change
        inside the event: the clock's, which people mean, and the exact one of RFC 5545 §3.8.5.3."""
        match when_of(block.fields, self._calendar):
            case Timed(start=begin, end=end):
                if "DTEND" not in block.fields and "DURATION" in block.fields:
                    return (parse_duration(block.fields["DURATION"].value),)
                wall = self._wall(Moment(end.replace(tzinfo=None), UTC)) - start
                return Duration(wall, _NOTHING), Duration(_NOTHING, end - begin)
            case AllDay(first=first, until=until):
                return (Duration(until - first, _NOTHING),)
            case Floating(start=begin, end=end):
                return (Duration(end - begin, _NOTHING),)

    def _series(
        self,
        master: Block,
        changed: AbstractSet[datetime],
        following: list[tuple[datetime, _Shape]],
    ) -> Iterator[Stretch | None]:
        own = self._shape(master, self._first)
        shapes = [own, *(shape for _, shape in following)]
        reach = max(abs(each.shift) + abs(each.lengths[0].total) for each in shapes) + _MARGIN
        low, high = (
            each.astimezone(self._home).replace(tzinfo=None)
            for each in (self._horizon.start, self._horizon.end)
        )
        starts = self._starts(master, low - reach, high + reach)
        for start in starts.keys() - changed:
            shape = next((each for since, each in following if since <= start), own)
            length = starts[start]
            if length is not None:
                shape = shape._replace(lengths=(length,))
            yield self._stretch(start + shape.shift, shape.lengths) if shape.blocks else None

    def _stretch(self, start: datetime, lengths: tuple[Duration, ...]) -> Stretch | None:
        begin = Moment(start, self._home).instant
        end = max(Moment(start + days, self._home).instant + exact for days, exact in lengths)
        return (begin, end) if begin < end else None

    def _starts(
        self, master: Block, low: datetime, high: datetime
    ) -> dict[datetime, Duration | None]:
        """Regular starts, each with a length of its own if it has one: all of the rules between
        `low` and `high`, and all added dates."""
        starts: dict[datetime, Duration | None] = {self._first: None}
        excluded: set[datetime] = set()
        for field in master.properties:
            if field.name == "RRULE":
                starts.update(dict.fromkeys(self._rule(field, low, high)))
            elif field.name == "EXRULE":  # RFC 2445 §4.8.5.2, still met
                excluded.update(self._rule(field, low, high))
            elif field.name == "RDATE":
                starts.update(self._added(field, range(low.year - 1, high.year + 2)))
            elif field.name == "EXDATE":
                near = range(low.year - 1, high.year + 2)
                excluded.update(start for start, _ in self._added(field, near))
        return {start: starts[start] for start in starts.keys() - excluded}

    def _rule(self, field: Property, low: datetime, high: datetime) -> list[datetime]:
        self._rules_left -= 1
        if self._rules_left < 0:
            raise Rejected("too many recurrence rules in one event")
        return expand(parse_rule(field.value, self._until), self._first, low, high)

    def _until(self, value: str) -> datetime:
        """The last moment of a rule, on the wall: a date means all of that day."""
        written = parse_time(value)
        local = self._wall(Moment(written.local, UTC if written.is_utc else None))
        if self._is_all_day or written.is_date:
            return datetime.combine(max(local, written.local), time(23, 59, 59))
        return local

    def _added(self, field: Property, years: range) -> Iterator[tuple[datetime, Duration | None]]:
        """Dates of an RDATE or EXDATE line, those of other years left out."""
        for value in field.value.split(","):
            begin, _, end = value.partition("/")
            written = parse_time(begin)
            if written.local.year not in years:
                continue
            moment = placed(written, field, self._calendar)
            length = None
            if end[:1] in ("P", "p", "+"):
                length = parse_duration(end)
            elif end:
                last = placed(parse_time(end), field, self._calendar)
                length = Duration(self._wall(last) - self._wall(moment), _NOTHING)
            yield self._regular(moment), length
