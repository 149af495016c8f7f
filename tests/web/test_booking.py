"""Bookings and holds by HTTP: who may book what for whom, and what an answer tells."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.access import Caller, Role
from syncd.core.appointment import Status
from syncd.web.bodies import BookingBody
from syncd.web.booking import _Asked

from .conftest import CAUSE, JANE, NINE

TEN = "2031-03-03T10:00:00+01:00"


def test_a_booking_is_answered_with_the_appointment_its_address_and_its_version(door):
    answer = door.book()

    assert answer.status_code == 201
    made = answer.json()["appointment"]
    assert made["number"] == "AID-20310303-0001"
    assert (made["status"], made["start"], made["end"]) == (
        "booked",
        "2031-03-03T09:00:00+01:00",
        "2031-03-03T09:30:00+01:00",
    )
    assert (made["timezone"], made["durationMinutes"]) == ("Europe/Berlin", 30)
    assert made["client"] == {"id": made["client"]["id"], "phone": "+49 30 1", **JANE}
    assert answer.headers["location"] == f"/api/v1/appointments/{made['id']}"
    assert answer.headers["etag"] == '"1"'
    assert door.get(f"/appointments/{made['id']}").json() == made


@pytest.mark.parametrize(
    ("language", "activity", "message"),
    [
        ("en", "consultation", "Appointment made"),
        ("fr", "consultation", "Rendez-vous créé avec succès"),
        ("fr-CH, en;q=0.5", "request", "Rendez-vous demandé"),
        ("de", "request", "Appointment requested"),
    ],
)
def test_a_person_is_told_in_their_language(door, language, activity, message):
    answer = door.book(activityId=activity, headers={"Accept-Language": language})

    assert answer.json()["message"] == message


def test_a_client_books_for_themselves_and_nobody_else(door):
    assert door.booked("jane")["client"]["name"] == "Jane Doe"

    for other in ({"client": {"name": "John Roe", "email": "j@example.org"}}, {"clientId": "x"}):
        refused = door.book("jane", TEN, **other)
        assert refused.status_code == 422
        assert list(refused.json()["errors"]) == ["client"]


def test_the_public_says_who_it_is_for_and_is_told_nothing_that_was_known(door):
    answer = door.book("website")

    assert answer.status_code == 201
    made = answer.json()["appointment"]
    assert made["client"] is None
    assert (made["links"], made["flags"], made["actions"]) == ([], [], [])
    assert "+49" not in answer.text
    assert door.get(f"/appointments/{made['id']}").json()["client"]["name"] == "Jane Doe"
    assert door.book("website", TEN, client=None).status_code == 422
    assert door.book("website", TEN, client=None, clientId="x").status_code == 422


def test_without_a_credential_nobody_books_unless_the_practice_lets_anybody(door):
    assert door.book(None).status_code == 401

    door.practice_is(public_booking=True)

    assert door.book(None).status_code == 201
    assert door.get("/appointments", None).status_code == 403


def test_staff_name_a_client_or_say_who_it_is(door):
    jane = door.booked("patel")["client"]["id"]

    known = door.book("patel", TEN, client=None, clientId=jane)

    assert known.json()["appointment"]["client"]["id"] == jane
    for wrong in ({"clientId": jane}, {"client": None}):
        assert door.book("patel", "2031-03-03T11:00:00+01:00", **wrong).status_code == 422
    absent = door.book("patel", "2031-03-03T11:00:00+01:00", client=None, clientId="nobody")
    assert absent.status_code == 404


def test_a_practitioner_books_for_nobody_but_themselves(door):
    assert door.book("owl").status_code == 403
    assert door.book("owl", practitionerId="dr-owl").status_code == 201


def test_a_taken_time_is_refused_with_times_that_are_really_free(door):
    door.book()

    refused = door.book("john")

    assert refused.status_code == 409
    assert refused.json()["code"] == "SLOT_UNAVAILABLE"
    free = refused.json()["alternatives"]
    assert [each["start"] for each in free][:2] == [
        "2031-03-03T09:30:00+01:00",
        "2031-03-03T10:00:00+01:00",
    ]
    assert len(free) == 5
    assert door.book("john", free[0]["start"]).status_code == 201


def test_a_client_with_another_appointment_then_is_told_that(door):
    door.book("jane")

    refused = door.book("jane", practitionerId="dr-owl").json()

    assert refused["code"] == "CLIENT_BUSY"
    assert NINE not in [each["start"] for each in refused["alternatives"]]


def test_whoever_only_claims_to_be_somebody_learns_and_changes_nothing_of_them(door):
    door.book("jane")

    refused = door.book("website", practitionerId="dr-owl").json()
    door.book("website", TEN, client={**JANE, "phone": "+49 666"})

    assert refused["code"] == "SLOT_UNAVAILABLE"
    assert "client" not in refused["detail"]
    assert phone_of_jane(door) == "+49 30 1"
    door.book("admin", "2031-03-03T11:00:00+01:00", client={**JANE, "phone": "+49 30 2"})
    assert phone_of_jane(door) == "+49 30 2"


def phone_of_jane(door):
    [jane] = door.get("/clients?search=jane").json()["clients"]
    return jane["phone"]


def test_what_is_refused_whatever_the_time_names_no_other_times(door):
    door.practice_is(most_ahead=1)
    door.book("jane")

    refused = door.book("jane", TEN).json()

    assert refused["code"] == "MAX_APPTS_PER_PATIENT"
    assert "alternatives" not in refused


@pytest.mark.parametrize(
    ("start", "status", "code"),
    [
        ("2031-03-03T08:00:00+01:00", 422, "PAST_DATETIME"),
        ("2031-03-03T20:00:00+01:00", 409, "OUTSIDE_BUSINESS_HOURS"),
        ("2031-03-03T16:45:00+01:00", 409, "OUTSIDE_BUSINESS_HOURS"),
        ("2031-03-08T09:00:00+01:00", 409, "OUTSIDE_BUSINESS_HOURS"),
        ("2031-03-03T09:10:00+01:00", 409, "NOT_OFFERED"),
        ("2031-03-03T09:00:30+01:00", 422, "VALIDATION_ERROR"),
        ("2031-03-03T09:00:00", 422, "VALIDATION_ERROR"),
        ("tomorrow", 422, "VALIDATION_ERROR"),
        ("9999-12-31T23:59:00-12:00", 422, "VALIDATION_ERROR"),
    ],
)
def test_a_time_that_cannot_be_had_is_refused_by_its_own_code(door, start, status, code):
    refused = door.book("jane", start)

    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (status == 422) == ("errors" in refused.json())


def test_what_does_not_exist_is_named(door):
    assert door.book(practitionerId="dr-who").json()["code"] == "PRACTITIONER_NOT_FOUND"
    assert door.book(activityId="surgery").status_code == 404
    assert door.book(durationMinutes=45).status_code == 422


def test_staff_overbook_with_a_reason_and_clients_never(door):
    door.book()

    assert (
        door.book("admin", client={"name": "Al", "email": "al@example.org"}, overbook=True).json()[
            "code"
        ]
        == "REASON_REQUIRED"
    )
    over = door.booked(
        "admin", client={"name": "Al", "email": "al@example.org"}, overbook=True, reason="pain"
    )
    assert over["flags"] == ["overbooked"]
    assert door.book("john", overbook=True, reason="please").status_code == 403


def test_bookings_can_be_switched_off_for_all_but_staff(door):
    before = door.booked("john", "2031-03-04T09:00:00+01:00")

    switched = door.ask("PUT", "/settings/booking", json={"enabled": False})

    assert switched.json() == {"enabled": False}
    assert door.get("/settings/booking", "jane").json() == {"enabled": False}
    for who in ("jane", "website"):
        refused = door.book(who)
        assert (refused.status_code, refused.json()["code"]) == (403, "MODULE_DISABLED")
    assert door.book("patel").status_code == 201
    assert door.ask("PUT", "/settings/booking", "patel", json={"enabled": True}).status_code == 403
    moved = door.act(before["id"], "reschedule", "john", start="2031-03-04T11:00:00+01:00")
    assert moved.json()["code"] == "MODULE_DISABLED"
    assert door.act(before["id"], "cancel", "john").status_code == 200
    door.ask("PUT", "/settings/booking", json={"enabled": True})
    assert door.book("jane", TEN).status_code == 201


def test_a_client_books_five_times_a_minute_wherever_they_ask(door):
    for hour in range(5):
        assert door.book("jane", f"2031-03-03T{9 + hour:02}:00:00+01:00").status_code == 201

    hidden = door.book("website", "2031-03-03T15:00:00+01:00")
    sixth = door.book("jane", "2031-03-03T15:00:00+01:00")

    assert (hidden.status_code, hidden.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    assert (sixth.status_code, sixth.json()["code"]) == (429, "RATE_LIMITED")
    assert sixth.headers["retry-after"] == "60"
    assert door.book("admin", "2031-03-03T15:00:00+01:00").status_code == 201
    door.now_is(door.around.clock.now() + timedelta(minutes=1))
    assert door.book("jane", "2031-03-03T16:00:00+01:00").status_code == 201


# Holds.


def hold(door, who, start=NINE, **more):
    body = {"activityId": "consultation", "practitionerId": "dr-patel", "start": start, **more}
    return door.post("/holds", body, who)


def test_a_hold_keeps_the_time_until_it_is_booked_or_runs_out(door):
    held = hold(door, "jane", minutes=10).json()["appointment"]

    assert (held["status"], held["holdExpiresAt"]) == ("proposed", "2031-03-03T09:10:00+01:00")
    assert door.book("john").status_code == 409
    booked = door.act(held["id"], "book", "jane")
    assert booked.json()["status"] == "booked"
    other = hold(door, "jane", TEN, minutes=1).json()["appointment"]
    door.now_is(door.around.clock.now() + timedelta(minutes=1))
    expired = door.act(other["id"], "book", "jane")
    assert (expired.status_code, expired.json()["code"]) == (410, "HOLD_EXPIRED")
    assert door.book("john", TEN).status_code == 201


def test_the_public_holds_nothing(door):
    assert hold(door, "website", client=JANE).status_code == 403


# Asked twice.


def test_the_same_key_and_wish_books_once_and_is_answered_the_same(door):
    first = door.book("jane", headers={"Idempotency-Key": "k1"})
    second = door.book("jane", headers={"Idempotency-Key": "k1"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.text == second.text
    assert first.headers["etag"] == second.headers["etag"]
    assert door.get("/appointments").json()["total"] == 1


def test_the_same_key_with_another_wish_is_a_mistake(door):
    door.book("jane", headers={"Idempotency-Key": "k1"})

    refused = door.book("jane", TEN, headers={"Idempotency-Key": "k1"})
    held = door.post(
        "/holds",
        {"activityId": "consultation", "practitionerId": "dr-patel", "start": NINE},
        "jane",
        headers={"Idempotency-Key": "k1"},
    )

    for each in (refused, held):
        assert (each.status_code, each.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")
    assert door.book("john", TEN, headers={"Idempotency-Key": "k1"}).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(door, key):
    assert door.book("jane", headers={"Idempotency-Key": key}).status_code == 422


def test_twenty_at_once_with_one_key_make_one_appointment(door):
    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: door.book("jane", headers={"Idempotency-Key": "k"}), range(20))
        )

    assert {each.status_code for each in answers} == {201}
    assert len({each.text for each in answers}) == 1
    assert door.get("/appointments").json()["total"] == 1


def test_twenty_at_once_for_one_time_make_one_appointment(door):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(door.book, ["jane", "john"] * 10))

    assert sorted(each.status_code for each in answers) == [201] + [409] * 19
    taken = door.get("/appointments").json()["appointments"]
    assert [each["status"] for each in taken] == [Status.BOOKED]


# What a review tried.


@pytest.mark.parametrize(
    "start", ["9999-12-31T23:15:00Z", "0001-01-01T00:00:00Z", "9001-01-01T09:00:00Z"]
)
def test_the_ends_of_the_calendar_are_no_time_for_anybody(door, start):
    over = {"overbook": True, "reason": "why"}
    asked = f"/slots/explain?activityId=consultation&practitionerId=dr-patel&start={start}"
    day = start[:10]

    answers = [
        door.book("admin", start, **over),
        door.book("website", start),
        door.act(door.booked("jane")["id"], "reschedule", start=start),
        door.get(asked),
        door.get(f"/slots?activityId=consultation&start={day}&end={day}"),
        door.get(f"/calendar?start={start}&end={day}"),
        door.get(f"/appointments?date={day}"),
        door.get(f"/appointments?start={start}"),
    ]

    assert [each.status_code for each in answers] == [422] * len(answers)
    assert door.get("/appointments").json()["total"] == 1


def test_what_cannot_be_told_does_not_happen(door, monkeypatch):
    def broken(*_args):
        raise OverflowError("date value out of range")

    monkeypatch.setattr("syncd.web.booking.message", broken)
    assert door.book("jane").status_code == 500
    monkeypatch.undo()

    assert door.get("/appointments").json()["total"] == 0


def test_one_person_who_stands_for_two_has_keys_for_each(door):
    """A parent's JWT has one subject, whichever child it is for."""
    parent = Caller(role=Role.CLIENT, name="jwt:0123", client_id="child-1")
    body = BookingBody(activityId="a", practitionerId="b", start=NINE)
    one = _Asked(door.around, parent, None, body)
    other = _Asked(door.around, replace(parent, client_id="child-2"), None, body)

    callers = {each._caller() for each in (one, other)}

    assert len(callers) == 2


