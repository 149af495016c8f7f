"""What is asked of the library and made of its answers, against python-dateutil asked directly, and
against the library given the whole event. Nothing may depend on how a rule is handed over, on a
start that was moved, or on the process that expands it.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from ical_bodies import a_body

from syncd.core.time import Interval
from syncd_caldav.ical import occurrences
from syncd_caldav.rules import parse_rule
from syncd_caldav.series import Series
from syncd_caldav.values import format_local, parse_time

BERLIN = ZoneInfo("Europe/Berlin")
TOKYO = ZoneInfo("Asia/Tokyo")
DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ANCHOR = datetime(2025, 1, 1, 6, tzinfo=UTC).replace(tzinfo=None)

# By day, so that neither the start nor the end of an occurrence meets a change of clocks.
walls = st.builds(
    lambda day, quarter: ANCHOR + day * DAY + quarter * timedelta(minutes=15),
    st.integers(0, 800),
    st.integers(0, 50),
)


def several(values: st.SearchStrategy[object], size: int = 3) -> st.SearchStrategy[str]:
    return st.lists(values.map(str), min_size=1, max_size=size, unique=True).map(",".join)


weekdays = several(st.sampled_from(WEEKDAYS), 4)
numbered = several(
    st.builds("{}{}".format, st.sampled_from([1, 2, 3, 4, -1, -2]), st.sampled_from(WEEKDAYS))
)
month_days = several(st.integers(1, 28) | st.integers(-5, -1))
months = several(st.integers(1, 12))


@st.composite
def day_parts(draw: st.DrawFn, freq: str) -> dict[str, str]:
    """Parts that say which days, possible ones only."""
    none: dict[str, str] = {}
    choices = [st.just(none), weekdays.map(lambda value: {"BYDAY": value})]
    if freq in ("MONTHLY", "YEARLY"):
        choices += [
            numbered.map(lambda value: {"BYDAY": value}),
            month_days.map(lambda value: {"BYMONTHDAY": value}),
            st.builds(lambda a, b: {"BYDAY": a, "BYMONTHDAY": b}, weekdays, month_days),
        ]
    if freq == "YEARLY":
        choices += [
            several(st.integers(1, 365) | st.integers(-365, -1)).map(
                lambda each: {"BYYEARDAY": each}
            ),
            st.builds(
                lambda weeks, days: {"BYWEEKNO": weeks, "BYDAY": days},
                several(st.integers(1, 53) | st.integers(-53, -1)),
                weekdays,
            ),
        ]
    return draw(st.one_of(choices))


@st.composite
def series(draw: st.DrawFn) -> tuple[str, datetime]:
    """A rule, and the start of what it repeats. The end of the rule is not before the start: what
    that means is in nobody's book."""
    start = draw(walls)
    freq = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]))
    interval = draw(st.integers(1, 5))
    parts = {"FREQ": freq, "INTERVAL": str(interval), **draw(day_parts(freq))}
    if not parts.keys() & {"BYYEARDAY", "BYWEEKNO"} and (freq != "MONTHLY" or interval == 1):
        parts |= draw(st.just({}) | months.map(lambda value: {"BYMONTH": value}))
    if freq != "HOURLY":
        hours = several(st.integers(6, 18)).map(lambda value: {"BYHOUR": value})
        parts |= draw(st.just({}) | hours)
        parts |= draw(
            st.just({}) | several(st.integers(0, 59)).map(lambda each: {"BYMINUTE": each})
        )
    # dateutil counts the positions of the first week from the start, not from its first day.
    if freq not in ("HOURLY", "WEEKLY") and len(parts) > 2:
        parts |= draw(st.sampled_from([{}, {}, {"BYSETPOS": "1"}, {"BYSETPOS": "-1"}]))
    parts |= draw(st.just({}) | st.sampled_from(WEEKDAYS).map(lambda day: {"WKST": day}))
    match draw(st.integers(0, 2)):
        case 0:
            parts["COUNT"] = str(draw(st.integers(1, 60)))
        case 1:
            parts["UNTIL"] = format_local(start + draw(st.integers(0, 3_000)) * HALF_HOUR)
    return ";".join(f"{name}={value}" for name, value in parts.items()), start


@given(series(), st.integers(-200, 700), st.integers(1, 200))
def test_a_rule_gives_the_starts_that_dateutil_gives(
    repeated: tuple[str, datetime], after: int, days: int
):
    text, start = repeated
    low = start + after * DAY
    high = low + days * DAY

    rule = parse_rule(text, lambda until: parse_time(until).local)
    mine = Series(start=start, rules=(rule,)).expand(low, high)

    every = [start, *rrulestr(text, dtstart=start).between(low, high, inc=True)]
    assert sorted(at for _, at in mine) == sorted({each for each in every if low <= each < high})


