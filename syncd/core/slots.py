"""Turn opening hours and taken time into slots. Pure: no clock, no storage. FHIR Schedule and Slot.

A slot's start stands on the grid of its window's wall clock. A local time that does not exist is no
slot, one that exists twice is its first. Everything is half-open; inside, instants are whole
minutes, and what takes part of a minute takes all of it. Why a time is not offered is `obstacles`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, reduce
from zoneinfo import ZoneInfo

from syncd.core.agenda import Agenda, Freshness, Slot, Taken, Terms, booked, week_of
from syncd.core.schedule import Window
from syncd.core.time import Interval, LocalTime, classify_local, local_day, resolve_local

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_MINUTES_A_DAY = 1440
_NO_LIMIT = 1_000_000
_DAY_OF_EPOCH = _EPOCH.date().toordinal()


def offer_slots(agenda: Agenda, terms: Terms, period: Interval, *, now: datetime) -> list[Slot]:
    """Every start on the grid in `period` that the opening hours allow, available or not, by time.
    The number of taken intervals costs n log n once; each slot then costs a bisection."""
    return list(_slots(agenda, terms, period, now=now))


def common_slots(offers: Sequence[Sequence[Slot]]) -> list[Slot]:
    """The slots at which all who make these offers can be had, as slots of the first: the starts
    that all of them have, with the lengths that fit into everybody's."""
    first, *others = offers
    theirs = [{each.start: each for each in offer} for offer in others]
    found = []
    for slot in first:
        alike = [each[slot.start] for each in theirs if slot.start in each]
        if len(alike) == len(theirs):
            found.append(reduce(_both, alike, slot))
    return found


def _both(one: Slot, other: Slot) -> Slot:
    durations = tuple(each for each in one.durations if each in other.durations)
    return one._replace(
        durations=durations,
        tentative=bool(durations) and (one.tentative or other.tentative),
        places=min(one.places, other.places) if durations else 0,
    )