def test_a_client_moves_nothing_to_a_practitioner_who_has_left(door):
    made = door.booked("jane")["id"]

    def leaves(tx):
        tx.save_practitioner(replace(tx.practitioner("dr-patel"), active=False), CAUSE)

    door.around.ledger.write(leaves)

    assert door.act(made, "reschedule", "jane", start=TEN).json()["code"] == "NOT_OFFERED"
    assert door.act(made, "reschedule", start=TEN).status_code == 200


def test_the_public_is_not_told_how_much_somebody_has_booked(door):
    door.practice_is(most_ahead=1)
    door.book("jane")

    assert door.book("website", TEN).json()["code"] == "SLOT_UNAVAILABLE"


def test_whoever_is_free_is_booked_where_nobody_is_named(door):
    names = [{"name": f"N{each}", "email": f"n{each}@example.org"} for each in range(3)]
    made = [door.book("website", practitionerId=None, client=each) for each in names]

    assert [each.status_code for each in made] == [201, 201, 409]
    told = [each.json()["appointment"]["practitionerId"] for each in made[:2]]
    assert sorted(told) == ["dr-owl", "dr-patel"]
    instead = made[2].json()["alternatives"]
    assert len({each["start"] for each in instead}) == len(instead) == 5
    taken = door.book("website", instead[0]["start"], practitionerId=None, client=names[2])
    assert taken.status_code == 201


def test_whoever_asks_twice_for_anybody_gets_the_same_answer_though_nobody_is_free_any_more(door):
    key = {"Idempotency-Key": "k"}
    first = door.book("website", practitionerId=None, headers=key)
    door.book("admin", practitionerId=None, client={"name": "Bo", "email": "b@example.org"})

    again = door.book("website", practitionerId=None, headers=key)

    assert again.text == first.text
    assert door.get("/appointments").json()["total"] == 2


def test_a_practitioner_who_names_nobody_books_with_themselves(door):
    assert door.booked("patel", practitionerId=None)["practitionerId"] == "dr-patel"
