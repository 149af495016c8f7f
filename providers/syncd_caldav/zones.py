"""What a TZID means: an IANA zone where its name says so, else the rules that came with the event.

RFC 5545 §3.2.19 and §3.6.5. Names of Windows (as in CLDR), and of vendors who put a path before an
IANA name, are understood. Knows nothing of events.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from syncd.core.errors import Invalid, Rejected
from syncd.core.time import zone as iana_zone
from syncd_caldav.content_lines import Component, Malformed, Property, split_line, unescape
from syncd_caldav.rules import Rule, parse_rule
from syncd_caldav.series import Series
from syncd_caldav.values import parse_time

MAX_CHANGES = 500
"""Observances and added dates of one VTIMEZONE; real ones that go back to 1900 have a third."""
MAX_RULES = 24
MAX_LENGTH = 64 * 1024
"""Characters of one VTIMEZONE."""
MAX_NAME = 200
_KEPT_YEARS = 64
_SPAN = 40
"""Years whose changes are found out at once."""
_ZERO = timedelta(0)
_OFFSET = re.compile(r"([+-]?)(\d\d)(\d\d)(\d\d)?")


@lru_cache(maxsize=1)
def _iana_names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


@lru_cache(maxsize=1)
def _windows_names() -> dict[str, str]:
    return {name.casefold(): iana for name, iana in WINDOWS_TO_OLSON.items()}


def named_zone(tzid: str) -> ZoneInfo | None:
    """The IANA zone that a TZID names, or None. Case does not matter; a vendor's path in front of
    the name is skipped (`/example.org/20050126_1/Europe/Berlin`)."""
    return _named_zone(tzid) if len(tzid) <= MAX_NAME else None


@lru_cache(maxsize=1024)
def _named_zone(tzid: str) -> ZoneInfo | None:
    words = tzid.strip().strip('"').casefold().removeprefix("tzone://microsoft/")
    iana = _iana_names()
    if name := iana.get(words) or _windows_names().get(words):
        return _zone_or_none(name)
    parts = words.split("/")
    for start in range(max(1, len(parts) - 3), len(parts)):
        if name := iana.get("/".join(parts[start:])):
            return _zone_or_none(name)
    return None


def _zone_or_none(name: str) -> ZoneInfo | None:
    """None for what a machine keeps beside its zones: `Factory`, its own `localtime`."""
    try:
        return iana_zone(name)
    except Invalid:
        return None


def zone_for(tzid: str, calendar: Component) -> tzinfo:
    """The zone of a TZID in this object. A name that is an IANA zone has that zone's rules,
    whatever the object says. `Malformed` when nothing tells what the name means."""
    if tzid not in calendar.zones:
        calendar.zones[tzid] = named_zone(tzid) or _described_zone(tzid, calendar)
    return calendar.zones[tzid]


def _described_zone(tzid: str, calendar: Component) -> tzinfo:
    for part in calendar.parts:
        if part.name == "VTIMEZONE" and tzid_of(part) == tzid:
            blocks = tuple((each.name, tuple(each.lines)) for each in part.parts)
            if sum(len(line) for _, lines in blocks for line in lines) > MAX_LENGTH:
                raise Malformed("a time zone without rules, or with too many")
            return _custom_zone(blocks)
    raise Malformed("a time zone that is neither known nor described")


def tzid_of(vtimezone: Component) -> str:
    """The name that a VTIMEZONE gives itself, "" if none."""
    names = (field.value for field in vtimezone.properties if field.name == "TZID")
    return unescape(next(names, "")).strip().strip('"')


@dataclass(frozen=True, slots=True)
class _Change:
    """`onset` is on the wall clock before the change."""

    onset: datetime
    before: timedelta
    after: timedelta

    @property
    def instant(self) -> datetime:
        """When it happens, naive UTC."""
        return _moved(self.onset, -self.before)

    @property
    def shown(self) -> datetime:
        """From when on the wall clock is sure to be past it."""
        return _moved(self.onset, max(self.after - self.before, _ZERO))


@dataclass(frozen=True, slots=True)
class _Observance:
    """A STANDARD or DAYLIGHT block. `rule` is empty or a yearly one without its UNTIL."""

    start: datetime
    before: timedelta
    after: timedelta
    dates: tuple[datetime, ...]
    rule: Rule | None
    spans: dict[int, list[datetime]] = field(default_factory=dict)

    def changes_around(self, year: int) -> list[_Change]:
        """Those within a year of `year`, and the last one before that, at least."""
        onsets = [self.start, *self.dates]
        if self.rule is not None:
            last = min(self.rule.until.year if self.rule.until else year + 1, year + 1, 9999)
            years = range(max(last - 3, 1), last + 1)
            for span in {each // _SPAN for each in years}:
                onsets += [each for each in self._of_rule(span) if each.year in years]
        return [_Change(onset, self.before, self.after) for onset in onsets]

    def _of_rule(self, span: int) -> list[datetime]:
        """The onsets that the rule gives in some years. Asked for many at once, and kept, since
        the library needs as long to begin as for 20 of them."""
        if self.rule is not None and span not in self.spans:
            first, last = max(span * _SPAN, 2), min(span * _SPAN + _SPAN - 1, 9998)
            low, high = datetime(first, 1, 1), datetime(last, 12, 31, 23)  # noqa: DTZ001
            series = Series(start=self.start, rules=(self.rule,))
            found = series.expand(low, high) if self.start < high else []
            self.spans[span] = [each.at for each in found]
        return self.spans[span]


def _moved(onset: datetime, by: timedelta) -> datetime:
    """A rule may begin in the year 1, as some software writes "since ever"."""
    try:
        return onset + by
    except OverflowError:
        return datetime.min if by < _ZERO else datetime.max  # noqa: DTZ901  wall clocks


class CustomZone(tzinfo):
    """The rules of a VTIMEZONE whose name no database knows."""

    def __init__(self, observances: tuple[_Observance, ...]) -> None:
        self._observances = observances
        self._by_year: dict[int, list[_Change]] = {}

    def _changes(self, year: int) -> list[_Change]:
        if year not in self._by_year:
            if len(self._by_year) >= _KEPT_YEARS:
                self._by_year.clear()
            every = [each for block in self._observances for each in block.changes_around(year)]
            self._by_year[year] = sorted(every, key=lambda change: change.instant)
        return self._by_year[year]

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Gap: the offset before it; fold: the first of the two. RFC 5545 §3.3.5."""
        if moment is None:
            return _ZERO
        wall = moment.replace(tzinfo=None, fold=0)
        changes = self._changes(wall.year)
        offset = changes[0].before
        for change in changes:
            if change.shown <= wall:
                offset = change.after
        return offset

    def fromutc(self, moment: datetime) -> datetime:
        instant = moment.replace(tzinfo=None)
        changes = self._changes(instant.year)
        offset = changes[0].before
        for change in changes:
            if change.instant <= instant:
                offset = change.after
        return (instant + offset).replace(tzinfo=self)

    def dst(self, moment: datetime | None) -> None:
        del moment

    def tzname(self, moment: datetime | None) -> None:
        del moment


