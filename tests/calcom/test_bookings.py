"""What the recordings do not show of bookings: long chains, odd orders, bounds and buffers."""

from datetime import datetime

import pytest
from calcom_harness import JANE, MONDAY, Practice

from syncd_calcom.standin import BOB_KEY, HOSTED
from syncd_calcom.standin.rows import Status


@pytest.fixture
def practice():
    return Practice()


def at(time, day=MONDAY):
    return f"{day}T{time}:00Z"


def test_a_chain_of_moves_keeps_its_icalendar_uid_and_its_metadata(practice):
    first = found = practice.book(metadata={"syncd_no": "A-1"})

    for hour in range(10, 14):
        found = practice.move(found["uid"], at(f"{hour}:00"))

    assert found["icsUid"] == first["icsUid"]
    assert found["uid"] != first["uid"]
    assert found["metadata"] == {"syncd_no": "A-1"}


def test_each_link_of_a_chain_names_its_neighbours_and_only_the_last_lives(practice):
    uids = [practice.book()["uid"]]
    for hour in (10, 11):
        uids.append(practice.move(uids[-1], at(f"{hour}:00"))["uid"])

    found = [practice.read(uid) for uid in uids]

    assert [each.get("rescheduledFromUid") for each in found] == [None, *uids[:-1]]
    assert [each.get("rescheduledToUid") for each in found] == [*uids[1:], None]
    assert [each["status"] for each in found] == ["cancelled", "cancelled", "accepted"]


def test_the_sequence_grows_with_each_move_and_with_the_cancellation(practice):
    uid = practice.book()["uid"]
    moved = practice.move(practice.move(uid, at("10:00"))["uid"], at("11:00"))
    practice.cancel(moved["uid"])

    assert [each["payload"]["iCalSequence"] for each in practice.told] == [0, 1, 2, 3]


def test_what_was_moved_is_refused_with_the_uid_of_its_successor(practice):
    old = practice.book()["uid"]
    new = practice.move(old, at("10:00"))["uid"]

    answer = practice.ask("POST", f"/v2/bookings/{old}/reschedule", {"start": at("12:00")})

    assert answer.status_code == 400
    assert new in answer.json()["error"]["message"]


def test_a_cancelled_time_is_free_again_and_so_is_its_unique_key(practice):
    uid = practice.book()["uid"]
    practice.cancel(uid)

    again = practice.book()

    assert again["status"] == "accepted"
    assert again["uid"] != uid


def test_what_has_begun_can_be_cancelled_and_what_has_ended_cannot(practice):
    uids = [practice.book(at(time))["uid"] for time in ("09:00", "09:30")]
    practice.clock.reach(datetime.fromisoformat(at("09:45")))

    def cancelled(uid):
        reason = {"cancellationReason": "x"}
        return practice.ask("POST", f"/v2/bookings/{uid}/cancel", reason).status_code

    assert [cancelled(uid) for uid in uids] == [400, 200]


def test_a_move_frees_the_old_time(practice):
    practice.move(practice.book()["uid"], at("13:00"))

    assert practice.book(attendee={**JANE, "email": "other@example.test"})["start"] == (
        f"{MONDAY}T09:00:00.000Z"
    )


def test_a_declined_request_leaves_its_reason_to_the_webhook(practice):
    uid = practice.book(eventTypeId=302)["uid"]

    shown = practice.data("POST", f"/v2/bookings/{uid}/decline", {"reason": "full"})

    assert practice.told[-1]["payload"]["rejectionReason"] == "full"
    assert "full" not in str(shown)


def test_a_strangers_key_neither_confirms_nor_sees_the_booking_in_its_list(practice):
    uid = practice.book(eventTypeId=302)["uid"]

    answer = practice.ask("POST", f"/v2/bookings/{uid}/confirm", key=BOB_KEY)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "TRPCError")
    assert practice.data("GET", "/v2/bookings", key=BOB_KEY) == []
    assert practice.read(uid, key=BOB_KEY)["uid"] == uid


