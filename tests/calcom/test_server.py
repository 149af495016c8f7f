"""The stand-in on a socket, with a receiver on another that asks it back."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest
from calcom_harness import JANE, MONDAY, SATURDAY
from faulty_http import Reply, ScriptedServer
from recorded_calcom.replaying import TickingClock

from syncd_calcom.standin import ALICE_KEY, Effect, Fault, HookFaults, a_practice, serve

HEADERS = {"Authorization": f"Bearer {ALICE_KEY}", "cal-api-version": "2024-08-13"}
BODY = {"start": f"{MONDAY}T09:00:00Z", "eventTypeId": 301, "attendee": JANE}


@contextmanager
def receiver(script):
    server = ScriptedServer(script)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture
def clock():
    return TickingClock(SATURDAY)


@pytest.fixture
def running(clock):
    with serve(a_practice(clock)) as found:
        yield found


@pytest.fixture
def client(running):
    with httpx.Client(base_url=running.origin, headers=HEADERS, trust_env=False) as found:
        yield found


def test_a_booking_is_told_before_it_is_answered_and_the_receiver_may_ask_back(running, client):
    seen = []

    def look(asked):
        payload = json.loads(asked.body)["payload"]
        found = httpx.get(
            f"{running.origin}/v2/bookings/{payload['uid']}", headers=HEADERS, trust_env=False
        )
        seen.append((asked.path, found.json()["data"]["status"]))
        return Reply()

    with receiver(look) as server:
        _subscribe(running, f"{server.origin}/hook")
        made = client.post("/v2/bookings", json=BODY).json()["data"]
        assert seen == [("/hook", "accepted")]
        client.post(f"/v2/bookings/{made['uid']}/cancel", json={"cancellationReason": "x"})

    assert seen[1:] == [("/hook", "accepted")]
    assert client.get(f"/v2/bookings/{made['uid']}").json()["data"]["status"] == "cancelled"


def test_a_receiver_that_refuses_changes_nothing(running, client):
    with receiver(lambda _: Reply(status=500)) as server:
        _subscribe(running, f"{server.origin}/hook")

        assert client.post("/v2/bookings", json=BODY).status_code == 201

    assert len(server.asked) == 1


def _subscribe(running, url):
    with httpx.Client(headers=HEADERS, trust_env=False) as client:
        client.post(
            f"{running.origin}/v2/webhooks",
            json={
                "active": True,
                "subscriberUrl": url,
                "triggers": ["BOOKING_CREATED", "BOOKING_CANCELLED", "MEETING_STARTED"],
            },
        ).raise_for_status()


def test_of_many_who_book_one_time_at_once_one_wins(running, client):
    def book(number):
        body = {**BODY, "attendee": {**JANE, "email": f"p{number}@example.test"}}
        return client.post("/v2/bookings", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(book, range(8)))

    assert statuses.count(201) == 1
    assert set(statuses) <= {201, 400, 409}


@pytest.mark.parametrize(("effect", "count"), [(Effect.CUT, 0), (Effect.LOST, 1), (Effect.HALF, 1)])
def test_a_cut_connection_is_seen_as_one(running, client, effect, count):
    running.world.faults.add(Fault(effect=effect, method="POST"))

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/v2/bookings", json=BODY)

    assert len(running.world.bookings) == count
    assert client.get("/v2/me").status_code == 200


def test_half_an_answer_begins_like_a_whole_one(running, client):
    running.world.faults.add(Fault(effect=Effect.HALF, method="POST"))

    with client.stream("POST", "/v2/bookings", json=BODY) as answer:
        assert answer.status_code == 201
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            answer.read()


def test_a_time_out_ends_the_connection_after_its_delay(running, client):
    late = timedelta(milliseconds=50)
    running.world.faults.add(Fault(effect=Effect.TIMEOUT, method="POST", delay=late))

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        client.post("/v2/bookings", json=BODY)

    assert len(running.world.bookings) == 1


def test_what_was_kept_back_and_what_is_due_are_sent_on_demand(running, client, clock):
    with receiver(lambda _: Reply()) as server:
        _subscribe(running, f"{server.origin}/hook")
        running.world.faults.hooks = HookFaults(delayed=1.0)
        client.post("/v2/bookings", json=BODY)
        assert server.asked == []

        running.release_deliveries()
        running.ping(next(iter(running.world.hooks.values())))
        running.world.faults.clear()
        clock.reach(SATURDAY.replace(day=3, hour=9, minute=5))
        running.run_cron()

    told = [json.loads(each.body)["triggerEvent"] for each in server.asked]
    assert told == ["BOOKING_CREATED", "PING", "MEETING_STARTED"]


def test_the_prefix_capitals_and_a_closing_slash_make_no_difference(client):
    assert client.get("/api/v2/BOOKINGS/").status_code == 200
    assert client.request("OPTIONS", "/v2/bookings").status_code == 204
    assert client.head("/v2/bookings").content == b""
    assert client.get("/health").text == "OK"
