"""What an event is, when it takes time, and whether it says what was wanted."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.core.events import (
    AllDay,
    Attendance,
    EventStatus,
    Floating,
    Timed,
    agrees,
    interval_of,
)
from syncd.core.time import Interval, zone
from syncd.testing.builders import HALF_HOUR, NINE, a_draft, an_event, utc

BERLIN = zone("Europe/Berlin")
WALL_NINE = NINE.replace(tzinfo=None)


def shown(draft, **changes):
    """The event that says exactly what `draft` says."""
    event = an_event(when=Timed(draft.start, draft.end, draft.zone), title=draft.title)
    return replace(event, **changes)


@pytest.mark.parametrize(
    ("changes", "takes_time"),
    [
        ({}, True),
        ({"status": EventStatus.TENTATIVE}, True),
        ({"attendance": Attendance.INVITED}, True),
        ({"transparent": True}, False),
        ({"status": EventStatus.CANCELLED}, False),
        ({"attendance": Attendance.DECLINED}, False),
    ],
)
def test_an_event_takes_time_unless_it_says_otherwise(changes, takes_time):
    assert an_event(**changes).takes_time is takes_time


@pytest.mark.parametrize(
    ("changes", "is_plain"),
    [
        ({}, True),
        ({"recurring": True}, False),
        ({"when": AllDay(date(2031, 3, 3), date(2031, 3, 4))}, False),
        ({"when": Floating(WALL_NINE, WALL_NINE + HALF_HOUR)}, False),
        ({"when": Timed(NINE, NINE)}, False),
        ({"when": Timed(NINE, NINE - HALF_HOUR)}, False),
    ],
)
def test_only_one_stretch_between_two_instants_is_plain(changes, is_plain):
    assert an_event(**changes).is_plain is is_plain


@pytest.mark.parametrize(
    ("when", "start", "end"),
    [
        (Timed(NINE, NINE + HALF_HOUR), "2031-03-03 09:00", "2031-03-03 09:30"),
        (AllDay(date(2031, 3, 3), date(2031, 3, 4)), "2031-03-02 23:00", "2031-03-03 23:00"),
        (AllDay(date(2031, 3, 30), date(2031, 3, 31)), "2031-03-29 23:00", "2031-03-30 22:00"),
        (Floating(WALL_NINE, WALL_NINE + HALF_HOUR), "2031-03-03 08:00", "2031-03-03 08:30"),
    ],
)
def test_an_event_covers_the_instants_that_its_owner_would_see(when, start, end):
    assert interval_of(when, BERLIN) == Interval(utc(start), utc(end))


@pytest.mark.parametrize(
    "when",
    [
        Timed(NINE, NINE),
        Timed(NINE, NINE - HALF_HOUR),
        AllDay(date(2031, 3, 3), date(2031, 3, 3)),
        AllDay(date(2031, 3, 3), date(2031, 3, 1)),
        Floating(WALL_NINE, WALL_NINE),
    ],
)
def test_an_event_without_length_covers_nothing(when):
    assert interval_of(when, BERLIN) is None


def test_an_all_day_event_on_a_day_that_its_zone_skipped_covers_nothing():
    """Samoa had no 30 December 2011; calendars that hold that date exist."""
    apia = zone("Pacific/Apia")

    assert interval_of(AllDay(date(2011, 12, 30), date(2011, 12, 31)), apia) is None
    assert interval_of(AllDay(date(2011, 12, 29), date(2011, 12, 31)), apia) == Interval(
        utc("2011-12-29 10:00"), utc("2011-12-30 10:00")
    )


@pytest.mark.parametrize(
    "when",
    [
        AllDay(date.min, date(1, 1, 2)),
        AllDay(date(9999, 12, 30), date.max),
        Floating(datetime(1, 1, 1), datetime(1, 1, 1, 0, 30)),  # noqa: DTZ001  floating
        Floating(datetime(9999, 12, 31, 23), datetime(9999, 12, 31, 23, 30)),  # noqa: DTZ001
    ],
)
@pytest.mark.parametrize("name", ["Asia/Tokyo", "America/New_York"])
def test_what_reaches_beyond_the_calendar_still_takes_its_time(when, name):
    """Some programs write "for ever" as the last day that they can count."""
    found = interval_of(when, zone(name))

    assert found is not None or isinstance(when, Floating)


@pytest.mark.parametrize(
    ("changes", "agreeing"),
    [
        ({}, True),
        ({"title": " Consultation · J. D. · AID-20310303-0001\n"}, True),
        ({"title": "Other"}, False),
        ({"status": EventStatus.TENTATIVE}, False),
        ({"transparent": True}, False),
        ({"recurring": True}, False),
        ({"when": Timed(NINE, NINE + HALF_HOUR, "Europe/Paris")}, True),
        ({"when": Timed(NINE, NINE + timedelta(minutes=31))}, False),
        ({"when": Timed(NINE - HALF_HOUR, NINE + HALF_HOUR)}, False),
        ({"when": Floating(WALL_NINE, WALL_NINE + HALF_HOUR)}, False),
    ],
)
def test_an_event_agrees_with_a_draft_when_nothing_need_be_written(changes, agreeing):
    draft = a_draft()

    assert agrees(draft, shown(draft, **changes)) is agreeing


def test_what_a_draft_leaves_open_never_disagrees():
    draft = a_draft()
    event = shown(draft, title="Own", status=EventStatus.TENTATIVE, transparent=True)

    assert agrees(replace(draft, title=None, status=None, transparent=None), event)


def test_what_has_no_last_instant_lasts_to_the_end():
    end = datetime(9999, 12, 31, 23, 30)  # noqa: DTZ001  floating
    found = interval_of(Floating(WALL_NINE, end), zone("America/New_York"))

    assert found is not None
    assert found.start == utc("2031-03-03 14:00")
    assert found.end.year == 9999
