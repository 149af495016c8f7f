"""What is booked in an account, and what its lists then tell."""

from __future__ import annotations

from datetime import timedelta

import httpx

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


def garbling(cal, uid, changes):
    """Answers in which the booking has other fields."""

    def before(request):
        response = cal.in_process.handle_request(request)
        document = httpx.Response(200, content=response.read()).json()
        data = document.get("data")
        for each in data if isinstance(data, list) else [data]:
            if isinstance(each, dict) and each.get("uid") == uid:
                each.update(changes)
        return httpx.Response(response.status_code, headers=response.headers, json=document)

    return before


def lists_show(cal, made=None, written=None):
    """From now on the list by each stamp shows those rows, as where it is read from a copy that is
    behind; None: as they are."""
    shown = {"afterCreatedAt": made, "afterUpdatedAt": written}

    def before(request):
        rows = next((shown[each] for each in shown if each in request.url.params), None)
        if rows is None:
            return None
        today, cal.world.bookings = cal.world.bookings, rows
        try:
            return cal.transport.inner.handle_request(request)
        finally:
            cal.world.bookings = today

    cal.transport.before = before
