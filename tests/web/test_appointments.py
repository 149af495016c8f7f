"""Appointments by HTTP: who sees which, in what order things are checked, and what actions do."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.appointment import Flag
from syncd.testing.builders import a_calendar, utc

from .conftest import CAUSE, NINE

TEN = "2031-03-03T10:00:00+01:00"


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [each["number"][-4:] for each in answer.json()["appointments"]]


# Whose.


def test_each_sees_their_own_and_an_admin_all(door):
    door.booked("jane")
    door.booked("john", practitionerId="dr-owl")

    assert numbers(door.get("/appointments")) == ["0001", "0002"]
    assert numbers(door.get("/appointments", "patel")) == ["0001"]
    assert numbers(door.get("/appointments", "owl")) == ["0002"]
    assert numbers(door.get("/appointments", "jane")) == ["0001"]
    assert numbers(door.get("/appointments", "john")) == ["0002"]
    assert door.get("/appointments", "website").status_code == 403


def test_asking_for_somebody_elses_finds_nothing(door):
    jane = door.booked("jane")["client"]["id"]

    assert numbers(door.get(f"/appointments?clientId={jane}", "john")) == []
    assert numbers(door.get("/appointments?practitionerId=dr-patel", "owl")) == []
    assert numbers(door.get(f"/appointments?clientId={jane}", "jane")) == ["0001"]
    assert numbers(door.get("/appointments?practitionerId=dr-patel", "jane")) == ["0001"]
    assert numbers(door.get("/appointments?practitionerId=dr-who")) == []


@pytest.mark.parametrize("method", ["read", "act", "ics", "history"])
@pytest.mark.parametrize("who", ["john", "owl", "website"])
def test_what_is_not_theirs_is_answered_as_if_it_were_not_there(door, who, method):
    made = door.booked("jane")

    def ask(which):
        match method:
            case "read":
                return door.get(f"/appointments/{which}", who)
            case "act":
                return door.act(which, "cancel", who)
            case "ics":
                return door.get(f"/appointments/{which}.ics", who)
            case _:
                return door.get(f"/appointments/{which}/history", who)

    theirs, absent = ask(made["number"]), ask("AID-20310303-9999")
    assert theirs.status_code == absent.status_code
    assert theirs.status_code == (403 if method == "history" and who != "owl" else 404)
    assert theirs.text.replace(made["number"], "AID-20310303-9999") == absent.text


def test_links_and_flags_are_for_staff(door):
    door.around.ledger.write(lambda tx: tx.save_calendar(a_calendar(), CAUSE))
    made = door.booked("admin", overbook=True, reason="pain")

    def told(who):
        one = door.get(f"/appointments/{made['id']}", who).json()
        [listed] = door.get("/appointments", who).json()["appointments"]
        assert (one["flags"], one["links"]) == (listed["flags"], listed["links"])
        return one["flags"], one["links"]

    assert told("jane") == ([], [])
    assert told("patel") == (
        ["overbooked"],
        [{"calendarId": "patel-main", "state": "pending-write", "ref": None}],
    )
    assert door.get(f"/appointments/{made['id']}/history", "jane").status_code == 403


def test_an_answer_says_what_whoever_asks_may_do(door):
    which = door.booked("jane", activityId="request")["id"]

    assert door.get(f"/appointments/{which}", "jane").json()["actions"] == [
        "cancel",
        "reschedule",
        "amend",
    ]
    staff = door.get(f"/appointments/{which}", "patel").json()["actions"]
    assert staff == ["confirm", "reject", "cancel", "reschedule", "amend"]


# Lists.


def test_lists_come_in_pages(door):
    for hour in range(9, 14):
        door.booked(start=f"2031-03-03T{hour:02}:00:00+01:00")

    page = door.get("/appointments?limit=2&page=2").json()

    assert [each["number"][-4:] for each in page["appointments"]] == ["0003", "0004"]
    assert (page["page"], page["limit"], page["total"]) == (2, 2, 5)
    assert door.get("/appointments?limit=2&page=9").json()["appointments"] == []
    for wrong in ("limit=101", "limit=0", "page=0", "page=x"):
        assert door.get(f"/appointments?{wrong}").status_code == 422


def test_lists_can_be_narrowed_to_days_and_times_of_the_practice(door):
    door.booked(start="2031-03-03T09:00:00+01:00")
    door.booked(start="2031-03-04T09:00:00+01:00")

    assert numbers(door.get("/appointments?date=2031-03-03")) == ["0001"]
    assert numbers(door.get("/appointments?date=2031-03-04")) == ["0002"]
    assert numbers(door.get("/appointments?start=2031-03-03T09:30:00%2B01:00")) == ["0002"]
    assert numbers(door.get("/appointments?start=2031-03-03T09:29:00+01:00")) == ["0001", "0002"]
    assert numbers(door.get("/appointments?end=2031-03-04T08:00:00Z")) == ["0001"]
    assert door.get("/appointments?date=2031-03-03&start=2031-03-03T09:30:00Z").status_code == 422
    assert door.get("/appointments?date=2031-02-30").status_code == 422


def test_lists_can_be_narrowed_by_our_words_and_by_those_of_the_systems_before(door):
    door.booked(start="2031-03-03T09:00:00+01:00")
    door.booked(start="2031-03-03T10:00:00+01:00", activityId="request")
    door.booked(start="2031-03-03T11:00:00+01:00", activityId="request")
    door.act("AID-20310303-0003", "reject")
    door.booked(start="2031-03-03T12:00:00+01:00")
    door.act("AID-20310303-0004", "cancel", "patel")

    def found(words):
        return numbers(door.get(f"/appointments?status={words}"))

    assert found("booked") == found("confirmed") == ["0001"]
    assert found("pending") == found("pending_confirmation") == ["0002"]
    assert found("SCHEDULED") == ["0001", "0002"]
    assert found("cancelled") == ["0003", "0004"]
    assert found("rejected") == ["0003"]
    assert found("cancelled_by_tutor") == ["0004"]
    assert found("pending,rejected") == ["0002", "0003"]
    assert found("completed") == []
    assert door.get("/appointments?status=waitlist").json()["errors"].keys() == {"status"}


# Actions.


def test_things_are_checked_in_the_order_that_tells_strangers_nothing(door):
    """Who asks, whose it is, which action, whose right, which state, and only then the rest."""
    mine = door.booked("jane")["id"]

    def asked(who, action, which=mine, **more):
        answer = door.act(which, action, who, **more)
        return answer.status_code, answer.json()["code"]

    assert asked(None, "dance") == (401, "UNAUTHENTICATED")
    assert asked("john", "dance") == (404, "NOT_FOUND")
    assert asked("john", "dance", which="absent") == (404, "NOT_FOUND")
    assert asked("jane", "dance") == (400, "UNKNOWN_ACTION")
    assert asked("jane", "pay") == (403, "NOT_PERMITTED")
    assert asked("patel", "confirm", start="nonsense") == (409, "INVALID_TRANSITION")
    assert asked("patel", "cancel", start=NINE) == (422, "VALIDATION_ERROR")
    assert asked("jane", "hold") == (409, "INVALID_TRANSITION")


def test_a_client_cancels_and_the_notice_is_counted(door):
    made = door.booked("jane", "2031-03-04T09:00:00+01:00")

    answer = door.act(made["number"], "cancel", "jane", reason="ill")

    gone = answer.json()
    assert (gone["status"], gone["cancelledBy"], gone["reason"]) == ("cancelled", "client", "ill")
    assert gone["noticeHours"] == 24
    assert door.book("john", "2031-03-04T09:00:00+01:00").status_code == 201


def test_an_appointment_is_moved_under_its_number(door):
    made = door.booked("jane")

    moved = door.act(made["id"], "reschedule", "jane", start=TEN).json()

    assert (moved["number"], moved["start"], moved["version"]) == (made["number"], TEN, 2)
    assert moved["durationMinutes"] == 30


def test_a_move_to_a_taken_time_is_refused_with_free_ones(door):
    door.booked("john", TEN)
    made = door.booked("jane")

    refused = door.act(made["id"], "reschedule", "jane", start=TEN)

    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    free = refused.json()["alternatives"][0]["start"]
    assert door.act(made["id"], "reschedule", "jane", start=free).status_code == 200


def test_a_move_needs_a_time_and_nothing_else_takes_one(door):
    made = door.booked("jane")

    assert door.act(made["id"], "reschedule", "jane").json()["errors"].keys() == {"start"}
    assert door.act(made["id"], "cancel", "jane", durationMinutes=30).status_code == 422
    assert door.get(f"/appointments/{made['id']}").json()["version"] == 1


@pytest.mark.parametrize("tag", ["1", '"1', '"1" "2"', ""])
def test_what_is_no_tag_is_not_taken_for_another_version(door, tag):
    made = door.booked("jane")

    refused = door.act(made["id"], "cancel", "jane", headers={"If-Match": tag})

    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["If-Match"])
    assert "quotes" in refused.json()["errors"]["If-Match"][0]


@pytest.mark.parametrize("tag", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_a_change_of_the_version_that_was_seen_is_made_also_behind_a_proxy(door, tag):
    made = door.booked("jane")

    done = door.act(made["id"], "cancel", "jane", headers={"If-Match": tag})

    assert done.status_code == 200


@pytest.mark.parametrize("tag", ['"7"', 'W/"7"', '"7", "8"'])
def test_a_change_of_another_version_than_was_seen_is_refused(door, tag):
    made = door.booked("jane")

    refused = door.act(made["id"], "cancel", "jane", headers={"If-Match": tag})

    assert (refused.status_code, refused.json()["code"]) == (412, "VERSION_CONFLICT")


@pytest.mark.parametrize("tag", ['"1"', "*", '"7", "1"'])
def test_a_change_of_the_version_that_was_seen_passes(door, tag):
    made = door.booked("jane")

    changed = door.act(made["id"], "cancel", "jane", headers={"If-Match": tag})

    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


def test_a_visit_from_arrival_to_payment(door):
    made = door.booked("jane", "2031-03-03T10:00:00+01:00")["id"]
    early = door.act(made, "check-in", "jane")
    assert (early.status_code, early.json()["code"]) == (409, "CHECKIN_WINDOW")
    assert door.act(made, "complete", "patel").json()["code"] == "TOO_EARLY"
    door.now_is(utc("2031-03-03 08:45"))

    assert door.act(made, "arrive", "jane").json()["status"] == "arrived"
    assert door.act(made, "check-in", "patel").json()["status"] == "checked-in"
    assert door.act(made, "check-out", "patel").json()["status"] == "fulfilled"
    assert door.act(made, "undo", "patel").status_code == 403
    assert door.act(made, "undo").json()["status"] == "booked"


def test_the_history_says_who_did_what_and_why(door):
    made = door.booked("jane")
    door.act(made["id"], "cancel", "patel", reason="the doctor is ill")

    entries = door.get(f"/appointments/{made['id']}/history", "patel").json()["entries"]

    assert [each["action"] for each in entries] == ["book", "cancel"]
    assert all(each["actor"].startswith("token:") for each in entries)
    assert entries[0]["actor"] != entries[1]["actor"]
    assert entries[1]["why"] == "the doctor is ill"
    assert entries[1]["after"]["status"] == "cancelled"


def test_of_two_requests_for_one_time_that_a_calendar_brought_one_is_confirmed(door):
    """The database lets upstream overlaps stand; confirming is where somebody decides."""
    door.offer(needs_confirmation=True)
    first = door.booked("jane")["id"]
    second = door.booked("john", TEN)["id"]

    def overlap(tx):
        before = tx.appointment(second)
        after = replace(
            before,
            start=before.start - timedelta(hours=1),
            end=before.end - timedelta(hours=1),
            flags=before.flags | {Flag.OVERLAP},
            version=before.version + 1,
        )
        tx.save_appointment(before, after, CAUSE, action="move")

    door.around.ledger.write(overlap)

    assert door.act(first, "confirm").json()["status"] == "booked"
    refused = door.act(second, "confirm")
    assert (refused.status_code, refused.json()["code"]) == (409, "SLOT_UNAVAILABLE")
    free = refused.json()["alternatives"][0]["start"]
    assert door.act(second, "reschedule", start=free).status_code == 200
    assert door.act(second, "confirm").json()["status"] == "booked"


def test_what_has_begun_is_the_practices_to_change(door):
    made = door.booked("jane")["id"]
    door.now_is(utc("2031-03-03 08:01"))
    late = "2031-03-04T10:00:00+01:00"

    for action, more in (("cancel", {}), ("reschedule", {"start": late})):
        refused = door.act(made, action, "jane", **more)
        assert (refused.status_code, refused.json()["code"]) == (409, "TOO_LATE")
    assert door.act(made, "reschedule", "patel", start=late).status_code == 200
    assert door.act(made, "cancel", "jane").status_code == 200
