"""Lists that move while they are read, stamps that lie, and what a cursor is worth."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
from calcom_provider import PLAIN, CalcomHarness

from syncd.core.errors import Forbidden, Transient
from syncd.core.events import Absent, EventStatus, RemoteEvent, Unreadable
from syncd.ports import ChangeSet, Rescan
from syncd.testing.builders import NINE
from syncd_calcom.feed import MANY
from syncd_calcom.paging import CREATED, FIRST, UPDATED, NoFilter, walk
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Attendee, Status

DAY = timedelta(days=1)


@pytest.fixture(params=[CAL_DIY, HOSTED], ids=lambda each: each.name)
def cal(request):
    return CalcomHarness(request.param)


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


def meanwhile(cal, act, *, at):
    """`act` happens right before the `at`-th page of a list is answered."""
    pages = []

    def before(request):
        if request.url.path.endswith("/bookings"):
            pages.append(request)
            if len(pages) == at:
                act()

    cal.transport.before = before
    return pages


# Paging


@pytest.mark.parametrize("at", range(2, 9))
def test_rows_that_are_written_while_a_list_is_read_hide_no_other(cal, at):
    """With `skip`, each row that goes to the end would pull another one over the edge, unread."""
    provider = cal.open(take=3)
    uids = booked_long_ago(cal, 12)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    for uid in uids:
        cal.rename(uid, "Renamed")
        cal.pass_time(seconds=1)

    def again():
        for uid in uids[:4]:
            cal.rename(uid, "Renamed again")

    meanwhile(cal, again, at=at)
    found, _ = news(provider, cursor)

    assert set(found) == set(uids)


@pytest.mark.parametrize("at", range(1, 8))
def test_a_listing_names_all_that_was_there_however_it_moves_meanwhile(cal, at):
    provider = cal.open(take=3)
    uids = booked(cal, 12)

    def act():
        cal.move(uids[0], NINE + 30 * DAY, NINE + 30 * DAY + timedelta(minutes=30))
        cal.delete(uids[1])
        cal.booking(uids[2]).start = NINE + 40 * DAY

    meanwhile(cal, act, at=at)

    assert set(uids) <= set(listed(provider))


@pytest.mark.parametrize("at", range(1, 9))
def test_what_happens_during_a_listing_is_news_afterwards(cal, at):
    provider = cal.open(take=3)
    uids = booked(cal, 9)
    changed = []

    def act():
        cal.pass_time(hours=1)
        cal.rename(uids[0], "Meanwhile")
        cal.pass_time(hours=1)
        changed.append(cal.book(NINE + 30 * DAY).uid)

    meanwhile(cal, act, at=at)
    listing = provider.listing(bodies=True)
    cal.transport.before = lambda _: None
    seen = {each.ref: each.version for each in listing.changed}

    found, _ = news(provider, listing.cursor)

    seen |= {ref: each.version for ref, each in found.items()}
    now = provider.get_many([uids[0], *changed])
    assert {ref: seen[ref] for ref in now} == {ref: each.version for ref, each in now.items()}


def test_more_rows_of_one_instant_than_a_page_has_are_all_read(cal):
    """As when a series is cancelled: one statement, one stamp."""
    provider = cal.open(take=3)
    uids = booked_long_ago(cal, 11)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    for uid in uids:
        cal.delete(uid)

    found, _ = news(provider, cursor)

    assert {ref: each.item.status for ref, each in found.items()} == dict.fromkeys(
        uids, EventStatus.CANCELLED
    )


@pytest.mark.parametrize("at", range(2, 9))
def test_rows_that_leave_an_instant_while_it_is_paged_through_hide_no_other(cal, at):
    provider = cal.open(take=3)
    uids = booked_long_ago(cal, 11)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(hours=1)
    for uid in uids:
        cal.delete(uid)

    def act():
        cal.pass_time(seconds=1)
        for uid in uids[:3]:
            cal.rename(uid, "Moved on")

    meanwhile(cal, act, at=at)
    found, _ = news(provider, cursor)

    assert set(found) == set(uids)


def page_of(count, key, first=FIRST):
    return [{"uid": str(n), key.name: (first + n * DAY).isoformat()} for n in range(count)]


@pytest.mark.parametrize("key", [CREATED, UPDATED])
def test_a_bound_that_is_ignored_is_noticed(key):
    with pytest.raises(NoFilter, match=key.name):
        walk(lambda _: page_of(2, key), key, since=FIRST + 1 * DAY, take=5)


def test_an_order_that_is_ignored_is_noticed():
    with pytest.raises(NoFilter, match="order"):
        walk(lambda _: page_of(3, CREATED)[::-1], CREATED, since=FIRST, take=3)


def test_a_list_without_end_is_given_up():
    asked = []

    def endless(query):
        asked.append(query)
        return [{"uid": f"{len(asked)}-{n}", "createdAt": query["afterCreatedAt"]} for n in (1, 2)]

    with pytest.raises(Transient, match="no end"):
        walk(endless, CREATED, since=FIRST, take=2)


def test_a_server_that_does_not_filter_by_change_is_listed_in_full(cal):
    provider = cal.open()
    uids = booked(cal, 4, apart=DAY)
    cursor = provider.listing(bodies=True).cursor
    cal.pass_time(days=2)
    cal.rename(uids[0], "Renamed")

    def unfiltered(request):
        if "afterUpdatedAt" not in request.url.params:
            return
        request.url = request.url.copy_remove_param("afterUpdatedAt")
        return

    cal.transport.before = unfiltered

    assert isinstance(provider.changes(cursor), Rescan)


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


# Rows


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "dreaming"}, "status"),
        ({"status": None}, "status"),
        ({"start": None}, "no time"),
        ({"end": "2031-03-03T09:30:00"}, "no time"),
        ({"end": "2031-03-03T08:00:00Z"}, "ends before"),
        ({"start": "9999-12-31T23:59:59-23:00"}, "no time"),
        ({"status": "", "startTime": "x"}, "another API version"),
    ],
)
def test_a_row_that_cannot_be_understood_is_named_and_hides_no_other(cal, changes, why):
    provider = cal.open()
    bad, good = cal.book(NINE).uid, cal.book(NINE + DAY).uid
    provider.check()
    cal.transport.before = garbling(cal, bad, changes)

    found = listed(provider)

    assert isinstance(found[good].item, RemoteEvent)
    assert isinstance(found[bad].item, Unreadable)
    assert why in found[bad].item.reason
    assert provider.get_many([bad])[bad].reason == found[bad].item.reason


@pytest.mark.parametrize(
    "changes",
    [
        {
            "metadata": None,
            "attendees": None,
            "hosts": None,
            "eventType": None,
            "eventTypeId": None,
        },
        {"metadata": [], "attendees": {}, "hosts": "x", "title": None, "icsUid": 7},
        {"metadata": {"syncd_appointment": 5}, "attendees": [None], "hosts": [{"id": "unknown"}]},
        {"status": "awaiting_host", "createdAt": None, "updatedAt": None, "somethingNew": {"a": 1}},
    ],
)
def test_a_row_that_lacks_what_can_be_done_without_is_read(cal, changes):
    provider = cal.open()
    uid = cal.book(NINE).uid
    provider.check()
    cal.transport.before = garbling(cal, uid, changes)

    found = listed(provider)[uid].item

    assert isinstance(found, RemoteEvent)
    assert found.takes_time
    assert provider.get_many([uid])[uid] == found


def test_rows_that_cannot_be_named_leave_a_listing_incomplete(cal):
    provider = cal.open()
    bad, good = cal.book(NINE).uid, cal.book(NINE + DAY).uid
    provider.check()
    cal.transport.before = garbling(cal, bad, {"uid": None})

    found = provider.listing(bodies=True)

    assert [each.ref for each in found.changed] == [good]
    assert not found.complete


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


def test_a_request_that_waits_for_its_host_is_tentative(cal):
    row = cal.book(NINE, status=Status.AWAITING_HOST)

    assert listed(cal.open())[row.uid].item.status is EventStatus.TENTATIVE
