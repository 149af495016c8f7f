"""Reading bookings: one by its uid, a series by its own, and the list with its filters.

Vendor page; observed: bounds are inclusive, only one sort applies, rows that sort alike come in the
order of their last write, the total does not know of bounds on creation and update, and one sees
what one hosts and what one attends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from syncd_calcom.standin.asked import Asked
from syncd_calcom.standin.booking_shapes import shape, shapes
from syncd_calcom.standin.messages import Answer, Json, success
from syncd_calcom.standin.moments import parse
from syncd_calcom.standin.refusals import ABSENT, Problem, refused, wrong_list
from syncd_calcom.standin.rows import Booking, Status
from syncd_calcom.standin.world import World

_BUCKETS = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
_SORTS: dict[str, Callable[[Booking], datetime | None]] = {
    "sortStart": lambda each: each.start,
    "sortEnd": lambda each: each.end,
    "sortCreated": lambda each: each.created_at,
    "sortUpdatedAt": lambda each: each.updated_at,
}
_BOUNDS: dict[str, Callable[[Booking], datetime | None]] = {
    "afterStart": lambda each: each.start,
    "beforeEnd": lambda each: each.end,
    "afterCreatedAt": lambda each: each.created_at,
    "beforeCreatedAt": lambda each: each.created_at,
    "afterUpdatedAt": lambda each: each.updated_at,
    "beforeUpdatedAt": lambda each: each.updated_at,
}
_COUNTED = ("afterStart", "beforeEnd")
_MOST = 250


def read(asked: Asked) -> Answer:
    uid = asked.parameters["bookingUid"]
    series = asked.world.series(uid)
    if series:
        return success(shapes(asked.world, series, asked.version))
    return success(shape(asked.world, existing(asked), asked.version))


def existing(asked: Asked) -> Booking:
    uid = asked.parameters["bookingUid"]
    booking = asked.world.booking(uid)
    if booking is None:
        raise refused(404, f"Booking with uid={uid} was not found in the database")
    return booking


def list_bookings(asked: Asked) -> Answer:
    problems = [*_wrong(asked)]
    if problems:
        raise wrong_list(problems)
    counted = [each for each in visible(asked) if _matches(asked, each)]
    found = [each for each in counted if _within(asked, each, set(_BOUNDS) - set(_COUNTED))]
    skip, take = int(asked.query("skip") or 0), int(asked.query("take") or 100)
    page = sorted_bookings(asked, found)[skip : skip + take]
    return success(
        shapes(asked.world, page, asked.version), pagination=_pages(len(counted), skip, take)
    )


def visible(asked: Asked) -> Iterator[Booking]:
    user = asked.caller.known
    for each in asked.world.bookings.values():
        if each.host_id == user.id or any(who.email == user.email for who in each.attendees):
            yield each


def _wrong(asked: Asked) -> Iterator[Problem]:
    buckets = asked.listed("status")
    if buckets is not None and not set(buckets) <= set(_BUCKETS):
        text = f"Invalid status. Allowed are {', '.join(_BUCKETS)}"
        yield _problem("status", {"isEnum": text}, buckets)
    for name in _BOUNDS:
        given = asked.query(name)
        if given is not None and parse(given) is None:
            yield _problem(name, {"isIso8601": f"{name} must be a valid ISO 8601 date."}, given)
    for name in _SORTS:
        given = asked.query(name)
        if given not in {None, "asc", "desc"}:
            text = f'{name} must be either "asc" or "desc".'
            yield _problem(name, {"isEnum": text}, given)
    numbers = asked.listed("eventTypeIds")
    if numbers is not None and not all(each.isdecimal() for each in numbers):
        text = "each value in eventTypeIds must be a number"
        yield _problem("eventTypeIds", {"isNumber": text}, [None])
    yield from _wrong_page(asked)


def _wrong_page(asked: Asked) -> Iterator[Problem]:
    for name, least, most in (("take", 1, _MOST), ("skip", 0, None)):
        given = asked.query(name)
        if given is None:
            continue
        rules, is_number = {}, given.removeprefix("-").isdecimal()
        if not is_number:
            rules["isNumber"] = f"{name} must be a number"
        if not is_number or int(given) < least:
            rules["min"] = f"{name} must not be less than {least}"
        if most is not None and (not is_number or int(given) > most):
            rules["max"] = f"{name} must not be greater than {most}"
        if rules:
            yield _problem(name, rules, int(given) if is_number else None)


def _problem(name: str, rules: dict[str, str], value: object = ABSENT) -> Problem:
    return Problem(name=name, constraints=rules, target={name: value}, value=value)


def _matches(asked: Asked, booking: Booking) -> bool:
    """Whatever the total counts."""
    mail, name = asked.query("attendeeEmail"), asked.query("attendeeName")
    numbers = asked.listed("eventTypeIds") or asked.listed("eventTypeId")
    buckets = asked.listed("status")
    return (
        (mail is None or any(each.email == mail for each in booking.attendees))
        and (name is None or any(each.name == name for each in booking.attendees))
        and asked.query("bookingUid") in {None, booking.uid}
        and (numbers is None or str(booking.event_type_id) in numbers)
        and (buckets is None or any(_is_in(asked.world, booking, each) for each in buckets))
        and _within(asked, booking, set(_COUNTED))
    )


def _within(asked: Asked, booking: Booking, names: set[str]) -> bool:
    for name in names:
        bound = parse(asked.query(name))
        if bound is None:
            continue
        value = _BOUNDS[name](booking)
        if value is None or (value < bound if name.startswith("after") else value > bound):
            return False
    return True


def _is_in(world: World, booking: Booking, bucket: str) -> bool:
    """Observed: what runs now is upcoming, also pending; what was moved counts as cancelled."""
    is_coming = booking.end >= world.now()
    match bucket:
        case "cancelled":
            return booking.status.is_over
        case "past":
            return not is_coming and not booking.status.is_over
        case "unconfirmed":
            return is_coming and booking.status is Status.PENDING
        case "recurring":
            return is_coming and booking.series_uid is not None and not booking.status.is_over
        case _:
            return is_coming and not booking.status.is_over


def sorted_bookings(asked: Asked, bookings: list[Booking]) -> list[Booking]:
    """By the first sort that is asked for; else by start, latest first where only past or only
    cancelled ones were asked for. Rows without a value come last."""
    name = next((each for each in _SORTS if asked.query(each) is not None), None)
    is_back = asked.listed("status") in (["past"], ["cancelled"])
    if name is not None:
        is_back = asked.query(name) == "desc"
    key = _SORTS[name or "sortStart"]
    known = [each for each in bookings if key(each) is not None]
    known.sort(key=lambda each: each.written)
    known.sort(key=lambda each: key(each) or each.start, reverse=is_back)
    return known + [each for each in bookings if key(each) is None]


def _pages(total: int, skip: int, take: int) -> Json:
    pages = -(-total // take)
    current = min(skip // take + 1, pages)
    returned = max(0, min(take, total - skip))
    return {
        "totalItems": total,
        "remainingItems": max(0, total - skip - returned),
        "returnedItems": returned,
        "itemsPerPage": take,
        "currentPage": current,
        "totalPages": pages,
        "hasNextPage": current < pages,
        "hasPreviousPage": current > 1,
    }