@given(
    st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]),
    st.integers(1, 60) | st.sampled_from([364, 365, 366, 400, 1_000]),
    st.dictionaries(
        st.sampled_from(["BYMONTH", "BYMONTHDAY", "BYDAY"]), st.integers(0, 2**30), max_size=3
    ),
    st.dates(date(1950, 1, 1), date(2031, 12, 31)),
)
def test_a_rule_that_is_called_cheap_is_cheap_even_if_it_seldom_or_never_happens(
    freq: str, interval: int, parts: dict[str, int], day: date
):
    values = {
        "BYMONTH": lambda seed: str(seed % 12 + 1),
        "BYMONTHDAY": lambda seed: str((seed % 31 + 1) * (1 if seed % 2 else -1)),
        "BYDAY": lambda seed: ["", "1", "4", "5", "-1", "-5"][seed % 6] + WEEKDAYS[seed % 7],
    }
    text = ";".join(f"{name}={values[name](seed)}" for name, seed in parts.items())
    start = datetime.combine(day, ANCHOR.time())
    rule = parse_rule(f"FREQ={freq};INTERVAL={interval};{text}", lambda _: start)
    low = ANCHOR.replace(year=2031)
    high = low + 400 * DAY
    begun = time.process_time()

    if rule.is_cheap(rule.moved(start, low - DAY), high):
        Series(start=start, rules=(rule,)).expand(low, high)

    assert time.process_time() - begun < 0.25


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=FR",
        "FREQ=DAILY;INTERVAL=2;BYMONTHDAY=3",
        "FREQ=WEEKLY;INTERVAL=52;BYMONTH=7",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=7",
        "FREQ=MONTHLY;INTERVAL=12;BYDAY=5MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=28",
        "FREQ=YEARLY;INTERVAL=28;BYMONTH=2;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=31",
        "FREQ=YEARLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=9",
        "FREQ=YEARLY;BYYEARDAY=366",
        "FREQ=YEARLY;BYWEEKNO=53",
        "FREQ=DAILY;BYHOUR=9",
        "FREQ=HOURLY",
        "FREQ=YEARLY;INTERVAL=1001",
    ],
)
def test_a_rule_that_may_leave_nothing_of_itself_is_not_called_cheap(text: str):
    rule = parse_rule(text, lambda until: parse_time(until).local)

    assert not rule.is_cheap(ANCHOR, ANCHOR + DAY)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE",
        "FREQ=WEEKLY;COUNT=52",
        "FREQ=MONTHLY;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=15",
        "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYMONTHDAY=25,26,27,28,29,30,31",
    ],
)
def test_the_rules_that_people_use_need_no_worker(text: str):
    rule = parse_rule(text, lambda until: parse_time(until).local)

    assert rule.is_cheap(ANCHOR, ANCHOR + 400 * DAY)


@given(series(), st.integers(-30, 60), st.integers(1, 200))
def test_a_series_stays_on_the_wall_of_its_zone(
    repeated: tuple[str, datetime], after: int, days: int
):
    text, start = repeated
    text = text.replace(f"UNTIL={text.partition('UNTIL=')[2]}", "COUNT=30")
    begin = f"DTSTART;TZID=Europe/Berlin:{format_local(start)}"
    low = start.replace(tzinfo=UTC, hour=0, minute=0) + after * DAY
    horizon = Interval(low, low + days * DAY)

    found = occurrences(a_body(begin, "DURATION:PT30M", f"RRULE:{text}"), horizon, TOKYO)

    walls = {start, *rrulestr(text, dtstart=start).between(start, start + 300 * DAY, inc=True)}
    instants = {wall.replace(tzinfo=BERLIN).astimezone(UTC) for wall in walls}
    near = {each for each in instants if low - HALF_HOUR < each < horizon.end}
    assert {each.start for each in found} == near
    assert {each.duration for each in found} <= {HALF_HOUR}


# In UTC: with another zone that library takes an EXDATE for local *and* for UTC time, and so
# excludes two occurrences of one day.
@settings(max_examples=80)
@given(series(), st.data())
def test_exceptions_to_a_series_are_those_that_another_library_sees(
    repeated: tuple[str, datetime], data: st.DataObject
):
    text, start = repeated
    text += "Z" * ("UNTIL=" in text)
    rule = rrulestr(text.removesuffix("Z"), dtstart=start)
    spots = st.sampled_from([start, *rule.xafter(start, count=8)])
    excluded = data.draw(st.lists(spots, max_size=2))
    lines = [f"EXDATE:{format_local(each)}Z" for each in excluded]
    lines += [f"RDATE:{format_local(each)}Z" for each in data.draw(st.lists(walls, max_size=2))]
    changed = tuple(
        (
            f"RECURRENCE-ID:{format_local(spot)}Z",
            f"DTSTART:{format_local(data.draw(walls))}Z",
            "DURATION:PT45M",
        )
        for spot in data.draw(st.lists(spots, max_size=2, unique=True))
        if spot not in excluded  # changed and excluded: we block, that library does not
    )
    begin = f"DTSTART:{format_local(start)}Z"
    body = a_body(begin, "DURATION:PT30M", f"RRULE:{text}", *lines, changed=changed)
    low = start.replace(tzinfo=UTC, hour=0, minute=0) + data.draw(st.integers(-30, 60)) * DAY
    horizon = Interval(low, low + data.draw(st.integers(1, 60)) * DAY)

    mine = [(each.start, each.end) for each in occurrences(body, horizon, TOKYO)]

    found = recurring_ical_events.of(icalendar.Calendar.from_ical(body)).between(
        horizon.start, horizon.end
    )
    assert mine == sorted(
        {(each.start.astimezone(UTC), each.end.astimezone(UTC)) for each in found}
    )
