"""Several clients of one time, by HTTP: how many places are left, and nobody is told of the others."""

from __future__ import annotations

import pytest

AT_NINE = "2031-03-03T09:00:00+01:00"


@pytest.fixture
def group(door):
    """The activity has two places."""
    door.offer(capacity=2)
    return door


def places(door, who="website"):
    asked = "/slots?activityId=consultation&practitionerId=dr-patel&start=2031-03-03&end=2031-03-03"
    slots = door.get(asked, who).json()["slots"]
    return {each["start"]: each["placesLeft"] for each in slots}.get(AT_NINE, 0)


def test_every_booking_leaves_one_place_less_and_the_last_refuses_with_alternatives(group):
    left = [places(group)]
    for who in ("jane", "john"):
        group.booked(who)
        left.append(places(group))

    refused = group.book("admin", client={"name": "Tim Doe", "email": "tim@example.org"})

    assert left == [2, 1, 0]
    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    assert refused.json()["alternatives"][0]["start"] == "2031-03-03T09:30:00+01:00"


def test_whoever_shares_a_time_sees_their_own_appointment_alone(group):
    mine, other = group.booked("jane"), group.booked("john")

    listed = group.get("/appointments", "jane").json()["appointments"]

    assert [each["number"] for each in listed] == [mine["number"]]
    assert group.get(f"/appointments/{other['id']}", "jane").status_code == 404


def test_the_public_is_told_how_many_share_a_time_and_admins_say_it(group):
    lesson = {"name": "Yoga", "durationMinutes": 60, "capacity": 12}

    made = group.post("/activities", lesson)
    wrong = group.post("/activities", {**lesson, "name": "Tango", "capacity": 0})
    public = group.get("/activities/public", "jane").json()["activities"]

    assert made.json()["activity"]["capacity"] == 12
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["capacity"])
    told = {each["id"]: each["capacity"] for each in public}
    assert told == {"consultation": 2, "request": 1, "yoga": 12}
