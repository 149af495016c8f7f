"""Why a time is not offered: every rule, appointment, event, buffer, limit or stale calendar. Pure.

Says slowly and plainly, for one time, what `slots` computes for a whole period; a law holds the two
together. Knows no texts: a reason is a code, and what it is about.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from syncd.core.agenda import Agenda, Freshness, Taken, TakenBy, Terms, booked, week_of
from syncd.core.ids import PractitionerId
from syncd.core.time import Interval, local_day, merge_intervals, resolve_local

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)


class Reason(StrEnum):
    """What stands in the way of a time."""

    NOT_OPEN = "not-open"
    """The start is outside of opening hours."""
    DAY_CLOSED = "day-closed"
    """The practice is closed on that day, or the practitioner is away."""
    ENDS_AFTER_CLOSING = "ends-after-closing"
    OFF_GRID = "off-grid"
    """No start of the opening hours' grid."""
    SECOND_TIME = "second-time"
    """The clock shows this time twice on that night; only the first of the two is offered."""
    PAST = "past"
    NOTICE_TOO_SHORT = "notice-too-short"
    TOO_FAR_AHEAD = "too-far-ahead"
    DAY_FULL = "day-full"
    WEEK_FULL = "week-full"
    TAKEN = "taken"
    """An appointment or a hold is there."""
    BUSY = "busy"
    """An event in a calendar takes it."""
    BUFFER = "buffer"
    """Only the time that something needs before or after itself."""
    NO_ROOM = "no-room"
    """Every room that would do is taken at some time of it."""
    CLIENT_BUSY = "client-busy"
    """The client has another appointment then."""
    NO_RELATIONSHIP = "no-relationship"
    """It is for clients of the practitioner, and whoever asks is none."""
    BOOKING_OFF = "booking-off"
    """The practice takes no bookings from clients at the moment."""
    CALENDAR_STALE = "calendar-stale"
    """A calendar was not read for too long, so nobody knows."""


OFF_HOURS = frozenset(
    {
        Reason.NOT_OPEN,
        Reason.DAY_CLOSED,
        Reason.ENDS_AFTER_CLOSING,
        Reason.OFF_GRID,
        Reason.SECOND_TIME,
    }
)
"""What makes a time no slot at all, rather than one that is not available."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One reason. `what` names the appointment, event, calendar or day that it is about; `until` is
    when it ends, where it does; `who` of several that are needed cannot be had for it."""

    reason: Reason
    what: str = ""
    until: datetime | None = None
    who: PractitionerId | None = None


def obstacles_of_all(
    agendas: Sequence[Agenda], terms: Terms, wanted: Interval, *, now: datetime
) -> tuple[Obstacle, ...]:
    """All that stands in the way where all of these are needed: first what is in everybody's, told
    once, then what is in somebody's, with who that is."""
    found = [obstacles(each, terms, wanted, now=now) for each in agendas]
    common = [each for each in found[0] if all(each in theirs for theirs in found)]
    of_some = (
        replace(each, who=agenda.practitioner_id)
        for agenda, theirs in zip(agendas, found, strict=True)
        for each in theirs
        if each not in common
    )
    return (*common, *of_some)


def obstacles(
    agenda: Agenda, terms: Terms, wanted: Interval, *, now: datetime
) -> tuple[Obstacle, ...]:
    """All that stands in the way of `wanted`, rules first; none means that it is offered."""
    return (
        *_by_hours(agenda, terms, wanted),
        *_by_clock(agenda, terms, wanted, now),
        *_by_count(agenda, terms, wanted),
        *_by_freshness(agenda),
        *_by_others(agenda, terms, wanted),
        *_by_rooms(agenda, terms, wanted),
        *_by_client(agenda, wanted),
    )


def _by_hours(agenda: Agenda, terms: Terms, wanted: Interval) -> Iterator[Obstacle]:
    day = local_day(wanted.start, agenda.tz)
    if day in agenda.closed:
        yield Obstacle(Reason.DAY_CLOSED, agenda.closed[day] or day.isoformat())
        return
    exception = next((each for each in agenda.hours.exceptions if each.day == day), None)
    if exception is not None and exception.is_closed:
        yield Obstacle(Reason.DAY_CLOSED, exception.reason or day.isoformat())
        return
    opens = _open_around(agenda, day)
    around = next((each for each in opens if each.start <= wanted.start < each.end), None)
    if around is None:
        yield Obstacle(Reason.NOT_OPEN, day.isoformat())
        return
    if not around.contains(wanted):
        yield Obstacle(Reason.ENDS_AFTER_CLOSING, until=around.end)
    wall = wanted.start.astimezone(agenda.tz)
    if resolve_local(wall.replace(tzinfo=None, fold=0), agenda.tz) != wanted.start:
        yield Obstacle(Reason.SECOND_TIME, f"{wall:%H:%M}")
    if not _is_on_grid(agenda, terms, wall.replace(tzinfo=None)):
        yield Obstacle(Reason.OFF_GRID, f"{wall:%H:%M}")


