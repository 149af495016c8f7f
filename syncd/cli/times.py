"""Times as people write and read them: in the zone of the practice, or with an offset."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core.errors import Invalid
from syncd.core.time import Interval, LocalTime, classify_local, day_bounds, day_start, zone

FIRST_YEAR, LAST_YEAR = 1000, 9998
"""Between them every time can be told in every zone, and so can what follows a day later."""


class Malformed(Invalid):
    """A time that is not written as one: wrong usage, not a refusal."""


def parse_start(text: str, tz: ZoneInfo) -> datetime:
    """The instant that `text` means: RFC 3339 with an offset, or the time on the wall of `tz`.

    Raises Invalid for anything else, for a wall time that does not exist, and for one that comes
    twice, with what could be meant.
    """
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        value = None
    if value is None or ":" not in text:
        raise Malformed(
            f"{text!r} is no date and time; write 2031-03-03T09:00 (local) or "
            "2031-03-03T09:00:00+01:00"
        )
    _require_countable(value)
    if value.tzinfo is not None:
        return value.astimezone(UTC)
    match classify_local(value, tz):
        case LocalTime.PLAIN:
            return value.replace(tzinfo=tz).astimezone(UTC)
        case LocalTime.GAP:
            before, after = (_offered(value, tz, fold=each) for each in (1, 0))
            raise Invalid(
                f"{text} does not exist in {tz}: the clocks go forward; choose {before} or {after}"
            )
        case LocalTime.FOLD:
            first, second = (_offered(value, tz, fold=each) for each in (0, 1))
            raise Invalid(
                f"{text} comes twice in {tz}: the clocks go back; choose {first} or {second}"
            )


def parse_moment(text: str, tz: ZoneInfo) -> datetime:
    """A bound for a search: a day (its beginning in `tz`), or whatever `parse_start` takes."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return parse_start(text, tz)
    _require_countable(day)
    return day_start(day, tz)


def parse_day(text: str, tz: ZoneInfo) -> Interval:
    """The local day `2031-03-03` in `tz`."""
    try:
        day = date.fromisoformat(text.strip())
        _require_countable(day)
        return day_bounds(day, tz)
    except ValueError as exc:
        raise Malformed(f"{text!r} is no day; write 2031-03-03") from exc


def _require_countable(day: date) -> None:
    """Near the ends of the calendar there is no day before, or after, for other zones to be in."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Malformed(f"the year {day.year} is none that appointments are made in")


def _offered(local: datetime, tz: ZoneInfo, *, fold: int) -> str:
    instant = local.replace(tzinfo=tz, fold=fold).astimezone(UTC)
    return rfc3339(instant, tz)


def rfc3339(instant: datetime, tz: ZoneInfo | None = None) -> str:
    """`2031-03-03T09:00:00+01:00`: the instant with the offset of `tz`, or of UTC."""
    return instant.astimezone(tz or UTC).isoformat(timespec="seconds")


def in_zone(instant: datetime, name: str) -> str:
    """`rfc3339` in the zone of this name; in UTC where this machine does not know it."""
    try:
        return rfc3339(instant, zone(name))
    except Invalid:
        return rfc3339(instant)


def spoken(start: datetime, tz: ZoneInfo, end: datetime | None = None) -> str:
    """`Mon 3 Mar 2031 09:00-09:30`; the end with its day where that is another."""
    local = start.astimezone(tz)
    text = f"{local:%a} {local.day} {local:%b %Y %H:%M}"
    if end is None:
        return text
    until = end.astimezone(tz)
    if until.date() == local.date():
        return f"{text}-{until:%H:%M}"
    return f"{text} - {until:%a} {until.day} {until:%b %H:%M}"


def stamped(instant: datetime, tz: ZoneInfo) -> str:
    """`2031-03-03 09:00:00`: for records, where order matters more than reading aloud."""
    return f"{instant.astimezone(tz):%Y-%m-%d %H:%M:%S}"


def moved(before: datetime, after: datetime, tz: ZoneInfo) -> str:
    """`Mon 3 Mar 2031 09:00 → 11:00`: from one time to another, the day once where it stays."""
    same = before.astimezone(tz).date() == after.astimezone(tz).date()
    to = f"{after.astimezone(tz):%H:%M}" if same else spoken(after, tz)
    return f"{spoken(before, tz)} → {to}"


def ago(age: timedelta) -> str:
    """`12 s`, `4 min`, `3 h`, `2 d`: how long, in one unit."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size or (unit == "min" and seconds >= 100):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
