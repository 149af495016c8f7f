"""Deliveries: when they leave, what they are signed with, and those that no request causes."""

import hashlib
import hmac
import json
from datetime import timedelta

import httpx
import pytest
from calcom_harness import HOOK, MONDAY, Practice

from syncd_calcom.standin import (
    HOOK_SECRET,
    UNSIGNED,
    LoopbackSender,
    due_meetings,
    ping,
    run,
    send_all,
)
from syncd_calcom.standin.sending import is_loopback


@pytest.fixture
def practice():
    return Practice()


def statuses_seen(practice):
    """What a receiver reads that asks the API before it answers."""
    seen = []

    def look(delivery):
        payload = json.loads(delivery.body)["payload"]
        seen.append(practice.read(payload["uid"])["status"])

    practice.looking = look
    return seen


def test_a_cancellation_is_told_before_it_has_happened(practice):
    uid = practice.book()["uid"]
    seen = statuses_seen(practice)

    practice.cancel(uid)

    assert seen == ["accepted"]
    assert practice.read(uid)["status"] == "cancelled"


def test_whatever_else_is_told_has_happened_already(practice):
    seen = statuses_seen(practice)

    uid = practice.book(eventTypeId=302)["uid"]
    practice.data("POST", f"/v2/bookings/{uid}/confirm")
    practice.move(uid, f"{MONDAY}T12:00:00Z", rescheduledBy="alice@example.test")

    assert seen == ["pending", "accepted", "accepted"]


def test_the_signature_is_the_hmac_of_the_raw_body(practice):
    practice.book(attendee={"name": "Zoë 健", "email": "z@example.test", "timeZone": "UTC"})

    sent = practice.sent[0]
    expected = hmac.new(HOOK_SECRET.encode(), sent.body, hashlib.sha256).hexdigest()
    assert sent.headers["X-Cal-Signature-256"] == expected
    assert "Zoë" in sent.body.decode()


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_secret_the_header_is_there_all_the_same(practice, secret):
    practice.world.hooks["wh_rec"].secret = secret

    practice.book()

    assert practice.sent[0].headers["X-Cal-Signature-256"] == UNSIGNED


def test_confirming_tells_of_a_creation_without_metadata(practice):
    uid = practice.book(eventTypeId=302, metadata={"syncd_no": "A-1"})["uid"]
    practice.data("POST", f"/v2/bookings/{uid}/confirm")

    requested, created = practice.told
    assert requested["payload"]["metadata"] == {"syncd_no": "A-1"}
    assert created["triggerEvent"] == "BOOKING_CREATED"
    assert "metadata" not in created["payload"]
    assert practice.read(uid)["metadata"] == {"syncd_no": "A-1"}


def test_a_host_who_did_not_come_is_told_nobody(practice):
    uid = practice.book()["uid"]
    practice.clock.advance(timedelta(days=3))

    practice.data("POST", f"/v2/bookings/{uid}/mark-absent", {"host": True})

    assert practice.triggers == ["BOOKING_CREATED"]


def test_a_ping_names_no_booking(practice):
    hook = practice.world.hooks["wh_rec"]

    run(ping(practice.world, hook), send=practice.sent.append)

    told = practice.told[0]
    assert told["triggerEvent"] == "PING"
    assert not {"uid", "bookingId"} & told["payload"].keys()


def test_a_meeting_is_told_when_the_cron_job_runs_with_what_was_booked(practice):
    uid = practice.book()["uid"]
    practice.sent.clear()
    practice.clock.advance(timedelta(days=2, hours=1, minutes=10))

    send_all(due_meetings(practice.world), practice.sent.append)

    told = practice.told[0]
    assert told["triggerEvent"] == "MEETING_STARTED"
    assert told["uid"] == uid
    assert "payload" not in told
    assert "createdAt" in told
    assert told["status"] == "ACCEPTED"


def test_a_meeting_is_told_once_and_not_when_a_day_late(practice):
    practice.book()
    practice.clock.advance(timedelta(days=3, hours=4))

    late = list(due_meetings(practice.world))
    again = list(due_meetings(practice.world))

    assert (late, again) == ([], [])


def test_a_cancelled_meeting_is_not_told(practice):
    practice.cancel(practice.book()["uid"])
    practice.clock.advance(timedelta(days=2, hours=3))

    assert list(due_meetings(practice.world)) == []


def test_a_moved_meeting_is_told_at_its_new_time_only(practice):
    moved = practice.move(practice.book()["uid"], f"{MONDAY}T14:00:00Z")
    practice.sent.clear()
    practice.clock.advance(timedelta(days=2, hours=6, minutes=40))

    send_all(due_meetings(practice.world), practice.sent.append)

    assert [(each["triggerEvent"], each["uid"]) for each in practice.told] == [
        ("MEETING_STARTED", moved["uid"]),
        ("MEETING_ENDED", moved["uid"]),
    ]


def test_a_template_takes_the_place_of_the_body_and_escapes_what_it_holds(practice):
    practice.world.hooks[
        "wh_rec"
    ].template = "{{triggerEvent}} of {{attendees.0.name}} {{nothing}}."

    practice.book(attendee={"name": "A & B", "email": "a@example.test", "timeZone": "UTC"})

    sent = practice.sent[0]
    assert sent.body == b"BOOKING_CREATED of A &amp; B ."
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_a_webhook_of_an_event_type_is_made_changed_and_deleted(practice):
    path = "/v2/event-types/301/webhooks"
    body = {"active": True, "subscriberUrl": HOOK, "triggers": ["BOOKING_CREATED"], "secret": "s"}
    made = practice.data("POST", path, body)
    practice.book()
    assert len(practice.sent) == 2

    practice.data("PATCH", f"{path}/{made['id']}", {"active": False})
    practice.book(f"{MONDAY}T10:00:00Z")

    assert len(practice.sent) == 3
    assert practice.data("GET", f"{path}/{made['id']}")["active"] is False
    practice.data("DELETE", f"{path}/{made['id']}")
    assert practice.data("GET", path) == []


def test_only_this_machine_is_sent_to():
    assert [is_loopback(each) for each in (HOOK, "http://[::1]:1/", "http://localhost/")] == [
        True
    ] * 3
    assert not is_loopback("http://203.0.113.1/")
    assert not is_loopback("https://example.org/hook")
    assert not is_loopback("not a url")


def test_what_goes_elsewhere_is_not_sent(practice):
    reached, sender = [], LoopbackSender()
    sender.close()
    sender._client = httpx.Client(
        transport=httpx.MockTransport(
            lambda asked: reached.append(asked.url) or httpx.Response(200)
        )
    )
    practice.looking = sender

    practice.book()
    practice.world.hooks["wh_rec"].url = "http://203.0.113.1/hook"
    practice.book(f"{MONDAY}T10:00:00Z")

    assert [str(each) for each in reached] == [HOOK]


def test_a_receiver_that_is_not_there_changes_nothing(practice):
    sender = LoopbackSender()
    practice.looking = sender

    assert practice.book()["status"] == "accepted"
    sender.close()
