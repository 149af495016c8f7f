"""What a booking must heed, inside its transaction: rules bind clients wholly, staff in part.

Staff may book off the grid, at short notice, far ahead and beyond the limits; they heed opening
hours, closures, busy time and buffers, unless they overbook. Overlaps with other appointments are
the database's to refuse.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from syncd.core.appointment import HOLDS_TIME, Appointment, Client, Party, Status
from syncd.core.errors import (
    BookingOff,
    CalendarStale,
    Invalid,
    LimitReached,
    NoRelationship,
    NoticeTooShort,
    NotOffered,
    OutsideOpeningHours,
    PastTime,
    Refused,
    SlotTaken,
    TooFarAhead,
    TooManyAhead,
    TooOften,
)
from syncd.core.ids import AppointmentId, ClientId, PractitionerId
from syncd.core.obstacles import Reason
from syncd.core.practice import Activity, Practitioner
from syncd.core.sharing import share
from syncd.core.time import Interval
from syncd.flows.availability import obstacles_inside, require_length
from syncd.ledger import AppointmentFilter, Transaction

MOST_A_MINUTE = 5
"""How many appointments a client books within a minute, wherever and with whom."""
_MINUTE = timedelta(minutes=1)
CLIENTS = frozenset({Party.CLIENT, Party.GUARDIAN})
"""Who books what is offered, and nothing else."""
_STAFF_HEED = {Reason.DAY_CLOSED, Reason.BUSY, Reason.BUFFER, Reason.NO_ROOM}
_HOURS = {Reason.NOT_OPEN, Reason.DAY_CLOSED, Reason.ENDS_AFTER_CLOSING}
_TAKEN = {Reason.TAKEN, Reason.BUFFER}
_RULES: dict[Reason, tuple[type[Refused], str]] = {
    Reason.OFF_GRID: (NotOffered, "is no start of the activity's grid"),
    Reason.SECOND_TIME: (NotOffered, "is the second of two equal times of that night"),
    Reason.PAST: (PastTime, "is in the past"),
    Reason.NOTICE_TOO_SHORT: (NoticeTooShort, "is too soon"),
    Reason.TOO_FAR_AHEAD: (TooFarAhead, "is too far ahead"),
    Reason.DAY_FULL: (LimitReached, "is on a day that has as many of these as it may"),
    Reason.WEEK_FULL: (LimitReached, "is in a week that has as many of these as it may"),
    Reason.CALENDAR_STALE: (
        CalendarStale,
        "cannot be judged: a calendar was not read for too long",
    ),
}


def require_offered(
    tx: Transaction,
    interval: Interval,
    who: Sequence[Practitioner],
    activity: Activity | None,
    *,
    party: Party,
    but_for: AppointmentId | None = None,
) -> None:
    """Refuse what this party may not book with all of these; the appointment `but_for` is not in
    its own way, and keeps whom it has. Says nothing about whose appointment or event is there. An
    appointment without an activity, as from a calendar's own event, is bound by hours and busy time
    alone."""
    is_bound = party in CLIENTS and activity is not None
    for each in who:
        if but_for is None and activity and not activity.offering.is_offered_by(each.id):
            raise Invalid(f"{each.id} does not offer {activity.id}")
        if not is_bound and each.is_outside_hours(interval):
            raise _refusal(Reason.NOT_OPEN, interval, each.id)
    found = obstacles_inside(tx, activity, who, interval, but_for=but_for)
    heeded = {*Reason} if is_bound else _STAFF_HEED
    if party in CLIENTS:
        heeded = heeded | {Reason.CALENDAR_STALE}
    for obstacle in found:
        if obstacle.reason in heeded:
            raise _refusal(obstacle.reason, interval, obstacle.who or who[0].id)


def require_not_busy(tx: Transaction, held: Appointment) -> None:
    """Refuse to make an appointment of a hold whose time an event took since."""
    taken = tx.busy_of(held.practitioners, held.interval)
    if taken:
        who = taken[0].practitioner_id
        raise SlotTaken(f"{held.start:%Y-%m-%dT%H:%MZ} became busy in a calendar of {who}")


def require_nobody_booked(tx: Transaction, pending: Appointment) -> None:
    """Refuse to confirm what came overlapping from a calendar once somebody else is booked then."""
    others = {
        each.id: each
        for who in pending.practitioners
        for each in tx.appointments(
            AppointmentFilter(
                practitioner_id=who,
                start=pending.start,
                end=pending.end,
                statuses=HOLDS_TIME - {Status.PROPOSED, Status.PENDING},
            )
        )
    }
    beside = [each for each in others.values() if each.id != pending.id]
    if not all(share(each, pending) for each in beside) or len(beside) >= pending.capacity:
        raise SlotTaken(f"{pending.start:%Y-%m-%dT%H:%MZ} is booked for somebody else by now")


def require_booking_on(tx: Transaction, party: Party) -> None:
    """Refuse clients while the practice takes no bookings."""
    if party in CLIENTS and not tx.is_booking_on():
        raise BookingOff("the practice takes no bookings at the moment")


def require_length_kept(
    before: Appointment, after: Appointment, activity: Activity | None, party: Party
) -> None:
    """A client who moves an appointment chooses no length that is not offered."""
    length = after.interval.duration
    if party in CLIENTS and length != before.interval.duration:
        if activity is None:
            raise Invalid("only its time can be changed, not its length")
        require_length(activity, length)


def require_still_offered(
    practitioner: Practitioner, activity: Activity | None, party: Party
) -> None:
    """Refuse a client who moves an appointment to whoever left, or of what is offered no more."""
    is_offered = practitioner.active and (
        activity is None or (activity.active and activity.offering.is_offered_by(practitioner.id))
    )
    if party in CLIENTS and not is_offered:
        raise NotOffered("this is not offered any more; the practice can move the appointment")


def require_related(
    tx: Transaction,
    client: Client | None,
    who: Sequence[PractitionerId],
    activity: Activity | None,
) -> None:
    """Refuse a client of somebody else, and whom nobody knows (None), what is only for clients of
    the practitioner, or of one of several who are needed."""
    if activity is None or not activity.offering.needs_relationship:
        return
    found = [tx.relationship_of(each, client.id) for each in who] if client is not None else []
    if not any(each is not None and not each.is_over for each in found):
        raise NoRelationship(f"{activity.id} is for clients of {' or '.join(who)} only")


def require_room_for(tx: Transaction, client_id: ClientId, party: Party) -> None:
    """Refuse a client one more than they may have to come, or too many at once; staff book as many
    as they want."""
    if party not in CLIENTS:
        return
    if tx.booked_since(client_id, tx.now - _MINUTE) >= MOST_A_MINUTE:
        raise TooOften(
            f"{MOST_A_MINUTE} appointments were booked within a minute; wait for one",
            retry_after=_MINUTE,
        )
    practice = tx.practice()
    if practice is None or practice.most_ahead is None:
        return
    ahead = tx.appointments(AppointmentFilter(client_id=client_id, start=tx.now))
    if sum(each.holds_time_at(tx.now) for each in ahead) >= practice.most_ahead:
        raise TooManyAhead(
            f"{practice.most_ahead} appointments are to come already, as many as may be booked"
        )


def _refusal(reason: Reason, interval: Interval, who: PractitionerId) -> Refused:
    start = f"{interval.start:%Y-%m-%dT%H:%MZ}"
    if reason in _HOURS:
        return OutsideOpeningHours(f"{start} is not wholly inside the opening hours of {who}")
    if reason is Reason.BUSY:
        return SlotTaken(f"{start} is busy in a calendar of {who}")
    if reason is Reason.NO_ROOM:
        return SlotTaken(f"{start}: every room is taken", resource="room")
    if reason in _TAKEN:
        return SlotTaken(f"{start} is not free, or too close to what is there")
    kind, why = _RULES[reason]
    return kind(f"{start} {why}; choose another time")
