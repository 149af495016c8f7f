"""A daemon that really runs, beside a stand-in for Cal.com on a socket, which tells it of bookings."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime, timedelta

import pytest
from system.calcom_practice import NEVER, Cal, a_practice_with, address_of
from system.running_practice import until

from syncd_calcom.standin import (
    CAL_DIY,
    HOSTED,
    HookFaults,
    serve,
)
from syncd_calcom.standin import a_practice as a_calcom

pytestmark = [pytest.mark.slow, pytest.mark.server]


BOTH = [CAL_DIY, HOSTED] if "TORTURE" in os.environ else [CAL_DIY]


@pytest.fixture(params=BOTH, ids=lambda each: each.name)
def cal(request):
    clock = lambda: datetime.now(UTC)  # noqa: E731
    with serve(a_calcom(clock, seed=7, profile=request.param)) as running:
        running.desk.limits.is_off = True
        found = Cal(running)
        yield found
        found.http.close()


def times(practice):
    return sorted(each.start.hour for each in practice.appointments() if not each.is_over)


def test_bookings_are_in_the_ledger_seconds_after_their_webhooks_and_keep_their_numbers(
    cal, tmp_path
):
    with a_practice_with(cal, tmp_path, poll_every=NEVER) as practice:
        daemon = practice.start()
        cal.tells(address_of(daemon))
        until(lambda: practice.state().last_listing_at, "a first look")

        first, second = cal.book(9), cal.book(11)
        until(lambda: times(practice) == [9, 11], "both bookings")
        numbers = {each.number for each in practice.appointments()}
        moved = cal.move(first["uid"], 13)
        cal.cancel(second["uid"])
        until(lambda: times(practice) == [13], "the move and the cancellation")
        [booked] = practice.book()
        until(lambda: len(cal.living()) == 2, "the practice's own booking")

        assert {each.number for each in practice.appointments()} == numbers | {booked.number}
        until(practice.is_settled, "rest")
        assert moved["uid"] in {each.uid for each in cal.living()}
        assert len(numbers) == 2
        assert practice.journal_is_sound()


def test_with_all_webhooks_lost_two_polls_find_everything_that_happened_beside_a_crash(
    cal, tmp_path
):
    with a_practice_with(cal, tmp_path, poll_every=timedelta(seconds=2)) as practice:
        daemon = practice.start()
        cal.tells(address_of(daemon))
        cal.running.world.faults.hooks = HookFaults(dropped=1.0)
        until(lambda: practice.state().last_listing_at, "a first look")
        uids = [cal.book(hour)["uid"] for hour in (8, 9, 10, 11)]
        daemon.send(signal.SIGKILL)
        cal.move(uids[0], 13)
        cal.cancel(uids[1])
        practice.start()

        until(lambda: times(practice) == [10, 11, 13], "the same in the ledger")
        until(practice.is_settled, "rest")

        assert len(practice.appointments()) in (3, 4)  # one may have gone before it was seen
        assert len(cal.living()) == 3
        assert practice.journal_is_sound()


@pytest.mark.parametrize("cal", [HOSTED], indirect=True, ids=lambda each: each.name)
def test_what_nobody_was_there_to_be_told_of_is_in_the_ledger_soon_after_the_start(cal, tmp_path):
    """Cal.com sends each webhook once, whether somebody listens or not."""
    with a_practice_with(cal, tmp_path, poll_every=NEVER) as practice:
        daemon = practice.start()
        cal.tells(address_of(daemon))
        until(lambda: practice.state().last_listing_at, "a first look")
        kept, moved, cancelled = (cal.book(hour)["uid"] for hour in (8, 9, 10))
        until(lambda: times(practice) == [8, 9, 10], "the bookings")
        numbers = {each.number for each in practice.appointments()}
        daemon.send(signal.SIGTERM)
        daemon.ended()
        cal.move(moved, 13)
        cal.cancel(cancelled)
        cal.book(14)

        practice.start()

        until(lambda: times(practice) == [8, 13, 14], "all that happened meanwhile")
        assert len({each.number for each in practice.appointments()} - numbers) == 1
        assert kept in {each.uid for each in cal.living()}
