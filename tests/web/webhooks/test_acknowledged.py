"""W1: what is answered 2xx is in the inbox, and nothing else is; over a socket and a real ledger."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from calcom_harness import Practice
from web.conftest import wait_for

from syncd.core.delivery import FIRST_LOOK
from syncd.core.errors import LedgerAway, LedgerDamaged
from syncd.ledger.deliveries import DeliveryWrites

from .mail import JSON, MAIN, a_body, letters


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
