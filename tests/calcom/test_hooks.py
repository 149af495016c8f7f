"""What a delivery proves and says: the stand-in's, the recorded ones, and anybody's."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from calcom_harness import MONDAY, Practice
from hypothesis import example, given
from hypothesis import strategies as st
from recorded_calcom.recordings import RECORDED, SCENARIOS, needs_recordings, steps_of

from syncd.ports import Hint, WebhookSource
from syncd_calcom.hooks import SIGNATURE, CalComWebhooks
from syncd_calcom.standin import HOOK_SECRET, HOSTED, UNSIGNED, due_meetings, ping, run, send_all

SOURCE = CalComWebhooks()
RECORDED_SECRET = "syncd-test-secret"
BODY = b'{"triggerEvent":"BOOKING_CREATED"}'


def lower(delivery):
    return {name.lower(): value for name, value in delivery.headers.items()}


def signed(body, secret=HOOK_SECRET):
    return {SIGNATURE: hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def read(delivery):
    return SOURCE.read(lower(delivery), delivery.body)


def said(value, **headers):
    return SOURCE.read(headers, json.dumps(value).encode())


def test_it_fits_the_port():
    _: WebhookSource = CalComWebhooks()


# -- what proves it


def test_what_the_stand_in_sends_is_genuine():
    practice = Practice()
    practice.cancel(practice.book()["uid"])

    assert len(practice.sent) == 2
    assert all(SOURCE.is_genuine(lower(each), each.body, [HOOK_SECRET]) for each in practice.sent)


def test_any_of_several_secrets_proves_it():
    assert SOURCE.is_genuine(signed(BODY, "old"), BODY, ["new", "old"])
    assert SOURCE.is_genuine(signed(BODY, "new"), BODY, ["new", "old"])
    assert not SOURCE.is_genuine(signed(BODY, "older"), BODY, ["new", "old"])


@pytest.mark.parametrize("secrets", [(), ("",), ("", "")])
def test_without_a_secret_nothing_is_genuine(secrets):
    """Not even what is signed with nothing, or with what stands in for it."""
    for headers in (signed(BODY, ""), signed(BODY, "\0"), {SIGNATURE: UNSIGNED}, {}):
        assert not SOURCE.is_genuine(headers, BODY, secrets)


def test_an_empty_secret_beside_a_real_one_proves_nothing():
    assert SOURCE.is_genuine(signed(BODY, "real"), BODY, ["", "real"])
    assert not SOURCE.is_genuine(signed(BODY, ""), BODY, ["", "real"])


@pytest.mark.parametrize("where", range(len(BODY)))
def test_a_body_that_differs_in_any_octet_is_not_genuine(where):
    changed = BODY[:where] + bytes([BODY[where] ^ 1]) + BODY[where + 1 :]

    assert not SOURCE.is_genuine(signed(BODY), changed, [HOOK_SECRET])


@pytest.mark.parametrize("where", range(64))
def test_a_signature_that_differs_in_any_place_is_not_genuine(where):
    good = signed(BODY)[SIGNATURE]
    bad = good[:where] + ("0" if good[where] != "0" else "1") + good[where + 1 :]

    assert not SOURCE.is_genuine({SIGNATURE: bad}, BODY, [HOOK_SECRET])


@pytest.mark.parametrize(
    "spoil",
    [
        *(str.upper, lambda it: f"sha256={it}", lambda it: it[:-1], lambda it: f"{it}0"),
        *(lambda _: "", lambda it: f" {it}", lambda _: UNSIGNED, lambda _: "é" * 64),
        lambda _: "\ud800",
    ],
)
def test_a_signature_in_another_dress_is_not_genuine(spoil):
    headers = {SIGNATURE: spoil(signed(BODY)[SIGNATURE])}
    assert SOURCE.is_genuine(signed(BODY), BODY, [HOOK_SECRET])

    assert headers == signed(BODY) or not SOURCE.is_genuine(headers, BODY, [HOOK_SECRET])


def test_the_body_is_proven_as_it_came_and_not_as_it_reads():
    value = json.loads(BODY)

    assert not SOURCE.is_genuine(signed(BODY), json.dumps(value).encode(), [HOOK_SECRET])


@needs_recordings
def test_every_recorded_delivery_is_genuine_or_was_sent_without_a_secret():
    proven = refused = 0
    for scenario in SCENARIOS:
        for each in recorded(scenario):
            headers, body = each["headers"], each["raw_body"].encode()
            is_genuine = SOURCE.is_genuine(headers, body, [RECORDED_SECRET])
            assert is_genuine is bool(each["signature_valid"])
            proven, refused = proven + is_genuine, refused + (not is_genuine)

    assert (proven, refused) == (192, 2)


# -- what it says


def recorded(scenario):
    return [hook for step in steps_of(scenario) for hook in step.get("webhooks", ())]


@needs_recordings
def test_every_recorded_delivery_but_those_of_templates_is_understood():
    unknown = []
    for scenario in SCENARIOS:
        for each in recorded(scenario):
            found = SOURCE.read(each["headers"], each["raw_body"].encode())
            if not (found.trigger and found.about and found.sent_at) or found.is_ping:
                unknown.append((scenario, each["subscriber_path"], found.about))

    assert RECORDED.exists()
    assert {each[:2] for each in unknown} == {
        ("webhook-deliveries", "/template"),
        ("webhook-deliveries", "/texttemplate"),
    }
    [templated] = {about for _, path, about in unknown if path == "/template"}
    assert templated  # the template names the uid


def test_a_booking_names_itself_its_trigger_and_its_moment():
    practice = Practice()
    uid = practice.book()["uid"]

    found = read(practice.sent[0])

    assert (found.trigger, found.about, found.version) == ("BOOKING_CREATED", uid, "2021-10-20")
    assert found.sent_at == datetime.fromisoformat(practice.told[0]["createdAt"])
    assert not found.is_ping


def test_the_version_is_told_by_the_header_of_newer_servers():
    practice = Practice(HOSTED)
    practice.book()

    assert read(practice.sent[0]).version == HOSTED.webhook_version


def test_somebody_who_was_absent_is_named_by_another_key():
    practice = Practice()
    uid = practice.book()["uid"]
    practice.clock.advance(timedelta(days=3))
    who = [{"email": "jane@example.test", "absent": True}]
    practice.data("POST", f"/v2/bookings/{uid}/mark-absent", {"attendees": who})

    found = read(practice.sent[-1])

    assert (found.trigger, found.about) == ("BOOKING_NO_SHOW_UPDATED", uid)


def test_a_ping_is_known_whatever_its_trigger():
    practice = Practice()
    run(ping(practice.world, practice.world.hooks["wh_rec"]), send=practice.sent.append)
    told = practice.told[0]

    assert read(practice.sent[0]).is_ping
    assert said(told | {"triggerEvent": "BOOKING_CREATED"}).is_ping


def test_an_event_type_called_test_makes_no_ping():
    payload = {"type": "Test", "uid": "u1", "bookingId": 1}

    assert not said({"triggerEvent": "BOOKING_CREATED", "payload": payload}).is_ping


def test_a_flat_message_is_dated_by_its_meeting_and_not_by_its_booking():
    practice = Practice()
    uid = practice.book()["uid"]
    practice.sent.clear()
    practice.clock.advance(timedelta(days=2, hours=1, minutes=40))
    send_all(due_meetings(practice.world), practice.sent.append)

    started, ended = map(read, practice.sent)

    assert (started.trigger, ended.trigger) == ("MEETING_STARTED", "MEETING_ENDED")
    assert started.about == ended.about == uid
    assert started.sent_at == datetime.fromisoformat(f"{MONDAY}T09:00:00+00:00")
    assert ended.sent_at == datetime.fromisoformat(f"{MONDAY}T09:30:00+00:00")


def test_a_form_says_what_its_fields_say():
    found = SOURCE.read({}, b"triggerEvent=BOOKING_CREATED&uid=abc&who=Jane+Doe")

    assert (found.trigger, found.about) == ("BOOKING_CREATED", "abc")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"new booking of Jane", b"{", b"[1]", b'"x"', b"null", b"\xff\xfe"),
        *(b"[" * 60_000, b'{"a":' * 10_000, b'{"n":' + b"9" * 5_000 + b"}"),
        *(b"&" * 1_000, b"%" * 100, b"\xef\xbb\xbf{}"),
    ],
    ids=range(13),
)
def test_what_is_not_understood_is_left_empty(body):
    assert SOURCE.read({}, body) == Hint()


@pytest.mark.parametrize(
    "createdAt",
    [
        *("2031-03-03T09:00:00", "yesterday", "", 7, None, [], "2031-13-03T09:00:00Z"),
        *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    ],
)
def test_a_moment_without_a_zone_or_beyond_time_is_none(createdAt):  # noqa: N803  as it is sent
    assert said({"createdAt": createdAt, "payload": {}}).sent_at is None


@pytest.mark.parametrize("text", ["a\0b", "a b", "\ud800", "x" * 101, "é", "", "a\nb", 5, None, {}])
def test_what_could_harm_a_log_or_a_database_is_not_taken(text):
    found = said({"triggerEvent": text, "payload": {"uid": text}})

    assert (found.trigger, found.about) == ("", "")


plain = st.none() | st.integers() | st.text(max_size=30)
anything = plain | st.dictionaries(st.sampled_from(["uid", "type"]), plain, max_size=3)
keys = st.sampled_from(
    ["triggerEvent", "createdAt", "payload", "uid", "bookingUid", "type", "startTime", "endTime"]
)


@given(st.binary() | st.dictionaries(keys, anything).map(lambda it: json.dumps(it).encode()))
@example(b"MEETING_ENDED")
def test_whatever_is_sent_is_read_without_a_fuss(body):
    found = SOURCE.read({"x-cal-webhook-version": "2021-10-20"}, body)

    for each in (found.trigger, found.about, found.version, found.id):
        assert each.isascii()
        assert each.isprintable()
        assert len(each) <= 100
    assert found.sent_at is None or found.sent_at.tzinfo is UTC


def test_a_calendar_names_its_secrets_or_expects_no_deliveries():
    both = {"webhook_secret": "env:A", "webhook_secret_former": "env:B", "url": "x"}

    assert SOURCE.secrets(both) == ("env:A", "env:B")
    assert SOURCE.secrets({"webhook_secret": "env:A", "webhook_secret_former": None}) == ("env:A",)
    assert SOURCE.secrets({"webhook_secret": ""}) == ()
    assert SOURCE.secrets({}) == ()
