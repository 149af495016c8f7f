"""Who shares a time: one rule, held against each of its parts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.ids import ActivityId, PractitionerId
from syncd.core.sharing import share
from syncd.testing.builders import HALF_HOUR, NINE, an_appointment

PLACE = {"activity_id": ActivityId("group"), "capacity": 3}


def test_two_places_of_one_time_share_it_whatever_else_differs():
    one = an_appointment(**PLACE)
    other = an_appointment(**PLACE | {"capacity": 2}, number="AID-20310303-0002", client=None)

    assert share(one, other)
    assert share(other, one)


@pytest.mark.parametrize(
    "changes",
    [
        {"capacity": 1},
        {"activity_id": ActivityId("another")},
        {"activity_id": None},
        {"practitioner_id": PractitionerId("dr-owl")},
        {"start": NINE + timedelta(minutes=5)},
        {"end": NINE + 2 * HALF_HOUR},
    ],
)
def test_who_differs_in_any_of_these_shares_nothing(changes):
    one, other = an_appointment(**PLACE), an_appointment(**PLACE | changes)

    assert not share(one, other)
    assert not share(other, one)
