"""The receiver of webhooks, over a socket and a real ledger: W1, W2, W3 and W5 of the proof."""

import hmac
import json
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from calcom_harness import Practice
from structlog.testing import capture_logs

from syncd.core.delivery import FIRST_LOOK
from syncd.core.errors import LedgerAway, LedgerDamaged
from syncd.flows.clients import erase
from syncd.flows.upkeep import tidy
from syncd.ledger.deliveries import DeliveryWrites
from syncd.web.hooks import READ_EVERY
from syncd_calcom.standin import HOOK_SECRET, UNSIGNED, due_meetings, ping, run, send_all

from .conftest import CAUSE, wait_for
from .mail import (
    ADDRESS,
    FORM,
    JSON,
    MAIN,
    OTHER,
    SIGNATURE,
    a_body,
    letters,
    post_office,
    signature,
)
from .test_credentials import again

PROBLEM = "application/problem+json"


@pytest.fixture
def post(door):
    with post_office(door) as found:
        yield found


# -- W1: what is answered 2xx is in the inbox, and nothing else is


def test_what_the_stand_in_sends_is_in_the_inbox_before_it_is_answered(post):
    practice = Practice()
    answers = []
    practice.looking = lambda delivery: answers.append((post.carry(delivery), len(post.inbox())))

    uid = practice.book()["uid"]
    practice.cancel(uid)

    assert [(each.status_code, count) for each, count in answers] == [(202, 1), (202, 2)]
    assert {(each.trigger, each.about) for each in post.inbox()} == {
        ("BOOKING_CREATED", uid),
        ("BOOKING_CANCELLED", uid),
    }


def test_a_delivery_is_kept_as_it_came(post):
    practice = letters(1)
    [sent] = practice.sent

    post.carry(sent)

    kept = post.stored()
    assert (kept.calendar_id, kept.body, kept.media_type) == (MAIN, sent.body, JSON)
    assert kept.version == "2021-10-20"
    assert kept.received_at == post.door.around.clock.now()


def test_the_calendar_is_looked_at_some_seconds_later(post):
    post.post()

    [(calendar, at)] = post.looks().items()
    assert calendar == MAIN
    assert at - post.door.around.clock.now() >= FIRST_LOOK


def test_while_the_ledger_cannot_be_written_nothing_is_acknowledged(post, monkeypatch):
    def away(_):
        raise LedgerAway("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(post.door.around.ledger, "submit", away)
        refused = post.post()

    assert (refused.status_code, refused.json()["code"]) == (503, "LEDGER_UNAVAILABLE")
    assert "Retry-After" in refused.headers
    assert post.inbox() == []
    assert post.post().status_code == 202


def test_a_commit_that_fails_is_not_acknowledged(post):
    writer = post.door.around.ledger._writer

    def fails():
        raise LedgerAway("the disk is gone")

    writer._before_commit = fails
    refused = post.post()
    writer._before_commit = None

    assert refused.status_code == 503
    assert post.inbox() == []


def test_one_that_waits_too_long_for_its_turn_is_refused_and_not_stored(post, monkeypatch):
    monkeypatch.setattr("syncd.web.hooks.LONGEST_WAIT", 0.05)
    with held_up(post.door.around.ledger):
        refused = post.post()

    post.door.around.ledger.write(lambda _: None)
    assert (refused.status_code, refused.json()["code"]) == (503, "LOCKED")
    assert post.inbox() == []


def test_one_whose_turn_has_come_is_waited_for(post, monkeypatch):
    """It will be stored, whatever is answered: so the answer waits, and says that."""
    monkeypatch.setattr("syncd.web.hooks.LONGEST_WAIT", 0.0)
    ledger = post.door.around.ledger
    submit, at_work, given_up, refusals = ledger.submit, threading.Event(), threading.Event(), []

    def submit_and_begin(work):
        outcome = submit(work)
        at_work.wait(30)
        cancel = outcome.cancel
        outcome.cancel = lambda: (refusals.append(cancel()), given_up.set()) and refusals[-1]
        return outcome

    def commit_once_given_up():
        at_work.set()
        given_up.wait(30)

    ledger._writer._before_commit = commit_once_given_up
    monkeypatch.setattr(ledger, "submit", submit_and_begin)
    answer = post.post()
    ledger._writer._before_commit = None

    assert refusals == [False]
    assert answer.status_code == 202
    assert len(post.inbox()) == 1


def test_those_who_come_together_share_a_commit(post):
    """The first goes alone; whoever comes meanwhile goes with the next."""
    ledger = post.door.around.ledger
    with held_up(ledger) as go, ThreadPoolExecutor(16) as pool:
        commits = ledger.commits
        answers = [pool.submit(post.post, a_body(f"uid-{each}")) for each in range(16)]
        wait_for(lambda: post.taken_in == 16)
        go()
        assert {each.result(30).status_code for each in answers} == {202}

    assert ledger.commits - commits <= 2
    assert len(post.inbox()) == 16


def test_one_that_cannot_be_stored_does_no_harm_to_those_who_came_with_it(post, monkeypatch):
    real = DeliveryWrites.keep_deliveries

    def keep_but(tx, found):
        found = list(found)
        if any(each.about == "uid-bad" for each in found):
            raise LedgerDamaged("a mistake of somebody's")
        real(tx, found)

    monkeypatch.setattr(DeliveryWrites, "keep_deliveries", keep_but)
    bodies = [a_body(each) for each in ("uid-1", "uid-bad", "uid-2", "uid-3")]
    with held_up(post.door.around.ledger) as go, ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(post.post, each) for each in bodies]
        wait_for(lambda: post.taken_in == 4)
        go()
        statuses = [each.result(30).status_code for each in answers]

    assert statuses == [202, 500, 202, 202]
    assert sorted(each.about for each in post.inbox()) == ["uid-1", "uid-2", "uid-3"]
    assert post.post(a_body("uid-4")).status_code == 202