def test_pages_laid_together_are_the_whole_list(practice):
    for hour in (10, 11, 12, 13, 14):
        practice.book(at(f"{hour}:00"))
    whole = practice.data("GET", "/v2/bookings", sortCreated="desc")

    pages = [
        practice.data("GET", "/v2/bookings", sortCreated="desc", take=2, skip=skip)
        for skip in (0, 2, 4)
    ]

    assert [each for page in pages for each in page] == whole


def test_rows_without_a_time_of_update_are_found_by_creation_only(practice):
    """The column can be null in the vendor's database: polling by update never sees such a row."""
    uid = practice.book()["uid"]
    practice.world.booking(uid).updated_at = None

    def found(**query):
        return [each["uid"] for each in practice.data("GET", "/v2/bookings", **query)]

    assert found(afterUpdatedAt="2000-01-01T00:00:00Z") == []
    assert found(afterCreatedAt="2000-01-01T00:00:00Z") == [uid]
    assert found(sortUpdatedAt="desc") == [uid]


def test_a_new_booking_brings_its_own_buffers(practice):
    practice.book(at("10:00"))
    number = practice.event_type(lengthInMinutes=30, beforeEventBuffer=10, afterEventBuffer=20)

    offered = practice.starts(eventTypeId=number)

    assert {"09:00", "11:00"} <= set(offered)
    assert not {"09:30", "10:00", "10:30"} & set(offered)


ODD = [None, 7, "x", [], {}, [1], {"a": 1}, True, "2031-03-03T09:00:00Z"]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        "start",
        "attendee",
        "eventTypeId",
        "bookingFieldsResponses",
        "guests",
        "location",
        "lengthInMinutes",
        "metadata",
        "recurrenceCount",
    ],
)
def test_a_body_of_odd_kinds_is_answered(practice, name, value):
    body = {"start": at("09:00"), "eventTypeId": 301, "attendee": JANE, name: value}

    answer = practice.http.post(
        "/v2/bookings", json=body, headers={"cal-api-version": "2024-08-13"}
    )

    assert answer.status_code in {201, 400, 404}


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize("name", ["name", "email", "timeZone", "language", "phoneNumber"])
def test_an_attendee_of_odd_kinds_is_answered(practice, name, value):
    body = {"start": at("09:00"), "eventTypeId": 301, "attendee": {**JANE, name: value}}

    answer = practice.http.post(
        "/v2/bookings", json=body, headers={"cal-api-version": "2024-08-13"}
    )

    assert answer.status_code in {201, 400, 404}


def test_a_weekly_limit_counts_the_week_of_the_owner(practice):
    number = practice.event_type(bookingLimitsCount={"week": 1})
    practice.book(at("10:00"), eventTypeId=number)

    answer = practice.ask(
        "POST",
        "/v2/bookings",
        {"start": at("10:00", "2031-03-06"), "eventTypeId": number, "attendee": JANE},
    )

    assert (answer.status_code, answer.json()["message"]) == (401, "booking_limit_reached")
    assert practice.book(at("10:00", "2031-03-10"), eventTypeId=number)["status"] == "accepted"


def test_opening_hours_are_those_of_the_clock_on_both_sides_of_a_change(practice):
    """Berlin goes to summer time on 30 March 2031."""
    before = practice.starts(eventTypeId=301, start="2031-03-28", end="2031-03-28")
    after = practice.starts(eventTypeId=301, start="2031-03-31", end="2031-03-31")

    assert (before[0], after[0]) == ("08:00", "07:00")
    assert len(before) == len(after) == 16


def test_what_waits_for_a_host_cannot_be_moved(practice):
    uid = practice.book()["uid"]
    practice.world.booking(uid).status = Status.AWAITING_HOST

    answer = practice.ask("POST", f"/v2/bookings/{uid}/reschedule", {"start": at("12:00")})

    assert answer.status_code == 400
    assert practice.read(uid)["status"] == "awaiting_host"


