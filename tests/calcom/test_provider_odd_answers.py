"""What a provider makes of odd answers to what it reads, and what it sends to be answered at all."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from calcom_answers import BASE, KEY, ME, ROW, a_provider, a_server, bare, first, framework, success
from calcom_provider import NEW_YEAR

from syncd.core.errors import Forbidden, NeedsLogin, RateLimited, Transient
from syncd.core.events import Absent
from syncd.core.ids import CalendarId, EventRef, Version
from syncd.ports import Access
from syncd.testing.clock import FrozenClock
from syncd_calcom.provider import CalcomProvider


@pytest.fixture
def secrets():
    return [KEY]


cal = pytest.fixture(a_server)


@pytest.fixture
def provider(secrets):
    with a_provider(secrets=secrets) as provider:
        yield provider


def test_requests_carry_the_key_the_version_and_nothing_of_the_environment(cal, provider):
    provider.get_many(["first"])

    request = cal.calls.last.request
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["cal-api-version"] == "2026-02-25"
    assert "cal-api-version" not in cal.calls[0].request.headers


@pytest.mark.parametrize(
    "answer",
    [
        success({"bookings": [], "nextCursor": None}),
        success(None),
        httpx.Response(200, text="<html>log in</html>"),
        httpx.Response(200, json={"status": "success"}),
        httpx.Response(200, json={"status": "error", "data": []}),
        httpx.Response(200, content=b'{"status": "success", "data": [{"uid"'),
        httpx.Response(204),
        framework(404, "Cannot GET /v2/bookings"),
        framework(400, "wrong"),
        bare(500, "Internal server error"),
    ],
)
def test_a_list_that_is_none_is_never_empty(cal, provider, answer):
    provider.check()
    cal.get("/bookings").mock(return_value=answer)

    with pytest.raises((Transient, Forbidden)):
        provider.listing(bodies=True)
    with pytest.raises((Transient, Forbidden)):
        provider.check()


def test_a_list_that_fails_is_an_outage_and_no_refusal(cal, provider):
    cal.get("/bookings").mock(return_value=bare(500, "Internal server error"))

    with pytest.raises(Transient):
        provider.check()


def test_a_series_that_fails_hides_no_occurrence(cal, provider):
    moved = {**ROW, "status": "cancelled", "recurringBookingUid": "series"}
    cal.get("/bookings/first").mock(return_value=success(moved))
    cal.get("/bookings/series").mock(return_value=bare(500, "Internal server error"))

    assert first(provider).continued_by is None


def test_a_version_that_falls_back_in_silence_is_named(cal, provider):
    cal.get("/bookings").mock(return_value=success({"bookings": [], "nextCursor": None}))

    with pytest.raises(Forbidden, match="2026-02-25 or 2024-08-13 and falls back"):
        provider.check()


def test_a_server_that_knows_only_the_older_version_is_asked_in_that(cal, provider):
    def answer(request):
        is_known = request.headers["cal-api-version"] == "2024-08-13"
        return success([] if is_known else {"bookings": []})

    cal.get("/bookings").mock(side_effect=answer)

    provider.listing(bodies=True)

    assert cal.calls.last.request.headers["cal-api-version"] == "2024-08-13"


def test_another_accounts_key_is_noticed(cal, provider):
    cal.get("/me").mock(return_value=success({**ME, "username": "bob"}))
    access = Access(
        calendar_id=CalendarId("alice"),
        settings={"url": f"{BASE}?username=alice", "api_key": "env:KEY"},
        secret=lambda _: KEY,
        zone=ZoneInfo("UTC"),
        clock=FrozenClock(NEW_YEAR),
    )
    provider = CalcomProvider(access)

    with pytest.raises(Forbidden, match="not of the account"):
        provider.listing(bodies=True)


def test_a_key_that_was_refreshed_is_read_again(cal, provider, secrets):
    provider.check()
    secrets[0] = "cal_live_new"

    def answer(request):
        is_new = request.headers["authorization"] == "Bearer cal_live_new"
        return success(ROW) if is_new else framework(401, "Invalid API Key")

    cal.get("/bookings/first").mock(side_effect=answer)

    assert first(provider).ref == "first"


@pytest.mark.parametrize("secret", ["", " ", "a b", "ключ", "x\ny"])
def test_a_key_that_cannot_be_one_is_not_sent(cal, provider, secrets, secret):
    secrets[0] = secret

    with pytest.raises(NeedsLogin):
        provider.check()

    assert cal.calls.call_count == 0


def test_a_redirect_is_not_followed(cal, provider):
    cal.get("/me").mock(return_value=httpx.Response(302, headers={"location": "http://evil.test"}))

    with pytest.raises(Forbidden):
        provider.check()

    assert cal.calls.call_count == 1


def test_too_many_requests_waits_as_long_as_it_says_and_sends_nothing_meanwhile(cal, provider):
    limited = httpx.Response(429, headers={"X-RateLimit-Reset-Default": "40"})
    cal.get("/bookings/first").mock(return_value=limited)

    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            provider.get_many(["first"])
        assert caught.value.retry_after == timedelta(seconds=40)

    assert cal.get("/bookings/first").call_count == 1


def test_one_booking_that_fails_is_left_out_and_hides_no_other(cal, provider):
    cal.get("/bookings/bad").mock(return_value=bare(500, "Internal server error"))

    found = provider.get_many(["bad", "first"])

    assert set(found) == {"first"}


def test_what_is_given_to_another_host_is_absent(cal, provider):
    hosts = [{"id": 102, "email": "bob@example.test", "timeZone": "UTC"}]
    cal.get("/bookings/first").mock(return_value=success({**ROW, "hosts": hosts}))

    assert provider.get_many(["first"]) == {"first": Absent(EventRef("first"))}


def test_nothing_is_learnt_of_the_version_of_a_cancelled_event_by_its_stamp(cal, provider):
    before = first(provider)
    cal.get("/bookings/first").mock(
        return_value=success({**ROW, "updatedAt": "2031-02-01T00:00:00.000Z", "rating": None})
    )

    assert first(provider).version == before.version != Version("")
