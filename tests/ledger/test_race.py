"""Eight processes book the same hundred slots at once. `python tests/booking_race.py` does it for
longer, with figures."""

from __future__ import annotations

import pytest
from booking_race import race
from ledger_stores import Store


@pytest.mark.slow
def test_eight_processes_never_hold_a_slot_twice_and_leave_no_gap(empty_store: Store) -> None:
    outcome = race(empty_store.url, processes=8, seconds=1.5)

    assert outcome.problems == ()
    assert outcome.booked > 8
