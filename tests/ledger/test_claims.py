"""The time that appointments and holds have of their practitioner, without all the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_stores import CAUSE, book, view

from syncd.core.time import Interval
from syncd.ledger import Ledger
from syncd.testing.builders import NINE

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("lasts", [HOUR, timedelta(days=3)])
def test_what_began_before_and_still_lasts_is_claimed(ledger: Ledger, lasts: timedelta) -> None:
    booked = book(ledger)
    after = replace(booked, start=NINE, end=NINE + lasts, version=2)
    ledger.write(lambda tx: tx.save_appointment(booked, after, CAUSE, action="reschedule"))
    within = Interval(after.end - HOUR / 4, after.end + HOUR)

    found = view(ledger, lambda seen: seen.claims([booked.practitioner_id], within))

    assert [each.number for each in found] == [booked.number]
