"""Rows that are odd: each is read, or named, and hides no other."""

from __future__ import annotations

import pytest
from calcom_lists import DAY, garbling, listed
from calcom_provider import accounts_at

from syncd.core.events import EventStatus, RemoteEvent, Unreadable
from syncd.testing.builders import NINE
from syncd_calcom.standin import CAL_DIY, HOSTED
from syncd_calcom.standin.rows import Status

cal = accounts_at(CAL_DIY, HOSTED)


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


def test_a_request_that_waits_for_its_host_is_tentative(cal):
    row = cal.book(NINE, status=Status.AWAITING_HOST)

    assert listed(cal.open())[row.uid].item.status is EventStatus.TENTATIVE
