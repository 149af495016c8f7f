"""Make a plan for several calendars, keep it under its name, and apply it only unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from syncd.core.errors import PlanMoved, Refused, SyncdError, Unavailable
from syncd.core.ids import CalendarId, PlanId
from syncd.core.plan import CalendarPlan, fingerprint
from syncd.flows.looking import Look, look
from syncd.flows.surroundings import Surroundings
from syncd.ports import CalendarProvider

ProviderOf = Callable[[CalendarId], CalendarProvider]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Plans for the calendars that could be read. `failures` holds why the others could not."""

    id: PlanId
    looks: tuple[Look, ...]
    failures: dict[CalendarId, SyncdError] = field(default_factory=dict)

    @property
    def plans(self) -> tuple[CalendarPlan, ...]:
        return tuple(each.plan for each in self.looks)


def survey(
    around: Surroundings, provider_of: ProviderOf, calendar_ids: Iterable[CalendarId]
) -> Survey:
    """Look at each calendar and plan; change nothing. One calendar's failure is its own."""
    looks: list[Look] = []
    failures: dict[CalendarId, SyncdError] = {}
    for calendar_id in sorted(calendar_ids):
        try:
            looks.append(_look_unless_suspended(around, provider_of, calendar_id))
        except (Unavailable, Refused) as exc:
            failures[calendar_id] = exc
    return Survey(
        id=fingerprint(each.plan for each in looks), looks=tuple(looks), failures=failures
    )


def keep_plan(around: Surroundings, made: Survey) -> None:
    """Remember which calendars the plan is about, so that it can be made again under its name."""
    content = {"calendars": [each.plan.calendar_id for each in made.looks]}
    around.ledger.write(lambda tx: tx.save_plan(made.id, content))


def calendars_of_plan(around: Surroundings, plan_id: PlanId) -> list[CalendarId]:
    """The calendars that a kept plan is about. Raises Unknown."""
    with around.ledger.read() as view:
        content = view.plan(plan_id)
    return [CalendarId(each) for each in content["calendars"]]


def require_unmoved(made: Survey, plan_id: PlanId) -> None:
    """Raise PlanMoved unless the plan made just now is the one of that name."""
    if made.failures:
        which = ", ".join(sorted(made.failures))
        raise PlanMoved(f"cannot read {which} now; plan {plan_id} is not applied")
    if made.id != plan_id:
        raise PlanMoved(
            f"things moved since plan {plan_id}; the plan is {made.id} now: look at it first"
        )


def _look_unless_suspended(
    around: Surroundings, provider_of: ProviderOf, calendar_id: CalendarId
) -> Look:
    found = look(around, provider_of(calendar_id), calendar_id)
    if found.state.suspended_at is None:
        return found
    why = found.state.suspended_why or "by hand"
    refused = CalendarPlan(calendar_id=calendar_id, refused=f"suspended: {why}")
    return Look(scene=found.scene, state=found.state, observation=found.observation, plan=refused)
