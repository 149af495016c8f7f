"""Opening hours against a walk over every minute: open is what the wall shows to be open."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from laws.zones import MINUTE, odd_days, walls_around

from syncd.core.schedule import OpeningHours, ScheduleException, Weekday, WeeklyWindow, Window
from syncd.core.time import Interval, LocalTime, classify_local, zone

QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
QUARTER = timedelta(minutes=15)


@st.composite
def windows(draw):
    """Any window on quarters of an hour, more often than not near the hours when clocks change."""
    early = st.sampled_from(QUARTERS[:16])
    start = draw(early | st.sampled_from(QUARTERS))
    later = [each for each in QUARTERS if each > start][:24]
    end = draw(st.sampled_from([*later, time.min]))
    return Window(start, end)


def wall_is_in(wall, window, day):
    end = day + timedelta(days=1) if window.end == time.min else day
    return datetime.combine(day, window.start) <= wall < datetime.combine(end, window.end)


def is_ambiguous(window, day, tz):
    end = day + timedelta(days=1) if window.end == time.min else day
    edges = datetime.combine(day, window.start), datetime.combine(end, window.end)
    return any(classify_local(edge, tz) is LocalTime.FOLD for edge in edges)


@settings(max_examples=100)
@given(odd_days, windows())
@example(("Europe/Berlin", date(2031, 3, 30)), Window(time(2), time(3)))
@example(("Europe/Berlin", date(2031, 3, 30)), Window(time(2, 30), time(5)))
@example(("Europe/Berlin", date(2031, 3, 30)), Window(time(1), time(2, 15)))
@example(("Asia/Beirut", date(2021, 3, 28)), Window(time(0), time(1)))
def test_a_window_is_open_just_when_the_wall_shows_its_times(where, window):
    """A gap shortens a window and never shifts it; in a fold that an edge falls into, the window
    runs from the first to the first."""
    name, day = where
    tz = zone(name)
    shown = walls_around(day, tz)
    expected = [
        instant
        for wall, instants in shown.items()
        for instant in instants
        if wall_is_in(wall, window, day)
    ]

    found = window.on(day, tz)

    if is_ambiguous(window, day, tz):
        firsts = [instants[0] for wall, instants in shown.items() if wall_is_in(wall, window, day)]
        assert found is not None
        assert found.start == min(firsts)
        assert found.end > max(firsts) or found.end in shown[_end(window, day)]
    elif not expected:
        assert found is None
    else:
        assert found == Interval(min(expected), max(expected) + MINUTE)
        assert found.duration == len(expected) * MINUTE


def _end(window, day):
    return datetime.combine(day + timedelta(days=1) if window.end == time.min else day, window.end)


@st.composite
def hours(draw):
    weekly = draw(
        st.lists(
            st.builds(
                lambda day, w: WeeklyWindow(day=day, window=w), st.sampled_from(Weekday), windows()
            ),
            max_size=6,
        )
    )
    return OpeningHours(weekly=tuple(weekly))


@settings(max_examples=60)
@given(
    hours(),
    st.lists(windows(), max_size=2),
    st.integers(-3, 3),
    st.integers(0, 4 * 96 - 1),
    st.integers(1, 8),
)
def test_open_means_that_every_quarter_of_the_interval_is_open(plan, other, shift, start, length):
    """In a zone without changes, so that the oracle is plain arithmetic on the wall."""
    monday = date(2031, 3, 3)
    exception = ScheduleException(day=monday + timedelta(days=shift), windows=tuple(other))
    plan = OpeningHours(weekly=plan.weekly, exceptions=(exception,))
    begins = datetime(2031, 3, 2, tzinfo=UTC) + start * QUARTER
    interval = Interval(begins, begins + length * QUARTER)

    is_open = plan.is_open(interval, zone("UTC"))

    def is_open_at(moment):
        wall = moment.replace(tzinfo=None)
        if wall.date() == exception.day:
            return any(wall_is_in(wall, each, wall.date()) for each in exception.windows)
        return any(
            wall_is_in(wall, each.window, wall.date())
            for each in plan.weekly
            if each.day == wall.weekday()
        )

    assert is_open is all(is_open_at(begins + count * QUARTER) for count in range(length))


@settings(max_examples=60)
@given(odd_days, hours(), st.integers(0, 2 * 96), st.integers(1, 12))
def test_an_interval_is_open_when_it_lies_inside_an_open_one(where, plan, start, length):
    name, day = where
    tz = zone(name)
    begins = (
        datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=1) + start * QUARTER
    )
    interval = Interval(begins, begins + length * QUARTER)
    span = plan.open_intervals(day - timedelta(days=4), day + timedelta(days=4), tz)

    assert plan.is_open(interval, tz) is any(each.contains(interval) for each in span)
