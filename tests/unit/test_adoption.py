"""What a stranger's event means: an appointment, taken time, a mirror, or nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.adoption import Meaning, read_foreign
from syncd.core.events import AllDay, Attendance, EventStatus, Floating, Timed, interval_of
from syncd.core.practice import Adopt, Mode
from syncd.core.time import zone
from syncd.testing.builders import HALF_HOUR, NINE, a_calendar, an_event
from syncd.testing.clock import MONDAY

BERLIN = zone("Europe/Berlin")
WALL_NINE = NINE.replace(tzinfo=None)
PAST = Timed(MONDAY - timedelta(hours=2), MONDAY - timedelta(hours=1))
UNDER_WAY = Timed(MONDAY - timedelta(hours=2), MONDAY + timedelta(hours=1))


def read(event, *, is_mirror=False, is_copy=False, now=MONDAY, **calendar):
    return read_foreign(
        event,
        calendar=a_calendar(**calendar),
        interval=interval_of(event.when, BERLIN),
        is_mirror=is_mirror,
        is_copy=is_copy,
        now=now,
    )


@pytest.mark.parametrize(
    ("changes", "meaning", "why"),
    [
        ({}, Meaning.ADOPT, "a new event"),
        ({"status": EventStatus.TENTATIVE}, Meaning.ADOPT, "a new event"),
        ({"when": UNDER_WAY}, Meaning.ADOPT, "a new event"),
        ({"recurring": True}, Meaning.BUSY, "recurs"),
        ({"when": AllDay(date(2031, 3, 4), date(2031, 3, 5))}, Meaning.BUSY, "all-day"),
        ({"when": Floating(WALL_NINE, WALL_NINE + HALF_HOUR)}, Meaning.BUSY, "floating"),
        ({"attendance": Attendance.INVITED}, Meaning.BUSY, "only invited"),
        ({"when": PAST}, Meaning.BUSY, "has ended"),
        ({"when": Timed(MONDAY - HALF_HOUR, MONDAY)}, Meaning.BUSY, "has ended"),
        ({"transparent": True}, Meaning.NOTHING, "free time"),
        ({"status": EventStatus.CANCELLED}, Meaning.NOTHING, "cancelled"),
        ({"attendance": Attendance.DECLINED}, Meaning.NOTHING, "declined"),
        ({"when": Timed(NINE, NINE)}, Meaning.NOTHING, "no length"),
        ({"recurring": True, "transparent": True}, Meaning.NOTHING, "free time"),
    ],
)
def test_a_two_way_calendar_adopts_what_is_plainly_the_practitioners(changes, meaning, why):
    found = read(an_event(**changes))

    assert found.meaning is meaning
    assert why in found.why


@pytest.mark.parametrize(
    ("mode", "adopt", "is_marked", "meaning"),
    [
        (Mode.TWO_WAY, Adopt.ALL, False, Meaning.ADOPT),
        (Mode.TWO_WAY, Adopt.MARKED, False, Meaning.BUSY),
        (Mode.TWO_WAY, Adopt.MARKED, True, Meaning.ADOPT),
        (Mode.TWO_WAY, Adopt.NONE, True, Meaning.BUSY),
        (Mode.IMPORT, Adopt.ALL, False, Meaning.ADOPT),
        (Mode.IMPORT, Adopt.MARKED, False, Meaning.BUSY),
        (Mode.BUSY, Adopt.ALL, True, Meaning.BUSY),
        (Mode.PUBLISH, Adopt.ALL, True, Meaning.NOTHING),
    ],
)
def test_the_practice_chooses_what_is_adopted(mode, adopt, is_marked, meaning):
    assert read(an_event(is_marked=is_marked), mode=mode, adopt=adopt).meaning is meaning


events = st.builds(
    lambda when, **rest: an_event(when=when, **rest),
    st.sampled_from(
        [
            Timed(NINE, NINE + HALF_HOUR),
            PAST,
            Timed(NINE, NINE),
            AllDay(date(2031, 3, 4), date(2031, 3, 5)),
            Floating(WALL_NINE, WALL_NINE + HALF_HOUR),
        ]
    ),
    status=st.sampled_from(EventStatus),
    transparent=st.booleans(),
    attendance=st.sampled_from(Attendance),
    recurring=st.booleans(),
    is_marked=st.booleans(),
)
calendars = st.fixed_dictionaries({"mode": st.sampled_from(Mode), "adopt": st.sampled_from(Adopt)})


@given(events, calendars)
def test_a_mirror_is_a_mirror_whatever_it_looks_like(event, calendar):
    assert read(event, is_mirror=True, is_copy=True, **calendar).meaning is Meaning.MIRROR


@given(events, calendars)
def test_a_copy_at_another_time_takes_that_time_but_is_no_second_appointment(event, calendar):
    alone, copy = read(event, **calendar), read(event, is_copy=True, **calendar)

    assert copy.meaning is (Meaning.BUSY if alone.meaning is Meaning.ADOPT else alone.meaning)


@given(events, calendars)
def test_what_takes_time_is_never_overlooked_outside_publish_calendars(event, calendar):
    found = read(event, **calendar).meaning
    takes_time = event.takes_time and interval_of(event.when, BERLIN) is not None

    assert (found is Meaning.NOTHING) is (not takes_time or calendar["mode"] is Mode.PUBLISH)
    assert found is not Meaning.ADOPT or (event.is_plain and calendar["mode"].adopts)
