"""`POST /v2/bookings`: one booking, a series, or one more seat.

Observed: a series is made one by one, told one by one, and stops where one fails, with those before
it made; only the first of them is checked against the calendar. After the delivery the row is
written once more, so that a receiver which looks sees an older `updatedAt`.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd_calcom.standin.announcing import announce
from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape, shapes
from syncd_calcom.standin.hook_bodies import news
from syncd_calcom.standin.inserting import check_time, insert, moved_to, status_of
from syncd_calcom.standin.intake import Wish, wish_of
from syncd_calcom.standin.meetings import plan_meetings
from syncd_calcom.standin.messages import Gap, Step, Steps, success
from syncd_calcom.standin.moments import local
from syncd_calcom.standin.rows import Booking, Status, User
from syncd_calcom.standin.seats import join
from syncd_calcom.standin.world import World


def create(asked: Asked) -> Steps:
    wish = wish_of(asked)
    if wish.event_type.seats is not None:
        return (yield from join(asked, wish))
    host = check_time(asked.world, wish)
    yield Gap()
    if wish.count is not None:
        return (yield from _create_series(asked, wish, host))
    booking = yield from _book(asked.world, wish, host)
    return success(shape(asked.world, booking, asked.version), status=201)


def _create_series(asked: Asked, wish: Wish, host: User) -> Steps:
    series_uid = asked.world.mint.uuid()
    made = []
    for number in range(wish.count or 0):
        occurrence = moved_to(wish, _start(wish, number))
        made.append((yield from _book(asked.world, occurrence, host, series_uid=series_uid)))
    return success(shapes(asked.world, made, asked.version), status=201)


def _start(wish: Wish, number: int) -> datetime:
    """Of an occurrence, by the clock of whoever comes: nine stays nine when clocks change."""
    zone = ZoneInfo(wish.time_zone)
    first = wish.start.astimezone(zone)
    recurrence = wish.event_type.recurrence or {}
    steps = number * int(recurrence.get("interval", 1))
    day = _stepped(first.date(), str(recurrence.get("frequency")), steps)
    found = local(day, first.hour * 60 + first.minute, zone)
    return found.replace(second=first.second)


def _stepped(day: date, frequency: str, steps: int) -> date:
    match frequency:
        case "monthly":
            months = day.month - 1 + steps
            return day.replace(year=day.year + months // 12, month=months % 12 + 1)
        case "yearly":
            return day.replace(year=day.year + steps)
        case _:
            return date.fromordinal(day.toordinal() + 7 * steps)


def _book(
    world: World, wish: Wish, host: User, *, series_uid: str | None = None
) -> Generator[Step, None, Booking]:
    booking = insert(world, wish, host, status=status_of(wish.event_type))
    booking.series_uid = series_uid
    world.insert(booking)
    is_pending = booking.status is Status.PENDING
    trigger = "BOOKING_REQUESTED" if is_pending else "BOOKING_CREATED"
    yield announce(world, booking, trigger, news(world, booking))
    world.write(booking)
    if not is_pending:
        plan_meetings(world, booking)
    return booking