@lru_cache(maxsize=64)
def _custom_zone(blocks: tuple[tuple[str, tuple[str, ...]], ...]) -> CustomZone:
    observances = tuple(
        _observance([split_line(line) for line in lines])
        for name, lines in blocks
        if name in ("STANDARD", "DAYLIGHT")
    )
    changes = sum(1 + len(each.dates) for each in observances)
    rules = sum(each.rule is not None for each in observances)
    if not observances or changes > MAX_CHANGES or rules > MAX_RULES:
        raise Malformed("a time zone without rules, or with too many")
    return CustomZone(observances)


def _observance(properties: list[Property]) -> _Observance:
    fields = {each.name: each.value.strip() for each in properties}
    try:
        before = _offset(fields["TZOFFSETFROM"])
        after = _offset(fields["TZOFFSETTO"])
        start = parse_time(fields["DTSTART"]).local
    except KeyError as problem:
        raise Malformed("a time zone rule without start or offsets") from problem
    dates = [
        parse_time(value).local
        for each in properties
        if each.name == "RDATE"
        for value in each.value.split(",")
    ]
    rule = _yearly_rule(fields["RRULE"], start, before) if fields.get("RRULE") else None
    return _Observance(start, before, after, tuple(dates), rule)


def _offset(value: str) -> timedelta:
    found = _OFFSET.fullmatch(value)
    if found is None:
        raise Malformed("a time zone offset that cannot be read")
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if length >= timedelta(days=1):
        raise Malformed("a time zone offset of a day or more")
    return -length if found[1] == "-" else length


def _yearly_rule(text: str, start: datetime, before: timedelta) -> Rule:
    """A time zone's rule, its end on the wall clock before the change. Only yearly ones occur."""

    def until_wall(value: str) -> datetime:
        written = parse_time(value)
        return written.local + before if written.is_utc else written.local

    try:
        rule = parse_rule(text, until_wall)
    except Rejected as problem:
        raise Malformed("a time zone rule that is not yearly") from problem
    # Lotus Notes says again at what time of the day.
    own = {"BYHOUR": (start.hour,), "BYMINUTE": (start.minute,), "BYSECOND": (start.second,)}
    rule = replace(rule, by=dict(rule.by.items() - own.items()))
    in_one_month = len(rule.by.get("BYMONTH", ())) == 1 or not (rule.days or rule.by)
    is_plain = rule.freq == "YEARLY" and rule.interval == 1 and rule.count is None
    if not is_plain or not in_one_month or not rule.is_cheap(start, start):
        raise Malformed("a time zone rule that is not yearly")
    return rule