def _slots(agenda: Agenda, terms: Terms, period: Interval, *, now: datetime) -> Iterator[Slot]:
    busy = _Busy(agenda.taken, terms)
    rooms = _Rooms(agenda.rooms)
    elsewhere, is_somewhere = _whole(agenda.elsewhere), bool(agenda.elsewhere)
    limits = _Limits.of(agenda, terms, now)
    tentative = agenda.freshness is Freshness.TENTATIVE
    durations = tuple(sorted((each // _MINUTE, each) for each in set(terms.durations)))
    first, last = local_day(period.start, agenda.tz), local_day(period.end, agenda.tz)
    shortest = durations[0][0]
    lower, upper = _ceil(period.start), _ceil(period.end)
    grid = _Grid(agenda, terms.step // _MINUTE)
    for day in _days(first, last):
        if day in agenda.closed:
            continue
        most = limits.left(day)
        for start, closes in grid.starts(day):
            if not lower <= start < upper or start + shortest > closes:
                continue
            fits: tuple[timedelta, ...] = ()
            places = 0
            if most > 0 and start >= limits.earliest:
                for minutes, each in durations:
                    if start + minutes > closes:
                        break
                    left = busy.places(start, minutes)
                    if not left or (is_somewhere and not _is_free(*elsewhere, start, minutes)):
                        continue
                    if rooms.have_one(start, minutes) or busy.has_room(start, minutes):
                        fits, places = (*fits, each), places or min(left, most)
            yield Slot(
                _EPOCH + start * _MINUTE,
                agenda.practitioner_id,
                fits,
                bool(fits) and tentative,
                places,
            )


def _days(first: date, last: date) -> Iterator[date]:
    for count in range((last - first).days + 1):
        yield first + count * _DAY


class _Grid:
    """The starts of one agenda, day by day. Days on which the clock does not change, and that open
    alike, have the same starts by the wall: those are worked out once."""

    def __init__(self, agenda: Agenda, step: int) -> None:
        self._agenda, self._step = agenda, step
        self._weekly = {
            weekday: tuple(each.window for each in agenda.hours.weekly if each.day == weekday)
            for weekday in range(7)
        }
        self._exceptions = {each.day: each.windows for each in reversed(agenda.hours.exceptions)}
        self._alike: dict[tuple[Window, ...], list[tuple[int, int]]] = {}

    def starts(self, day: date) -> list[tuple[int, int]]:
        """The starts of the day, each with the minute at which the hours around it close."""
        windows = self._on(day)
        if not windows:
            return []
        offset = _steady_offset(day, self._agenda.tz)
        if offset is None or any(each.end == time.min for each in windows):
            return self._worked_out(day, windows)
        alike = self._alike.get(windows)
        base = _first_minute(day, offset)
        if alike is None:
            found = self._worked_out(day, windows)
            alike = [(start - base, closes - base) for start, closes in found]
            self._alike[windows] = alike
        return [(base + start, base + closes) for start, closes in alike]

    def _on(self, day: date) -> tuple[Window, ...]:
        exception = self._exceptions.get(day)
        return self._weekly[day.weekday()] if exception is None else exception

    def _worked_out(self, day: date, windows: tuple[Window, ...]) -> list[tuple[int, int]]:
        """What is open at midnight goes on with the next day, if that opens then."""
        tz, tomorrow = self._agenda.tz, day + _DAY
        today = [_read(each, day, tz, self._step) for each in windows]
        opening = list(today)
        is_open_at_midnight = any(each.end == time.min for each in windows)
        if is_open_at_midnight and tomorrow not in self._agenda.closed:
            opening += [_read(each, tomorrow, tz, self._step) for each in self._on(tomorrow)]
        opens, closes = _joined((each.opens, each.closes) for each in opening)
        found = {
            start: closes[bisect_right(opens, window.opens) - 1]
            for window in today
            for start in window.starts
        }
        return sorted(found.items())


@dataclass(frozen=True, slots=True)
class _Hours:
    """One window of one day, in minutes of the epoch, with the starts on its grid."""

    opens: int
    closes: int
    starts: Iterable[int]


def _read(window: Window, day: date, tz: ZoneInfo, step: int) -> _Hours:
    """A window where it is. On a day whose clock does not change its starts are a range; else each
    wall time is looked at."""
    first, last = _wall(window)
    offset = _steady_offset(day, tz)
    if offset is not None:
        base = _first_minute(day, offset)
        return _Hours(base + first, base + last, range(base + first, base + last, step))
    interval = window.on(day, tz)
    if interval is None:
        return _Hours(0, 0, ())
    midnight = datetime.combine(day, time.min)
    walls = (midnight + minute * _MINUTE for minute in range(first, last, step))
    starts = tuple(
        _floor(resolve_local(wall, tz))
        for wall in walls
        if classify_local(wall, tz) is not LocalTime.GAP
    )
    return _Hours(_ceil(interval.start), _floor(interval.end), starts)


def _first_minute(day: date, offset: int) -> int:
    """Midnight of a day of that offset, in minutes of the epoch."""
    return (day.toordinal() - _DAY_OF_EPOCH) * _MINUTES_A_DAY - offset


@lru_cache(maxsize=4096)
def _steady_offset(day: date, tz: ZoneInfo) -> int | None:
    """The zone's offset in minutes, if it is the same from this midnight to the next."""
    midnight = datetime.combine(day, time.min)
    edges = (midnight, midnight.replace(fold=1), midnight + _DAY, (midnight + _DAY).replace(fold=1))
    offsets = {tz.utcoffset(each) for each in edges}
    offset = offsets.pop()
    return None if offsets or offset is None else offset // _MINUTE


def _wall(window: Window) -> tuple[int, int]:
    """The window's edges in minutes of the wall clock; one that begins within a minute begins with
    the next."""
    last = window.end.hour * 60 + window.end.minute
    begins = window.start.hour * 60 + window.start.minute + (window.start.second > 0)
    return begins, last or _MINUTES_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What a whole day is measured by."""

    earliest: int
    latest: date | None
    days: Mapping[date, int]
    weeks: Mapping[tuple[int, int], int]
    most_a_day: int | None
    most_a_week: int | None
    withheld: bool

    @classmethod
    def of(cls, agenda: Agenda, terms: Terms, now: datetime) -> _Limits:
        days, weeks = booked(agenda, terms)
        ahead = terms.days_ahead
        return cls(
            earliest=_ceil(now + terms.notice),
            latest=None if ahead is None else local_day(now, agenda.tz) + ahead * _DAY,
            days=days,
            weeks=weeks,
            most_a_day=terms.most_a_day,
            most_a_week=terms.most_a_week,
            withheld=agenda.freshness is Freshness.WITHHELD,
        )

    def left(self, day: date) -> int:
        """How many more may be booked on that day."""
        if self.withheld or (self.latest is not None and day > self.latest):
            return 0
        left = _NO_LIMIT
        if self.most_a_day is not None:
            left = self.most_a_day - self.days.get(day, 0)
        if self.most_a_week is not None:
            left = min(left, self.most_a_week - self.weeks.get(week_of(day), 0))
        return left


class _Busy:
    """What a new appointment must not touch. All buffers, its own and the others', are added to
    what is taken, so that an appointment fits where it touches no run."""

    def __init__(self, taken: Sequence[Taken], terms: Terms) -> None:
        before, after = -(-terms.before // _MINUTE), -(-terms.after // _MINUTE)
        stretches = [_around(each, before, after) for each in taken]
        self._capacity = terms.capacity
        self._starts, self._ends = _joined(stretches)
        sharing = [each for each in taken if each.is_shared_with(terms)]
        self._seats = Counter(filter(None, map(_key, sharing)))
        self._roomed = {_key(each) for each in sharing if each.has_room}
        self._all_starts = sorted(start for start, _ in stretches) if sharing else []
        self._all_ends = sorted(end for _, end in stretches) if sharing else []

    def places(self, start: int, minutes: int) -> int:
        """How many can be booked for `minutes` from `start` on: all, or those that are left among
        whoever shares them."""
        if _is_free(self._starts, self._ends, start, minutes):
            return self._capacity
        sharing = self._seats.get((start, start + minutes), 0)
        if not 0 < sharing < self._capacity:
            return 0
        begun = bisect_left(self._all_starts, start + minutes)
        there = begun - bisect_right(self._all_ends, start)
        return self._capacity - sharing if there == sharing else 0

    def has_room(self, start: int, minutes: int) -> bool:
        """Whether those who share this time have one."""
        return (start, start + minutes) in self._roomed


class _Rooms:
    """The rooms of which an appointment needs one for all of its time."""

    def __init__(self, rooms: Sequence[Sequence[Interval]] | None) -> None:
        self._is_needed = rooms is not None
        self._runs = [_whole(taken) for taken in rooms or ()]

    def have_one(self, start: int, minutes: int) -> bool:
        """Whether any of them is free for `minutes` from `start` on, or none is needed."""
        return not self._is_needed or any(
            _is_free(starts, ends, start, minutes) for starts, ends in self._runs
        )


def _is_free(starts: Sequence[int], ends: Sequence[int], start: int, minutes: int) -> bool:
    """Whether `minutes` from `start` on touch none of these runs, which are in order."""
    at = bisect_right(ends, start)
    return at == len(ends) or starts[at] >= start + minutes


def _whole(taken: Iterable[Interval]) -> tuple[list[int], list[int]]:
    """What is taken without buffers, joined, as starts and ends in order."""
    return _joined((_floor(each.start), _ceil(each.end)) for each in taken)


def _around(taken: Taken, before: int, after: int) -> tuple[int, int]:
    """Where what is taken begins and ends, with its own buffers and those of what is to come."""
    return (
        _floor(taken.interval.start - taken.before) - after,
        _ceil(taken.interval.end + taken.after) + before,
    )


def _joined(stretches: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Their starts and ends in order, what touches as one."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(stretches):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def _key(taken: Taken) -> tuple[int, int] | None:
    """The whole minutes that it takes; None where it takes part of one, as no slot does."""
    start, end = _floor(taken.interval.start), _ceil(taken.interval.end)
    is_whole = (start, end) == (_ceil(taken.interval.start), _floor(taken.interval.end))
    return (start, end) if is_whole else None


def _floor(instant: datetime) -> int:
    return (instant - _EPOCH) // _MINUTE


def _ceil(instant: datetime) -> int:
    return -((_EPOCH - instant) // _MINUTE)
