"""When somebody can be booked, and why not at another time. Reads only.

Lets `core.slots` and `core.obstacles` judge agendas, which `agendas` puts together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from syncd.core.agenda import Agenda, Slot, Terms
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ActivityId, AppointmentId, CalendarId, ClientId, PractitionerId
from syncd.core.obstacles import Obstacle, Reason, obstacles
from syncd.core.practice import Activity, Practitioner
from syncd.core.slots import offer_slots
from syncd.core.time import Interval
from syncd.flows.agendas import Ingredients
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Past, View

ALTERNATIVES = 5
LONGEST = timedelta(days=92)
"""The longest period that slots are listed for."""
CLOCK_CHANGES = timedelta(hours=2)
"""By how much so many local days can be longer."""
_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """For whom times are looked for: one of these `clients`, of whom it may depend with whom they
    can be had; anybody where it is None, as staff ask. What `client_id` has already is in the way.
    The appointment that is `moving` is not."""

    clients: frozenset[ClientId] | None = None
    client_id: ClientId | None = None
    moving: AppointmentId | None = None


ANYBODY = Seeker()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found about one wanted time: nothing in the way means that it is offered. With
    `as_of` it was judged as of that moment; calendars that are `unsure` may have taken more or less
    of it then."""

    practitioner: Practitioner
    activity: Activity
    interval: Interval
    obstacles: tuple[Obstacle, ...]
    as_of: datetime | None = None
    unsure: tuple[CalendarId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Slots, by time and then by practitioner, with all that is needed to say why one is not
    available."""

    activity: Activity
    practitioners: Mapping[PractitionerId, Practitioner]
    slots: tuple[Slot, ...]
    agendas: Mapping[PractitionerId, Agenda]
    now: datetime

    def why_not(self, slot: Slot) -> tuple[Obstacle, ...]:
        """All that stands in the way of the shortest appointment at this start."""
        terms = self.activity.terms
        wanted = Interval(slot.start, slot.start + min(terms.durations))
        return obstacles(self.agendas[slot.practitioner_id], terms, wanted, now=self.now)


def list_slots(
    around: Surroundings,
    activity_id: ActivityId,
    period: Interval,
    *,
    practitioner_id: PractitionerId | None = None,
    seeker: Seeker = ANYBODY,
) -> Listing:
    """Every start on the grid in `period`, available or not, of one practitioner or of all who
    offer the activity, as it is for the `seeker`. Raises Unknown, or Invalid where the period is
    longer than 92 days."""
    if period.duration > LONGEST + CLOCK_CHANGES:
        raise Invalid(f"slots are listed for at most {LONGEST.days} days at a time")
    with around.ledger.read() as view:
        activity = offered_activity(view, activity_id)
        who = who_offers(view, activity, practitioner_id)
        who = _whom_they_are_with(view, activity, who, seeker.clients)
        longest = Interval(period.start, period.end + max(activity.terms.durations))
        found = _sought(view, activity, who, longest, seeker=seeker)
        now = view.now
    agendas = found.agendas(around, with_buffers(longest, activity))
    slots = [
        slot for agenda in agendas for slot in offer_slots(agenda, activity.terms, period, now=now)
    ]
    return Listing(
        activity=activity,
        practitioners={each.id: each for each in who},
        slots=tuple(sorted(slots, key=lambda slot: (slot.start, slot.practitioner_id))),
        agendas={each.practitioner_id: each for each in agendas},
        now=now,
    )


def next_slots(
    around: Surroundings,
    activity_id: ActivityId,
    practitioner_id: PractitionerId | None,
    start: datetime,
    *,
    duration: timedelta | None = None,
    seeker: Seeker = ANYBODY,
    count: int = ALTERNATIVES,
) -> list[Slot]:
    """The next `count` slots from `start` on in which an appointment of that length fits, of one
    practitioner, or each with the first of all who offer it; fewer where there are fewer within
    three months. What is offered now need not be free a moment later."""
    found: list[Slot] = []
    begins, until = start, start + LONGEST
    for length in (_WEEK, 2 * _WEEK, 4 * _WEEK, LONGEST):  # most are found soon
        ends = min(begins + length, until)
        if len(found) >= count or begins >= ends:
            break
        listed = list_slots(
            around,
            activity_id,
            Interval(begins, ends),
            practitioner_id=practitioner_id,
            seeker=seeker,
        )
        wanted = require_length(listed.activity, duration)
        fitting = (each for each in listed.slots if wanted in each.durations)
        found += [next(same) for _, same in groupby(fitting, key=lambda each: each.start)]
        begins = ends
    return found[:count]


def judge(
    around: Surroundings,
    activity_id: ActivityId,
    practitioner_id: PractitionerId,
    start: datetime,
    *,
    duration: timedelta | None = None,
    seeker: Seeker = ANYBODY,
) -> Judgement:
    """All that stands in the way of an appointment at `start` (aware UTC), of the activity's own
    duration unless another one is chosen. Raises Unknown, or Invalid for a duration that cannot be
    chosen."""
    with around.ledger.read() as view:
        activity = offered_activity(view, activity_id)
        [practitioner] = who_offers(view, activity, practitioner_id)
        interval = Interval(start, start + require_length(activity, duration))
        found = _sought(view, activity, [practitioner], interval, seeker=seeker)
        is_theirs = bool(_whom_they_are_with(view, activity, [practitioner], seeker.clients))
        is_on, now = view.is_booking_on(), view.now
    [agenda] = found.agendas(around, with_buffers(interval, activity))
    others = [] if is_on else [Obstacle(Reason.BOOKING_OFF)]
    if not is_theirs:
        others.append(Obstacle(Reason.NO_RELATIONSHIP))
    return Judgement(
        practitioner=practitioner,
        activity=activity,
        interval=interval,
        obstacles=(*others, *obstacles(agenda, activity.terms, interval, now=now)),
    )


def obstacles_inside(
    view: View,
    activity: Activity | None,
    practitioner: Practitioner,
    interval: Interval,
    *,
    but_for: AppointmentId | None = None,
) -> tuple[Obstacle, ...]:
    """The same of what is stored, inside a transaction, without the series far ahead; the
    appointment `but_for` is not in its own way. Without an activity no rules but the practice's
    hold."""
    terms = activity.terms if activity is not None else _no_terms(interval)
    found = Ingredients.read(view, [practitioner], interval, activity=activity, but_for=but_for)
    [agenda] = found.stored()
    return obstacles(agenda, terms, interval, now=view.now)


def _no_terms(interval: Interval) -> Terms:
    length = max(interval.duration, _MINUTE)
    return Terms(activity_id=ActivityId(""), durations=(length,), step=_MINUTE)


def with_buffers(interval: Interval, activity: Activity | None) -> Interval:
    """The time that an appointment of this activity keeps free of events."""
    if activity is None:
        return interval
    return Interval(
        interval.start - activity.offering.before, interval.end + activity.offering.after
    )


def require_length(activity: Activity, duration: timedelta | None) -> timedelta:
    """The duration that is chosen, or Invalid with those that can be."""
    lengths = activity.offering.lengths(activity.duration)
    if duration is None:
        return activity.duration
    if duration not in lengths:
        minutes = ", ".join(str(each // _MINUTE) for each in lengths)
        raise Invalid(f"{activity.id} lasts {minutes} minutes, not {duration // _MINUTE}")
    return duration


def _sought(
    view: View,
    activity: Activity,
    who: list[Practitioner],
    within: Interval,
    *,
    seeker: Seeker,
) -> Ingredients:
    """What the agendas of these practitioners are made from, as they are for the seeker."""
    theirs = view.claims_of_client(seeker.client_id, within) if seeker.client_id else []
    return Ingredients.read(
        view,
        who,
        within,
        activity=activity,
        but_for=seeker.moving,
        elsewhere=[each.interval for each in theirs if each.appointment_id != seeker.moving],
    )


def _whom_they_are_with(
    view: View,
    activity: Activity,
    who: list[Practitioner],
    clients: frozenset[ClientId] | None,
) -> list[Practitioner]:
    """Those of them who may be booked by these clients; by staff (None) all."""
    if clients is None or not activity.offering.needs_relationship:
        return who
    with_them = {each.practitioner_id for each in view.relationships(client_ids=clients)}
    return [each for each in who if each.id in with_them]


def offered_activity(view: View | Past, activity_id: ActivityId) -> Activity:
    """Raises Unknown, also for what is offered no more."""
    activity = view.activity(activity_id)
    if not activity.active:
        raise Unknown("activity", activity_id)
    return activity


def who_offers(
    view: View | Past, activity: Activity, wanted: PractitionerId | None
) -> list[Practitioner]:
    """All who offer the activity, or the one who is wanted. Raises Unknown."""
    if wanted is not None and activity.offering.is_offered_by(wanted):
        found = view.practitioner(wanted)
        if found.active:
            return [found]
    who = [
        each
        for each in view.practitioners(active_only=True)
        if activity.offering.is_offered_by(each.id)
    ]
    if wanted is not None:
        raise Unknown("practitioner", wanted, known=tuple(each.id for each in who)[:20])
    return who
