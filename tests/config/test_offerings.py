"""How activities are offered, and closures and holidays, as practice.toml says it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from syncd.core.details import MeetingType, Money, Required
from syncd.core.errors import Invalid
from syncd.core.offering import Closure, Offering
from syncd.core.practice import Room
from syncd_config import load_practice

MINUTE = timedelta(minutes=1)
ACTIVITY = '''name = "Consultation"'''


def test_an_activity_of_which_nothing_is_said_is_offered_as_ever(written, small, kinds):
    [activity] = load_practice(written(small), kinds).activities

    assert activity.offering == Offering()
    assert activity.terms.durations == (activity.duration,)
    assert activity.terms.step == activity.duration


def test_every_rule_becomes_a_value(written, small, kinds):
    rules = """
duration_minutes = 30
more_durations_minutes = [90, 60, 90]
step_minutes = 15
buffer_before_minutes = 5
buffer_after_minutes = 10
notice = "24h"
days_ahead = 60
max_per_day = 8
max_per_week = 30
capacity = 6
practitioners = ["dr-patel"]
needs_relationship = true
description = "A talk."
required_fields = ["address", "phone", "address"]
custom_field = "Insurance number"
meeting_types = ["video", "in-person"]
meeting_link = "https://meet.example.org/{id}?from=clinic"
price = "80.50 EUR"
"""

    [activity] = load_practice(written(small.replace(ACTIVITY, ACTIVITY + rules)), kinds).activities

    assert activity.offering == Offering(
        durations=(60 * MINUTE, 90 * MINUTE),
        step=15 * MINUTE,
        before=5 * MINUTE,
        after=10 * MINUTE,
        notice=timedelta(hours=24),
        days_ahead=60,
        most_a_day=8,
        most_a_week=30,
        capacity=6,
        practitioners=("dr-patel",),
        needs_relationship=True,
        description="A talk.",
        required=(Required.ADDRESS, Required.PHONE),
        question="Insurance number",
        meetings=(MeetingType.VIDEO, MeetingType.IN_PERSON),
        meeting_link="https://meet.example.org/{id}?from=clinic",
    )
    assert activity.price == Money.parse("80.50 EUR")
    assert activity.terms.durations == (30 * MINUTE, 60 * MINUTE, 90 * MINUTE)


ROOMS = """
[[rooms]]
id = "blue"
name = "Blue room"

[[rooms]]
id = "red"
name = "Red room"
"""


def test_an_activity_takes_one_of_the_rooms_that_it_names(written, small, kinds):
    said = small.replace(ACTIVITY, ACTIVITY + '\nrooms = ["red", "blue", "red"]') + ROOMS

    found = load_practice(written(said), kinds)

    assert found.rooms == (Room(id="blue", name="Blue room"), Room(id="red", name="Red room"))
    assert found.activities[0].offering.rooms == ("red", "blue")


@pytest.mark.parametrize(
    ("old", "new", "fragment"),
    [
        (ACTIVITY, ACTIVITY + '\nrooms = ["blu"]', "no room 'blu'; did you mean 'blue'?"),
        ('id = "red"', 'id = "blue"', "'blue' is used already"),
        ('name = "Red room"', "", "is required"),
    ],
)
def test_a_room_is_named_once_and_known(written, small, kinds, old, new, fragment):
    said = (small + ROOMS).replace(old, new)

    with pytest.raises(Invalid, match=fragment.replace("?", ".")):
        load_practice(written(said), kinds)


def test_closures_come_in_order_and_one_day_is_enough(written, small, kinds):
    closures = """
holidays = "DE-BY"
closures = [
  { first = 2031-08-01, last = 2031-08-14, reason = "Summer" },
  { first = 2031-03-03 },
]"""

    practice = load_practice(
        written(small.replace('"Europe/Berlin"', '"Europe/Berlin"' + closures, 1)), kinds
    ).practice

    assert practice.holidays == "DE-BY"
    assert practice.closures == (
        Closure(first=date(2031, 3, 3), last=date(2031, 3, 3)),
        Closure(first=date(2031, 8, 1), last=date(2031, 8, 14), reason="Summer"),
    )


PRACTICE = '"Europe/Berlin"'


@pytest.mark.parametrize(
    ("old", "new", "where", "fragment"),
    [
        (PRACTICE, 'holidays = "DE-XX"', "practice.holidays", "DE has no part 'XX'"),
        (PRACTICE, 'holidays = "GERMANY"', "practice.holidays", "no public holidays are known"),
        (PRACTICE, "holidays = 5", "practice.holidays", "must be a country"),
        (PRACTICE, "closures = [{ first = 2031-03-03, last = 2031-03-01 }]", "practice.closures[1].last", "before first"),
        (PRACTICE, "closures = [{ first = 2031-03-03, last = 2033-03-01 }]", "practice.closures[1].last", "at most a year"),
        (PRACTICE, "closures = [{ last = 2031-03-01 }]", "practice.closures[1].first", "is required"),
        (PRACTICE, "closures = [{ first = 2031-03-03, till = 2031-03-04 }]", "practice.closures[1].till", "unknown key"),
        (ACTIVITY, "step_minutes = 0", "activities[consultation].step_minutes", "at least 1"),
        (ACTIVITY, "buffer_after_minutes = -5", "activities[consultation].buffer_after_minutes", "at least 0"),
        (ACTIVITY, "more_durations_minutes = [5000]", "activities[consultation].more_durations_minutes[1]", "at most 1440"),
        (ACTIVITY, "notice = 24", "activities[consultation].notice", "with its unit"),
        (ACTIVITY, "days_ahead = -1", "activities[consultation].days_ahead", "at least 0"),
        (ACTIVITY, 'price = "80"', "activities[consultation].price", "80.00 EUR"),
        (ACTIVITY, "price = 80", "activities[consultation].price", "80.00 EUR"),
        (ACTIVITY, 'required_fields = ["fax"]', "activities[consultation].required_fields[1]", "phone, address"),
        (ACTIVITY, 'meeting_types = ["phone"]', "activities[consultation].meeting_types[1]", "audio, chat"),
        (ACTIVITY, 'meeting_types = ["video"]\nmeeting_link = "http://x"', "activities[consultation].meeting_link", "https://"),
        (ACTIVITY, 'meeting_types = ["video"]\nmeeting_link = "https://x/{number}"', "activities[consultation].meeting_link", "https://"),
        (ACTIVITY, 'meeting_types = ["video"]\nmeeting_link = "https://x/ y"', "activities[consultation].meeting_link", "https://"),
        (ACTIVITY, 'meeting_types = ["in-person"]\nmeeting_link = "https://x/y"', "activities[consultation].meeting_link", "lead to"),
        (ACTIVITY, "collective = true", "activities[consultation].collective", "fewer than two"),
        (ACTIVITY, "max_per_day = 0", "activities[consultation].max_per_day", "at least 1"),
        (ACTIVITY, 'practitioners = ["dr-pate"]', "activities[consultation].practitioners[1]", "did you mean"),
    ],
)  # fmt: skip
def test_one_wrong_rule_is_one_problem_at_its_key(
    written, small, kinds, spoken, old, new, where, fragment
):
    text = small.replace(old, f"{old}\n{new}", 1)

    problems = spoken(lambda: load_practice(written(text), kinds))

    assert [each[1] for each in problems] == [where]
    assert fragment in problems[0][2]
