"""A test delivery that is sent until the receiver knows the secret, or for as long as makes sense."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.accounts import Knock
from syncd.flows.surroundings import Surroundings
from syncd.flows.webhook_check import PAUSE, TRIES, Mail, check_webhook
from syncd.testing.builders import a_calendar
from syncd.testing.clock import FrozenClock, SeededRandomness
from syncd.web.hooks import READ_EVERY
from syncd_calcom.hooks import CalComWebhooks


class Receiver:
    """In place of an account: it answers in turn what no real receiver does at will."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.nonces = []

    def knock(self, address, secret, *, sent_at, nonce):
        self.nonces.append(nonce)
        status, code = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return Knock(body=b"", headers={}, status=status, code=code, trouble="" if status else "x")


def check(receiver):
    """With a clock that stands still, and no ledger: nothing arrives."""
    waited = []
    around = Surroundings(
        ledger=None, clock=FrozenClock(), randomness=SeededRandomness(7), open_provider=None
    )
    mail = Mail(calendar=a_calendar(), setup=receiver, source=CalComWebhooks(), address="")
    return check_webhook(around, mail, "secret", wait=waited.append), waited


def test_each_test_is_another_one_so_that_an_older_one_proves_nothing():
    receiver = Receiver((403, "NOT_PROVEN"))

    found, waited = check(receiver)

    assert len(set(receiver.nonces)) == TRIES
    assert not found.is_good
    assert "another secret" in found.why
    assert sum(waited, timedelta()) == PAUSE * (TRIES - 1)
    assert sum(waited, timedelta()) > timedelta(seconds=READ_EVERY)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((0, ""), "x"),
        ((301, ""), "leads elsewhere"),
        ((200, ""), "something else"),
        ((403, ""), "something else"),
        ((429, "TOO_MANY_REQUESTS"), "TOO_MANY_REQUESTS"),
    ],
)
def test_what_will_not_change_by_waiting_is_asked_once(answer, why):
    receiver = Receiver((503, "LOCKED"), answer)

    found, waited = check(receiver)

    assert why in found.why
    assert waited == [PAUSE]
