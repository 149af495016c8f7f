"""Who may ask, and how often: keys, access tokens, limits."""

from datetime import timedelta

import pytest
from calcom_harness import JANE, MONDAY, Practice

from syncd_calcom.standin import ALICE_KEY, BOB_KEY
from syncd_calcom.standin.rows import Key


@pytest.fixture
def practice():
    return Practice()


@pytest.fixture
def limited(practice):
    practice.desk.limits.is_off = False
    return practice


def token(practice, *scopes, lasts=timedelta(minutes=30)):
    practice.world.keys["token"] = Key(
        token="token",
        user_id=101,
        expires=practice.clock.now + lasts,
        scopes=frozenset(scopes),
        refresh_token="refresh",
    )
    return "token"


def test_an_access_token_does_what_its_scopes_allow(practice):
    key = token(practice, "BOOKING_READ")

    assert practice.ask("GET", "/v2/bookings", key=key).status_code == 200
    assert practice.ask("GET", "/v2/schedules", key=key).status_code == 403


def test_an_access_token_ends(practice):
    key = token(practice, "PROFILE_READ")
    practice.clock.advance(timedelta(minutes=31))

    assert practice.ask("GET", "/v2/me", key=key).status_code == 401


def test_a_refresh_token_is_good_once(practice):
    token(practice, "PROFILE_READ")
    body = {"grant_type": "refresh_token", "refresh_token": "refresh", "client_id": "x"}

    first = practice.http.post("/v2/auth/oauth2/token", json=body)
    again = practice.http.post("/v2/auth/oauth2/token", data=body)

    assert first.json()["expires_in"] == 1800
    assert practice.ask("GET", "/v2/me", key=first.json()["access_token"]).status_code == 200
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_pair_can_be_asked_for_as_a_form(practice):
    token(practice, "PROFILE_READ")
    body = {"grant_type": "refresh_token", "refresh_token": "refresh", "client_id": "x"}

    assert practice.http.post("/v2/auth/oauth2/token", data=body).status_code == 200


def test_a_refreshed_key_replaces_the_old_one_and_lasts_thirty_days(practice):
    new = practice.data("POST", "/v2/api-keys/refresh", {})["apiKey"]

    assert practice.ask("GET", "/v2/me").status_code == 401
    assert practice.ask("GET", "/v2/me", key=new).status_code == 200
    practice.clock.advance(timedelta(days=30))
    assert practice.ask("GET", "/v2/me", key=new).status_code == 401


def test_booking_needs_no_key_but_a_wrong_one_is_refused(practice):
    body = {"start": f"{MONDAY}T09:00:00Z", "eventTypeId": 301, "attendee": JANE}

    wrong = practice.ask("POST", "/v2/bookings", body, key="cal_unknown")
    none = practice.ask("POST", "/v2/bookings", body, key=None)

    assert (wrong.status_code, none.status_code) == (401, 201)
    assert "x-ratelimit-limit-default" not in wrong.headers


def test_the_request_after_the_limit_is_refused_for_a_minute_without_retry_after(limited):
    statuses = [limited.ask("GET", "/v2/me").status_code for _ in range(121)]

    refused = limited.ask("GET", "/v2/me")

    assert statuses == [*[200] * 120, 429]
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "ThrottlerException"
    assert "retry-after" not in refused.headers
    assert refused.headers["x-ratelimit-reset-default"] == "60"


def test_a_block_ends_whatever_was_tried_meanwhile(limited):
    for _ in range(121):
        limited.ask("GET", "/v2/me")
    limited.clock.advance(timedelta(seconds=50))
    limited.ask("GET", "/v2/me")

    limited.clock.advance(timedelta(seconds=11))

    again = limited.ask("GET", "/v2/me")
    assert (again.status_code, again.headers["x-ratelimit-remaining-default"]) == (200, "119")


def test_each_key_and_whoever_has_none_are_counted_apart(limited):
    for _ in range(121):
        limited.ask("GET", "/v2/me")

    assert limited.ask("GET", "/v2/me", key=BOB_KEY).status_code == 200
    assert limited.starts(eventTypeId=301, key=None)


def test_a_refused_request_has_no_effect(limited):
    for _ in range(121):
        limited.ask("GET", "/v2/me")
    body = {"start": f"{MONDAY}T09:00:00Z", "eventTypeId": 301, "attendee": JANE}

    assert limited.ask("POST", "/v2/bookings", body, key=ALICE_KEY).status_code == 429
    assert limited.world.bookings == {}


def test_a_self_hoster_may_choose_another_limit(limited):
    limited.desk.limits.of_key = 2

    assert [limited.ask("GET", "/v2/me").status_code for _ in range(3)] == [200, 200, 429]