@contextmanager
def held_up(ledger):
    """The ledger is busy until the yielded is called."""
    entered, go = threading.Event(), threading.Event()
    ledger.submit(lambda _: (entered.set(), go.wait(30)))
    entered.wait(30)
    try:
        yield go.set
    finally:
        go.set()


# -- W2: any number of them, in any order, is one effect


def test_the_same_delivery_is_acknowledged_each_time_and_stored_once(post):
    [sent] = letters(1).sent

    answers = [post.carry(sent).status_code for _ in range(5)]

    assert answers == [202] * 5
    assert len(post.inbox()) == 1


def test_the_same_delivery_at_once_from_many_is_stored_once(post):
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: post.post().status_code, range(20)))

    assert answers == [202] * 20
    assert len(post.inbox()) == 1


def test_a_duplicate_neither_hastens_nor_puts_off_the_look(post):
    post.post()
    looks = post.looks()
    post.door.around.clock.advance(timedelta(seconds=4))

    post.post()

    assert post.looks() == looks


def test_a_replay_after_the_look_has_no_effect(post):
    post.post()
    ledger, kept = post.door.around.ledger, post.stored()
    ledger.write(lambda tx: tx.set_looks([replace(kept, look_at=None, looks=1)]))

    post.door.around.clock.advance(timedelta(minutes=10))
    answer = post.post()

    assert answer.status_code == 202
    assert post.looks() == {}


def test_a_replay_in_another_dress_is_the_same_delivery(post):
    """Only the body is signed: all else is in the hands of whoever replays it."""
    post.post()

    answers = [
        post.post(headers={"X-Cal-Webhook-Version": "2026-07-27"}),
        post.post(media_type=FORM),
        post.post(to="/webhooks/calcom/patel-main?again=1"),
    ]

    assert [each.status_code for each in answers] == [202] * 3
    assert len(post.inbox()) == 1


def test_a_replay_after_it_was_forgotten_is_stale_and_not_looked_into(post):
    practice = letters(1)
    post.carry(practice.sent[0])
    post.door.around.clock.advance(timedelta(days=31))
    tidy(post.door.around)
    assert post.inbox() == []

    answer = post.carry(practice.sent[0])

    assert answer.status_code == 202
    assert post.looks() == {}


@pytest.mark.parametrize("seed", range(3))
def test_any_order_with_any_duplicates_leaves_the_same_inbox(post, seed):
    sent = letters(6).sent
    chance = random.Random(seed)
    shuffled = sent + chance.choices(sent, k=6)
    chance.shuffle(shuffled)

    for each in shuffled:
        assert post.carry(each).status_code == 202

    assert sorted(each.about for each in post.inbox()) == sorted(
        json.loads(each.body)["payload"]["uid"] for each in sent
    )


def test_one_address_on_two_levels_sends_two_deliveries_that_share_a_look(post):
    """They differ in their moment, so no digest tells that they are alike; the look does."""
    practice = Practice()
    body = {"active": True, "subscriberUrl": "http://127.0.0.1:9/hook", "secret": HOOK_SECRET}
    practice.data("POST", "/v2/event-types/301/webhooks", body | {"triggers": ["BOOKING_CREATED"]})
    practice.book()

    for each in practice.sent:
        post.carry(each)

    assert len(practice.sent) == 2
    assert len({each.look_at for each in post.inbox()}) == 1


