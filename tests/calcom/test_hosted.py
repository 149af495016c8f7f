"""What differs between the hosted service and Cal.diy: versions, overrides, news."""

import pytest
from calcom_harness import JANE, MONDAY, Practice

from syncd_calcom.standin import ALICE_KEY, CAL_DIY, HOSTED, RECORDED

NEWEST = "2026-02-25"


def test_the_newest_version_is_silently_the_oldest_on_cal_diy():
    practice = Practice(CAL_DIY)
    uid = practice.book()["uid"]

    shown = practice.read(uid, version=NEWEST)

    assert "start" not in shown
    assert shown["startTime"] == f"{MONDAY}T09:00:00.000Z"
    assert shown["status"] == "ACCEPTED"


def test_the_newest_version_is_itself_on_the_hosted_service():
    practice = Practice(HOSTED)
    uid = practice.book()["uid"]

    assert practice.read(uid, version=NEWEST)["start"] == f"{MONDAY}T09:00:00.000Z"


@pytest.mark.parametrize("version", [None, "2024-04-15", "2024-06-14", "2099-01-01"])
def test_another_version_reaches_working_legacy_code(version):
    practice = Practice()
    uid = practice.book()["uid"]

    body = {"cancellationReason": "x"}
    answer = practice.ask("POST", f"/v2/bookings/{uid}/cancel", body, version=version)

    assert answer.status_code == 200
    assert practice.read(uid)["status"] == "cancelled"


@pytest.mark.parametrize(
    ("path", "version", "status"),
    [
        ("/v2/slots", "2024-08-13", 404),
        ("/v2/slots", None, 404),
        ("/v2/event-types", "2024-08-13", 404),
        ("/v2/event-types", None, 200),
        ("/v2/schedules", "2024-08-13", 404),
        ("/v2/schedules", None, 200),
        ("/v2/bookings", "2024-09-04", 404),
        ("/v2/me", "2099-01-01", 200),
    ],
)
def test_a_version_of_another_family_is_the_old_shape_or_nothing(path, version, status):
    answer = Practice().ask("GET", path, version=version)

    assert answer.status_code == status


def test_a_request_to_reschedule_cancels_now_and_names_no_successor():
    practice = Practice(HOSTED)
    uid = practice.book()["uid"]

    body = {"rescheduleReason": "away"}
    answer = practice.ask("POST", f"/v2/bookings/{uid}/request-reschedule", body)

    assert answer.json() == {"status": "success"}
    assert practice.told[-1]["payload"]["requestReschedule"] is True
    shown = practice.read(uid)
    assert (shown["status"], shown.get("rescheduledToUid")) == ("cancelled", None)


def test_nobody_requests_a_reschedule_of_cal_diy():
    practice = Practice(CAL_DIY)
    uid = practice.book()["uid"]

    assert practice.ask("POST", f"/v2/bookings/{uid}/request-reschedule", {}).status_code == 404


def test_a_hosts_own_key_overrides_what_is_taken():
    practice = Practice(HOSTED)
    practice.book()

    second = practice.book(f"{MONDAY}T09:15:00Z", allowConflicts=True)

    assert second["status"] == "accepted"


def test_an_override_is_nobody_elses():
    practice = Practice(HOSTED)
    practice.book()
    body = {
        "start": f"{MONDAY}T09:15:00Z",
        "eventTypeId": 301,
        "attendee": JANE,
        "allowConflicts": True,
    }

    assert practice.ask("POST", "/v2/bookings", body, key=None).status_code == 400


@pytest.mark.parametrize(("version", "status"), [("2024-08-13", 400), (NEWEST, 201)])
def test_bounds_are_overridden_in_the_newest_version_only(version, status):
    practice = Practice(HOSTED)
    number = practice.event_type(minimumBookingNotice=60 * 24 * 30)
    body = {
        "start": f"{MONDAY}T09:00:00Z",
        "eventTypeId": number,
        "attendee": JANE,
        "allowBookingOutOfBounds": True,
    }

    assert practice.ask("POST", "/v2/bookings", body, version=version).status_code == status


@pytest.mark.parametrize("override", ["allowBookingOutOfBounds", "skipBookingLimits"])
def test_one_override_is_not_another(override):
    practice = Practice(HOSTED)
    practice.book()
    body = {"start": f"{MONDAY}T09:15:00Z", "eventTypeId": 301, "attendee": JANE, override: True}

    assert practice.ask("POST", "/v2/bookings", body, version=NEWEST).status_code == 400


def test_cal_diy_does_not_know_overrides():
    body = {
        "start": f"{MONDAY}T09:00:00Z",
        "eventTypeId": 301,
        "attendee": JANE,
        "allowConflicts": True,
    }

    answer = Practice(CAL_DIY).ask("POST", "/v2/bookings", body)

    assert answer.status_code == 400
    assert "allowConflicts should not exist" in answer.json()["error"]["message"]


def test_a_new_place_is_told_by_the_hosted_service_to_whoever_subscribed():
    practice = Practice(HOSTED)
    practice.world.hooks["wh_rec"].triggers.append("BOOKING_LOCATION_UPDATED")
    uid = practice.book()["uid"]

    body = {"location": {"type": "address", "address": "2 Other St"}}
    practice.data("PATCH", f"/v2/bookings/{uid}/location", body)

    assert practice.triggers == ["BOOKING_CREATED", "BOOKING_LOCATION_UPDATED"]
    assert practice.told[-1]["payload"]["previousLocation"] == "1 Test St"


@pytest.mark.parametrize(
    ("profile", "version", "keeps"),
    [(HOSTED, "2026-07-27", True), (CAL_DIY, "2021-10-20", False), (RECORDED, None, False)],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_deliveries_name_their_version_and_cancellations_the_metadata(profile, version, keeps):
    practice = Practice(profile)
    uid = _uid(practice)

    practice.ask("POST", f"/v2/bookings/{uid}/cancel", {"cancellationReason": "x"}, version=None)

    assert practice.sent[-1].headers.get("X-Cal-Webhook-Version") == version
    assert ("metadata" in practice.told[-1]["payload"]) is keeps


def _uid(practice):
    body = {
        "start": f"{MONDAY}T09:00:00Z",
        "eventTypeId": 301,
        "attendee": JANE,
        "metadata": {"syncd_no": "A-1"},
    }
    headers = {"cal-api-version": "2024-08-13"}
    return practice.http.post("/v2/bookings", json=body, headers=headers).json()["data"]["uid"]


def test_cal_diy_refuses_triggers_of_the_hosted_service():
    body = {
        "active": True,
        "subscriberUrl": "http://127.0.0.1:9/other",
        "triggers": ["BOOKING_LOCATION_UPDATED"],
    }

    refused = Practice(CAL_DIY).http.post("/v2/webhooks", json=body, headers=_alice())
    taken = Practice(HOSTED).http.post("/v2/webhooks", json=body, headers=_alice())

    assert (refused.status_code, taken.status_code) == (400, 201)


def _alice():
    return {"Authorization": f"Bearer {ALICE_KEY}"}
