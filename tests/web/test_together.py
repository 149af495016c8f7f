"""An activity that takes two practitioners at once, by HTTP."""

from __future__ import annotations

import pytest

AT_NINE = "2031-03-03T09:00:00+01:00"
BOTH = ["dr-patel", "dr-owl"]


@pytest.fixture
def pair(door):
    """The activity takes both practitioners, who are called `patel` and `owl`."""
    team = {"name": "Team", "durationMinutes": 30, "practitionerIds": BOTH, "collective": True}
    assert door.post("/activities", {**team, "id": "team"}).status_code == 201
    return door


def asked(start="2031-03-03", **more):
    query = {"activityId": "team", "start": start, "end": start, **more}
    return "/slots?" + "&".join(f"{name}={value}" for name, value in query.items())


def test_admins_make_a_collective_activity_of_two_at_least(door):
    team = {"name": "Team", "durationMinutes": 30, "collective": True}

    alone = door.post("/activities", {**team, "practitionerIds": ["dr-patel", "dr-patel"]})
    made = door.post("/activities", {**team, "practitionerIds": BOTH})
    public = door.get("/activities/public", "website").json()["activities"]

    assert (alone.status_code, list(alone.json()["errors"])) == (422, ["collective"])
    assert made.json()["activity"]["practitionerIds"] == BOTH
    [told] = [each for each in public if each["collective"]]
    assert told["practitionerIds"] == BOTH


def test_its_slots_are_told_once_and_it_is_booked_with_whomever_is_named(pair):
    slots = pair.get(asked(), "website").json()["slots"]
    assert len({each["start"] for each in slots}) == len(slots)
    assert {each["practitionerId"] for each in slots} == {"dr-patel"}

    booked = [
        pair.booked("jane", slots[at]["start"], activityId="team", practitionerId=who)
        for at, who in enumerate([None, *BOTH])
    ]

    assert [each["practitionerId"] for each in booked] == ["dr-patel"] * 3
    assert [each["alsoWith"] for each in booked] == [["dr-owl"]] * 3


def test_whoever_takes_part_sees_it_and_acts_on_it_and_nobody_else_is_booked_then(pair):
    made = pair.booked("jane", activityId="team")
    assert pair.book("admin", practitionerId="dr-owl").status_code == 409

    for who in ("patel", "owl"):
        listed = pair.get("/appointments", who).json()["appointments"]
        assert [each["number"] for each in listed] == [made["number"]]
    cancelled = pair.act(made["id"], "cancel", "owl", reason="ill")

    assert cancelled.json()["status"] == "cancelled"
    assert pair.book("admin", practitionerId="dr-owl").status_code == 201


def test_staff_are_told_in_whose_way_something_is_and_clients_when_it_could_be(pair):
    there = pair.booked("admin", practitionerId="dr-owl")
    explain = "/slots/explain?activityId=team&practitionerId=dr-patel&start=2031-03-03T08:00:00Z"

    [why] = pair.get(explain).json()["obstacles"]
    refused = pair.book("jane", activityId="team")

    assert (why["reason"], why["what"]) == ("taken", there["number"])
    assert why["practitionerId"] == "dr-owl"
    assert refused.json()["alternatives"][0]["start"] == "2031-03-03T09:30:00+01:00"
