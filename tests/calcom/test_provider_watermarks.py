"""Stamps that lie, and what a cursor is worth: no change is missed, none is told twice."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from calcom_lists import DAY, booked, booked_long_ago, listed, news
from calcom_provider import PLAIN, accounts_at

from syncd.core.errors import Forbidden
from syncd.core.events import Absent
from syncd.ports import ChangeSet, Rescan
from syncd.testing.builders import NINE
from syncd_calcom.feed import MANY
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Attendee

cal = accounts_at(CAL_DIY, HOSTED)


# Stamps


def test_a_row_that_was_never_written_again_is_found_by_its_making(cal):
    """`updatedAt` is null until then, so no bound on it ever shows the row."""
    provider = cal.open()
    booked(cal, 2)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    new = cal.book(NINE + DAY)
    new.updated_at = None

    found, after = news(provider, cursor)

    assert set(found) == {new.uid}
    assert news(provider, after)[0] == {}


def test_a_row_that_appears_behind_the_watermark_is_not_missed(cal):
    """Stamps are given before rows are committed."""
    provider = cal.open()
    [old, late] = booked_long_ago(cal, 2)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    cal.rename(old, "First")
    cursor = news(provider, cursor)[1]
    cal.rename(late, "Committed late")
    cal.booking(late).updated_at -= timedelta(minutes=3)

    found, cursor = news(provider, cursor)

    assert set(found) == {late}
    assert news(provider, cursor)[0] == {}


def test_a_row_that_is_made_behind_the_watermark_is_not_missed(cal):
    provider = cal.open()
    booked_long_ago(cal, 2)
    cursor = provider.listing(bodies=True).cursor
    late = cal.book(NINE + DAY)
    late.created_at, late.updated_at = late.created_at - timedelta(minutes=3), None

    found, cursor = news(provider, cursor)

    assert set(found) == {late.uid}
    assert news(provider, cursor)[0] == {}


def test_a_stamp_ahead_of_time_does_not_carry_the_watermark_along(cal):
    provider = cal.open()
    [jumped, other] = booked_long_ago(cal, 2)
    cursor = provider.listing(bodies=True).cursor
    cal.booking(jumped).updated_at = cal.clock.now() + 30 * DAY
    cal.rename(jumped, "Ahead")
    cal.booking(jumped).updated_at = cal.clock.now() + 30 * DAY
    found, cursor = news(provider, cursor)
    assert set(found) == {jumped}

    cal.pass_time(hours=1)
    cal.rename(other, "Later")

    assert set(news(provider, cursor)[0]) == {other}


def test_many_rows_of_one_moment_are_not_read_for_ever(cal):
    """As after an import. Few are: a quiet look shall not need a new cursor."""
    provider = cal.open()
    uids = booked(cal, MANY + 1, apart=timedelta(0))
    cursor = provider.listing(bodies=True).cursor
    cal.transport.before = with_date(cal)
    assert news(provider, cursor) == ({}, cursor)
    cal.pass_time(hours=1)

    found, later = news(provider, cursor)

    assert found == {}
    assert len(json.loads(later)["known"]) == 0
    cal.rename(uids[0], "Renamed")
    cal.pass_time(minutes=3)
    assert set(news(provider, later)[0]) == {uids[0]}


def with_date(cal):
    """Answers that say what time it is, as HTTP servers do."""

    def before(request):
        response = cal.in_process.handle_request(request)
        headers = {**response.headers, "date": format_datetime(cal.clock.now(), usegmt=True)}
        return httpx.Response(response.status_code, headers=headers, content=response.read())

    return before


def test_absence_and_seats_change_no_stamp_and_are_seen_by_a_listing(cal):
    provider = cal.open()
    row = cal.book(NINE)
    row.is_seated = True
    row.attendees.append(
        Attendee(id=9, email="joe@example.test", name="Joe", time_zone="UTC", seat_uid="s")
    )
    cal.pass_time(hours=1)
    cal.book(NINE + DAY)
    before = listed(provider)[row.uid].version
    cursor = provider.listing(bodies=True).cursor

    row.attendees[0].is_absent = True
    assert news(provider, cursor)[0] == {}
    absent = listed(provider)[row.uid].version
    row.attendees.pop()
    left = listed(provider)[row.uid].version

    assert len({before, absent, left}) == 3


def test_a_stamp_that_moves_alone_is_no_news(cal):
    """Confirming and asking leave a row written twice."""
    provider = cal.open()
    [uid] = booked(cal, 1)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(minutes=2)
    cal.world.write(cal.booking(uid))

    assert news(provider, cursor)[0] == {}


# Cursors


def test_a_cursor_of_another_account_or_other_settings_is_none(cal):
    booked(cal, 2)
    cursor = cal.open().listing(bodies=True).cursor

    assert isinstance(cal.open().changes(cursor), ChangeSet)
    assert isinstance(cal.open(event_types=f"{PLAIN}=consultation").changes(cursor), Rescan)
    cal.world.users[101].id = 999
    assert isinstance(cal.open().changes(cursor), Rescan)


def test_a_server_that_was_set_back_is_listed_in_full(cal):
    uids = booked(cal, 3, apart=timedelta(hours=1))
    provider = cal.open()
    cursor = provider.listing(bodies=True).cursor
    cal.world.bookings = {n: r for n, r in cal.world.bookings.items() if r.uid == uids[0]}

    assert isinstance(provider.changes(cursor), Rescan)


@pytest.mark.parametrize(
    "spoilt",
    [
        *({"known": 5}, {"updated": "soon"}, {"created": None}, {"account": "other"}),
        *({"known": None}, {"known": {"a": "v"}}, {"known": {"a": ["v"]}}),
        {"known": {"a": ["v", "soon"]}},
    ],
)
def test_a_spoilt_cursor_is_none(cal, spoilt):
    provider = cal.open()
    fields = json.loads(provider.listing(bodies=True).cursor)

    assert isinstance(provider.changes(json.dumps(fields | spoilt)), Rescan)


def test_what_began_before_the_day_that_is_set_is_left_alone(cal):
    cal.clock.jump(NINE)
    old, new = cal.book(NINE - 10 * DAY).uid, cal.book(NINE).uid
    provider = cal.open(since="2031-03-01")
    cursor = provider.listing(bodies=True).cursor
    assert set(listed(provider)) == {new}
    cal.pass_time(hours=1)

    cal.rename(old, "Old")
    cal.rename(new, "New")

    assert set(news(provider, cursor)[0]) == {new}
    assert isinstance(provider.get_many([old])[old], Absent)


def test_a_day_that_is_set_too_late_hides_nothing_that_matters(cal):
    cal.clock.jump(NINE)
    running = cal.book(NINE - timedelta(minutes=10)).uid

    assert set(listed(cal.open(since="2039-01-01"))) == {running}


def test_each_listing_makes_sure_whose_account_it_is(cal):
    """What another account does not have was not deleted."""
    provider = cal.open()
    provider.listing(bodies=True)
    cal.world.users[101].username = "somebody-else"

    with pytest.raises(Forbidden):
        provider.listing(bodies=True)


def test_what_the_settings_make_of_a_booking_is_part_of_its_version(cal):
    uid = cal.book(NINE).uid
    plain, declared = cal.open(), cal.open(event_types=f"{PLAIN}=follow-up:20/30")

    assert listed(plain)[uid].version != listed(declared)[uid].version


def test_rows_that_are_never_written_again_are_not_known_for_ever(cal):
    provider = cal.open()
    cursor = provider.listing(bodies=True).cursor
    for number in range(12):
        cal.book(NINE + timedelta(days=2, minutes=30 * number)).updated_at = None
        cal.clock.advance(timedelta(minutes=20))
        cursor = provider.changes(cursor).cursor

    assert len(json.loads(cursor)["known"]) == 1
