"""The HTTP door of a daemon that really runs: beside rounds, across crashes, and under many hands."""

from __future__ import annotations

import os
import random
import re
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest
from httpx import Client, HTTPError
from system.http_clients import Crowd, everything, overlaps, slot
from system.running_practice import until

from syncd.core.access import Role
from syncd.flows.tokens import Grant, issue

pytestmark = [pytest.mark.slow, pytest.mark.server]

TORTURED = "TORTURE" in os.environ


@pytest.fixture
def open_practice(practice):
    practice.environ |= {"SYNCD_LISTEN": "127.0.0.1:0", "SYNCD_REQUESTS_PER_MINUTE": "1000000"}
    return practice


def base_of(daemon):
    found = until(lambda: re.search(r"address=(127\.0\.0\.1:\d+)", daemon.said()), "an address")
    return f"http://{found[1]}"


def staff_of(practice):
    return issue(practice.around, Grant(name="staff", role=Role.ADMIN), practice.cause)[1]


def client_for(daemon, token):
    headers = {"Authorization": f"Bearer {token}"}
    return Client(base_url=base_of(daemon), headers=headers, timeout=30, trust_env=False)


def book(http, number, key=None):
    body = {
        "activityId": "consultation",
        "practitionerId": "dr-patel",
        "start": slot(number),
        "client": {"name": f"Client {number}", "email": f"c{number}@example.org"},
    }
    headers = {"Idempotency-Key": key} if key else {}
    return http.post("/api/v1/appointments", json=body, headers=headers)


def test_what_is_booked_by_http_is_in_the_calendar_soon_and_a_stop_ends_both(open_practice):
    daemon = open_practice.start()
    with client_for(daemon, staff_of(open_practice)) as http:
        made = book(http, 0)

        assert made.status_code == 201, made.text
        until(lambda: len(open_practice.events()) == 1, "the event")
        which = made.json()["appointment"]["id"]

        def links():
            return http.get(f"/api/v1/appointments/{which}").json()["links"]

        until(lambda: [each["state"] for each in links()] == ["in-sync"], "in-sync")
        assert http.get("/readyz").json() == {"status": "ready", "calendars": {"in-sync": 1}}

    daemon.process.terminate()

    assert daemon.ended() == 0
    with pytest.raises(HTTPError), Client(base_url=base_of(daemon)) as http:
        http.get("/livez")


def test_one_key_is_one_appointment_and_one_answer_across_kill_9(open_practice):
    """Bookings with a key each, from several threads; the process dies in the middle, and every key
    is asked for again."""
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    chance = random.Random(seed)
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")
    token, answered = staff_of(open_practice), {}
    for turn in range(12 if TORTURED else 4):
        daemon = open_practice.start()
        numbers = range(turn * 10, turn * 10 + 10)
        with client_for(daemon, token) as http:

            def ask(number, http=http):
                with suppress(HTTPError):  # it dies meanwhile
                    answered[number] = book(http, number, f"key-{number}").text

            threads = [threading.Thread(target=ask, args=(each,)) for each in numbers]
            for each in threads:
                each.start()
            threading.Event().wait(chance.random() / 10)
            daemon.kill()
            for each in threads:
                each.join()
        again = open_practice.start()
        with client_for(again, token) as http:
            for number in numbers:
                answer = book(http, number, f"key-{number}")
                assert answer.status_code == 201, answer.text
                assert answered.get(number, answer.text) == answer.text
        again.kill()

    made = everything(open_practice)
    assert len(made) == len({each.start for each in made}) == 10 * (12 if TORTURED else 4)
    assert open_practice.journal_is_sound()


def test_thirty_two_at_once_double_book_nothing_and_lose_no_answer(open_practice):
    """Half of them clients, half staff, on sixty slots, while the calendar is kept in sync."""
    seed = int(os.environ.get("SYNCD_TEST_SEED") or random.randrange(2**32))
    sys.stdout.write(f"SYNCD_TEST_SEED={seed}\n")
    daemon = open_practice.start()
    crowd = Crowd(open_practice, base_of(daemon), 32, seed)

    crowd.live(60 if TORTURED else 6)

    times = sorted(crowd.milliseconds)
    sys.stdout.write(f"{dict(crowd.answers)}, p99 {times[int(len(times) * 0.99)]:.0f} ms\n")
    assert crowd.odd == []
    assert crowd.answers[201] > 30
    assert crowd.answers[409] > 30
    made = {each.id: each for each in everything(open_practice)}
    assert overlaps(list(made.values())) == []
    for key, told in crowd.acknowledged.items():
        now = made[key]
        assert (now.number, now.version) == (told.number, told.version)
        assert (now.status, now.start) == (told.status, told.start)
    assert len(made) == len(crowd.acknowledged)
    numbers = sorted(int(each.number.rsplit("-", 1)[1]) for each in made.values())
    assert numbers == list(range(1, len(made) + 1))
    assert open_practice.journal_is_sound()
    until(open_practice.is_settled, "convergence", within=60)
    living = [each for each in made.values() if not each.is_over]
    assert len(open_practice.events()) == len(living)


def test_an_address_that_is_taken_is_said_and_ends_the_start(open_practice):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            (sys.executable, "-m", "syncd", "run"),
            env=open_practice.environ | {"SYNCD_LISTEN": f"127.0.0.1:{port}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert ended.returncode == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


@pytest.mark.parametrize("part", ["web", "worker"])
def test_each_part_runs_alone(open_practice, part):
    open_practice.environ["SYNCD_LISTEN"] = "127.0.0.1:0"
    open_practice.book()
    daemon = open_practice.start(only=part)
    until(lambda: "event=started" in daemon.said(), "the start")

    if part == "web":
        with client_for(daemon, staff_of(open_practice)) as http:
            assert book(http, 30).status_code == 201
        assert open_practice.proxy.log == []
    else:
        assert "address=off" in daemon.said()
        until(lambda: len(open_practice.events()) == 1, "the event")
    daemon.process.terminate()
    assert daemon.ended() == 0