# -- W3: what is not proven has no effect, and poisons nothing

FORGERIES = {
    "no signature": {"headers": {SIGNATURE: ""}},
    "the literal of an unsigned one": {"signed": UNSIGNED},
    "signed with nothing": {"signed": signature(a_body(), "")},
    "another's secret": {"signed": signature(a_body(), "the secret of another")},
    "another body's": {"signed": signature(a_body("uid-2"))},
    "in capitals": {"signed": signature(a_body()).upper()},
    "with a prefix": {"signed": f"sha256={signature(a_body())}"},
    "too short": {"signed": signature(a_body())[:-1]},
    "of a form": {"signed": signature(b"x"), "media_type": FORM},
    "of another calendar's address": {"to": f"/webhooks/calcom/{OTHER}"},
    "to nobody": {"to": "/webhooks/calcom/nobody"},
    "to another provider": {"to": f"/webhooks/caldav/{MAIN}"},
    "by an alias that two could mean": {"to": "/webhooks/cal"},
    "by an alias that is none": {"to": "/webhooks/google"},
    "to a name with a zero": {"to": "/webhooks/calcom/patel%00main"},
}


def test_what_is_not_proven_has_no_effect_and_is_answered_alike(door):
    with post_office(door, failures_a_minute=1000) as post:
        answers = {name: post.post(**forgery) for name, forgery in FORGERIES.items()}

        assert {name: each.status_code for name, each in answers.items()} == dict.fromkeys(
            FORGERIES, 403
        )
        assert {each.headers["content-type"] for each in answers.values()} == {PROBLEM}
        assert len({each.text for each in answers.values()}) == 1
        assert answers["to nobody"].json()["code"] == "NOT_PROVEN"
        assert post.inbox() == []


def test_who_asks_for_nobody_is_refused_after_as_much_work(post, monkeypatch):
    """Or the time that it takes would tell which calendars there are."""
    compared, real = [], hmac.compare_digest
    monkeypatch.setattr(
        "syncd_calcom.hooks.hmac.compare_digest", lambda *two: compared.append(1) or real(*two)
    )
    work = {}
    for to in (ADDRESS, "/webhooks/calcom/nobody", "/webhooks/cal"):
        assert post.post(signed="0" * 64, to=to).status_code == 403
        work[to], compared[:] = len(compared), []

    assert set(work.values()) == {1}


def test_every_body_that_differs_in_one_octet_is_refused(post):
    body = a_body()
    good = signature(body)
    with again(post.door, mailboxes=post.mailboxes, failures_a_minute=10_000) as patient:
        answers = {
            patient.http.post(
                ADDRESS,
                content=body[:at] + bytes([body[at] ^ 0x20]) + body[at + 1 :],
                headers={SIGNATURE: good, "Content-Type": JSON},
            ).status_code
            for at in range(len(body))
        }

    assert answers == {403}
    assert post.inbox() == []


def test_a_signature_that_is_sent_twice_is_none(post):
    body = a_body()
    headers = [(SIGNATURE, signature(body)), (SIGNATURE, "0" * 64), ("Content-Type", JSON)]

    both = post.http.post(ADDRESS, content=body, headers=headers)
    turned = post.http.post(ADDRESS, content=body, headers=[headers[1], headers[0], headers[2]])

    assert (both.status_code, turned.status_code) == (403, 403)


def test_a_forged_body_does_not_take_the_place_of_the_true_one(post):
    """What is known is known by its proof: a forger who sends it first changes nothing."""
    assert post.post(signed="0" * 64).status_code == 403

    assert post.post().status_code == 202

    assert len(post.inbox()) == 1


def test_nothing_is_parsed_before_it_is_proven(post, monkeypatch):
    monkeypatch.setattr("syncd_calcom.hooks.json.loads", lambda _: 1 // 0)

    assert post.post(signed="0" * 64).status_code == 403


def test_with_the_forgeries_of_the_stand_in_only_the_true_ones_arrive(post):
    practice = Practice()
    practice.world.faults.hooks.forged = 1.0
    practice.world.faults.hooks.duplicated = 1.0
    statuses = []
    practice.looking = lambda each: statuses.append((each.is_forged, post.carry(each).status_code))

    practice.book()

    assert statuses == [(True, 403), (False, 202), (False, 202)]
    assert len(post.inbox()) == 1


def test_who_guesses_is_slowed_down_and_those_who_know_are_not(post):
    guesses = [post.post(signed="0" * 64).status_code for _ in range(22)]

    assert guesses == [403] * 20 + [429] * 2
    assert post.post().status_code == 202


def test_a_flood_of_genuine_ones_is_slowed_down_too(door):
    with post_office(door, requests_a_minute=3) as busy:
        answers = [busy.post(a_body(f"uid-{each}")) for each in range(5)]

        assert [each.status_code for each in answers] == [202] * 3 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) <= 60
        assert len(busy.inbox()) == 3


