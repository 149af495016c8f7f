"""What is booked in an account, and what its lists then tell."""

from __future__ import annotations

from datetime import timedelta

from syncd.ports import ChangeSet
from syncd.testing.builders import NINE

DAY = timedelta(days=1)


def booked(cal, count, *, apart=timedelta(seconds=1)):
    rows = []
    for number in range(count):
        rows.append(cal.book(NINE + number * timedelta(hours=1)))
        cal.clock.advance(apart)
    return [row.uid for row in rows]


def booked_long_ago(cal, count):
    """So that they are not found again by when they were made."""
    uids = booked(cal, count)
    cal.pass_time(hours=1)
    cal.book(NINE + 60 * DAY)
    return uids


def listed(provider):
    found = provider.listing(bodies=True)
    assert found.complete
    return {each.ref: each for each in found.changed}


def news(provider, cursor):
    found = provider.changes(cursor)
    assert isinstance(found, ChangeSet), found
    return {each.ref: each for each in found.changed}, found.cursor
