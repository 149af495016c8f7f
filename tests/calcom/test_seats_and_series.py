"""Seated bookings and series, beyond what was recorded."""

from uuid import UUID

import pytest
from calcom_harness import JANE, MONDAY, Practice

from syncd_calcom.standin import BOB_KEY, HOSTED

SEATS = {"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True}


def who(name):
    return {**JANE, "name": name, "email": f"{name.lower()}@example.test"}


@pytest.fixture
def practice():
    return Practice()


@pytest.fixture
def group(practice):
    return practice.event_type(seats=SEATS)


@pytest.fixture
def series(practice):
    recurrence = {"frequency": "weekly", "interval": 1, "occurrences": 5}
    return practice.event_type(recurrence=recurrence)


def test_two_patients_share_one_uid_and_have_a_seat_each(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))
    ben = practice.book(eventTypeId=group, attendee=who("Ben"))

    assert ann["uid"] == ben["uid"]
    assert UUID(ann["seatUid"]) != UUID(ben["seatUid"])
    assert ben["updatedAt"] == ann["updatedAt"]


def test_a_seat_that_leaves_is_told_as_cancelled_while_the_booking_lives(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))
    practice.book(eventTypeId=group, attendee=who("Ben"))

    body = {"seatUid": ann["seatUid"]}
    shown = practice.data("POST", f"/v2/bookings/{ann['uid']}/cancel", body, key=None)

    assert practice.told[-1]["payload"]["status"] == "CANCELLED"
    assert [each["email"] for each in practice.told[-1]["payload"]["attendees"]] == [
        "ann@example.test"
    ]
    assert shown["status"] == "accepted"
    assert [each["name"] for each in shown["attendees"]] == ["Ben"]
    assert shown["updatedAt"] == ann["updatedAt"]


def test_the_last_seat_takes_the_booking_with_it(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))

    body = {"seatUid": ann["seatUid"]}
    shown = practice.data("POST", f"/v2/bookings/{ann['uid']}/cancel", body, key=None)

    assert shown["status"] == "cancelled"


def test_a_seat_is_found_by_its_uid(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))

    found = practice.data("GET", f"/v2/bookings/by-seat/{ann['seatUid']}")

    assert found["uid"] == ann["uid"]


def test_a_seat_that_moves_joins_whoever_sits_there(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))
    practice.book(eventTypeId=group, attendee=who("Cid"))
    ben = practice.book(f"{MONDAY}T11:00:00Z", eventTypeId=group, attendee=who("Ben"))

    moved = practice.move(ann["uid"], f"{MONDAY}T11:00:00Z", seatUid=ann["seatUid"])

    assert moved["uid"] == ben["uid"]
    assert [each["name"] for each in moved["attendees"]] == ["Ben", "Ann"]
    assert [each["name"] for each in practice.read(ann["uid"])["attendees"]] == ["Cid"]
    assert "rescheduledFromUid" not in moved


@pytest.mark.parametrize(("version", "seen"), [("2024-08-13", []), ("2026-02-25", ["Ann"])])
def test_who_sat_in_a_cancelled_booking_is_shown_by_the_newest_version_only(version, seen):
    practice = Practice(HOSTED)
    group = practice.event_type(seats=SEATS)
    uid = practice.book(eventTypeId=group, attendee=who("Ann"))["uid"]
    practice.cancel(uid)

    shown = practice.read(uid, version=version)

    assert [each["name"] for each in shown["attendees"]] == seen


def test_a_host_moves_a_whole_group_under_the_same_uid(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))
    practice.book(eventTypeId=group, attendee=who("Ben"))

    moved = practice.move(ann["uid"], f"{MONDAY}T12:00:00Z")

    assert moved["uid"] == ann["uid"]
    assert moved["start"] == f"{MONDAY}T12:00:00.000Z"
    assert len(moved["attendees"]) == 2