def test_a_body_that_is_too_large_is_refused_whoever_signed_it(post):
    for size in (65_537, 10_000_000):
        assert post.post(b" " * size).status_code == 413
    assert post.inbox() == []


def test_a_body_without_an_end_is_cut_off_at_the_same_size(post):
    def endless():
        for _ in range(200):
            yield b" " * 1000

    answer = post.http.post(ADDRESS, content=endless(), headers={SIGNATURE: "0" * 64})

    assert answer.status_code == 413


def test_who_goes_away_in_the_middle_leaves_nothing_behind(post):
    host, port = str(post.http.base_url).removeprefix("http://").rstrip("/").split(":")
    with capture_logs() as logs, socket.create_connection((host, int(port)), timeout=10) as gone:
        head = f"POST {ADDRESS} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"
        gone.sendall(head.encode())
        gone.shutdown(socket.SHUT_WR)
        gone.recv(1000)
        gone.close()
        wait_for(lambda: any(each["event"] == "request" for each in logs))

    assert not any(each["event"] == "request_failed" for each in logs)
    assert post.inbox() == []


def test_no_other_method_is_known_there_whether_there_is_a_calendar_or_not(post):
    for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS"):
        there = post.http.request(method, ADDRESS)
        nowhere = post.http.request(method, "/webhooks/calcom/nobody")

        assert there.status_code == nowhere.status_code == 405
        assert there.headers["allow"] == "POST"


# -- what is odd and signed


ODD = (
    *(b"", b"{", b"[]", b"null", b"\xff\x00\xfe", b"new booking of Jane at nine", b"a=b&c=d"),
    *(b"[" * 60_000, b'{"a":' * 12_000, b'{"n":' + b"9" * 60_000 + b"}"),
    *(b'{"triggerEvent":"A\\u0000B"}', b'{"payload":{"uid":"\\ud800"}}', b"\xef\xbb\xbf{}"),
    *(b'{"triggerEvent":"NEVER_SEEN","payload":{"uid":"u"}}', b'{"createdAt":"9999-12-31"}'),
)


@pytest.mark.parametrize("media_type", [JSON, FORM, "Application/JSON; charset=utf-8"])
def test_whatever_is_signed_is_kept_and_acknowledged(post, media_type):
    answers = {post.post(each, media_type=media_type).status_code for each in ODD}

    assert answers == {202}
    assert {post.stored(index).body for index in range(len(ODD))} == set(ODD)
    assert all(each.look_at for each in post.inbox())


def test_what_is_no_delivery_by_its_own_account_is_refused(post):
    for media_type in (None, "text/xml", "multipart/form-data; boundary=x"):
        answer = post.post(media_type=media_type)

        assert (answer.status_code, answer.json()["code"]) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert post.inbox() == []


def test_a_media_type_tells_nothing_to_whoever_cannot_sign(post):
    assert post.post(signed="0" * 64, media_type="text/xml").status_code == 403


def test_a_template_that_is_no_json_comes_as_a_form_and_is_kept(post):
    practice = Practice()
    practice.world.hooks["wh_rec"].template = "booked: {{title}}"
    practice.book()

    assert post.carry(practice.sent[0]).status_code == 202
    assert (post.stored().media_type, post.stored().trigger) == (FORM, "")


def test_a_ping_is_kept_and_changes_nothing(post):
    practice = Practice()
    run(ping(practice.world, practice.world.hooks["wh_rec"]), send=practice.sent.append)

    assert post.carry(practice.sent[0]).status_code == 202
    assert (post.stored().trigger, post.stored().is_ping) == ("PING", True)
    assert post.looks() == {}


def test_a_flat_message_of_a_meeting_is_kept(post):
    practice = letters(1)
    practice.clock.advance(timedelta(days=2, hours=2))
    practice.sent.clear()
    send_all(due_meetings(practice.world), practice.sent.append)

    assert [post.carry(each).status_code for each in practice.sent] == [202, 202]
    assert {each.trigger for each in post.inbox()} == {"MEETING_STARTED", "MEETING_ENDED"}


