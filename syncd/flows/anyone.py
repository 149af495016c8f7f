"""Book with whoever is free: the one with the least to do on that day first."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from syncd.core.agenda import Agenda, Slot, TakenBy
from syncd.core.errors import (
    BookingOff,
    Invalid,
    Locked,
    NoRelationship,
    NotOffered,
    OutsideOpeningHours,
    SlotTaken,
    TooManyAhead,
    Transient,
)
from syncd.core.ids import PractitionerId
from syncd.core.problem import Problem
from syncd.core.time import Interval, day_bounds, local_day
from syncd.flows.availability import list_slots, require_length
from syncd.flows.booking import Booking, seeker_of
from syncd.flows.booking_rules import CLIENTS
from syncd.flows.surroundings import Surroundings

T = TypeVar("T")

WHOEVER = PractitionerId("")
"""Stands in a wish for whoever is free."""
_MINUTE = timedelta(minutes=1)
_NOTHING = timedelta(0)


def who_is_free(around: Surroundings, wish: Booking) -> list[PractitionerId]:
    """Who offers the activity and is free at that time, or the first of all whom a collective one
    takes: first whose calendars are known well, then
    with whom others share it already, then by the time that is booked with them on that local day,
    then by id. Staff, whom grid and limits do not bind, may find others free, so they follow. Where
    nobody is, one who can say why. Raises Unknown, Invalid, NotOffered where nobody offers it, or
    NoRelationship to them."""
    moment = Interval(wish.start, wish.start + _MINUTE)
    found = list_slots(around, wish.activity_id, moment, seeker=seeker_of(wish))
    wanted = require_length(found.activity, wish.duration)
    if not found.agendas and found.activity.offering.needs_relationship:
        raise NoRelationship(f"{wish.activity_id} is for clients of a practitioner only")
    if not found.agendas:
        raise NotOffered("nobody offers this at the moment")

    def rank(slot: Slot) -> tuple[bool, bool, timedelta, PractitionerId]:
        agenda = found.agendas[slot.practitioner_id]
        is_begun = 0 < slot.places < found.activity.offering.capacity
        on_the_day = _booked_on_the_day(agenda, slot)
        return slot.tentative, not is_begun, on_the_day, slot.practitioner_id

    there = sorted((each for each in found.slots if each.start == wish.start), key=rank)
    free = [each.practitioner_id for each in there if wanted in each.durations]
    offering = list(found.agendas)[:1] if found.together else sorted(found.agendas)
    others = [*(each.practitioner_id for each in there), *offering]
    if wish.party in CLIENTS:
        return free or others[:1]
    return list(dict.fromkeys([*free, *others]))


def with_whoever_is_free(
    around: Surroundings,
    wish: Booking,
    book: Callable[[Booking], T],
    *,
    but_for: Collection[PractitionerId] = (),
) -> T:
    """What `book` makes of the wish, with the first who is still free by then, but for those whose
    calendars refused it. A wish that names its practitioner is left as it is. Raises what `book`
    raises for the last of them, or at once what has nothing to do with them."""
    if wish.practitioner_id != WHOEVER:
        return book(wish)
    if wish.overbook:
        raise Invalid([Problem(where="practitionerId", what="is needed to overbook somebody")])
    refusal: Exception | None = None
    for each in who_is_free(around, wish):
        if each in but_for:
            continue
        try:
            return book(replace(wish, practitioner_id=each))
        except (BookingOff, TooManyAhead):
            raise
        except (SlotTaken, NotOffered, OutsideOpeningHours) as exc:
            if isinstance(exc, SlotTaken) and exc.resource == "client":
                raise
            if refusal is None or isinstance(exc, SlotTaken):
                refusal = exc
        except (Locked, Transient) as exc:
            refusal = refusal or exc
    raise refusal or SlotTaken("nobody else is free then")


def _booked_on_the_day(agenda: Agenda, slot: Slot) -> timedelta:
    day = day_bounds(local_day(slot.start, agenda.tz), agenda.tz)
    return sum(
        (
            min(each.interval.end, day.end) - max(each.interval.start, day.start)
            for each in agenda.taken
            if each.by is not TakenBy.EVENT and each.interval.overlaps(day)
        ),
        _NOTHING,
    )
