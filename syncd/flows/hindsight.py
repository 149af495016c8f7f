"""Why a time was not offered at an earlier moment: what `availability` says, as of then.

Appointments, holds, hours and rules are those that the journal tells of. Calendars tell nothing of
then: an event that is stored as it was counts, and one that was stored since is only named.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.obstacles import Obstacle, Reason, obstacles_of_all
from syncd.core.time import Interval
from syncd.flows.agendas import Ingredients
from syncd.flows.availability import (
    Judgement,
    offered_activity,
    require_length,
    who_offers,
    with_buffers,
)
from syncd.flows.surroundings import Surroundings
from syncd.ledger import Past


def judge_then(
    around: Surroundings,
    activity_id: ActivityId,
    practitioner_id: PractitionerId,
    start: datetime,
    *,
    at: datetime,
    duration: timedelta | None = None,
) -> Judgement:
    """All that stood in the way at the moment `at` (aware UTC) of an appointment at `start`. Raises
    Unknown for what was not there then, or Invalid for a moment to come."""
    with around.ledger.read() as view:
        then = Past(view, at)
        activity = offered_activity(then, activity_id)
        who = who_offers(then, activity, practitioner_id)
        interval = Interval(start, start + require_length(activity, duration))
        found = Ingredients.read(
            then, who.practitioners, interval, activity=activity, together=who.together
        )
        others = () if then.is_booking_on() else (Obstacle(Reason.BOOKING_OFF),)
        ids = [each.id for each in who.practitioners]
        unsure = then.changed_calendars(ids, with_buffers(interval, activity))
    return Judgement(
        practitioners=who.practitioners,
        activity=activity,
        interval=interval,
        obstacles=(*others, *obstacles_of_all(found.stored(), activity.terms, interval, now=at)),
        as_of=at,
        unsure=tuple(unsure),
    )
