"""Lists that move while they are read: no page hides a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from calcom_lists import DAY, booked, booked_long_ago, listed, news
from calcom_provider import accounts_at

from syncd.core.errors import Transient
from syncd.core.events import EventStatus
from syncd.ports import Rescan
from syncd.testing.builders import NINE
from syncd_calcom.paging import CREATED, FIRST, UPDATED, NoFilter, walk
from syncd_calcom.standin import CAL_DIY, HOSTED

cal = accounts_at(CAL_DIY, HOSTED)


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
