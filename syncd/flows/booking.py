"""Book an appointment.

One transaction: checks, number, appointment, links, journal, and a nudge for every calendar that
must hear of it. Overlap with other appointments is refused by the database; what is offered is
looked at inside the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from syncd.core.appointment import (
    Appointment,
    Client,
    Flag,
    Party,
    Payment,
    Status,
)
from syncd.core.errors import (
    Invalid,
    NotPermitted,
    PastTime,
    ReasonRequired,
    Unknown,
)
from syncd.core.ids import (
    ActivityId,
    AppointmentId,
    ClientId,
    Number,
    PractitionerId,
    RoomId,
)
from syncd.core.journal import Cause
from syncd.core.lifecycle import Action
from syncd.core.practice import Activity, Practitioner
from syncd.core.time import Interval, require_utc
from syncd.flows.asking import Said, answers, as_booked, require_said
from syncd.flows.availability import Seeker, require_length, with_buffers
from syncd.flows.awaiting import await_word, calendars_with_last_word
from syncd.flows.booking_rules import (
    CLIENTS,
    require_booking_on,
    require_offered,
    require_related,
    require_room_for,
)
from syncd.flows.far_ahead import write_if_free_far_ahead
from syncd.flows.linking import links_for
from syncd.flows.rooms import a_room, require_would_do
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A wish to book, with that practitioner, or with all whom a collective activity takes. The
    appointment begins at `start` (aware UTC, a whole minute) and takes the
    activity's duration unless another one of its choice is given, in the room with that id or in
    another that would do. It is for the client with that id, or for whoever has this name and
    address; `claimed` where nobody knows that it is them. `party` books: clients only what is
    offered. `overbook` (staff only) passes opening hours, busy time and overlaps, and needs a
    `reason`. `hold_for`: only keep the time free that long (status proposed); no calendar is told
    of it until it is booked."""

    activity_id: ActivityId
    practitioner_id: PractitionerId
    start: datetime
    duration: timedelta | None = None
    client_id: ClientId | None = None
    client_name: str = ""
    client_email: str | None = None
    client_phone: str | None = None
    claimed: bool = False
    room_id: RoomId | None = None
    overbook: bool = False
    reason: str | None = None
    party: Party = Party.ADMIN
    said: Said = field(default_factory=Said)
    hold_for: timedelta | None = None

    @property
    def asking(self) -> frozenset[ClientId] | None:
        """The client who is known to ask, if any is; None for staff."""
        if self.party not in CLIENTS:
            return None
        is_known = self.client_id is not None and not self.claimed
        return frozenset({self.client_id} if is_known and self.client_id else ())


def seeker_of(wish: Booking, *, moving: AppointmentId | None = None) -> Seeker:
    """For whom other times than the wished one are looked for."""
    known = None if wish.claimed else wish.client_id
    return Seeker(clients=wish.asking, client_id=known, moving=moving)


def book(around: Surroundings, wish: Booking, cause: Cause) -> Appointment:
    """The new appointment, durable, with its number and a link to each calendar that it belongs in.

    Raises Unknown, Invalid, PastTime, OutsideOpeningHours, NotOffered, ReasonRequired or SlotTaken;
    then nothing was stored and no number used.
    """

    def work(tx: Transaction) -> Appointment:
        return book_inside(tx, wish, cause)

    return write_booking(around, wish, work)


def write_booking(around: Surroundings, wish: Booking, work: Callable[[Transaction], T]) -> T:
    """Do `work`, which books, in a transaction once the calendars' far future was looked at. Raises
    what is wrong with the wish, whatever the ledger holds."""
    require_minute(require_utc(wish.start))
    if wish.overbook and wish.party in CLIENTS:
        raise NotPermitted("clients cannot overbook")
    if wish.overbook and not (wish.reason or "").strip():
        raise ReasonRequired("overbooking needs a reason")
    if wish.hold_for is not None and wish.hold_for <= timedelta(0):
        raise Invalid("a hold lasts for some time")
    _check_client(wish)
    if wish.overbook:
        return around.ledger.write(work)
    with around.ledger.read() as view:
        activity = view.activity(wish.activity_id)
    wanted = Interval(wish.start, wish.start + require_length(activity, wish.duration))
    wanted = with_buffers(wanted, activity)
    who = activity.offering.takes(wish.practitioner_id)
    return write_if_free_far_ahead(around, who, wanted, work)


