"""What goes wrong on demand: with requests, with reads, with deliveries."""

import json
from datetime import timedelta

import httpx
import pytest
from calcom_harness import JANE, MONDAY, Practice

from syncd_calcom.standin import (
    HOOK_SECRET,
    Effect,
    Fault,
    HookFaults,
    release,
    send_all,
    signature,
)

BODY = {"start": f"{MONDAY}T09:00:00Z", "eventTypeId": 301, "attendee": JANE}


@pytest.fixture
def practice():
    return Practice()


def fails(practice, effect, **more):
    practice.world.faults.add(Fault(effect=effect, **more))


@pytest.mark.parametrize(
    ("effect", "count"), [(Effect.CUT, 0), (Effect.LOST, 1), (Effect.TIMEOUT, 1), (Effect.HALF, 1)]
)
def test_a_connection_that_ends_has_done_its_work_or_not(practice, effect, count):
    fails(practice, effect, method="POST")

    with pytest.raises(httpx.RemoteProtocolError):
        practice.ask("POST", "/v2/bookings", BODY)

    assert len(practice.world.bookings) == len(practice.sent) == count


def test_after_a_lost_answer_the_retry_is_refused_and_the_list_shows_the_booking(practice):
    fails(practice, Effect.LOST, path="/v2/bookings")
    with pytest.raises(httpx.RemoteProtocolError):
        practice.ask("POST", "/v2/bookings", BODY)

    again = practice.ask("POST", "/v2/bookings", BODY)

    assert again.status_code == 400
    found = practice.data("GET", "/v2/bookings", attendeeEmail=JANE["email"])
    assert [each["start"] for each in found] == [f"{MONDAY}T09:00:00.000Z"]


def test_a_time_out_lets_half_a_minute_pass(practice):
    fails(practice, Effect.TIMEOUT)

    with pytest.raises(httpx.RemoteProtocolError):
        practice.ask("GET", "/v2/me")

    assert practice.waited == [timedelta(seconds=30)]


def test_a_delayed_answer_comes_later_and_whole(practice):
    fails(practice, Effect.DELAY, delay=timedelta(seconds=3))

    assert practice.ask("GET", "/v2/me").status_code == 200
    assert practice.waited == [timedelta(seconds=3)]


def test_an_error_of_the_server_does_nothing(practice):
    fails(practice, Effect.STATUS, status=502, message="Bad Gateway")

    answer = practice.http.post("/v2/bookings", json=BODY)

    assert (answer.status_code, answer.json()) == (
        502,
        {"statusCode": 502, "message": "Bad Gateway"},
    )
    assert practice.world.bookings == {}


def test_a_limit_that_is_not_reached_can_refuse_all_the_same(practice):
    fails(practice, Effect.LIMITED)

    answer = practice.ask("GET", "/v2/me")

    assert answer.status_code == 429
    assert answer.headers["x-ratelimit-remaining-default"] == "0"
    assert "retry-after" not in answer.headers


def test_a_fault_strikes_what_it_names_as_often_as_it_says(practice):
    fails(practice, Effect.STATUS, method="GET", path="/v2/bookings/*", times=2)
    uid = practice.book()["uid"]

    statuses = [practice.http.get(f"/v2/bookings/{uid}").status_code for _ in range(3)]

    assert statuses[:2] == [503, 503]
    assert statuses[2] == 200
    assert practice.ask("GET", "/v2/me").status_code == 200


def test_a_stale_read_shows_the_bookings_before_the_last_write(practice):
    uid = practice.book()["uid"]
    fails(practice, Effect.STALE, method="GET", path="/v2/bookings/*")
    practice.cancel(uid)

    stale, fresh = practice.read(uid), practice.read(uid)

    assert (stale["status"], fresh["status"]) == ("accepted", "cancelled")


def test_a_fault_with_a_chance_strikes_the_same_requests_with_the_same_seed():
    def struck(seed):
        practice = Practice(seed=seed)
        fails(practice, Effect.STATUS, chance=0.5, times=None)
        return [practice.http.get("/health").status_code for _ in range(40)]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 8 < struck(1).count(503) < 32


@pytest.mark.parametrize(
    ("faults", "count"),
    [(HookFaults(dropped=1.0), 0), (HookFaults(duplicated=1.0), 2), (HookFaults(), 1)],
)
def test_a_delivery_is_lost_or_comes_twice(practice, faults, count):
    practice.world.faults.hooks = faults

    practice.book()

    assert practice.sent == practice.sent[:1] * count


def test_a_forged_delivery_has_another_body_and_no_signature_of_ours(practice):
    practice.world.faults.hooks = HookFaults(forged=1.0)

    practice.book()

    forged, real = practice.sent
    assert (forged.is_forged, real.is_forged) == (True, False)
    assert forged.body != real.body
    assert forged.headers["X-Cal-Signature-256"] != signature(HOOK_SECRET, forged.body)
    assert real.headers["X-Cal-Signature-256"] == signature(HOOK_SECRET, real.body)


def test_what_was_kept_back_comes_when_it_is_released(practice):
    practice.world.faults.hooks = HookFaults(delayed=1.0)
    uid = practice.book()["uid"]
    practice.cancel(uid)
    assert practice.sent == []

    send_all(release(practice.world), practice.sent.append)

    assert practice.triggers == ["BOOKING_CREATED", "BOOKING_CANCELLED"]


def test_what_was_kept_back_can_come_in_any_order(practice):
    practice.world.faults.hooks = HookFaults(delayed=1.0, is_shuffled=True)
    for hour in range(10, 15):
        practice.book(f"{MONDAY}T{hour}:00:00Z")

    send_all(release(practice.world), practice.sent.append)

    starts = [json.loads(each.body)["payload"]["startTime"] for each in practice.sent]
    assert starts != sorted(starts)
    assert len(set(starts)) == 5


def test_faults_are_off_again_when_cleared(practice):
    fails(practice, Effect.CUT, times=None)
    practice.world.faults.hooks = HookFaults(dropped=1.0)

    practice.world.faults.clear()

    practice.book()
    assert len(practice.sent) == 1