# -- addresses and secrets


def test_the_short_address_is_for_a_practice_with_one_such_calendar(post):
    del post.secrets[OTHER]

    assert post.post(to="/webhooks/cal").status_code == 202
    assert post.stored().calendar_id == MAIN


def test_one_body_to_two_calendars_is_two_deliveries(post):
    body = a_body()
    post.post(body)
    secret = post.secrets[OTHER][0]

    post.post(body, signed=signature(body, secret), to=f"/webhooks/calcom/{OTHER}")

    assert {each.calendar_id for each in post.inbox()} == {MAIN, OTHER}


def test_while_a_secret_is_exchanged_both_are_good(post):
    post.secrets[MAIN] = ("new", "old")

    answers = [
        post.post(a_body(each), signed=signature(a_body(each), each)) for each in ("new", "old")
    ]

    assert [each.status_code for each in answers] == [202, 202]


def test_a_calendar_whose_secret_is_missing_or_empty_lets_nobody_in(post):
    for post.secrets[MAIN] in ((), ("",)):
        post.door.around.clock.advance(timedelta(seconds=READ_EVERY))
        body = a_body()
        for forged in (UNSIGNED, signature(body, ""), signature(body, "\0"), signature(body)):
            assert post.post(body, signed=forged).status_code == 403
    assert post.inbox() == []


def test_secrets_are_looked_up_again_each_half_minute_and_not_for_each_delivery(post):
    for each in range(10):
        post.post(a_body(f"uid-{each}"))
    assert post.reads == 1
    post.secrets[MAIN] = ("another",)
    body = a_body("uid-x")
    assert post.post(body, signed=signature(body, "another")).status_code == 403

    post.door.around.clock.advance(timedelta(seconds=READ_EVERY))

    assert post.post(body, signed=signature(body, "another")).status_code == 202
    assert post.post(a_body("uid-y")).status_code == 403


def test_while_mailboxes_cannot_be_read_those_of_before_hold(post, monkeypatch):
    post.post(a_body("uid-1"))
    good = post.mailboxes

    def away():
        raise LedgerAway("no answer")

    post.mailboxes = away
    post.door.around.clock.advance(timedelta(seconds=READ_EVERY))
    assert post.post(a_body("uid-2")).status_code == 202

    post.mailboxes = good
    assert post.post(a_body("uid-3")).status_code == 202


def test_before_they_were_ever_read_nobody_knows(post):
    def away():
        raise LedgerAway("no answer")

    post.mailboxes = away

    assert post.post().status_code == 503


# -- what is personal


def test_nothing_of_a_delivery_is_logged(post):
    with capture_logs() as logs:
        body = json.dumps(
            {"triggerEvent": "JANE", "payload": {"uid": "canary-uid", "name": "Jane Canary"}}
        ).encode()
        post.post(body)
        post.post(body, signed="0" * 64)
        post.post(body, media_type="text/xml")
        wait_for(lambda: sum(each["event"] == "request" for each in logs) == 3)

    said = json.dumps(logs, default=str)
    for canary in ("canary", "Canary", "JANE", signature(body), HOOK_SECRET, str(MAIN)):
        assert canary not in said
    paths = {each["path"] for each in logs if each["event"] == "request"}
    assert paths == {"/webhooks/{provider}/{calendar}"}


def test_an_answer_repeats_nothing_that_was_sent(post):
    for answer in (post.post(), post.post(b"canary", signed="0" * 64)):
        assert "canary" not in answer.text
        assert "uid-1" not in answer.text


def test_erasing_a_client_empties_all_that_webhooks_sent(post):
    """Nobody can tell for certain whom a body names."""
    client = post.door.booked()["client"]["id"]
    for each in letters(3).sent:
        post.carry(each)

    erase(post.door.around, client, CAUSE, anyway=True)

    assert len(post.inbox()) == 3
    assert {post.stored(index).body for index in range(3)} == {None}
    post.post(a_body("later"))
    erase(post.door.around, client, CAUSE, anyway=True)
    assert {post.stored(index).body for index in range(4)} == {None}


def test_after_a_month_nothing_of_it_is_left(post):
    post.post()
    post.door.around.clock.advance(timedelta(days=30))
    tidy(post.door.around)
    assert len(post.inbox()) == 1

    post.door.around.clock.advance(timedelta(seconds=1))
    tidy(post.door.around)

    assert post.inbox() == []
