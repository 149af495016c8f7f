"""What syncd asks of Cal.com: to book, to move and to end, and what is said of it."""

from __future__ import annotations

import io
import logging
from dataclasses import replace

import pytest
import structlog
from calcom_provider import ASKING, JANE, PLAIN, CalcomHarness, accounts_at
from calcom_writes import HALF_HOUR, NOON, TEN, a_draft, event, fault, living, made

from syncd.core.errors import Rejected
from syncd.core.events import EventStatus, agrees
from syncd.core.ids import Uid
from syncd.log import configure
from syncd.ports import Done, Written
from syncd.testing.builders import NINE
from syncd_calcom.standin import ALICE_KEY, CAL_DIY, HOSTED, RECORDED, Effect
from syncd_calcom.standin.rows import Status

cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


def test_what_is_asked_for_as_it_is_offered_is_refused_where_it_is_not():
    """The hosted service makes anything on its host's word; without that, only what is free."""
    cal = CalcomHarness(HOSTED)
    provider = cal.open()
    made(provider, a_draft())
    overlapping = a_draft(NINE + HALF_HOUR / 2, mark="appointment-2", uid=Uid("v"))

    with pytest.raises(Rejected):
        provider.create(replace(overlapping, as_offered=True))
    assert len(living(cal)) == 1
    made(provider, overlapping)
    assert len(living(cal)) == 2


def test_moving_keeps_a_request_a_request_and_a_booking_a_booking(cal):
    provider = cal.open()
    asked = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    sure = cal.book(TEN, event_type=ASKING, status=Status.ACCEPTED)

    for row, start in ((asked, NOON), (sure, NOON + HALF_HOUR)):
        provider.update(event(provider, row.uid), a_draft(start, title=None, status=None))

    assert {each.start: each.status for each in living(cal)} == {
        NOON: Status.PENDING,
        NOON + HALF_HOUR: Status.ACCEPTED,
    }
    assert [each.method for each in cal.transport.requests].count("POST") == 2


def test_a_move_can_confirm(cal):
    row = cal.book(NINE, event_type=ASKING, status=Status.PENDING)
    provider = cal.open()

    result = provider.update(event(provider, row.uid), a_draft(NOON, title=None))

    assert event(provider, result.ref).status is EventStatus.CONFIRMED


def test_a_full_time_is_refused_where_it_must_be_and_booked_where_the_ledger_decides(cal):
    cal.book(NINE)
    provider = cal.open()

    if cal.world.profile is HOSTED:
        # Another length, or the guard of the database over start and end would refuse it.
        cal.offer(308, "long", length=60)
        provider = cal.open(event_types="308=long")
        assert isinstance(provider.create(a_draft(minutes=60)), Written)
    else:
        with pytest.raises(Rejected, match="busy or away"):
            provider.create(a_draft())


def test_what_was_cancelled_stays_cancelled(cal):
    row = cal.book(NINE, status=Status.CANCELLED)
    provider = cal.open()
    before = event(provider, row.uid)

    with pytest.raises(Rejected, match="stays cancelled"):
        provider.update(before, a_draft(title=None))
    over = a_draft(title=None, status=EventStatus.CANCELLED, transparent=True)
    assert provider.update(before, over).ref == row.uid
    assert agrees(over, before)


def test_an_event_type_that_is_gone_keeps_its_booking_from_moving_and_not_from_ending(cal):
    row = cal.book(NINE)
    provider = cal.open()
    del cal.world.event_types[PLAIN]
    row.event_type_id = None
    there = event(provider, row.uid)

    with pytest.raises(Rejected):
        provider.update(there, a_draft(NOON, title=None))
    assert provider.delete(there.ref, there.version) == Done()


def test_what_has_ended_cannot_be_cancelled(cal):
    row = cal.book(NINE)
    provider = cal.open()
    there = event(provider, row.uid)
    cal.pass_time(days=90)

    with pytest.raises(Rejected, match="ended"):
        provider.delete(there.ref, there.version)


def test_another_title_is_nothing_to_write(cal):
    provider = cal.open()
    before = made(provider, a_draft())
    asked = len(cal.transport.requests)

    result = provider.update(before, a_draft(title="Another"))

    assert result == Written(ref=before.ref, version=before.version, sent=before.body)
    assert {each.method for each in cal.transport.requests[asked:]} == {"GET"}


@pytest.fixture
def logged():
    stream = io.StringIO()
    configure("debug", "logfmt", stream=stream, environ={})
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers = [
        each for each in logging.getLogger().handlers if type(each).__module__ != "syncd.log"
    ]


def test_nothing_of_a_booking_or_the_key_is_logged(cal, logged):
    row = cal.book(NINE)
    provider = cal.open()
    before = event(provider, row.uid)
    moved = provider.update(before, a_draft(NOON, title=None)).ref
    fault(cal, Effect.STATUS, times=None, status=400, message=f"{ALICE_KEY} {JANE['email']}")
    try:
        provider.create(a_draft(TEN))
    except Rejected as exc:
        said = logged.getvalue() + str(exc)

    for secret in (row.uid, moved, ALICE_KEY, JANE["email"], JANE["name"], "alice@"):
        assert secret not in said
