"""Writes that a server refuses, loses, or does all the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from calcom_answers import ROW, TYPE, a_provider, a_server, bare, first, framework, success

from syncd.core.errors import Rejected, Transient
from syncd.core.events import Draft
from syncd.core.ids import Uid

START = datetime(2031, 3, 3, 9, tzinfo=UTC)


class Waits(list):
    def __call__(self, duration):
        self.append(duration.total_seconds())


@pytest.fixture
def waits():
    return Waits()


cal = pytest.fixture(a_server)


@pytest.fixture
def provider(waits):
    with a_provider(wait=waits) as provider:
        yield provider


def a_draft(**changes):
    fields = {
        "uid": Uid("u"),
        "start": START,
        "end": START + timedelta(minutes=30),
        "zone": "Europe/Berlin",
        "title": "Consultation",
        "mark": "appointment-1",
    }
    return Draft(**(fields | changes))


def sent(route):
    return [json.loads(call.request.content) for call in route.calls]


def test_a_read_is_asked_again_and_a_write_is_not(cal, provider, waits):
    reading = cal.get("/bookings/first").mock(
        side_effect=[httpx.Response(502), httpx.ReadTimeout("slow"), success(ROW)]
    )
    provider.check()
    assert first(provider).title == ROW["title"]
    assert (reading.call_count, waits) == (3, [1, 3])

    writing = cal.post("/bookings").mock(side_effect=httpx.ReadTimeout("slow"))
    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert writing.call_count == 1
    assert caught.value.ambiguous


def test_what_never_left_is_not_ambiguous(cal, provider):
    def refused(_):
        cal.get("/bookings").mock(side_effect=httpx.ConnectError("refused"))
        raise httpx.ConnectError("refused")

    cal.post("/bookings").mock(side_effect=refused)

    with pytest.raises(Transient) as caught:
        provider.create(a_draft())

    assert not caught.value.ambiguous


def test_a_cancelling_that_is_refused_and_has_its_effect_is_done(cal, provider):
    """Observed of a series flag on a plain booking: 400, and cancelled."""
    event = first(provider)
    over = {**ROW, "status": "cancelled"}

    def answer(_):
        cal.get("/bookings/first").mock(return_value=success(over))
        return framework(400, "is not part of a recurring booking.")

    cal.post("/bookings/first/cancel").mock(side_effect=answer)

    provider.delete(event.ref, event.version)

    assert cal.get("/bookings/first").call_count == 3


@pytest.mark.parametrize(
    ("answer", "kind", "ambiguous"),
    [
        (bare(401, "booking_limit_reached"), Rejected, None),
        (bare(409, "booking_conflict_error"), Rejected, None),
        (framework(400, "User either already has booking at this time"), Rejected, None),
        (bare(500, "Internal server error"), Rejected, None),
        (httpx.Response(503), Transient, True),
        (success(None), Transient, True),
        (httpx.ReadError("cut"), Transient, True),
    ],
)
def test_a_create_without_effect_raises_what_fits(cal, provider, answer, kind, ambiguous):
    posted = cal.post("/bookings")
    posted.side_effect = answer if isinstance(answer, Exception) else [answer]

    with pytest.raises(kind) as caught:
        provider.create(a_draft())

    assert getattr(caught.value, "ambiguous", None) is ambiguous
    assert posted.call_count == 1


def test_a_refused_move_says_so_and_leaves_the_booking(cal, provider):
    event = first(provider)
    cal.post("/bookings/first/reschedule").mock(
        return_value=framework(400, "User either already has booking at this time")
    )

    with pytest.raises(Rejected, match="busy or away"):
        provider.update(
            event, a_draft(start=START + timedelta(hours=1), end=START + timedelta(hours=1.5))
        )


def test_a_move_that_would_change_the_length_is_not_sent(cal, provider):
    """Observed: a booking of 60 of 15/30/60 minutes comes out as 30."""
    cal.get("/event-types/301").mock(return_value=success({**TYPE, "lengthInMinutes": 60}))
    event = first(provider)

    with pytest.raises(Rejected, match="60 minutes"):
        provider.update(
            event, a_draft(start=START + timedelta(hours=1), end=START + timedelta(hours=1.5))
        )


def test_a_failure_while_looking_after_a_write_stays_ambiguous(cal, provider):
    event = first(provider)
    cal.get("/bookings/first").mock(side_effect=[success(ROW), *[httpx.Response(503)] * 3])
    cal.post("/bookings/first/cancel").mock(return_value=httpx.Response(502))

    with pytest.raises(Transient) as caught:
        provider.delete(event.ref, event.version)

    assert caught.value.ambiguous


def test_the_hosts_own_overrides_are_sent_where_they_are_known(cal, provider):
    posted = cal.post("/bookings").mock(return_value=success({**ROW, "uid": "new"}, 201))

    provider.create(a_draft())

    [body] = sent(posted)
    assert body["allowConflicts"] is body["allowBookingOutOfBounds"] is True
    assert body["attendee"]["email"] == "alice@example.test"
    assert body["metadata"] == {
        "syncd_appointment": "appointment-1",
        "syncd_title": "Consultation",
    }


def test_a_booking_that_came_out_pending_is_confirmed(cal, provider):
    pending = {**ROW, "uid": "new", "status": "pending"}
    cal.post("/bookings").mock(return_value=success(pending, 201))
    confirmed = cal.post("/bookings/new/confirm").mock(return_value=success(ROW))

    assert provider.create(a_draft()).ref == "new"
    assert confirmed.call_count == 1


def test_no_event_type_of_that_length_is_refused_before_anything_is_sent(cal, provider):
    with pytest.raises(Rejected, match="lasts 45 minutes"):
        provider.create(a_draft(end=START + timedelta(minutes=45)))
