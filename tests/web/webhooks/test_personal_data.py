"""Nothing personal of a delivery is told, and none of it is kept for long."""

import json
from datetime import timedelta

from structlog.testing import capture_logs
from web.conftest import CAUSE, wait_for

from syncd.flows.clients import erase
from syncd.flows.upkeep import tidy
from syncd_calcom.standin import HOOK_SECRET

from .mail import MAIN, a_body, letters, signature


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
