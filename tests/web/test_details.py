"""What is asked and said at a booking, by HTTP: fields, notes, ways to meet, prices."""

import pytest

from syncd.core.details import MeetingType, Money, Required
from syncd.testing.builders import an_activity

from .conftest import CAUSE, JANE

QUESTION = "Insurance number"
LINK = "https://meet.example.org/{id}"
SAID = {
    "notes": "left knee",
    "address": "1 River Road",
    "customFieldValue": "A 123",
    "meetingType": "video",
}


@pytest.fixture
def asking(door):
    """A clinic that wants to know much."""
    door.offer(
        required=(Required.PHONE, Required.ADDRESS),
        description="A talk.",
        question=QUESTION,
        meetings=(MeetingType.IN_PERSON, MeetingType.VIDEO),
        meeting_link=LINK,
    )
    return door


def test_an_activity_says_what_it_asks_and_costs(asking):
    priced = Money.parse("80.00 EUR")
    asking.around.ledger.write(
        lambda tx: tx.save_activity(
            an_activity(price=priced, offering=tx.activity(an_activity().id).offering), CAUSE
        )
    )

    found = asking.get("/activities/public?ids=consultation", "website").json()["activities"][0]

    assert found["price"] == {"amount": "80.00", "currency": "EUR"}
    assert found["requiredFields"] == ["phone", "address"]
    assert found["description"] == "A talk."
    assert found["customFieldLabel"] == QUESTION
    assert found["meetingTypes"] == ["in-person", "video"]
    assert asking.booked(**SAID)["price"] == {"amount": "80.00", "currency": "EUR"}


def test_what_was_said_is_told_to_whoever_may_know_it(asking):
    made = asking.booked("jane", **SAID)

    assert (made["notes"], made["address"]) == ("left knee", "1 River Road")
    assert made["customField"] == {"label": QUESTION, "value": "A 123"}
    assert made["activityName"] == "Consultation"
    assert made["meetingType"] == "video"
    assert made["meetingLink"] == LINK.replace("{id}", made["id"])
    assert asking.get(f"/appointments/{made['id']}", "patel").json()["notes"] == "left knee"
    calendar = asking.get(f"/appointments/{made['id']}.ics", "jane").text
    assert made["meetingLink"] in calendar.replace("\r\n ", "")


def test_the_public_is_told_where_to_meet_and_nothing_that_it_said(asking):
    made = asking.booked("website", client={**JANE, "phone": "+49 30 1"}, **SAID)

    assert made["meetingLink"]
    assert [made[key] for key in ("client", "notes", "address", "customField")] == [None] * 4


def test_all_that_is_missing_is_named_at_once(asking):
    refused = asking.book("website")

    assert refused.status_code == 422
    assert refused.json()["code"] == "VALIDATION_ERROR"
    assert refused.json()["errors"] == {
        "client.phone": ["is needed for this activity"],
        "address": ["is needed for this activity"],
        "customFieldValue": [f"is needed: {QUESTION}"],
    }


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"notes": "n" * 501}, "notes"),
        ({"notes": "\x1b[2J"}, "notes"),
        ({"address": "a" * 201}, "address"),
        ({"meetingType": "fax"}, "meetingType"),
        ({"meetingType": "chat"}, "meetingType"),
    ],
)
def test_what_cannot_be_said_is_named(asking, said, field):
    refused = asking.book(**{**SAID, **said})

    assert refused.status_code == 422
    assert list(refused.json()["errors"]) == [field]


def test_notes_of_500_characters_in_lines_are_kept_as_they_are(asking):
    notes = "Grüße\n" + "x" * 494

    assert asking.booked(**{**SAID, "notes": notes})["notes"] == notes


def test_an_amendment_changes_what_it_names(asking):
    made = asking.booked("jane", **SAID)

    after = asking.act(made["id"], "amend", "jane", notes=None, meetingType="in-person")

    assert after.status_code == 200, after.text
    assert after.headers["etag"] == '"2"'
    assert (after.json()["notes"], after.json()["meetingLink"]) == (None, None)
    assert after.json()["address"] == "1 River Road"
    assert "amend" in after.json()["actions"]


