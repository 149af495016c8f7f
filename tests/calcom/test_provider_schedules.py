"""A schedule of Cal.com's as opening hours, opening hours as a schedule: laws, and a stand-in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest
from calcom_harness import judge
from calcom_provider import accounts_at
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.errors import Forbidden, Rejected, Transient
from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.time import zone
from syncd.core.timetable import differences
from syncd_calcom.answers import NotWhatWasAsked
from syncd_calcom.standin import CAL_DIY, HOSTED, RECORDED, Effect, Fault
from syncd_calcom.standin.availability import working_ranges
from syncd_calcom.standin.rows import Key, Schedule
from syncd_calcom.timetables import (
    DAYS as DAY_NAMES,
)
from syncd_calcom.timetables import (
    apart,
    availability_of,
    overrides_of,
    timetable_in,
    unsayable,
)

from .test_provider_webhooks import set_up

SINCE = date(2031, 1, 1)
BERLIN = "Europe/Berlin"
LAST = 23 * 60 + 59


def window(start: int, end: int) -> Window:
    """In minutes of the day; the last one is midnight."""
    clock = lambda minute: time(minute // 60, minute % 60)  # noqa: E731
    return Window(clock(start), time.min if end >= LAST else clock(end))


WINDOWS = (
    st.tuples(st.integers(0, LAST - 1), st.integers(1, LAST))
    .filter(lambda each: each[0] < each[1])
    .map(lambda each: window(*each))
)
DAYS = st.dates(SINCE, SINCE + timedelta(days=400))


@st.composite
def opening_hours(draw) -> OpeningHours:
    """As practice.toml may say them: no two windows of a day overlap."""
    some = st.lists(WINDOWS, max_size=3).map(apart)
    weekly = [WeeklyWindow(day=day, window=each) for day in Weekday for each in draw(some)]
    dates = draw(st.lists(DAYS, max_size=4, unique=True).map(sorted))
    exceptions = [ScheduleException(day=day, windows=draw(some)) for day in dates]
    return OpeningHours(weekly=tuple(weekly), exceptions=tuple(exceptions))


def document(hours: OpeningHours, **more):
    said = {"availability": availability_of(hours), "overrides": overrides_of(hours, since=SINCE)}
    return {"id": 1, "name": "Hours", "timeZone": BERLIN, "isDefault": True} | said | more


@given(opening_hours())
def test_what_was_written_is_read_again_to_the_minute(hours):
    assert timetable_in(document(hours)).hours == hours


@given(opening_hours(), DAYS)
def test_a_day_is_open_there_when_it_is_open_here(hours, day):
    """As the stand-in makes slots of a schedule, and the core of opening hours."""
    said = document(hours)
    schedule = Schedule(
        id=1,
        owner_id=1,
        name="",
        time_zone="UTC",
        availability=said["availability"],
        overrides=said["overrides"],
    )
    [here] = [hours.open_intervals(day, day, zone("UTC"))]
    first = here[0].start if here else None
    if first is None:
        assert not [each for each in ranges(schedule, day) if each[0].date() == day]
    else:
        assert [(each.start, each.end) for each in here] == ranges(schedule, day)


CLOCK = st.integers(0, LAST).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
TIMES = st.builds(lambda start, end: {"startTime": start, "endTime": end}, CLOCK, CLOCK)
WEEK = st.lists(st.sampled_from(DAY_NAMES), max_size=3)
FIRST = date(2031, 3, 3)


@given(
    st.lists(st.builds(lambda days, times: {"days": days, **times}, WEEK, TIMES), max_size=5),
    st.lists(
        st.builds(
            lambda ahead, times: {"date": str(FIRST + timedelta(days=ahead)), **times},
            st.integers(0, 6),
            TIMES,
        ),
        max_size=4,
    ),
)
def test_whatever_cal_com_was_told_is_open_here_when_it_is_open_there(availability, overrides):
    """Rows that overlap, come twice, have no length or end before they start, too."""
    said = document(OpeningHours(), availability=availability, overrides=overrides)
    schedule = Schedule(
        id=1, owner_id=1, name="", time_zone="UTC", availability=availability, overrides=overrides
    )
    last = FIRST + timedelta(days=6)

    here = timetable_in(said).hours.open_intervals(FIRST, last, zone("UTC"))

    whole_week = (datetime(2031, 3, 3, tzinfo=UTC), datetime(2031, 3, 9, 12, tzinfo=UTC))
    assert [(each.start, each.end) for each in here] == working_ranges(schedule, whole_week)


def ranges(schedule, day):
    start = window(0, LAST).on(day, zone("UTC")).start
    return [each for each in working_ranges(schedule, (start, start)) if each[0].date() == day]


@given(opening_hours())
def test_what_can_be_said_is_what_comes_back_the_same(hours):
    assert bool(unsayable(hours)) == (not hours.weekly)


@pytest.mark.parametrize(
    "odd",
    [
        Window(time(9), time(23, 59)),
        Window(time(23, 59), time(0)),
        Window(time(9, 0, 30), time(10)),
    ],
)
def test_what_cannot_be_said_is_told_with_its_day(odd):
    weekly = (WeeklyWindow(day=Weekday.MON, window=odd),)
    closed = ScheduleException(day=date(2031, 3, 3), windows=(odd,))

    [one] = unsayable(OpeningHours(weekly=weekly))
    [other] = unsayable(
        OpeningHours(
            weekly=(WeeklyWindow(day=Weekday.MON, window=window(540, 600)),), exceptions=(closed,)
        )
    )

    assert "Monday" in one
    assert "2031-03-03" in other


def test_reasons_stay_at_home():
    hours = OpeningHours(exceptions=(ScheduleException(day=SINCE, reason="dentist"),))

    assert overrides_of(hours, since=SINCE) == [
        {"date": "2031-01-01", "startTime": "00:00", "endTime": "00:00"}
    ]
    assert overrides_of(hours, since=SINCE + timedelta(days=1)) == []


def row(days, start, end):
    return {"days": days, "startTime": start, "endTime": end}


def override(day, start, end):
    return {"date": day, "startTime": start, "endTime": end}


def test_hours_past_midnight_are_two_windows_on_two_days():
    found = timetable_in(
        document(
            OpeningHours(),
            availability=[row(["Friday"], "22:00", "23:59"), row(["Saturday"], "00:00", "02:00")],
        )
    )

    night = found.hours.open_intervals(date(2031, 3, 28), date(2031, 3, 29), zone(BERLIN))
    assert [each.duration for each in night] == [timedelta(hours=4)]
    assert found.notes == ()


def test_rows_that_overlap_are_one_window_and_those_that_offer_nothing_are_told_of():
    found = timetable_in(
        document(
            OpeningHours(),
            availability=[
                row(["Monday"], "12:00", "15:00"),
                row(["Monday", "Monday"], "09:00", "13:00"),
                row(["Monday"], "15:00", "16:00"),
                row(["Tuesday"], "22:00", "02:00"),
            ],
            overrides=[
                override("2031-03-04", "00:00", "00:00"),
                override("2031-03-05", "12:00", "10:00"),
                override("2031-03-06", "00:00", "00:00"),
                override("2031-03-06", "10:00", "11:00"),
            ],
        )
    )

    assert [(each.day, str(each.window)) for each in found.hours.weekly] == [
        (Weekday.MON, "09:00-15:00"),
        (Weekday.MON, "15:00-16:00"),
    ]
    assert [(each.day.day, *map(str, each.windows)) for each in found.hours.exceptions] == [
        (4,),
        (5,),
        (6, "10:00-11:00"),
    ]
    assert [each.split(" ends")[0] for each in found.notes] == [
        "22:00-02:00 on Tuesday",
        "12:00-10:00 on 2031-03-05",
    ]


def test_a_schedule_that_is_never_open_is_told_of():
    [note] = timetable_in(document(OpeningHours())).notes

    assert "no day" in note


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "201"},
        {"timeZone": None},
        {"availability": None},
        {"availability": [{"days": [1, 2], "startTime": "1970-01-01T09:00:00.000Z"}]},
        {"availability": [{"days": "Monday", "startTime": "09:00", "endTime": "10:00"}]},
        {"availability": [row(["Monday"], "9:00", "10:00")]},
        {"overrides": ["2031-03-03"]},
        {"overrides": [override("soon", "09:00", "10:00")]},
    ],
)
def test_another_shape_is_refused_and_never_an_empty_week(changes):
    with pytest.raises(ValueError):
        timetable_in(document(OpeningHours(), **changes))


# Asked of a server


cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


NINE_TO_ONE = OpeningHours(
    weekly=tuple(WeeklyWindow(day=day, window=window(540, 780)) for day in list(Weekday)[:5]),
    exceptions=(ScheduleException(day=date(2031, 3, 3), reason="away"),),
)


def put(cal, hours=NINE_TO_ONE, *, before=None, **more):
    setup = set_up(cal)
    before = before or setup.timetables()[0]
    return setup.put_hours(before, hours, **({"timezone": BERLIN, "since": SINCE} | more))


def test_all_schedules_are_read_the_default_one_first(cal):
    cal.world.users[101].default_schedule_id = 203

    always, week = set_up(cal).timetables()

    assert (always.id, always.name, always.timezone, always.is_default) == (
        *("203", "Always", "UTC"),
        True,
    )
    assert {str(each.window) for each in always.hours.weekly} == {"00:00-24:00"}
    assert (week.id, len(week.hours.weekly), week.is_default) == ("201", 5, False)
    assert {each.headers.get("cal-api-version") for each in asked(cal)} == {"2024-06-11"}


def asked(cal):
    return [each for each in cal.transport.requests if "/schedules" in each.url.path]


def test_hours_are_put_there_and_read_again(cal):
    cal.world.schedules[201].overrides = [
        override("2030-12-24", "00:00", "00:00"),
        override("2031-02-01", "10:00", "11:00"),
    ]

    found = put(cal, timezone="America/New_York")

    kept = cal.world.schedules[201]
    assert kept.availability == [
        row(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"], "09:00", "13:00")
    ]
    assert kept.overrides == [
        override("2030-12-24", "00:00", "00:00"),  # what is over stays as it was
        override("2031-03-03", "00:00", "00:00"),
    ]
    assert (kept.name, kept.time_zone) == ("Working hours", "America/New_York")
    assert (found.timezone, differences(NINE_TO_ONE, found.hours, since=SINCE)) == (
        "America/New_York",
        (),
    )
    assert cal.world.schedules[203].availability == [row(list(kept_days(cal)), "00:00", "23:59")]


def kept_days(cal):
    return cal.world.schedules[203].availability[0]["days"]


def test_what_somebody_changed_meanwhile_is_not_overwritten(cal):
    before = set_up(cal).timetables()[0]
    cal.world.schedules[201].availability = [row(["Sunday"], "10:00", "11:00")]

    with pytest.raises(Rejected, match="meanwhile"):
        put(cal, before=before)

    assert cal.world.schedules[201].availability == [row(["Sunday"], "10:00", "11:00")]


def test_a_lost_answer_is_judged_by_what_is_there(cal):
    cal.world.faults.add(Fault(effect=Effect.LOST, method="PATCH"))
    assert put(cal).hours.weekly == NINE_TO_ONE.weekly

    cal.world.faults.add(Fault(effect=Effect.CUT, method="PATCH"))
    with pytest.raises(Transient, match="does not say"):
        put(cal, replace(NINE_TO_ONE, exceptions=()))


def test_a_key_without_the_scope_is_told_which_one_it_lacks(cal):
    scopes = frozenset({"BOOKING_READ", "PROFILE_READ", "SCHEDULE_READ"})
    cal.world.keys["token"] = Key(token="token", user_id=101, scopes=scopes)
    before = set_up(cal).timetables()[0]

    with pytest.raises(Forbidden, match="SCHEDULE_WRITE"):
        set_up(cal, key="token").put_hours(before, NINE_TO_ONE, timezone=BERLIN, since=SINCE)


def test_an_answer_of_another_version_is_an_outage(cal):
    old = {"status": "success", "data": [{"id": 201, "timeZone": BERLIN, "availability": [[1]]}]}
    cal.transport.before = lambda ask: (
        httpx.Response(200, json=old, request=ask) if "/schedules" in ask.url.path else None
    )

    with pytest.raises(NotWhatWasAsked, match="2024-06-11"):
        set_up(cal).timetables()


def test_what_is_asked_fits_the_vendors_document(cal):
    answers = []
    real = cal.in_process.handle_request
    cal.in_process.handle_request = lambda ask: answers.append(real(ask)) or answers[-1]

    put(cal)

    for each in answers:
        each.read()
        if cal.world.profile is not RECORDED and "schedules" in each.request.url.path:
            judge(each)
    assert {each.request.method for each in answers} == {"GET", "PATCH"}
