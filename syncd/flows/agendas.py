"""Agendas, put together from what is stored: what slots and reasons are judged by.

Opening hours, closures, appointments with their buffers, busy time and how well it is known, rooms.
A fixed number of queries, however many practitioners and appointments there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.core.agenda import Agenda, Freshness, Taken, TakenBy
from syncd.core.ids import ActivityId, AppointmentId, PractitionerId
from syncd.core.practice import Activity, Calendar, Practitioner, StalePolicy
from syncd.core.time import Interval, zone
from syncd.flows.closures import closed_on
from syncd.flows.far_ahead import busy_far_ahead
from syncd.flows.surroundings import Surroundings
from syncd.ledger import BusyBlock, Claim, Past, View

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredients:
    """All that the agendas of these practitioners are made from; of several who are needed at once
    with the `leader` of them."""

    practitioners: Sequence[Practitioner]
    leader: PractitionerId | None
    claims: Mapping[PractitionerId, Sequence[Claim]]
    busy: Mapping[PractitionerId, Sequence[BusyBlock]]
    stale: Mapping[PractitionerId, Sequence[Calendar]]
    activities: Mapping[ActivityId, Activity]
    closed: Mapping[date, str]
    rooms: tuple[Sequence[Interval], ...] | None = None
    elsewhere: Sequence[Interval] = ()

    @classmethod
    def read(
        cls,
        view: View | Past,
        practitioners: Sequence[Practitioner],
        period: Interval,
        *,
        activity: Activity | None,
        together: bool = False,
        but_for: AppointmentId | None = None,
        elsewhere: Sequence[Interval] = (),
    ) -> Ingredients:
        around = _around(period, activity)
        ids = [each.id for each in practitioners]
        claims: dict[PractitionerId, list[Claim]] = {}
        for claim in view.claims(ids, around):
            if claim.appointment_id != but_for:
                claims.setdefault(claim.whose, []).append(claim)
        busy: dict[PractitionerId, list[BusyBlock]] = {}
        for block in view.busy_of(ids, around, but_for=but_for):
            busy.setdefault(block.practitioner_id, []).append(block)
        practice = view.practice()
        first, last = around.start.date() - _DAY, around.end.date() + _DAY
        return cls(
            practitioners=practitioners,
            leader=ids[0] if together and ids else None,
            claims=claims,
            busy=busy,
            stale=_stale(view, ids),
            activities={each.id: each for each in view.activities()},
            closed=closed_on(practice, first, last) if practice is not None else {},
            rooms=_rooms(view, activity, period, but_for),
            elsewhere=elsewhere,
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
        leader = self.leader or practitioner.id
        return Agenda(
            practitioner_id=practitioner.id,
            hours=practitioner.hours,
            tz=zone(practitioner.timezone),
            taken=(
                *(self._taken(each, leader) for each in self.claims.get(practitioner.id, ())),
                *(
                    Taken(interval=each.interval, by=TakenBy.EVENT, name=each.calendar_id)
                    for each in self.busy.get(practitioner.id, ())
                ),
                *far,
            ),
            closed=self.closed,
            freshness=_freshness(stale),
            stale=tuple(each.id for each in stale),
            rooms=self.rooms,
            elsewhere=self.elsewhere,
        )

    def _taken(self, claim: Claim, leader: PractitionerId) -> Taken:
        """Whoever is with another leader shares nothing: `core.sharing`."""
        activity = self.activities.get(claim.activity_id) if claim.activity_id else None
        return Taken(
            interval=claim.interval,
            by=TakenBy.HOLD if claim.is_hold else TakenBy.APPOINTMENT,
            name=claim.number,
            activity_id=claim.activity_id,
            before=activity.offering.before if activity else timedelta(0),
            after=activity.offering.after if activity else timedelta(0),
            capacity=claim.capacity if claim.practitioner_id == leader else 1,
            has_room=claim.room_id is not None,
        )


def _rooms(
    view: View | Past, activity: Activity | None, period: Interval, but_for: AppointmentId | None
) -> tuple[Sequence[Interval], ...] | None:
    """When each room is taken that would do; None where none is needed."""
    if activity is None or not activity.offering.rooms:
        return None
    return tuple(view.rooms_taken(activity.offering.rooms, period, but_for=but_for).values())


def _around(period: Interval, activity: Activity | None) -> Interval:
    """What has to be known to judge `period`: two days around it for the buffers of both sides, and
    the whole weeks where appointments are counted."""
    rules = activity.offering if activity is not None else None
    counts = rules is not None and (rules.most_a_day or rules.most_a_week) is not None
    margin = _WEEK + _DAY if counts else 2 * _DAY
    return Interval(period.start - margin, period.end + margin)


def _stale(
    view: View | Past, who: Sequence[PractitionerId]
) -> dict[PractitionerId, list[Calendar]]:
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
