"""Instants, zones and what is refused at the doors."""

from datetime import UTC, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from syncd.core.errors import Invalid
from syncd.core.time import Interval, local_day, require_utc, to_utc, zone
from syncd.testing.builders import NINE


@pytest.mark.parametrize("tz", [UTC, timezone(timedelta(0)), ZoneInfo("UTC"), ZoneInfo("Etc/UTC")])
def test_utc_under_any_name_is_utc(tz):
    moment = NINE.replace(tzinfo=tz)

    assert require_utc(moment) is moment


@pytest.mark.parametrize(
    "moment",
    [
        NINE.replace(tzinfo=None),
        datetime(2031, 1, 7, 9, tzinfo=timezone(timedelta(hours=1))),
        datetime(2031, 7, 7, 9, tzinfo=ZoneInfo("Europe/London")),
        datetime(2031, 1, 7, 9, tzinfo=ZoneInfo("Europe/London")),
    ],
)
def test_naive_times_and_other_zones_are_not_utc(moment):
    """Not even a zone that agrees with UTC in winter: its arithmetic goes by the wall."""
    with pytest.raises(ValueError, match="not an aware UTC time"):
        require_utc(moment)


def test_an_aware_time_of_any_zone_becomes_utc():
    assert to_utc(datetime(2031, 7, 7, 10, tzinfo=ZoneInfo("Europe/Berlin"))) == datetime(
        2031, 7, 7, 8, tzinfo=UTC
    )


def test_a_naive_time_cannot_become_utc():
    with pytest.raises(ValueError, match="no zone"):
        to_utc(NINE.replace(tzinfo=None))


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC", "Australia/Lord_Howe", "Asia/Kolkata"])
def test_iana_names_are_zones(name):
    assert zone(name).key == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        " Europe/Berlin",
        "Europe/Berlin\n",
        "/usr/share/zoneinfo/Europe/Berlin",
        "../Europe/Berlin",
        "Europe/../Europe/Berlin",
        "Europe",
        "Europe/Atlantis",
        "CEST",
        "W. Europe Standard Time",
        "x" * 300,
        "Europe/Ber\0lin",
        "localtime",
        "posixrules",
        "Factory",
        "right/Europe/Berlin",
        "posix/Europe/Berlin",
    ],
)
def test_anything_else_is_no_zone(name):
    """Also not what a machine keeps beside the zones: its own local time, leap seconds."""
    with pytest.raises(Invalid, match="unknown time zone"):
        zone(name)


def test_an_interval_knows_its_length():
    assert Interval(NINE, NINE + timedelta(minutes=30)).duration == timedelta(minutes=30)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(minutes=-1)])
def test_an_interval_without_length_is_refused(length):
    with pytest.raises(ValueError, match="before it starts"):
        Interval(NINE, NINE + length)


def test_an_interval_in_another_zone_is_refused():
    berlin = ZoneInfo("Europe/Berlin")
    with pytest.raises(ValueError, match="not an aware UTC time"):
        Interval(NINE, (NINE + timedelta(hours=1)).astimezone(berlin))


def test_intervals_that_touch_do_not_overlap():
    first = Interval(NINE, NINE + timedelta(minutes=30))
    second = Interval(first.end, first.end + timedelta(minutes=30))

    assert not first.overlaps(second)


def test_the_local_day_is_the_one_on_the_wall():
    late = datetime.combine(NINE.date(), time(23, 30), tzinfo=UTC)

    assert local_day(late, zone("Europe/Berlin")).day == NINE.day + 1
    assert local_day(late, zone("America/New_York")).day == NINE.day
