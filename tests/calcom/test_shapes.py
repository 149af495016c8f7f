"""The shapes of a real server's answers and deliveries, kept here so that a clone without the
recordings is held to them too.

A shape is the set of paths in a JSON text with the kind of what is there; it holds no value of
anybody's.
"""

import json
from pathlib import Path

import pytest
from calcom_harness import MONDAY, Practice
from recorded_calcom.recordings import needs_recordings, steps_of
from recorded_calcom.shaping import shape_of

from syncd_calcom.standin import RECORDED

KEPT = json.loads((Path(__file__).parent / "shapes.json").read_text())
FROM = {
    "booking": ("booking-create", 0),
    "moved booking": ("reschedule-chain", 1),
    "superseded booking": ("reschedule-chain", 2),
    "cancelled booking": ("receiver-get", 5),
    "requested booking": ("confirm-decline", 0),
    "rejected booking": ("confirm-decline", 11),
    "list": ("booking-create", 5),
    "seated booking": ("seated", 2),
    "series": ("recurring", 1),
    "refused": ("booking-create-errors", 1),
    "refused answers": ("booking-create-variants", 6),
    "refused bare": ("cancel", 6),
    "refused query": ("booking-list", 15),
    "webhook": ("webhooks-crud", 1),
    "reservation": ("slot-reservations", 0),
    "schedule": ("schedules", 2),
    "me": ("me", 0),
}
"""Which recorded step a shape comes from."""


def asked(practice):
    """The same questions, put by ourselves: every answer by its name, and every delivery."""
    found = {}

    def keep(name, method, path, body=None, **more):
        found[name] = practice.ask(method, path, body, **more).json()
        return found[name].get("data")

    booked = {"notes": "n"}
    body = {
        "start": f"{MONDAY}T09:00:00Z",
        "eventTypeId": 301,
        "attendee": {"name": "Jane", "email": "j@example.test", "timeZone": "UTC"},
        "bookingFieldsResponses": booked,
        "metadata": {"syncd_no": "A", "syncd_origin": "B"},
    }
    uid = keep("booking", "POST", "/v2/bookings", body)["uid"]
    keep("refused", "POST", "/v2/bookings", body)
    nobody = {**body["attendee"], "email": None, "phoneNumber": "+491701234567"}
    keep("refused answers", "POST", "/v2/bookings", {**body, "attendee": nobody})
    keep("list", "GET", "/v2/bookings")
    keep("refused query", "GET", "/v2/bookings", status="accepted")
    keep("refused bare", "POST", f"/v2/bookings/{uid}/cancel", {})
    move = {"start": f"{MONDAY}T10:00:00Z", "reschedulingReason": "r"}
    moved = keep("moved booking", "POST", f"/v2/bookings/{uid}/reschedule", move)["uid"]
    keep("superseded booking", "GET", f"/v2/bookings/{uid}")
    reason = {"cancellationReason": "c"}
    keep("cancelled booking", "POST", f"/v2/bookings/{moved}/cancel", reason)
    wish = {**body, "eventTypeId": 302, "metadata": {"syncd_no": "A"}, "bookingFieldsResponses": {}}
    uid = keep("requested booking", "POST", "/v2/bookings", wish)["uid"]
    keep("rejected booking", "POST", f"/v2/bookings/{uid}/decline", {"reason": "r"})
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True}
    group = practice.event_type(seats=seats)
    start = {"start": f"{MONDAY}T12:00:00Z", "metadata": {"syncd_no": "A"}}
    keep("seated booking", "POST", "/v2/bookings", {**body, **start, "eventTypeId": group})
    weekly = {"frequency": "weekly", "interval": 1, "occurrences": 3}
    number = practice.event_type(slug="series", recurrence=weekly)
    start = {"start": f"{MONDAY}T14:00:00Z", "bookingFieldsResponses": {}, **wish_of("A")}
    keep("series", "POST", "/v2/bookings", {**body, **start, "eventTypeId": number})
    hook = {"active": True, "subscriberUrl": "http://127.0.0.1:9/x", "triggers": [], "secret": "s"}
    keep("webhook", "POST", "/v2/webhooks", {**hook, "triggers": ["BOOKING_PAID"]})
    slot = {"eventTypeId": 301, "slotStart": f"{MONDAY}T08:00:00Z"}
    keep("reservation", "POST", "/v2/slots/reservations", slot, key=None)
    keep("schedule", "GET", "/v2/schedules/201")
    keep("me", "GET", "/v2/me")
    return found


def wish_of(number):
    return {"metadata": {"syncd_no": number}}


DELIVERIES = {
    "BOOKING_CREATED": ("booking-create", 0),
    "BOOKING_RESCHEDULED": ("reschedule-chain", 1),
    "BOOKING_CANCELLED": ("receiver-get", 5),
    "BOOKING_REQUESTED": ("confirm-decline", 0),
    "BOOKING_REJECTED": ("confirm-decline", 11),
}


@pytest.fixture(scope="module")
def exchange():
    practice = Practice(RECORDED)
    found = asked(practice)
    first = {}
    for each in practice.told:
        first.setdefault(each["triggerEvent"], each)
    return found | first


@pytest.mark.parametrize("name", [*FROM, *DELIVERIES])
def test_what_is_answered_and_told_has_the_shape_of_the_real_thing(exchange, name):
    assert shape_of(exchange[name]) == KEPT[name]


@needs_recordings
@pytest.mark.parametrize("name", [*FROM, *DELIVERIES])
def test_a_shape_that_is_kept_is_the_recorded_one(name):
    if name in FROM:
        scenario, step = FROM[name]
        recorded = steps_of(scenario)[step]["response"]["body"]
    else:
        scenario, step = DELIVERIES[name]
        recorded = json.loads(steps_of(scenario)[step]["webhooks"][0]["raw_body"])

    assert shape_of(recorded) == KEPT[name]
