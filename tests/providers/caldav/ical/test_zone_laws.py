"""The VTIMEZONEs that are written say what the IANA database says, to us and to another reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ical_strategies import ZONES

from syncd_caldav.content_lines import parse
from syncd_caldav.vtimezones import vtimezone
from syncd_caldav.zones import CustomZone, zone_for

NAMED = sorted(name for name in available_timezones() if "/" in name and name != "Etc/UTC")
MINUTE = timedelta(minutes=1)


def read_back(name: str, year: int) -> CustomZone:
    """The written rules under a name that nobody knows, so that only they can tell."""
    text = vtimezone(ZoneInfo(name), year).replace(f"TZID:{name}", "TZID:Nobody's")
    found = zone_for("Nobody's", parse(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n"))
    assert isinstance(found, CustomZone)
    return found


@given(
    st.sampled_from(NAMED) | st.sampled_from([name for name in ZONES if "/" in name]),
    st.integers(1990, 2060),
    st.data(),
)
def test_the_rules_of_a_zone_hold_in_the_year_of_the_event_and_the_next(
    name: str, year: int, data: st.DataObject
):
    custom = read_back(name, year)
    first = datetime(year, 1, 1, tzinfo=UTC)
    minutes = st.integers(0, 2 * 365 * 24 * 60 - 1)

    for _ in range(20):
        instant = first + data.draw(minutes) * MINUTE
        local = instant.astimezone(custom)
        assert local.utcoffset() is not None
        assert local.replace(tzinfo=None) == instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)


@pytest.mark.parametrize("name", [name for name in ZONES if "/" in name])
def test_every_wall_time_around_a_change_means_the_same_instant(name: str):
    zone, custom = ZoneInfo(name), read_back(name, 2026)
    first = datetime(2026, 1, 1, tzinfo=UTC)
    hours = [first + timedelta(hours=hour) for hour in range(365 * 24)]
    turns = [
        hour
        for hour in hours
        if hour.astimezone(zone).utcoffset() != (hour + 60 * MINUTE).astimezone(zone).utcoffset()
    ]

    for turn in turns:
        wall = turn.astimezone(zone).replace(tzinfo=None, fold=0)
        for minutes in range(-200, 200, 5):
            local = wall + minutes * MINUTE
            instant = turn + minutes * MINUTE
            shown = instant.astimezone(zone).replace(tzinfo=None)
            assert instant.astimezone(custom).replace(tzinfo=None) == shown.replace(fold=0)
            assert local.replace(tzinfo=custom).astimezone(UTC) == local.replace(
                tzinfo=zone
            ).astimezone(UTC)


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/Nuuk", "Africa/Casablanca", "Asia/Tokyo"]
)
def test_another_reader_understands_the_rules_too(name: str):
    text = vtimezone(ZoneInfo(name), 2031).replace(f"TZID:{name}", f"TZID:Test-{name}")
    calendar = icalendar.Calendar.from_ical(f"BEGIN:VCALENDAR\r\n{text}END:VCALENDAR\r\n")
    (component,) = calendar.walk("VTIMEZONE")
    theirs = component.to_tz()

    for day in range(0, 365, 3):
        local = datetime(2031, 1, 1, 12, tzinfo=UTC).replace(tzinfo=None) + timedelta(days=day)
        assert (
            local.replace(tzinfo=theirs).utcoffset()
            == local.replace(tzinfo=ZoneInfo(name)).utcoffset()
        )


@pytest.mark.parametrize("name", [name for name in ZONES if "/" in name])
def test_what_is_told_as_a_rule_holds_for_a_generation(name: str):
    if "RRULE" not in vtimezone(ZoneInfo(name), 2026):
        return
    custom = read_back(name, 2026)

    for day in range(0, 25 * 365, 1):
        noon = datetime(2026, 1, 1, 12, tzinfo=UTC) + day * timedelta(days=1)
        assert noon.astimezone(custom).utcoffset() == noon.astimezone(ZoneInfo(name)).utcoffset()


def test_a_regular_zone_is_told_in_two_rules_and_one_without_summer_time_in_one():
    assert vtimezone(ZoneInfo("Europe/Berlin"), 2031).count("RRULE:") == 2
    assert "RRULE" not in vtimezone(ZoneInfo("Asia/Tokyo"), 2031)
    assert vtimezone(ZoneInfo("Asia/Tokyo"), 2031).count("BEGIN:") == 2
    assert all(len(vtimezone(ZoneInfo(name), 2031)) < 3_000 for name in ZONES if "/" in name)