def book_inside(tx: Transaction, wish: Booking, cause: Cause) -> Appointment:
    """The booking itself, inside the transaction that `write_booking` opened."""
    cause = replace(cause, why=wish.reason or "")
    everybody, activity = _known(tx, wish)
    practitioner, *others = everybody
    if wish.overbook and others and wish.party is Party.PRACTITIONER:
        raise NotPermitted("a practitioner overbooks nobody but themselves; ask an admin")
    require_would_do(activity, wish.room_id)
    require_booking_on(tx, wish.party)
    interval = Interval(wish.start, wish.start + require_length(activity, wish.duration))
    if interval.start < tx.now:
        raise PastTime(f"{interval.start:%Y-%m-%dT%H:%MZ} is in the past; choose a later start")
    flags: set[Flag] = set()
    if wish.overbook:
        flags.add(Flag.OVERBOOKED)
        if any(each.is_outside_hours(interval) for each in everybody):
            flags.add(Flag.OUTSIDE_HOURS)
    else:
        require_offered(tx, interval, everybody, activity, party=wish.party)
    client = _client_of(tx, wish, cause)
    if wish.party in CLIENTS:
        known = None if wish.claimed else client
        require_related(tx, known, [each.id for each in everybody], activity)
    require_room_for(tx, client.id, wish.party)
    is_known = wish.client_id is not None
    require_said(activity, wish.said, _as_named(wish, client), wish.party, is_known=is_known)
    appointment_id = AppointmentId(tx.new_id())
    draft = Appointment(
        id=appointment_id,
        practice_id=tx.practice_id,
        number=Number(""),
        practitioner_id=practitioner.id,
        activity_id=activity.id,
        client=client,
        start=interval.start,
        end=interval.end,
        timezone=practitioner.timezone,
        room_id=wish.room_id,
        capacity=activity.offering.capacity,
        also_with=tuple(each.id for each in others),
        created_at=tx.now,
        status=_first_status(wish, activity),
        hold_expires_at=tx.now + wish.hold_for if wish.hold_for else None,
        payment=Payment.DUE if activity.price else Payment.NONE,
        flags=frozenset(flags),
        as_booked=as_booked(activity, wish.said, appointment_id),
        answers=answers(activity, wish.said),
    )
    draft = replace(draft, room_id=a_room(tx, draft, activity, anyway=wish.overbook))
    if wish.hold_for:
        return _stored(tx, draft, cause, Action.HOLD)
    last_word = calendars_with_last_word(tx, draft)
    kept = replace(draft, status=Status.PENDING) if last_word else draft
    appointment = _stored(tx, kept, cause, Action.BOOK)
    await_word(tx, appointment, last_word, draft.status)
    return appointment


def _stored(tx: Transaction, draft: Appointment, cause: Cause, action: Action) -> Appointment:
    appointment = tx.add_appointment(draft, cause, action=action)
    links = links_for(tx, [appointment])
    tx.put_links(links)
    tx.nudge([link.calendar_id for link in links])
    return appointment


def _client_of(tx: Transaction, wish: Booking, cause: Cause) -> Client:
    if wish.client_id is None:
        return tx.find_or_add_client(
            name=wish.client_name,
            email=wish.client_email,
            phone=wish.client_phone,
            cause=cause,
            renews=wish.party not in CLIENTS,
        )
    if tx.is_erased(wish.client_id):
        raise Unknown("client", wish.client_id)
    client = tx.client(wish.client_id)
    return client if client.phone else tx.give_phone(client, wish.client_phone, cause)


def _as_named(wish: Booking, client: Client) -> Client:
    """The client with no more than whoever books may know of them."""
    return client if wish.client_id is not None else replace(client, phone=wish.client_phone)


def _first_status(wish: Booking, activity: Activity) -> Status:
    if wish.hold_for:
        return Status.PROPOSED
    return Status.PENDING if activity.needs_confirmation else Status.BOOKED


def _known(tx: Transaction, wish: Booking) -> tuple[list[Practitioner], Activity]:
    """Whose time it takes, and what is wished."""
    wanted, activity = tx.practitioner(wish.practitioner_id), tx.activity(wish.activity_id)
    if activity.offering.collective and not activity.offering.is_offered_by(wanted.id):
        raise Invalid(f"{wanted.id} does not offer {activity.id}")
    who = [tx.practitioner(each) for each in activity.offering.takes(wanted.id)]
    for each in who:
        if not each.active:
            raise Unknown("practitioner", each.id)
    if not activity.active:
        raise Unknown("activity", wish.activity_id)
    return who, activity


def require_minute(start: datetime) -> None:
    """What a person books begins on a whole minute: some calendars keep nothing finer."""
    if start.second or start.microsecond:
        raise Invalid(f"{start:%H:%M:%S} is no start; an appointment begins on a whole minute")


def _check_client(wish: Booking) -> None:
    if wish.client_id is not None:
        return
    if not wish.client_name.strip():
        raise Invalid("the client needs a name")
    if wish.client_email is not None and "@" not in wish.client_email.strip("@ "):
        raise Invalid("the client's e-mail address needs an @ between two parts")
