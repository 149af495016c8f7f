"""W3: what is not proven has no effect, and poisons nothing; nor does what is too much."""

import hmac
import socket

from calcom_harness import Practice
from structlog.testing import capture_logs
from web.conftest import wait_for
from web.test_credentials import again

from syncd_calcom.standin import UNSIGNED

from .mail import ADDRESS, FORM, JSON, MAIN, OTHER, SIGNATURE, a_body, post_office, signature

PROBLEM = "application/problem+json"

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