def test_hours_until_a_minute_before_midnight_go_on_to_the_next_day(practice):
    """The vendor's form cannot say 24:00."""
    number = practice.event_type(scheduleId=203)

    assert practice.book(at("23:30"), eventTypeId=number)["end"] == "2031-03-04T00:30:00.000Z"


def test_an_event_type_may_forbid_cancelling_and_moving(practice):
    number = practice.event_type(
        disableCancelling={"disabled": True}, disableRescheduling={"disabled": True}
    )
    uid = practice.book(eventTypeId=number)["uid"]

    reason = {"cancellationReason": "x"}
    cancelled = practice.ask("POST", f"/v2/bookings/{uid}/cancel", reason)
    moved = practice.ask("POST", f"/v2/bookings/{uid}/reschedule", {"start": at("11:00")})

    assert (cancelled.status_code, moved.status_code) == (400, 400)
    assert practice.read(uid)["status"] == "accepted"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("location", {"location": {"type": "address", "address": "2 Other St"}}),
        ("location", {"location": {"type": "link", "link": "https://meet.example.test/1"}}),
    ],
)
def test_another_place_is_under_the_same_uid(practice, path, body):
    uid = practice.book()["uid"]

    shown = practice.data("PATCH", f"/v2/bookings/{uid}/{path}", body)

    assert shown["uid"] == uid
    assert shown["location"] in {"2 Other St", "https://meet.example.test/1"}
    assert practice.triggers == ["BOOKING_CREATED"]


def test_guests_and_attendees_join_and_leave_under_the_same_uid(practice):
    uid = practice.book()["uid"]

    guests = {"guests": [{"email": "guest@example.test"}]}
    shown = practice.data("POST", f"/v2/bookings/{uid}/guests", guests)
    people = practice.data("GET", f"/v2/bookings/{uid}/attendees")
    gone = practice.data("DELETE", f"/v2/bookings/{uid}/attendees/{people[1]['id']}")

    assert shown["guests"] == ["guest@example.test"]
    assert gone["email"] == "guest@example.test"
    assert len(practice.read(uid)["attendees"]) == 1


def test_an_attendee_is_added_and_read_alone(practice):
    uid = practice.book()["uid"]
    body = {"name": "Max Roe", "email": "max@example.test", "timeZone": "UTC", "language": "en"}

    added = practice.data("POST", f"/v2/bookings/{uid}/attendees", body)

    assert practice.data("GET", f"/v2/bookings/{uid}/attendees/{added['id']}") == added


def test_references_are_what_the_row_holds_and_can_be_asked_for_by_kind(practice):
    uid = practice.book()["uid"]
    written = {
        "id": 1,
        "type": "google_calendar",
        "eventUid": "abc",
        "destinationCalendarId": None,
    }
    practice.world.booking(uid).references = [written]

    assert practice.data("GET", f"/v2/bookings/{uid}/references") == [written]
    assert practice.data("GET", f"/v2/bookings/{uid}/references", type="zoom_video") == []


def test_a_booking_is_reassigned_under_the_same_uid():
    practice = Practice(HOSTED)
    practice.world.event_types[301].hosts = [102]
    practice.world.schedules[202].time_zone = "Europe/Berlin"
    practice.world.hooks["wh_rec"].triggers.append("BOOKING_REASSIGNED")
    practice.world.hooks["wh_rec"].event_type_id = 301
    uid = practice.book()["uid"]

    shown = practice.data("POST", f"/v2/bookings/{uid}/reassign")

    assert shown["bookingUid"] == uid
    assert practice.read(uid)["hosts"][0]["id"] == 102
    assert practice.triggers == ["BOOKING_CREATED", "BOOKING_REASSIGNED"]
    assert practice.told[-1]["payload"]["removedHostUserIds"] == [101]