@pytest.mark.parametrize(
    ("who", "action", "body", "status", "field"),
    [
        ("jane", "amend", {}, 422, "notes"),
        ("jane", "cancel", {"notes": "x"}, 422, "notes"),
        ("jane", "amend", {"address": None}, 422, "address"),
        ("jane", "amend", {"meetingLink": "https://x.example.org/"}, 403, None),
        ("admin", "amend", {"meetingLink": "http://x.example.org/"}, 422, "meetingLink"),
        ("admin", "amend", {"notes": "x", "start": "2031-03-03T10:00:00Z"}, 422, "start"),
        ("john", "amend", {"notes": "x"}, 404, None),
    ],
)
def test_an_amendment_that_cannot_be_is_refused(asking, who, action, body, status, field):
    made = asking.booked("jane", **SAID)

    refused = asking.act(made["id"], action, who, **body)

    assert refused.status_code == status, refused.text
    assert list(refused.json().get("errors", {})) == ([field] if field else [])
    assert asking.get(f"/appointments/{made['id']}").json()["version"] == 1


def test_a_link_that_was_made_for_somebody_goes_with_them(asking):
    made = asking.booked("jane", **SAID)
    asking.act(made["id"], "amend", meetingLink="https://meet.example.org/jane-doe")
    asking.act(made["id"], "cancel")

    asking.ask("DELETE", f"/clients/{made['client']['id']}")

    left = asking.get(f"/appointments/{made['id']}").json()
    assert (left["meetingLink"], left["meetingType"]) == (None, "video")
    assert left["activityName"] == "Consultation"


def test_an_amendment_of_another_version_than_was_seen_is_refused(asking):
    made = asking.booked("jane", **SAID)
    asking.act(made["id"], "amend", "patel", notes="first")

    late = asking.act(made["id"], "amend", "jane", notes="x", headers={"If-Match": '"1"'})

    assert late.status_code == 412
    assert asking.get(f"/appointments/{made['id']}").json()["notes"] == "first"


def test_what_was_said_is_given_out_with_the_client_and_erased_with_them(asking):
    made = asking.booked("jane", **SAID)
    client = made["client"]["id"]
    given = asking.get(f"/clients/{client}/export").json()
    assert given["appointments"][0]["notes"] == "left knee"
    assert given["entries"][-1]["after"]["answers"]["address"] == "1 River Road"

    assert asking.ask("DELETE", f"/clients/{client}?anyway=true").status_code == 204

    after = asking.get(f"/appointments/{made['id']}").json()
    assert [after[key] for key in ("notes", "address", "customField")] == [None] * 3
    assert after["activityName"] == "Consultation"
    told = asking.get(f"/appointments/{made['id']}/history").text
    assert "left knee" not in told
    assert "River" not in told
    with asking.around.ledger.read() as view:
        assert view.verify_journal().is_sound


def test_a_client_says_the_number_that_the_practice_has_not_got(asking):
    refused = asking.book("john", **SAID)
    assert list(refused.json()["errors"]) == ["phone"]

    made = asking.booked("john", phone="+49 30 5", **SAID)

    assert made["client"]["phone"] == "+49 30 5"
    assert asking.book("jane", "2031-03-03T11:00:00+01:00", phone="+1", **SAID).status_code == 422
    later = asking.booked("jane", "2031-03-03T11:00:00+01:00", phone="+49 30 9", **SAID)
    assert later["client"]["phone"] == "+49 30 1"
    assert asking.book("website", phone="+49 30 5", **SAID).status_code == 422


@pytest.mark.parametrize(
    "text",
    ["Bonjour\u00a0!", "\U0001f468\u200d\U0001f469", "\u0645\u06cc\u200c\u062e", "東京\u3000都"],
)
def test_what_people_write_in_their_language_is_taken(asking, text):
    assert asking.booked(**{**SAID, "notes": text})["notes"]
