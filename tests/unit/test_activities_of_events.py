"""Which activity an adopted event is of, and which one a new event is asked for."""

from dataclasses import replace

import pytest
from laws.world_state import a_scene

from syncd.core.push import plan_push
from syncd.testing.builders import a_link, an_activity, an_appointment


def scene_with(**changes):
    activity = replace(an_activity(), **changes)
    return replace(a_scene(), activities={activity.id: activity})


@pytest.mark.parametrize(
    ("name", "changes", "found"),
    [
        ("consultation", {}, "consultation"),
        ("consultation", {"active": False}, None),
        ("first-visit", {}, None),
        (None, {}, None),
    ],
)
def test_a_kind_of_event_stands_for_an_activity_that_the_practice_has(name, changes, found):
    assert scene_with(**changes).activity_named(name) == found


def test_a_new_event_is_asked_for_under_its_activity():
    appointment = an_appointment(activity_id="consultation")

    step = plan_push(scene_with(), a_link(), appointment)

    assert step.draft.activity == "consultation"
