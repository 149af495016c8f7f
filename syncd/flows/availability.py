"""When somebody can be booked, and why not at another time. Reads only.

Puts the agendas together that `core.slots` and `core.obstacles` judge: opening hours, closures,
appointments with their buffers, busy time, and how well it is known. A fixed number of queries,
however many slots, practitioners and appointments there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TypeVar

from syncd.core.agenda import Agenda, Freshness, Slot, Taken, TakenBy, Terms
from syncd.core.errors import Invalid, Unknown
from syncd.core.ids import ActivityId, AppointmentId, ClientId, PractitionerId
from syncd.core.obstacles import Obstacle, obstacles
from syncd.core.practice import Activity, Calendar, Practitioner, StalePolicy
from syncd.core.slots import offer_slots
from syncd.core.time import Interval, zone
from syncd.flows.closures import closed_on
from syncd.flows.far_ahead import busy_far_ahead
from syncd.flows.surroundings import Surroundings
from syncd.ledger import BusyBlock, Claim, View

ALTERNATIVES = 5
LONGEST = timedelta(days=92)
"""The longest period that slots are listed for."""
_Theirs = TypeVar("_Theirs", Claim, BusyBlock)
CLOCK_CHANGES = timedelta(hours=2)
"""By how much so many local days can be longer."""
_MINUTE = timedelta(minutes=1)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What was found about one wanted time: nothing in the way means that it is offered."""

    practitioner: Practitioner
    activity: Activity
    interval: Interval
    obstacles: tuple[Obstacle, ...]


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
    clients: frozenset[ClientId] | None = None,
) -> Listing:
    """Every start on the grid in `period`, available or not, of one practitioner or of all who
    offer the activity; where it needs a relationship and `clients` ask, of those whom they are
    with. Raises Unknown, or Invalid where the period is longer than 92 days."""
    if period.duration > LONGEST + CLOCK_CHANGES:
        raise Invalid(f"slots are listed for at most {LONGEST.days} days at a time")
    with around.ledger.read() as view:
        activity = _offered(view, activity_id)
        who = _practitioners(view, activity, practitioner_id)
        if clients is not None and activity.offering.needs_relationship:
            with_them = {each.practitioner_id for each in view.relationships(client_ids=clients)}
            who = [each for each in who if each.id in with_them]
        longest = Interval(period.start, period.end + max(activity.terms.durations))
        found = _Found.read(view, who, longest, terms=activity.terms)
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
            around, activity_id, Interval(begins, ends), practitioner_id=practitioner_id
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
) -> Judgement:
    """All that stands in the way of an appointment at `start` (aware UTC), of the activity's own
    duration unless another one is chosen. Raises Unknown, or Invalid for a duration that cannot be
    chosen."""
    with around.ledger.read() as view:
        activity = _offered(view, activity_id)
        [practitioner] = _practitioners(view, activity, practitioner_id)
        interval = Interval(start, start + require_length(activity, duration))
        found = _Found.read(view, [practitioner], interval, terms=activity.terms)
        now = view.now
    [agenda] = found.agendas(around, with_buffers(interval, activity))
    return Judgement(
        practitioner=practitioner,
        activity=activity,
        interval=interval,
        obstacles=obstacles(agenda, activity.terms, interval, now=now),
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
    found = _Found.read(view, [practitioner], interval, terms=terms, but_for=but_for)
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


def _offered(view: View, activity_id: ActivityId) -> Activity:
    activity = view.activity(activity_id)
    if not activity.active:
        raise Unknown("activity", activity_id)
    return activity


def _practitioners(
    view: View, activity: Activity, wanted: PractitionerId | None
) -> list[Practitioner]:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """All that the agendas of these practitioners are made from."""

    practitioners: Sequence[Practitioner]
    claims: Mapping[PractitionerId, Sequence[Claim]]
    busy: Mapping[PractitionerId, Sequence[BusyBlock]]
    stale: Mapping[PractitionerId, Sequence[Calendar]]
    activities: Mapping[ActivityId, Activity]
    closed: Mapping[date, str]

    @classmethod
    def read(
        cls,
        view: View,
        practitioners: Sequence[Practitioner],
        period: Interval,
        *,
        terms: Terms,
        but_for: AppointmentId | None = None,
    ) -> _Found:
        around = _around(period, terms)
        ids = [each.id for each in practitioners]
        claims = _by_practitioner(
            each for each in view.claims(ids, around) if each.appointment_id != but_for
        )
        practice = view.practice()
        first, last = around.start.date() - _DAY, around.end.date() + _DAY
        return cls(
            practitioners=practitioners,
            claims=claims,
            busy=_by_practitioner(view.busy_of(ids, around, but_for=but_for)),
            stale=_stale(view, ids),
            activities={each.id: each for each in view.activities()},
            closed=closed_on(practice, first, last) if practice is not None else {},
        )

    def agendas(self, around: Surroundings, period: Interval) -> list[Agenda]:
        """The agendas, with the series that take time beyond the horizon."""
        far = busy_far_ahead(around, self.practitioners, period)
        return [
            self._agenda(
                each,
                far=tuple(
                    Taken(interval=interval, by=TakenBy.EVENT, name=name)
                    for name, interval in far[each.id]
                ),
            )
            for each in self.practitioners
        ]

    def stored(self) -> list[Agenda]:
        """The agendas from what is stored alone."""
        return [self._agenda(each, far=()) for each in self.practitioners]

    def _agenda(self, practitioner: Practitioner, *, far: tuple[Taken, ...]) -> Agenda:
        stale = self.stale.get(practitioner.id, ())
        return Agenda(
            practitioner_id=practitioner.id,
            hours=practitioner.hours,
            tz=zone(practitioner.timezone),
            taken=(
                *(self._taken(each) for each in self.claims.get(practitioner.id, ())),
                *(
                    Taken(interval=each.interval, by=TakenBy.EVENT, name=each.calendar_id)
                    for each in self.busy.get(practitioner.id, ())
                ),
                *far,
            ),
            closed=self.closed,
            freshness=_freshness(stale),
            stale=tuple(each.id for each in stale),
        )

    def _taken(self, claim: Claim) -> Taken:
        activity = self.activities.get(claim.activity_id) if claim.activity_id else None
        return Taken(
            interval=claim.interval,
            by=TakenBy.HOLD if claim.is_hold else TakenBy.APPOINTMENT,
            name=claim.number,
            activity_id=claim.activity_id,
            before=activity.offering.before if activity else timedelta(0),
            after=activity.offering.after if activity else timedelta(0),
        )


def _around(period: Interval, terms: Terms) -> Interval:
    """What has to be known to judge `period`: two days around it for the buffers of both sides, and
    the whole weeks where appointments are counted."""
    counts = terms.most_a_day is not None or terms.most_a_week is not None
    margin = _WEEK + _DAY if counts else 2 * _DAY
    return Interval(period.start - margin, period.end + margin)


def _by_practitioner(found: Iterable[_Theirs]) -> dict[PractitionerId, list[_Theirs]]:
    theirs: dict[PractitionerId, list[_Theirs]] = {}
    for each in found:
        theirs.setdefault(each.practitioner_id, []).append(each)
    return theirs


def _stale(view: View, who: Sequence[PractitionerId]) -> dict[PractitionerId, list[Calendar]]:
    """Their calendars that take time and were not read for too long, or never."""
    blocking = [each for each in view.calendars_of(who) if each.mode.blocks]
    states = view.states_of([each.id for each in blocking]) if blocking else {}
    found: dict[PractitionerId, list[Calendar]] = {}
    for calendar in blocking:
        last = states[calendar.id].last_read_at if calendar.id in states else None
        if last is None or view.now - last > calendar.stale_after:
            found.setdefault(calendar.practitioner_id, []).append(calendar)
    return found


def _freshness(stale: Sequence[Calendar]) -> Freshness:
    if not stale:
        return Freshness.KNOWN
    withheld = any(each.stale_policy is StalePolicy.WITHHELD for each in stale)
    return Freshness.WITHHELD if withheld else Freshness.TENTATIVE
