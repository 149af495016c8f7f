"""When an event takes its owner's time: rule, added and excluded dates, changed occurrences.

RFC 5545 §3.8.5 and §3.8.4.4. Puts the event on the wall clock of its own zone, lets `series` say
when it occurs there, and turns only the results into instants: a weekly 09:00 stays 09:00 when the
clocks change. Where the standard is open, the reading that blocks more wins. Writes nothing.
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
from syncd_caldav.moments import Moment, moment_of, placed
from syncd_caldav.rules import Rule, parse_rule
from syncd_caldav.series import MAX_DATES, MAX_OCCURRENCES, Change, Series, too_many
from syncd_caldav.values import Duration, parse_duration, parse_time

MAX_HORIZON = timedelta(days=5 * 366)
_MARGIN = timedelta(days=2)
"""More than any zone is ahead of or behind another: windows are cut on wall clocks."""
_NOTHING = timedelta(0)
_RECURS = frozenset(("RRULE", "RDATE", "EXDATE"))
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
    its one stretch. `Rejected` beyond the limits, and for a body that cannot be read; `Unavailable`
    when the process that an odd rule needs cannot be had."""
    if horizon.duration > MAX_HORIZON:
        raise Rejected(f"a horizon of {horizon.duration.days} days; ask for {MAX_HORIZON.days}")
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
        raise Rejected("a recurrence beyond the year 9999; give it an end") from problem
    if len(busy) > MAX_OCCURRENCES:
        raise too_many()
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
        self._master = masters[0] if masters else None
        self._changed = [block for block in blocks if "RECURRENCE-ID" in block.fields]
        self._horizon = horizon
        self._zone = zone
        self._owner = owner
        self._home: tzinfo = start.zone or zone
        self._first = start.local
        self._is_all_day = start.is_date

    def busy(self) -> set[Stretch]:
        """All stretches that overlap the horizon."""
        changes = self._changes()
        single = {key: block for key, block in changes.items() if not self._is_followed(block)}
        found = {self._lying(block) for block in single.values() if self._blocks(block)}
        if self._master is not None:
            if changes or _RECURS & self._master.fields.keys():
                following = {key: changes[key] for key in changes.keys() - single.keys()}
                found.update(self._series(self._master, single, following))
            elif self._blocks(self._master):
                found.add(self._lying(self._master))
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

    def _changes(self) -> dict[datetime, Block]:
        """Changed occurrences by their regular start, the latest SEQUENCE of each."""
        return {
            self._regular(moment_of(block.fields["RECURRENCE-ID"], self._calendar)): block
            for block in sorted(self._changed, key=sequence_of)
        }

    def _is_followed(self, block: Block) -> bool:
        """Whether all following occurrences are changed alike."""
        scope = block.fields["RECURRENCE-ID"].parameters().get("RANGE", "")
        return self._master is not None and scope.upper() == "THISANDFUTURE"

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
        self, master: Block, single: dict[datetime, Block], following: dict[datetime, Block]
    ) -> Iterator[Stretch | None]:
        shapes = [self._shape(master, self._first)]
        shapes += [self._shape(block, regular) for regular, block in following.items()]
        added = dict(self._dates(master, "RDATE"))
        lengths = [each.lengths[0] for each in shapes]
        lengths += [length for length in added.values() if length is not None]
        longest = max(_NOTHING, *(each.total for each in lengths))
        series = Series(
            start=self._first,
            length=longest,
            rules=tuple(self._rules(master)),
            added=frozenset(added),
            # One that is excluded and changed too counts where it is.
            excluded=frozenset(start for start, _ in self._dates(master, "EXDATE")) - single.keys(),
            changes=(
                *(
                    Change(regular, regular + shape.shift, longest, and_following=True)
                    for regular, shape in zip(following, shapes[1:], strict=True)
                ),
                *(self._change(regular, block) for regular, block in single.items()),
            ),
        )
        for label, start in series.expand(*self._window()):
            if label < len(shapes) and shapes[label].blocks:
                shape = shapes[label]
                length = added.get(start - shape.shift)
                yield self._stretch(start, (length,) if length else shape.lengths)

    def _window(self) -> Stretch:
        """The horizon on the event's wall, and enough around it."""
        low, high = (
            each.astimezone(self._home).replace(tzinfo=None)
            for each in (self._horizon.start, self._horizon.end)
        )
        return low - _MARGIN, high + _MARGIN

    def _change(self, regular: datetime, block: Block) -> Change:
        """For the series only: that the regular one does not happen. `_lying` says what does."""
        start = self._wall(moment_of(required(block.fields, "DTSTART"), self._calendar))
        return Change(regular, start, _NOTHING)

    def _stretch(self, start: datetime, lengths: tuple[Duration, ...]) -> Stretch | None:
        begin = Moment(start, self._home).instant
        end = max(Moment(start + days, self._home).instant + exact for days, exact in lengths)
        return (begin, end) if begin < end else None

    def _rules(self, master: Block) -> Iterator[Rule]:
        for field in master.properties:
            if field.name == "RRULE":
                yield parse_rule(field.value, self._until)

    def _until(self, value: str) -> datetime:
        """The last moment of a rule, on the wall: a date means all of that day."""
        written = parse_time(value)
        local = self._wall(Moment(written.local, UTC if written.is_utc else None))
        if self._is_all_day or written.is_date:
            return datetime.combine(max(local, written.local), time(23, 59, 59))
        return local

    def _dates(self, master: Block, name: str) -> Iterator[tuple[datetime, Duration | None]]:
        """The dates of all RDATE or EXDATE lines, each with a length of its own if it has one."""
        fields = [field for field in master.properties if field.name == name]
        if sum(field.value.count(",") + 1 for field in fields) > MAX_DATES:
            raise Rejected(f"more than {MAX_DATES} dates in {name} lines; use a rule")
        for field in fields:
            for value in field.value.split(","):
                begin, _, end = value.partition("/")
                moment = placed(parse_time(begin), field, self._calendar)
                yield self._regular(moment), self._length_to(end, moment, field) if end else None

    def _length_to(self, end: str, begin: Moment, field: Property) -> Duration:
        """The length of a PERIOD that ends with `end`."""
        if end[:1] in ("P", "p", "+"):
            return parse_duration(end)
        last = placed(parse_time(end), field, self._calendar)
        return Duration(self._wall(last) - self._wall(begin), _NOTHING)
