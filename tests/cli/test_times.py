"""What a person writes as a time, and how times are shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.cli.times import Malformed, ago, parse_moment, parse_start, rfc3339, spoken
from syncd.core.errors import Invalid

BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.integers(315_532_800, 4_102_444_800).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
"""From 1980 to 2100."""


@pytest.mark.parametrize(
    "text",
    ["2031-03-03T09:00", "2031-03-03 09:00", "2031-03-03T09:00:00+01:00", "2031-03-03T08:00Z"],
)
def test_a_start_is_wall_time_or_has_an_offset(text):
    assert parse_start(text, BERLIN) == datetime(2031, 3, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "2031-03-03", "09:00", "2031-13-03T09:00"])
def test_anything_else_is_wrong_usage(text):
    with pytest.raises(Malformed, match="write 2031-03-03T09:00"):
        parse_start(text, BERLIN)


def test_a_time_that_the_clocks_skip_is_refused_with_what_could_be_meant():
    with pytest.raises(Invalid) as refused:
        parse_start("2031-03-30T02:30", BERLIN)

    assert not isinstance(refused.value, Malformed)
    assert "2031-03-30T01:30:00+01:00 or 2031-03-30T03:30:00+02:00" in str(refused.value)


def test_a_time_that_comes_twice_is_refused_with_what_could_be_meant():
    with pytest.raises(Invalid) as refused:
        parse_start("2031-10-26T02:30", BERLIN)

    assert "2031-10-26T02:30:00+02:00 or 2031-10-26T02:30:00+01:00" in str(refused.value)


@given(INSTANTS, st.sampled_from(["Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"]))
def test_what_is_printed_can_be_given_back(instant, name):
    tz = ZoneInfo(name)

    assert parse_start(rfc3339(instant, tz), ZoneInfo("UTC")) == instant


@given(INSTANTS)
def test_wall_time_is_the_zones_own_or_refused(instant):
    local = f"{instant.astimezone(BERLIN):%Y-%m-%dT%H:%M:%S}"

    try:
        meant = rfc3339(parse_start(local, BERLIN), BERLIN)
    except Invalid as refused:
        meant = str(refused)

    assert rfc3339(instant, BERLIN) in meant


def test_a_bound_may_be_a_day():
    assert parse_moment("2031-03-03", BERLIN) == datetime(2031, 3, 2, 23, tzinfo=UTC)


def test_an_end_on_another_day_is_shown_with_its_day():
    start = datetime(2031, 3, 3, 22, tzinfo=UTC)

    assert spoken(start, BERLIN, start + timedelta(minutes=30)) == "Mon 3 Mar 2031 23:00-23:30"
    assert spoken(start, BERLIN, start + timedelta(hours=2)) == (
        "Mon 3 Mar 2031 23:00 - Tue 4 Mar 01:00"
    )


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=99), "99 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=1), "60 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=3), "3 d"),
    ],
)
def test_an_age_is_told_in_one_unit(age, text):
    assert ago(age) == text
