"""To whom a delivery goes, and which secrets prove it, while both change."""

from datetime import timedelta

from syncd.core.errors import LedgerAway
from syncd.web.hooks import READ_EVERY
from syncd_calcom.standin import UNSIGNED

from .mail import MAIN, OTHER, a_body, signature


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
