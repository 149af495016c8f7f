"""Zones whose clocks do unusual things, and a second opinion about local time: a walk over minutes.

The oracle knows nothing of offsets, gaps or folds: it looks at the wall at every minute of UTC and
writes down what it shows.
"""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

MINUTE = timedelta(minutes=1)

ODD_DAYS = {
    "Europe/Berlin": (date(2031, 3, 30), date(2031, 10, 26)),
    "Australia/Lord_Howe": (date(2025, 4, 6), date(2025, 10, 5)),  # half an hour
    "Europe/Dublin": (date(2025, 3, 30), date(2025, 10, 26)),  # winter is the exception
    "Africa/Casablanca": (date(2025, 2, 23), date(2025, 4, 6)),  # back for Ramadan
    "America/Sao_Paulo": (date(2018, 2, 17), date(2018, 11, 4)),  # midnight does not exist
    "Asia/Beirut": (date(2021, 3, 28), date(2021, 10, 30)),  # nor here
    "America/Havana": (date(2025, 3, 9), date(2025, 11, 2)),  # midnight twice
    "America/New_York": (date(2031, 3, 9), date(2031, 11, 2)),
    "Asia/Kathmandu": (date(2031, 3, 3),),  # a quarter of an hour off, for ever
    "Pacific/Apia": (date(2011, 12, 29), date(2011, 12, 31)),  # the day between was skipped
    "UTC": (date(2031, 3, 3),),
}

odd_days = st.sampled_from([(name, day) for name, days in ODD_DAYS.items() for day in days])
"""A zone's name and a date on which its clocks change."""

gaps = st.sampled_from(
    [
        (name, datetime.combine(day, time(*begins)))
        for name, day, begins in (
            ("Europe/Berlin", date(2031, 3, 30), (2,)),
            ("Australia/Lord_Howe", date(2025, 10, 5), (2,)),
            ("Europe/Dublin", date(2025, 3, 30), (1,)),
            ("Africa/Casablanca", date(2025, 4, 6), (2,)),
            ("America/Sao_Paulo", date(2018, 11, 4), (0,)),
            ("Asia/Beirut", date(2021, 3, 28), (0,)),
            ("Pacific/Apia", date(2011, 12, 30), (0,)),
        )
    ]
)
"""A zone's name and the first local time that its clocks leave out; at least 30 minutes of them."""


@lru_cache
def walls_around(day: date, tz: ZoneInfo) -> dict[datetime, list[datetime]]:
    """Each local minute that the wall shows from two days before `day` to two days after, with the
    instants at which it does, in order."""
    shown: dict[datetime, list[datetime]] = defaultdict(list)
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    for count in range(4 * 24 * 60):
        instant = first + count * MINUTE
        shown[instant.astimezone(tz).replace(tzinfo=None, fold=0)].append(instant)
    return shown
