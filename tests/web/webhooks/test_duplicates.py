"""W2: any number of the same deliveries, in any order, is one effect."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from calcom_harness import Practice

from syncd.flows.upkeep import tidy
from syncd_calcom.standin import HOOK_SECRET

from .mail import FORM, letters


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
