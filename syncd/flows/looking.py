"""Look at one calendar and say what would be done about it; change nothing anywhere."""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.ids import CalendarId
from syncd.core.plan import CalendarPlan, make_plan
from syncd.core.remote import CalendarState
from syncd.core.scene import Scene
from syncd.flows.observe import Observation, observe
from syncd.flows.surroundings import Surroundings
from syncd.ledger import View
from syncd.ports import CalendarProvider


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A calendar as it is, and what would be done about it. `in_full`: somebody wanted everything
    to be looked at."""

    scene: Scene
    state: CalendarState
    observation: Observation
    plan: CalendarPlan
    in_full: bool = False


def look(
    around: Surroundings,
    provider: CalendarProvider,
    calendar_id: CalendarId,
    *,
    in_full: bool = False,
) -> Look:
    """Read the calendar and make the plan; change nothing anywhere. Raises the port's errors."""
    with around.ledger.read() as view:
        scene, state = scene_of(view, calendar_id, provider), view.calendar_state(calendar_id)
    observation = observe(around, provider, scene, state, in_full=in_full)
    plan = make_plan(observation.picture, limits=around.limits, released=state.released)
    return Look(scene=scene, state=state, observation=observation, plan=plan, in_full=in_full)


def scene_of(view: View, calendar_id: CalendarId, provider: CalendarProvider) -> Scene:
    """The calendar with all that decisions about it need."""
    calendar = view.calendar(calendar_id)
    return Scene(
        calendar=calendar,
        practitioner=view.practitioner(calendar.practitioner_id),
        activities={activity.id: activity for activity in view.activities()},
        now=view.now,
        takes_titles=provider.capabilities.edits_freely,
        confirms=provider.capabilities.confirms,
        marks_absence=provider.capabilities.marks_absence,
        others={each.id: each for each in view.practitioners()},
    )
