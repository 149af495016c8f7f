"""Plans: they change nothing, are applied as printed, and only to the world they were made for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.errors import PlanMoved, Transient, Unknown
from syncd.core.ids import CalendarId, PlanId
from syncd.core.lifecycle import Action
from syncd.flows.calendars import suspend
from syncd.flows.mandate import Mandate
from syncd.flows.planning import calendars_of_plan, keep_plan, require_unmoved, survey
from syncd.flows.push import PushTally
from syncd.flows.sync import carry_out
from syncd.testing.builders import NINE, a_calendar
from syncd.testing.foreign import ForeignEvent, Repeat
from syncd.testing.memory_calendar import Hand

HALF_HOUR = timedelta(minutes=30)
TEN, ELEVEN = NINE + timedelta(hours=1), NINE + timedelta(hours=2)
MAIN = CalendarId("patel-main")


def a_plan(clinic, *names):
    return survey(clinic.around, clinic.provider, names or (MAIN,))


def printed(plan):
    return [(step.op.value, step.number, step.why) for step in plan.steps]


def busy_morning(clinic):
    """Something of everything to be done."""
    kept, moved, removed = (clinic.book(NINE + n * HALF_HOUR, f"Jane {n}") for n in range(3))
    clinic.settle()
    clinic.move(kept, NINE + timedelta(days=1))
    clinic.calendar().colleague_moves(clinic.ref(moved), ELEVEN, ELEVEN + HALF_HOUR)
    clinic.calendar().colleague_deletes(clinic.ref(removed))
    clinic.calendar().colleague_adds(ForeignEvent(title="Team", start=TEN + HALF_HOUR, end=ELEVEN))
    clinic.calendar().colleague_adds(
        ForeignEvent(start=TEN, end=TEN + HALF_HOUR, repeat=Repeat(every_days=7, count=2))
    )
    clinic.book(NINE + timedelta(days=2), "New One")


def test_a_plan_changes_nothing_anywhere(clinic):
    busy_morning(clinic)
    commits, history = clinic.commits(), len(clinic.calendar().history)

    made = a_plan(clinic)

    assert made.plans[0].steps
    assert clinic.commits() == commits
    assert len(clinic.calendar().history) == history


def test_an_unmoved_plan_is_carried_out_as_it_was_printed(clinic):
    busy_morning(clinic)
    made = a_plan(clinic)
    keep_plan(clinic.around, made)
    ops = [step.op.value for step in made.plans[0].steps]

    again = a_plan(clinic, *calendars_of_plan(clinic.around, made.id))
    require_unmoved(again, made.id)
    fence = clinic.ledger.write(lambda tx: tx.take_lease(MAIN, "test", HALF_HOUR))
    tally = PushTally()
    pulled = carry_out(
        clinic.around,
        clinic.provider(),
        again.looks[0],
        Mandate(run_id="apply", fence=fence),
        tally=tally,
    )

    assert sorted(ops) == sorted(["adopt", "block", "cancel", "move", "create", "update"])
    assert (pulled, tally.pushed) == (4, 2)
    assert [each.op.value for each in a_plan(clinic).plans[0].steps] == []


def test_the_same_world_gives_the_same_plan(clinic):
    busy_morning(clinic)

    first, second = a_plan(clinic), a_plan(clinic)

    assert first.id == second.id
    assert printed(first.plans[0]) == printed(second.plans[0])


@pytest.mark.parametrize(
    "moves",
    [
        lambda clinic: clinic.book(ELEVEN + timedelta(days=3), "Late One"),
        lambda clinic: clinic.act(clinic.appointments()[0], Action.CANCEL),
        lambda clinic: clinic.calendar().colleague_adds(ForeignEvent(start=NINE, end=TEN)),
        lambda clinic: clinic.calendar().colleague_renames(clinic.calendar().refs[-1], "Other"),
    ],
    ids=["booked", "cancelled", "added", "renamed"],
)
def test_a_plan_is_not_applied_to_another_world(clinic, moves):
    busy_morning(clinic)
    made = a_plan(clinic)

    moves(clinic)

    with pytest.raises(PlanMoved):
        require_unmoved(a_plan(clinic), made.id)


def test_a_plan_for_a_calendar_that_cannot_be_read_says_so_and_the_others_stand(open_clinic):
    clinic = open_clinic(a_calendar(), a_calendar(id=CalendarId("patel-second")))
    clinic.book()
    clinic.faults[CalendarId("patel-second")].at("listing", Transient("no answer"))

    made = a_plan(clinic, "patel-main", "patel-second")

    assert [plan.calendar_id for plan in made.plans] == ["patel-main"]
    assert list(made.failures) == ["patel-second"]
    with pytest.raises(PlanMoved):
        require_unmoved(made, made.id)


def test_a_suspended_calendar_is_planned_as_refused(clinic):
    clinic.book()
    suspend(clinic.around, MAIN, clinic.cause)

    [plan] = a_plan(clinic).plans

    assert plan.steps == ()
    assert plan.refused is not None


def test_a_braked_plan_has_no_steps_and_a_reason(clinic):
    for n in range(8):
        clinic.book(NINE + n * HALF_HOUR, f"Jane {n}")
    clinic.settle()
    for ref in clinic.calendar().refs[:6]:
        clinic.calendar().colleague_deletes(ref)

    [plan] = a_plan(clinic).plans

    assert plan.steps == ()
    assert "6 of 8" in plan.refused


def test_an_unknown_plan_is_unknown(clinic):
    with pytest.raises(Unknown):
        calendars_of_plan(clinic.around, PlanId("never made"))


def test_every_step_says_why(clinic):
    busy_morning(clinic)

    [plan] = a_plan(clinic).plans

    assert all(step.why for step in plan.steps)
    assert len(clinic.calendar().writes(Hand.SYNCD)) == 3
