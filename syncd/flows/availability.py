"""When somebody can be booked, and why not at another time. Reads only.

Lets `core.slots` and `core.obstacles` judge agendas, which `agendas` puts together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, groupby

from syncd.core.agenda import Agenda, Slot, Terms
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ActivityId, AppointmentId, CalendarId, ClientId, PractitionerId
from syncd.core.obstacles import Obstacle, Reason, obstacles_of_all
from syncd.core.practice import Activity, Practitioner
from syncd.core.slots import common_slots, offer_slots
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

    practitioners: tuple[Practitioner, ...]
    activity: Activity
    interval: Interval
    obstacles: tuple[Obstacle, ...]
    as_of: datetime | None = None
    unsure: tuple[CalendarId, ...] = ()

    @property
    def practitioner(self) -> Practitioner:
        """The first of those who take part."""
        return self.practitioners[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Slots, by time and then by practitioner, with all that is needed to say why one is not
    available."""

    activity: Activity
    practitioners: Mapping[PractitionerId, Practitioner]
    slots: tuple[Slot, ...]
    agendas: Mapping[PractitionerId, Agenda]
    now: datetime
    together: bool = False

    def who_takes(self, slot: Slot) -> list[Practitioner]:
        """Whose time it would be, the first in front."""
        if self.together:
            return list(self.practitioners.values())
        return [self.practitioners[slot.practitioner_id]]

    def why_not(self, slot: Slot) -> tuple[Obstacle, ...]:
        """All that stands in the way of the shortest appointment at this start."""
        terms = self.activity.terms
        wanted = Interval(slot.start, slot.start + min(terms.durations))
        agendas = [self.agendas[each.id] for each in self.who_takes(slot)]
        return obstacles_of_all(agendas, terms, wanted, now=self.now)


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
        team = _team(view, activity, practitioner_id, seeker)
        who = _whom_they_are_with(view, activity, team, seeker.clients)
        longest = Interval(period.start, period.end + max(activity.terms.durations))
        found = _sought(view, activity, who, longest, seeker=seeker)
        now = view.now
    agendas = found.agendas(around, with_buffers(longest, activity))
    offers = [offer_slots(agenda, activity.terms, period, now=now) for agenda in agendas]
    if who.together and offers:
        offers = [common_slots(offers)]
    return Listing(
        activity=activity,
        practitioners={each.id: each for each in who.practitioners},
        slots=tuple(sorted(chain(*offers), key=lambda slot: (slot.start, slot.practitioner_id))),
        agendas={each.practitioner_id: each for each in agendas},
        now=now,
        together=who.together,
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
        who = _team(view, activity, practitioner_id, seeker)
        interval = Interval(start, start + require_length(activity, duration))
        found = _sought(view, activity, who, interval, seeker=seeker)
        is_theirs = bool(_whom_they_are_with(view, activity, who, seeker.clients).practitioners)
        is_on, now = view.is_booking_on(), view.now
    agendas = found.agendas(around, with_buffers(interval, activity))
    others = [] if is_on else [Obstacle(Reason.BOOKING_OFF)]
    if not is_theirs:
        others.append(Obstacle(Reason.NO_RELATIONSHIP))
    return Judgement(
        practitioners=who.practitioners,
        activity=activity,
        interval=interval,
        obstacles=(*others, *obstacles_of_all(agendas, activity.terms, interval, now=now)),
    )


def obstacles_inside(
    view: View,
    activity: Activity | None,
    who: Sequence[Practitioner],
    interval: Interval,
    *,
    but_for: AppointmentId | None = None,
) -> tuple[Obstacle, ...]:
    """The same of what is stored, inside a transaction, without the series far ahead, for all of
    these at once; the appointment `but_for` is not in its own way. Without an activity no rules but
    the practice's hold."""
    terms = activity.terms if activity is not None else _no_terms(interval)
    found = Ingredients.read(view, who, interval, activity=activity, together=True, but_for=but_for)
    return obstacles_of_all(found.stored(), terms, interval, now=view.now)


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
    who: Team,
    within: Interval,
    *,
    seeker: Seeker,
) -> Ingredients:
    """What the agendas of these practitioners are made from, as they are for the seeker."""
    theirs = view.claims_of_client(seeker.client_id, within) if seeker.client_id else []
    return Ingredients.read(
        view,
        who.practitioners,
        within,
        activity=activity,
        together=who.together,
        but_for=seeker.moving,
        elsewhere=[each.interval for each in theirs if each.appointment_id != seeker.moving],
    )


def _whom_they_are_with(
    view: View,
    activity: Activity,
    who: Team,
    clients: frozenset[ClientId] | None,
) -> Team:
    """Those of them who may be booked by these clients; by staff (None) all. One of those who are
    needed at once is enough."""
    if clients is None or not activity.offering.needs_relationship:
        return who
    with_them = {each.practitioner_id for each in view.relationships(client_ids=clients)}
    theirs = tuple(each for each in who.practitioners if each.id in with_them)
    return who if who.together and theirs else replace(who, practitioners=theirs)


def offered_activity(view: View | Past, activity_id: ActivityId) -> Activity:
    """Raises Unknown, also for what is offered no more."""
    activity = view.activity(activity_id)
    if not activity.active:
        raise Unknown("activity", activity_id)
    return activity


@dataclass(frozen=True, slots=True)
class Team:
    """Practitioners of whom each can be had, or all `together`, the first in front."""

    practitioners: tuple[Practitioner, ...]
    together: bool


def who_offers(view: View | Past, activity: Activity, wanted: PractitionerId | None) -> Team:
    """All who offer the activity, or the one who is wanted; all or none of a collective one. Raises
    Unknown."""
    if activity.offering.collective:
        return Team(_all_together(view, activity, wanted), together=True)
    if wanted is not None and activity.offering.is_offered_by(wanted):
        found = view.practitioner(wanted)
        if found.active:
            return Team((found,), together=False)
    who = [
        each
        for each in view.practitioners(active_only=True)
        if activity.offering.is_offered_by(each.id)
    ]
    if wanted is not None:
        raise Unknown("practitioner", wanted, known=tuple(each.id for each in who)[:20])
    return Team(tuple(who), together=False)


def _all_together(
    view: View | Past, activity: Activity, wanted: PractitionerId | None
) -> tuple[Practitioner, ...]:
    there = {each.id: each for each in view.practitioners(active_only=True)}
    needed = activity.offering.practitioners
    gone = [each for each in needed if each not in there]
    if wanted is not None and (gone or wanted not in needed):
        raise Unknown("practitioner", gone[0] if wanted in needed else wanted, known=needed[:20])
    return () if gone else tuple(there[each] for each in needed)


def _team(view: View, activity: Activity, wanted: PractitionerId | None, seeker: Seeker) -> Team:
    """Who offers it; but what is moved keeps those whom it takes by now, where there are or would
    be several."""
    if seeker.moving is not None:
        moved = view.appointment(seeker.moving)
        is_it = moved.activity_id == activity.id and wanted in (None, *moved.practitioners)
        if is_it and (moved.also_with or activity.offering.collective):
            who = tuple(view.practitioner(each) for each in moved.practitioners)
            return Team(who, together=True)
    return who_offers(view, activity, wanted)