def test_nobody_else_moves_a_whole_group(practice, group):
    uid = practice.book(eventTypeId=group, attendee=who("Ann"))["uid"]
    path, body = f"/v2/bookings/{uid}/reschedule", {"start": f"{MONDAY}T12:00:00Z"}

    answers = [practice.ask("POST", path, body, key=key) for key in (None, BOB_KEY)]

    assert [each.status_code for each in answers] == [400, 400]
    assert "seatUid" in answers[0].json()["error"]["message"]


def test_a_host_may_give_a_reason_for_one_seat_where_the_release_takes_it(practice, group):
    ann = practice.book(eventTypeId=group, attendee=who("Ann"))
    practice.book(eventTypeId=group, attendee=who("Ben"))

    shown = practice.cancel(ann["uid"], "ill", seatUid=ann["seatUid"])

    assert [each["name"] for each in shown["attendees"]] == ["Ben"]


def test_a_seat_that_needs_confirmation_is_asked_for(practice):
    policy = {"type": "always", "blockUnconfirmedBookingsInBooker": False}
    group = practice.event_type(seats=SEATS, confirmationPolicy=policy)

    shown = practice.book(eventTypeId=group, attendee=who("Ann"))

    assert shown["status"] == "pending"
    assert practice.triggers == ["BOOKING_REQUESTED"]


def test_a_series_keeps_its_wall_clock_when_the_clocks_change(practice, series):
    """Berlin goes to summer time on 30 March 2031."""
    found = practice.book(f"{MONDAY}T08:00:00Z", eventTypeId=series, recurrenceCount=5)

    assert [each["start"][5:16] for each in found] == [
        "03-03T08:00",
        "03-10T08:00",
        "03-17T08:00",
        "03-24T08:00",
        "03-31T07:00",
    ]


def test_a_series_keeps_its_seconds(practice, series):
    found = practice.book(f"{MONDAY}T09:00:30Z", eventTypeId=series, recurrenceCount=2)

    assert [each["start"][16:] for each in found] == [":30.000Z", ":30.000Z"]


def test_a_series_that_fails_in_the_middle_leaves_its_beginning(practice, series):
    practice.event_type(slug="hour", lengthInMinutes=60)
    blocked = practice.book("2031-03-17T09:00:00Z", eventTypeId=1002)

    body = {"start": f"{MONDAY}T09:00:00Z", "eventTypeId": series, "attendee": JANE}
    answer = practice.ask("POST", "/v2/bookings", body)

    assert (answer.status_code, answer.json()["message"]) == (409, "booking_conflict_error")
    starts = [each["start"][:10] for each in practice.data("GET", "/v2/bookings")]
    assert starts == ["2031-03-03", "2031-03-10", blocked["start"][:10]]


def test_only_the_first_occurrence_is_checked_against_the_calendar(practice, series):
    """Whatever overlaps a later one, without being exactly as long, is double-booked."""
    practice.book("2031-03-10T09:30:00Z")

    found = practice.book(eventTypeId=series, recurrenceCount=2)

    assert [each["status"] for each in found] == ["accepted", "accepted"]


def test_this_and_following_is_told_once_and_changes_all_of_them(practice, series):
    found = practice.book(eventTypeId=series, recurrenceCount=4)
    before = len(practice.sent)

    shown = practice.cancel(found[1]["uid"], cancelSubsequentBookings=True)

    assert len(practice.sent) == before + 1
    assert [each["status"] for each in shown] == ["accepted", *["cancelled"] * 3]


def test_a_whole_series_cannot_be_cancelled_twice(practice, series):
    uid = practice.book(eventTypeId=series)[0]["recurringBookingUid"]
    practice.cancel(uid)

    again = practice.ask("POST", f"/v2/bookings/{uid}/cancel", {"cancellationReason": "x"})

    assert again.status_code == 400


@pytest.mark.parametrize("frequency", ["monthly", "yearly"])
def test_a_series_steps_by_the_calendar(practice, frequency):
    recurrence = {"frequency": frequency, "interval": 1, "occurrences": 2}
    number = practice.event_type(recurrence=recurrence)

    found = practice.book(eventTypeId=number)

    second = {"monthly": "2031-04-03", "yearly": "2032-03-03"}[frequency]
    assert found[1]["start"][:10] == second
