"""What syncd writes in an account, and what is then read of it."""

from __future__ import annotations

from datetime import timedelta

from syncd.core.events import Draft, RemoteEvent
from syncd.core.ids import Uid
from syncd.ports import Written
from syncd.testing.builders import NINE
from syncd_calcom.standin import Fault

HALF_HOUR = timedelta(minutes=30)
TEN, NOON = NINE + 2 * HALF_HOUR, NINE + 6 * HALF_HOUR


def a_draft(start=NINE, minutes=30, **changes):
    fields = {
        "uid": Uid("u"),
        "start": start,
        "end": start + timedelta(minutes=minutes),
        "zone": "Europe/Berlin",
        "title": "Consultation · AID-20310303-0001",
        "mark": "appointment-1",
    }
    return Draft(**(fields | changes))


def event(provider, ref):
    found = provider.get_many([ref])[ref]
    assert isinstance(found, RemoteEvent), found
    return found


def made(provider, draft):
    result = provider.create(draft)
    assert isinstance(result, Written), result
    return event(provider, result.ref)


def living(cal):
    return [each for each in cal.world.bookings.values() if not each.status.is_over]


def fault(cal, effect, *, path="*", method="POST", **more):
    cal.world.faults.add(Fault(effect=effect, method=method, path=path, **more))
