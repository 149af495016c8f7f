"""How fast one key is asked, whatever its server says of the limit."""

from __future__ import annotations

from datetime import timedelta

import pytest
from calcom_provider import NEW_YEAR, CalcomHarness

from syncd.core.errors import RateLimited
from syncd.testing.clock import FrozenClock
from syncd_calcom.rate import BURST, Bucket


def test_no_minute_has_more_than_a_hundred_requests():
    clock = FrozenClock(NEW_YEAR)
    bucket, sent = Bucket(clock), []
    for _ in range(400):
        clock.advance(bucket.take())
        sent.append(clock.monotonic())

    busiest = max(sum(1 for each in sent if at <= each < at + 60) for at in sent)
    assert BURST < busiest <= 100


def test_after_a_pause_there_is_a_burst_again():
    clock = FrozenClock(NEW_YEAR)
    bucket = Bucket(clock)
    for _ in range(BURST):
        assert bucket.take() == timedelta(0)
    assert bucket.take() == timedelta(seconds=1)

    clock.advance(timedelta(minutes=10))

    assert [bucket.take() for _ in range(BURST)] == [timedelta(0)] * BURST
    assert bucket.take() > timedelta(0)


def test_a_queue_that_is_too_long_is_refused():
    bucket = Bucket(FrozenClock(NEW_YEAR))
    waits = [bucket.take().total_seconds() for _ in range(BURST + 65)]

    with pytest.raises(RateLimited):
        bucket.take()

    assert max(waits) == 65


@pytest.mark.parametrize(
    ("headers", "refused", "wait"),
    [
        ({}, False, None),
        ({}, True, 60),
        ({"X-RateLimit-Remaining-Default": "1"}, False, None),
        ({"X-RateLimit-Remaining-Default": "0", "X-RateLimit-Reset-Default": "17"}, False, 17),
        ({"x-ratelimit-remaining-custom": "0", "x-ratelimit-remaining-default": "9"}, False, 60),
        ({"X-RateLimit-Reset-Default": "40"}, True, 40),
        ({"X-RateLimit-Reset-Default": "0"}, True, 1),
        ({"X-RateLimit-Reset-Default": "99999"}, True, 600),
        ({"X-RateLimit-Reset-Default": str(int(NEW_YEAR.timestamp()) + 30)}, True, 30),
        ({"X-RateLimit-Reset-Default": "soon"}, True, 60),
        ({"X-RateLimit-Reset-Default": "-5"}, True, 60),
        ({"X-RateLimit-Reset-Default": "9" * 40}, True, 60),
    ],
)
def test_what_an_answer_says_of_the_limit_is_heeded(headers, refused, wait):
    clock = FrozenClock(NEW_YEAR)
    bucket = Bucket(clock)

    found = bucket.learn(headers, is_refused=refused)

    assert found == (None if wait is None else timedelta(seconds=wait))
    if wait is not None:
        with pytest.raises(RateLimited) as caught:
            bucket.take()
        assert caught.value.retry_after == timedelta(seconds=wait)
        clock.advance(timedelta(seconds=wait))
    bucket.take()


def test_the_stand_ins_own_limit_is_never_reached():
    cal = CalcomHarness()
    cal.desk.limits.of_key = 120
    provider = cal.open()

    for _ in range(150):
        provider.get_many(["nothing"])

    assert len(cal.transport.requests) > 150