def _open_around(agenda: Agenda, day: date) -> list[Interval]:
    """The opening hours of this day and the next, with the days that are closed left out."""
    days = [each for each in (day, day + _DAY) if each not in agenda.closed]
    return merge_intervals(
        interval for each in days for interval in agenda.hours.open_intervals(each, each, agenda.tz)
    )


def _is_on_grid(agenda: Agenda, terms: Terms, wall: datetime) -> bool:
    midnight = datetime.combine(wall.date(), time.min)
    for window in agenda.hours.windows_on(wall.date()):
        begins = datetime.combine(wall.date(), window.start)
        first = midnight - (midnight - begins) // _MINUTE * _MINUTE
        last = midnight + _DAY if window.end == time.min else datetime.combine(wall, window.end)
        if first <= wall < last and (wall - first) % terms.step == timedelta(0):
            return True
    return False


def _by_clock(agenda: Agenda, terms: Terms, wanted: Interval, now: datetime) -> Iterator[Obstacle]:
    if wanted.start < now:
        yield Obstacle(Reason.PAST)
    elif wanted.start < now + terms.notice:
        yield Obstacle(Reason.NOTICE_TOO_SHORT, until=now + terms.notice)
    if terms.days_ahead is not None:
        last = local_day(now, agenda.tz) + terms.days_ahead * _DAY
        if local_day(wanted.start, agenda.tz) > last:
            yield Obstacle(Reason.TOO_FAR_AHEAD, last.isoformat())


def _by_count(agenda: Agenda, terms: Terms, wanted: Interval) -> Iterator[Obstacle]:
    days, weeks = booked(agenda, terms)
    day = local_day(wanted.start, agenda.tz)
    if terms.most_a_day is not None and days[day] >= terms.most_a_day:
        yield Obstacle(Reason.DAY_FULL, day.isoformat())
    if terms.most_a_week is not None and weeks[week_of(day)] >= terms.most_a_week:
        yield Obstacle(Reason.WEEK_FULL, day.isoformat())


def _by_freshness(agenda: Agenda) -> Iterator[Obstacle]:
    if agenda.freshness is Freshness.WITHHELD:
        yield from (Obstacle(Reason.CALENDAR_STALE, each) for each in agenda.stale or ("",))


def _by_others(agenda: Agenda, terms: Terms, wanted: Interval) -> Iterator[Obstacle]:
    """What is taken by others than those with whom the time would be shared."""
    sharing = _with_a_place_left(agenda, terms, wanted)
    for each in agenda.taken:
        if each in sharing:
            continue
        reason = _how_taken(each, terms, wanted)
        if reason is not None:
            yield Obstacle(reason, each.name, each.interval.end)


def _by_rooms(agenda: Agenda, terms: Terms, wanted: Interval) -> Iterator[Obstacle]:
    """Whoever shares a time shares its room."""
    rooms = agenda.rooms
    sharing = _with_a_place_left(agenda, terms, wanted)
    if rooms is None or any(each.has_room for each in sharing):
        return
    if all(any(each.overlaps(wanted) for each in taken) for taken in rooms):
        yield Obstacle(Reason.NO_ROOM)


def _by_client(agenda: Agenda, wanted: Interval) -> Iterator[Obstacle]:
    for each in agenda.elsewhere:
        if each.overlaps(wanted):
            yield Obstacle(Reason.CLIENT_BUSY, until=each.end)


def _with_a_place_left(agenda: Agenda, terms: Terms, wanted: Interval) -> list[Taken]:
    """Those with whom the time would be shared; none where they are as many as may be."""
    sharing = [
        each for each in agenda.taken if each.interval == wanted and each.is_shared_with(terms)
    ]
    return sharing if len(sharing) < terms.capacity else []


def _how_taken(taken: Taken, terms: Terms, wanted: Interval) -> Reason | None:
    if taken.interval.overlaps(wanted):
        return Reason.BUSY if taken.by is TakenBy.EVENT else Reason.TAKEN
    theirs = Interval(taken.interval.start - taken.before, taken.interval.end + taken.after)
    ours = Interval(wanted.start - terms.before, wanted.end + terms.after)
    return Reason.BUFFER if theirs.overlaps(ours) else None
