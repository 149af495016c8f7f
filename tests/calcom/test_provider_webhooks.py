"""Making the webhook that tells syncd of bookings, on a stand-in that keeps what it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from calcom_harness import judge
from calcom_provider import CalcomHarness, accounts_at

from syncd.accounts import AccountSetup
from syncd.core.errors import Forbidden, NeedsLogin, Rejected, Transient, Unsupported
from syncd.core.ids import CalendarId
from syncd.ports import Access
from syncd_calcom.client import Line
from syncd_calcom.hook_setup import TRIGGERS
from syncd_calcom.hooks import CalComWebhooks
from syncd_calcom.setup import CalcomSetup
from syncd_calcom.standin import ALICE_KEY, BOB_KEY, CAL_DIY, HOSTED, RECORDED, Effect, Fault, ping
from syncd_calcom.standin.rows import Hook, Key

ADDRESS = "https://practice.example/webhooks/calcom/patel-calcom"
SECRET = "a secret of ours"
EVERYWHERE = TRIGGERS[:8]


def set_up(cal: CalcomHarness, *, key: str = ALICE_KEY, line: Line | None = None, **settings):
    access = Access(
        calendar_id=CalendarId("patel-calcom"),
        settings={**cal.settings, **settings},
        secret=lambda _: key,
        zone=cal.zone,
        clock=cal.clock,
    )
    return CalcomSetup(access, line=line or cal.line)


def arrange(cal, **more):
    return set_up(cal, **more).arrange_webhook(ADDRESS, SECRET)


def hooks(cal):
    return list(cal.world.hooks.values())


def add(cal, url=ADDRESS, **more):
    fields = {"triggers": list(TRIGGERS), "secret": SECRET, "user_id": 101} | more
    hook = Hook(id=f"wh_{len(hooks(cal))}", url=url, created_at=cal.world.now(), **fields)
    cal.world.hooks[hook.id] = hook
    return hook


def writes(cal):
    return [each for each in cal.transport.requests if each.method != "GET"]


cal = accounts_at(CAL_DIY, HOSTED, RECORDED)


@pytest.fixture
def plain():
    return CalcomHarness()


def test_the_account_can_be_set_up():
    _: AccountSetup = set_up(CalcomHarness())


def test_a_webhook_is_made_with_a_secret_for_all_news_of_bookings(cal):
    found = arrange(cal)

    [hook] = hooks(cal)
    assert (hook.url, hook.secret, hook.is_active, hook.template) == (ADDRESS, SECRET, True, None)
    assert set(hook.triggers) == set(TRIGGERS) & set(cal.world.profile.triggers)
    assert set(hook.triggers) >= set(EVERYWHERE)
    assert hook.version == "2021-10-20"
    assert (found.made, found.mended, found.others) == (True, (), ())
    assert found.webhook.id == hook.id


def test_the_second_call_changes_nothing(cal):
    arrange(cal)
    before = dict(vars_of(hooks(cal)[0]))

    found = arrange(cal)

    assert len(hooks(cal)) == 1
    assert vars_of(hooks(cal)[0]) == before
    assert (found.made, found.mended) == (False, ())


def vars_of(hook):
    return {name: getattr(hook, name) for name in Hook.__dataclass_fields__}


def test_what_is_there_is_mended_and_what_somebody_added_stays(cal):
    add(
        cal,
        triggers=["MEETING_ENDED", "BOOKING_CREATED"],
        secret=None,
        template='{"x": "{{title}}"}',
        is_active=False,
    )

    found = arrange(cal)

    [hook] = hooks(cal)
    assert set(found.mended) - {"version"} == {"active", "triggers", "secret", "payloadTemplate"}
    assert set(hook.triggers) >= {"MEETING_ENDED", *EVERYWHERE}
    assert (hook.secret, hook.is_active, hook.template) == (SECRET, True, "")
    assert arrange(cal).mended == ()


def test_a_newer_version_of_what_is_sent_would_only_add_names():
    hosted = CalcomHarness(HOSTED)
    add(hosted, version="2026-07-27")

    assert arrange(hosted).mended == ("version",)
    assert hooks(hosted)[0].version == "2021-10-20"


@pytest.mark.parametrize(
    "written",
    [f"{ADDRESS}/", ADDRESS.replace("practice", "Practice"), f"{ADDRESS[:24]}:443{ADDRESS[24:]}"],
)
def test_an_address_that_is_written_otherwise_is_the_same(plain, written):
    add(plain, written, secret="another")

    found = arrange(plain)

    assert (found.made, found.mended) == (False, ("secret",))
    assert [each.url for each in hooks(plain)] == [written]


def test_others_that_lead_to_the_same_calendar_are_named_and_left_alone(plain):
    old = add(plain, "https://old.example/webhooks/calcom/patel-calcom", secret="old")
    slashed = add(plain, f"{ADDRESS}/", secret="old")
    short = add(plain, "https://practice.example/webhooks/cal", secret="old")
    add(plain, "https://zap.example/hooks/secret-of-theirs", secret="old")
    add(plain, "https://practice.example/webhooks/calcom/owl-calcom", secret="old")
    mine = add(plain)

    found = arrange(plain)

    assert found.webhook.id == mine.id
    assert {each.id for each in found.others} == {old.id, slashed.id, short.id}
    assert [each.secret for each in hooks(plain)] == ["old"] * 5 + [SECRET]


def test_another_accounts_webhook_is_not_ours(plain):
    add(plain, user_id=102, secret="bob's")

    found = arrange(plain)

    assert found.made
    assert [each.secret for each in hooks(plain)] == ["bob's", SECRET]


@pytest.mark.parametrize("effect", [Effect.LOST, Effect.HALF, Effect.TIMEOUT])
def test_after_a_lost_answer_what_was_made_is_found_and_never_made_again(effect):
    plain = CalcomHarness(HOSTED)
    plain.world.faults.add(Fault(effect=effect, method="POST", path="/v2/webhooks"))

    found = arrange(plain)

    assert found.made
    assert [each.url for each in hooks(plain)] == [ADDRESS]
    assert [each.method for each in writes(plain)] == ["POST"]


def test_what_somebody_made_at_the_same_moment_is_mended(plain):
    def made_first(ask):
        if ask.method == "POST" and not hooks(plain):
            add(plain, secret="theirs")

    plain.transport.before = made_first

    arrange(plain)

    assert [(each.url, each.secret) for each in hooks(plain)] == [(ADDRESS, SECRET)]


def test_it_is_found_among_hundreds(plain):
    for number in range(260):
        add(plain, f"https://zap.example/{number:03}")
    add(plain)

    assert not arrange(plain).made
    assert writes(plain) == []
    assert len(hooks(plain)) == 261


@pytest.mark.parametrize(
    "fault",
    [
        Fault(effect=Effect.CUT, method="POST", path="/v2/webhooks"),
        Fault(effect=Effect.STATUS, method="POST", path="/v2/webhooks", status=503),
        Fault(effect=Effect.STATUS, method="GET", path="/v2/webhooks", status=503, times=None),
    ],
    ids=["cut", "overloaded", "no list"],
)
def test_one_that_was_not_made_is_an_outage_and_the_next_call_makes_it(plain, fault):
    plain.world.faults.add(fault)

    with pytest.raises(Transient):
        arrange(plain)
    assert hooks(plain) == []

    plain.world.faults.clear()
    assert arrange(plain).made


def test_a_lost_answer_to_a_change_is_judged_by_what_is_there(plain):
    add(plain, secret="another")
    plain.world.faults.add(Fault(effect=Effect.LOST, method="PATCH"))

    assert arrange(plain).mended == ("secret",)

    hooks(plain)[0].secret = "another"
    plain.world.faults.add(Fault(effect=Effect.CUT, method="PATCH"))
    with pytest.raises(Transient, match="secret"):
        arrange(plain)


@pytest.mark.parametrize(
    ("kept", "what"), [({"secret": "another"}, "secret"), ({"triggers": []}, "triggers")]
)
def test_a_server_that_keeps_something_else_is_not_called_arranged(plain, kept, what):
    add(plain, **kept)
    plain.transport.before = answering(
        lambda ask: ask.method == "PATCH", 200, {"status": "success", "data": {"id": "wh_0"}}
    )

    with pytest.raises(Transient, match=what) as caught:
        arrange(plain)

    assert SECRET not in str(caught.value)


def answering(fits, status, body):
    return lambda ask: httpx.Response(status, json=body, request=ask) if fits(ask) else None


def test_a_key_without_the_scope_is_told_which_one_it_lacks(plain):
    scopes = frozenset({"BOOKING_READ", "PROFILE_READ", "WEBHOOK_READ"})
    plain.world.keys["token"] = Key(token="token", user_id=101, scopes=scopes)

    with pytest.raises(Forbidden, match="WEBHOOK_WRITE"):
        arrange(plain, key="token")


def test_a_key_of_another_account_touches_nothing(plain):
    with pytest.raises(Forbidden, match="not of the account"):
        arrange(plain, key=BOB_KEY)
    with pytest.raises(NeedsLogin):
        arrange(plain, key="cal_unknown")

    assert hooks(plain) == []


def test_a_server_without_webhooks_is_told_of_by_name(plain):
    missing = {"statusCode": 404, "message": "Cannot GET /v2/webhooks?take=250"}
    plain.transport.before = answering(lambda ask: "webhooks" in ask.url.path, 404, missing)

    with pytest.raises(Unsupported, match="by hand"):
        arrange(plain)


def test_what_the_hosted_service_refuses_is_refused_with_the_likely_reason(plain):
    said = {"statusCode": 400, "message": "Webhook limit of secret-team reached"}
    plain.transport.before = answering(lambda ask: ask.method == "POST", 400, said)

    with pytest.raises(Rejected, match="public addresses") as caught:
        arrange(plain)

    assert "secret-team" not in str(caught.value)
    assert hooks(plain) == []


def test_the_hosted_service_takes_public_addresses_only():
    cal = CalcomHarness(replace(HOSTED, refuses_private_subscribers=True))

    with pytest.raises(Rejected, match="public addresses"):
        set_up(cal).arrange_webhook("http://127.0.0.1:8470/webhooks/calcom/x", SECRET)
    assert hooks(cal) == []

    assert arrange(cal).made


def test_what_is_asked_fits_the_vendors_document(cal):
    answers = []
    real = cal.in_process.handle_request
    cal.in_process.handle_request = lambda ask: answers.append(real(ask)) or answers[-1]

    add(cal, secret=None, triggers=[])
    arrange(cal)
    cal.world.hooks.clear()
    arrange(cal)

    for each in answers:
        each.read()
        if cal.world.profile is not RECORDED and "webhooks" in each.request.url.path:
            judge(each)
    assert {each.request.method for each in answers} == {"GET", "POST", "PATCH"}


def test_no_secret_is_in_what_is_told(plain):
    found = arrange(plain)

    assert SECRET not in repr(found)


# Addresses


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("http://practice.example/webhooks/calcom/x", "in the clear"),
        ("ftp://practice.example/x", "must be an address"),
        ("practice.example/webhooks", "must be an address"),
        ("https://u:p@practice.example/x", "no user name"),
        ("https://practice.example/x?key=1", "no ?"),
        ("https://[::1/x", "not an address"),
        ("https://practice.example/ä", "ASCII"),
    ],
)
def test_an_address_that_cannot_be_sent_to_is_refused_with_the_reason(plain, address, why):
    found = set_up(plain).wrong_address(address)

    assert found is not None
    assert why in found


def test_plain_http_is_for_this_machine_or_who_allows_it(plain):
    assert set_up(plain).wrong_address("http://127.0.0.1:8470/webhooks/calcom/x") is None
    assert set_up(plain).wrong_address(ADDRESS) is None
    assert set_up(plain, allow_http=True).wrong_address("http://cal.lan/x") is None


# The test delivery


def knock(plain, answer):
    asked = []

    def receive(request):
        asked.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    line = Line(outward=httpx.MockTransport(receive))  # nobody's real receiver answers so oddly
    sent_at = datetime(2031, 3, 3, 8, 0, tzinfo=UTC)
    found = set_up(plain, line=line).knock(ADDRESS, SECRET, sent_at=sent_at, nonce="n1")
    return found, asked[0]


def test_a_test_delivery_is_what_the_settings_page_would_send(plain):
    found, asked = knock(plain, httpx.Response(202))
    [step] = list(ping(plain.world, add(plain)))
    [theirs] = step.deliveries

    source = CalComWebhooks()
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert source.is_genuine(headers, asked.content, [SECRET])
    assert not source.is_genuine(headers, asked.content, ["another"])
    assert source.read(headers, asked.content).is_ping
    assert {each.lower() for each in theirs.headers} <= headers.keys()
    assert (found.status, found.code, found.trouble) == (202, "", "")
    assert found.body == asked.content
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("answer", "status", "code", "trouble"),
    [
        (httpx.Response(401, json={"code": "NOT_PROVEN"}), 401, "NOT_PROVEN", ""),
        (httpx.Response(301, headers={"location": "https://x.example"}), 301, "", ""),
        (httpx.Response(200, text="<html>welcome"), 200, "", ""),
        (httpx.Response(200, json=["code"]), 200, "", ""),
        (httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"), 0, "", "certificate"),
        (httpx.ConnectError("[Errno -2] Name or service not known"), 0, "", "name"),
        (httpx.ConnectError("refused"), 0, "", "nobody answers"),
        (httpx.ReadTimeout("slow"), 0, "", "no answer within"),
        (httpx.RemoteProtocolError("gone"), 0, "", "broke off"),
    ],
)
def test_what_answers_a_test_delivery_is_told_as_it_is(plain, answer, status, code, trouble):
    found, _ = knock(plain, answer)

    assert (found.status, found.code) == (status, code)
    assert trouble in found.trouble
