"""How an activity is offered, and which days are closed."""

from dataclasses import replace
from datetime import date, timedelta

from syncd.core.agenda import Terms
from syncd.core.offering import Closure, Offering, closed_days
from syncd.testing.builders import HALF_HOUR, an_activity

HOUR = timedelta(hours=1)
SUMMER = Closure(first=date(2031, 8, 1), last=date(2031, 8, 3), reason="Summer")


def test_an_activity_without_rules_is_offered_by_all_with_its_own_length_as_grid():
    activity = an_activity()

    assert activity.offering.is_offered_by("anybody")
    assert activity.terms == Terms(activity_id=activity.id, durations=(HALF_HOUR,), step=HALF_HOUR)


def test_every_rule_is_asked_of_a_slot():
    offering = Offering(
        durations=(2 * HOUR, HOUR, HALF_HOUR),
        before=timedelta(minutes=5),
        after=timedelta(minutes=10),
        notice=HOUR,
        days_ahead=30,
        most_a_day=4,
        most_a_week=9,
        practitioners=("dr-patel",),
    )

    terms = replace(an_activity(), duration=HOUR, offering=offering).terms

    assert terms == Terms(
        activity_id="consultation",
        durations=(HALF_HOUR, HOUR, 2 * HOUR),
        step=HALF_HOUR,
        before=timedelta(minutes=5),
        after=timedelta(minutes=10),
        notice=HOUR,
        days_ahead=30,
        most_a_day=4,
        most_a_week=9,
    )
    assert offering.is_offered_by("dr-patel")
    assert not offering.is_offered_by("dr-berg")


def test_a_grid_that_is_given_holds_whatever_the_lengths():
    offering = Offering(durations=(HOUR,), step=timedelta(minutes=10))

    assert offering.terms("consultation", HALF_HOUR).step == timedelta(minutes=10)


def test_a_collective_activity_takes_all_whoever_is_wished_and_another_one_only_them():
    both = Offering(practitioners=("dr-patel", "dr-owl"), collective=True)

    assert both.takes("dr-owl") == ("dr-patel", "dr-owl")
    assert Offering(practitioners=both.practitioners).takes("dr-owl") == ("dr-owl",)


def test_closed_days_are_those_inside_the_period_with_the_first_reason():
    second = Closure(first=date(2031, 8, 3), last=date(2031, 8, 4), reason="Painting")

    found = closed_days((SUMMER, second), date(2031, 8, 2), date(2031, 8, 9))

    assert found == {
        date(2031, 8, 2): "Summer",
        date(2031, 8, 3): "Summer",
        date(2031, 8, 4): "Painting",
    }


def test_a_closure_before_or_after_the_period_closes_nothing():
    assert closed_days((SUMMER,), date(2031, 8, 4), date(2031, 8, 9)) == {}
    assert closed_days((SUMMER,), date(2031, 7, 1), date(2031, 7, 31)) == {}
