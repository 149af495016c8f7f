"""What a practice sets up: event types, hours, webhooks, its own profile; and what that changes."""

from dataclasses import replace

import pytest
from calcom_harness import HOOK, JANE, MONDAY, Practice

from syncd_calcom.standin import BOB_KEY, HOSTED


@pytest.fixture
def practice():
    return Practice()


def refused(practice, number, start):
    body = {"start": start, "eventTypeId": number, "attendee": JANE}
    return practice.ask("POST", "/v2/bookings", body).status_code


@pytest.mark.parametrize(
    ("window", "last", "beyond"),
    [
        ({"type": "calendarDays", "value": 3, "rolling": False}, "2031-03-04", "2031-03-05"),
        ({"type": "businessDays", "value": 5, "rolling": False}, "2031-03-07", "2031-03-10"),
        ({"type": "range", "value": ["2031-03-03", "2031-03-05"]}, "2031-03-05", "2031-03-06"),
    ],
    ids=["calendar days", "business days", "range"],
)
def test_a_window_ends_with_its_last_day(practice, window, last, beyond):
    number = practice.event_type(bookingWindow=window)

    assert practice.book(f"{last}T15:00:00Z", eventTypeId=number)["status"] == "accepted"
    assert refused(practice, number, f"{beyond}T09:00:00Z") == 400


@pytest.mark.parametrize(
    ("unit", "within", "after"),
    [("month", "2031-03-31", "2031-04-01"), ("year", "2031-12-31", "2032-01-01")],
)
def test_a_limit_counts_months_and_years(practice, unit, within, after):
    number = practice.event_type(bookingLimitsCount={unit: 1})
    practice.book(f"{MONDAY}T09:00:00Z", eventTypeId=number)

    assert refused(practice, number, f"{within}T11:00:00Z") == 401
    assert refused(practice, number, f"{after}T11:00:00Z") == 201


def test_a_hidden_event_type_is_listed_to_nobody_and_can_be_read_and_booked(practice):
    number = practice.event_type(hidden=True)

    listed = practice.data("GET", "/v2/event-types", username="alice", key=None)

    assert number not in [each["id"] for each in listed]
    assert practice.data("GET", f"/v2/event-types/{number}")["hidden"] is True
    assert practice.book(eventTypeId=number)["status"] == "accepted"


def test_switching_seats_off_makes_it_an_event_type_for_one(practice):
    seats = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}
    number = practice.event_type(seats=seats)

    practice.data("PATCH", f"/v2/event-types/{number}", {"seats": {"disabled": True}})

    assert "seatUid" not in practice.book(eventTypeId=number)


def test_the_webhooks_of_an_event_type_go_with_it(practice):
    number = practice.event_type()
    body = {"active": True, "subscriberUrl": HOOK, "triggers": [], "secret": "s"}
    practice.data("POST", f"/v2/event-types/{number}/webhooks", body)

    practice.data("DELETE", f"/v2/event-types/{number}")

    assert [each.event_type_id for each in practice.world.hooks.values()] == [None]


def test_a_schedule_that_becomes_the_default_sets_the_hours(practice):
    hours = [{"days": ["Monday"], "startTime": "10:00", "endTime": "11:00"}]
    body = {"name": "Short", "timeZone": "UTC", "isDefault": True, "availability": hours}

    number = practice.data("POST", "/v2/schedules", body)["id"]

    assert practice.data("GET", "/v2/schedules/default")["id"] == number
    assert practice.starts(eventTypeId=301) == ["10:00", "10:30"]


def test_nobody_works_without_a_schedule(practice):
    practice.data("DELETE", "/v2/schedules/201")

    assert practice.starts(eventTypeId=301) == []


def test_ones_own_profile_can_be_changed(practice):
    practice.data("PATCH", "/v2/me", {"timeZone": "Europe/Tallinn", "name": "Alice P."})

    found = practice.data("GET", "/v2/me")
    assert (found["timeZone"], found["name"]) == ("Europe/Tallinn", "Alice P.")


def test_busy_times_of_the_stood_in_calendar_are_what_is_booked(practice):
    practice.book()
    query = {
        "dateFrom": MONDAY,
        "dateTo": MONDAY,
        "timeZone": "UTC",
        "calendarsToLoad[0][credentialId]": 0,
        "calendarsToLoad[0][externalId]": "x",
    }

    found = practice.data("GET", "/v2/calendars/busy-times", **query)

    assert [(each["start"], each["end"]) for each in found] == [
        (f"{MONDAY}T09:00:00.000Z", f"{MONDAY}T09:30:00.000Z")
    ]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (HOOK, 400),
        ("https://localhost/hook", 400),
        ("https://10.0.0.1/hook", 400),
        ("http://example.org/hook", 400),
        ("https://example.org/hook", 201),
    ],
)
def test_a_service_that_minds_takes_public_addresses_only(url, status):
    practice = Practice(replace(HOSTED, refuses_private_subscribers=True))
    body = {"active": True, "subscriberUrl": url, "triggers": [], "secret": "s"}
    practice.world.hooks.clear()

    assert practice.ask("POST", "/v2/webhooks", body).status_code == status


def test_a_reservation_may_choose_a_length_that_is_offered(practice):
    number = practice.event_type(lengthInMinutes=30, lengthInMinutesOptions=[30, 60])
    body = {"eventTypeId": number, "slotStart": f"{MONDAY}T09:00:00Z"}

    def reserved(minutes):
        return practice.ask("POST", "/v2/slots/reservations", {**body, "slotDuration": minutes})

    assert reserved(45).status_code == 400
    assert reserved(60).json()["data"]["slotEnd"] == f"{MONDAY}T10:00:00.000Z"


def test_what_is_anothers_cannot_be_changed_in_place(practice):
    uid = practice.book()["uid"]
    body = {"location": {"type": "address", "address": "x"}}

    mine = practice.ask("PATCH", f"/v2/bookings/{uid}/location", body, key=BOB_KEY)
    absent = practice.ask("PATCH", "/v2/bookings/nope/location", body)

    assert (mine.status_code, absent.status_code) == (403, 404)


def test_whoever_booked_stays_when_attendees_are_removed(practice):
    uid = practice.book()["uid"]
    first = practice.data("GET", f"/v2/bookings/{uid}/attendees")[0]["id"]

    answer = practice.ask("DELETE", f"/v2/bookings/{uid}/attendees/{first}")
    unknown = practice.ask("GET", f"/v2/bookings/{uid}/attendees/999")

    assert (answer.status_code, unknown.status_code) == (400, 404)


def test_a_booking_is_handed_to_one_host_by_number(practice):
    practice.world.event_types[301].hosts = [102]
    uid = practice.book()["uid"]

    shown = practice.data("POST", f"/v2/bookings/{uid}/reassign/102", {"reason": "late"})
    unknown = practice.ask("POST", f"/v2/bookings/{uid}/reassign/999", {}, key=BOB_KEY)

    assert shown["reassignedTo"]["id"] == 102
    assert practice.triggers == ["BOOKING_CREATED"]
    assert unknown.status_code == 404


def test_a_request_to_reschedule_is_the_hosts_and_of_what_lives():
    practice = Practice(HOSTED)
    uid = practice.book()["uid"]
    path = f"/v2/bookings/{uid}/request-reschedule"

    strangers = practice.ask("POST", path, {}, key=BOB_KEY).status_code
    practice.cancel(uid)

    assert (strangers, practice.ask("POST", path, {}).status_code) == (403, 400)
